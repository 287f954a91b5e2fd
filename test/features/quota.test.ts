/** `maxCommittedSizePerReady`: how much is handed out to be applied and is not applied yet. */

import { entrySize, OptionsError } from 'quorate'
import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { append, entriesAt } from '../support/paper-messages.ts'

const entries = entriesAt(2, ...Array.from({ length: 10 }, () => 1))
const one = entrySize(entries[0] ?? expect.unreachable())
const committed = append([2, 1, 1], { entries, commit: 11 })

/** The indexes that the next Ready of node 1 hands out to be applied; it is worked off if `finish` says so. */
function next(c: PaperCluster, finish = true): readonly number[] {
  const ready = c.node(1).ready()
  if (finish) c.handle(1, ready)
  return ready.committedEntries.map(({ index }) => index)
}

test('one Ready hands out no more than the limit, and the next goes on behind it', () => {
  const c = new PaperCluster({ maxCommittedSizePerReady: 4 * one })
  c.step(committed)

  expect([next(c), next(c), next(c)]).toEqual([
    [2, 3, 4, 5],
    [6, 7, 8, 9],
    [10, 11],
  ])
  expect(c.node(1).hasReady()).toBe(false)
})

test('an entry that is larger than the limit is handed out alone: nothing gets stuck', () => {
  const c = new PaperCluster({ maxCommittedSizePerReady: 1 })
  c.step(committed)

  const handedOut = []
  while (c.node(1).hasReady()) handedOut.push(next(c))

  expect(handedOut).toEqual([[2], [3], [4], [5], [6], [7], [8], [9], [10], [11]])
})

test('with asynchronous writes the limit is over all Readys whose entries are not applied', () => {
  const c = new PaperCluster({ maxCommittedSizePerReady: 4 * one, asyncStorageWrites: true })
  c.stalled(1).add('applies')
  c.step(committed)
  c.stabilize(1)

  c.step(append([2, 1, 1], { prevLogIndex: 11, entries: entriesAt(12, 1), commit: 12 }))
  c.stabilize(1)
  expect(c.status(1)).toMatchObject({ commit: 12, applied: 1 })

  c.apply(1)
  expect(c.applied(1)).toEqual(['2@1', '3@1', '4@1', '5@1'])
  c.stabilize(1)
  expect(c.applied(1).length).toBe(4)
  c.apply(1)
  expect(c.applied(1).length).toBe(8)
})

test('room that is left is used, yet no entry is split off from those it comes with to go beyond the limit', () => {
  const c = new PaperCluster({ maxCommittedSizePerReady: 4 * one, asyncStorageWrites: true })
  c.stalled(1).add('applies')
  c.step(append([2, 1, 1], { entries: entries.slice(0, 3), commit: 4 }))
  c.stabilize(1)
  c.step(append([2, 1, 1], { prevLogIndex: 4, entries: entries.slice(3), commit: 11 }))
  c.stabilize(1)

  c.apply(1)
  expect(c.applied(1).length).toBe(3)
  c.apply(1)
  expect(c.applied(1).length).toBe(4)
})

test('the limit slows a state machine’s input down, not the commit', () => {
  const c = new PaperCluster({ maxCommittedSizePerReady: 1, asyncStorageWrites: true })
  c.elect(1)
  for (const id of [1, 2, 3]) c.stalled(id).add('applies')

  for (let i = 0; i < 20; i++) c.propose(1, `${i}`)
  c.stabilize()

  expect([1, 2, 3].map((id) => c.status(id).commit)).toEqual([22, 22, 22])
  expect([1, 2, 3].map((id) => c.status(id).applied)).toEqual([2, 2, 2])
})

test('a snapshot that is installed meanwhile passes the entries by that had not been handed out', () => {
  const c = new PaperCluster({ maxCommittedSizePerReady: 4 * one })
  const { confState } = c.status(1)
  c.step(committed)
  expect(next(c)).toEqual([2, 3, 4, 5])

  c.step({
    type: 'MsgSnap',
    from: 2,
    to: 1,
    term: 1,
    session: 1,
    snapshot: { index: 20, term: 1, confState, data: new TextEncoder().encode('["state at 20"]') },
  })
  expect(next(c)).toEqual([])

  expect(c.applied(1)).toEqual(['state at 20'])
  expect(c.status(1)).toMatchObject({ applied: 20, commit: 20 })
})

test('a limit is at least one byte', () => {
  expect(() => new PaperCluster({ maxCommittedSizePerReady: 0 })).toThrow(OptionsError)
  expect(() => new PaperCluster({ maxCommittedSizePerReady: Infinity })).not.toThrow()
})
