import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'

test('requests that came together leave together, in one message to each follower (thesis §10.2.2)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.sent = []

  for (let i = 0; i < 100; i++) c.propose(1, `${i}`)
  c.pump(1)

  expect(c.sentOf('MsgApp').map(({ to, entries }) => [to, entries.length])).toEqual([
    [2, 100],
    [3, 100],
  ])
})

test('a leader does not wait for an answer before it sends the next entries (thesis §10.2.2)', () => {
  const c = new PaperCluster()
  c.elect(1)
  const held = c.hold((m) => m.type === 'MsgAppResp')
  c.sent = []

  for (let i = 0; i < 10; i++) {
    c.propose(1, `${i}`)
    c.stabilize()
  }
  expect(c.sentOf('MsgApp', (m) => m.to === 2).map(({ prevLogIndex }) => prevLogIndex)).toEqual([
    2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
  ])
  expect(c.status(1).commit).toBe(2)

  held.release()
  c.stabilize()
  expect(c.status(1).commit).toBe(12)
})

test('pipelined messages that arrive in the wrong order are turned down and sent again; the log comes out right (thesis §10.2.2)', () => {
  const c = new PaperCluster()
  c.elect(1)
  const held = c.hold((m) => m.type === 'MsgApp' && m.to === 2)
  for (let i = 0; i < 5; i++) {
    c.propose(1, `${i}`)
    c.pump(1)
  }

  held.messages.reverse()
  held.release()
  c.stabilize()

  expect(c.sentOf('MsgAppResp', (m) => m.from === 2 && m.reject).length).toBeGreaterThan(0)
  expect(c.applied(2)).toEqual(['0', '1', '2', '3', '4'])
})

test('a follower that turns out to lack nothing is streamed to again (thesis §10.2.2)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.node(1).reportUnreachable(2)
  const state = () => c.status(1).progress.find(({ id }) => id === 2)?.state
  expect(state()).toBe('StateProbe')

  c.tick(1)
  c.stabilize()

  expect(state()).toBe('StateReplicate')
})

test('while it is not known where the logs part, one message at a time is sent (thesis §10.2.2)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.node(1).reportUnreachable(2)
  c.drop((m) => m.type === 'MsgAppResp' && m.from === 2)
  c.sent = []

  for (let i = 0; i < 10; i++) {
    c.propose(1, `${i}`)
    c.stabilize()
  }

  expect(c.status(1).progress.find(({ id }) => id === 2)).toMatchObject({ state: 'StateProbe', paused: true })
  expect(c.sentOf('MsgApp', (m) => m.to === 2).length).toBe(1)
})
