import { OptionsError } from 'quorate'
import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { accept } from '../support/paper-messages.ts'

const hundred = 'x'.repeat(100)

/** Node 1 leads and gets no acknowledgement from node 2; every entry travels alone. */
function cluster(maxInflightBytes: number, options = {}): PaperCluster {
  const c = new PaperCluster({ maxSizePerMsg: 0, maxInflightBytes, ...options })
  c.elect(1)
  c.drop((m) => m.type === 'MsgAppResp' && m.from === 2)
  c.sent = []
  return c
}

const inflight = (c: PaperCluster) => c.status(1).progress.find(({ id }) => id === 2)?.inflight
const sentTo2 = (c: PaperCluster) =>
  c.sentOf('MsgApp', (m) => m.to === 2 && m.entries.length > 0).map(({ prevLogIndex }) => prevLogIndex + 1)

test('as many payload bytes are on their way as the limit allows, and the rest waits', () => {
  const c = cluster(300)

  for (let i = 0; i < 10; i++) c.propose(1, hundred)
  c.stabilize()

  expect(sentTo2(c)).toEqual([3, 4, 5])
  expect(inflight(c)).toEqual({ count: 3, bytes: 300, full: true })
})

test('the message that reaches the limit may go beyond it', () => {
  const c = cluster(250)

  for (let i = 0; i < 10; i++) c.propose(1, hundred)
  c.stabilize()

  expect(sentTo2(c)).toEqual([3, 4, 5])
  expect(inflight(c)).toEqual({ count: 3, bytes: 300, full: true })
})

test('an acknowledgement makes room for as many bytes as it covers', () => {
  const c = cluster(300)
  for (let i = 0; i < 10; i++) c.propose(1, hundred)
  c.stabilize()

  c.step(accept([2, 1, 1], 4))
  c.stabilize()

  expect(sentTo2(c)).toEqual([3, 4, 5, 6, 7])
  expect(inflight(c)).toEqual({ count: 3, bytes: 300, full: true })
})

test('entries without a command take no bytes, and are limited in number only', () => {
  const c = cluster(10, { maxInflightMsgs: 8 })

  for (let i = 0; i < 20; i++) c.propose(1, '')
  c.stabilize()

  expect(sentTo2(c).length).toBe(8)
  expect(inflight(c)).toEqual({ count: 8, bytes: 0, full: true })
})

test('whichever of the two limits is reached first counts', () => {
  const byNumber = cluster(1000, { maxInflightMsgs: 2 })
  const byBytes = cluster(100, { maxInflightMsgs: 8 })
  for (const c of [byNumber, byBytes]) {
    for (let i = 0; i < 5; i++) c.propose(1, hundred)
    c.stabilize()
  }

  expect(inflight(byNumber)).toEqual({ count: 2, bytes: 200, full: true })
  expect(inflight(byBytes)).toEqual({ count: 1, bytes: 100, full: true })
})

test('with a full window each heartbeat that is answered lets one empty message pass, which finds out what was lost', () => {
  const c = cluster(300)
  for (let i = 0; i < 10; i++) c.propose(1, hundred)
  c.stabilize()
  c.sent = []

  for (let i = 0; i < 3; i++) {
    c.tick(1)
    c.stabilize()
  }

  const probes = c.sentOf('MsgApp', (m) => m.to === 2)
  expect(probes.map(({ entries, prevLogIndex }) => [entries.length, prevLogIndex])).toEqual([
    [0, 5],
    [0, 5],
    [0, 5],
  ])
})

test('a full window to one follower holds nobody else up', () => {
  const c = cluster(100)

  for (let i = 0; i < 10; i++) c.propose(1, hundred)
  c.stabilize()

  expect(c.log(3).length).toBe(10)
  expect(c.applied(1).length).toBe(10)
  expect(c.log(2).length).toBe(1)
})

test('one full message must fit: a smaller limit is refused', () => {
  expect(() => new PaperCluster({ maxSizePerMsg: 1000, maxInflightBytes: 999 })).toThrow(OptionsError)
  expect(() => new PaperCluster({ maxSizePerMsg: 1000, maxInflightBytes: 1000 })).not.toThrow()
})
