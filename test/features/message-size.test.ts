import { type Entry, entrySize } from 'quorate'
import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'

const kilobyte = 'x'.repeat(1024)
const sizeOf = (entries: readonly Entry[]) => entries.reduce((sum, entry) => sum + entrySize(entry), 0)

/** Node 1 leads; its link to node 2 streams, and what was sent until now is forgotten. */
function cluster(maxSizePerMsg: number): PaperCluster {
  const c = new PaperCluster({ maxSizePerMsg })
  c.elect(1)
  c.sent = []
  return c
}

test('entries that together are larger than maxSizePerMsg are spread over several messages', () => {
  const c = cluster(3 * 1024)

  for (let i = 0; i < 7; i++) c.propose(1, kilobyte)
  c.stabilize()

  const messages = c.sentOf('MsgApp', (m) => m.to === 2 && m.entries.length > 0)
  expect(messages.map(({ entries }) => entries.length)).toEqual([2, 2, 2, 1])
  for (const { entries } of messages) expect(sizeOf(entries)).toBeLessThanOrEqual(3 * 1024)
  expect(c.log(2).length).toBe(7)
})

test('the limit is of the encoded entry, and reached exactly it still fits', () => {
  const measure = cluster(1 << 20)
  measure.propose(1, kilobyte)
  measure.stabilize()
  const [message] = measure.sentOf('MsgApp', (m) => m.entries.length === 1)
  const two = 2 * sizeOf(message?.entries ?? [])

  for (const [limit, sizes] of [
    [two, [2, 2]],
    [two - 1, [1, 1, 1, 1]],
  ] as const) {
    const c = cluster(limit)
    for (let i = 0; i < 4; i++) c.propose(1, kilobyte)
    c.stabilize()
    const messages = c.sentOf('MsgApp', (m) => m.to === 2 && m.entries.length > 0)
    expect(messages.map(({ entries }) => entries.length)).toEqual(sizes)
  }
})

test('an entry that is larger than maxSizePerMsg travels alone', () => {
  const c = cluster(100)

  for (const command of ['a', kilobyte, 'b', 'c']) c.propose(1, command)
  c.stabilize()

  const messages = c.sentOf('MsgApp', (m) => m.to === 2 && m.entries.length > 0)
  expect(messages.map(({ entries }) => entries.length)).toEqual([1, 1, 2])
  expect(c.applied(2)).toEqual(['a', kilobyte, 'b', 'c'])
})

test('with 0 every message carries one entry', () => {
  const c = cluster(0)

  for (const command of ['a', 'b', 'c']) c.propose(1, command)
  c.stabilize()

  expect(c.sentOf('MsgApp', (m) => m.to === 3 && m.entries.length > 0).length).toBe(3)
})

test('with Infinity all that is missing comes in one message', () => {
  const c = cluster(Infinity)
  c.crash(2)
  for (let i = 0; i < 500; i++) c.propose(1, kilobyte)
  c.stabilize()

  c.restart(2)
  c.tick(1)
  c.stabilize()

  const catchingUp = c.sentOf('MsgApp', (m) => m.to === 2 && m.entries.length > 0)
  expect(catchingUp.at(-1)?.entries.length).toBe(500)
  expect(c.applied(2).length).toBe(500)
})

test('the limit holds where a message is made of stored entries and of such that are not written yet', () => {
  const c = cluster(2.5 * 1024)
  c.partition([1, 3], [2])
  c.propose(1, kilobyte)
  c.stabilize()
  c.heal()
  c.node(1).reportUnreachable(2)
  c.sent = []

  for (let i = 0; i < 2; i++) c.propose(1, kilobyte)
  const ready = c.node(1).ready()
  expect(ready.entries.map(({ index }) => index)).toEqual([4, 5])
  const first = ready.messages.find((m) => m.to === 2)
  c.handle(1, ready)
  c.stabilize()

  expect(first).toMatchObject({ type: 'MsgApp', prevLogIndex: 2, entries: [{ index: 3 }, { index: 4 }] })
  expect(c.applied(2).length).toBe(3)
})
