import { type EntryConfChange, MemStorage, OptionsError, RawNode, StorageError } from 'quorate'
import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { storageOf, v1, v2 } from '../support/paper-server.ts'

/** Node 1 has the commands a to e at indexes 3 to 7, all applied, and its first snapshot is at 1. */
function five(): PaperCluster {
  const c = new PaperCluster()
  c.elect(1)
  for (const command of 'abcde') c.propose(1, command)
  c.stabilize()
  c.crash(1)
  return c
}

test('what the state machine had applied is not handed out again', () => {
  const c = five()

  c.restart(1, { applied: 5 })
  expect(c.status(1)).toMatchObject({ applied: 5, commit: 7 })
  const { committedEntries } = c.node(1).ready()

  expect(committedEntries.map(({ index }) => index)).toEqual([6, 7])
})

test('told nothing, a node begins behind the snapshot of its storage', () => {
  const c = five()

  c.restart(1)

  expect(c.status(1).applied).toBe(1)
  expect(
    c
      .node(1)
      .ready()
      .committedEntries.map(({ index }) => index),
  ).toEqual([2, 3, 4, 5, 6, 7])
})

test('a snapshot that is newer than the log’s beginning counts as applied', () => {
  const c = new PaperCluster()
  c.elect(1)
  for (const command of 'abc') c.propose(1, command)
  c.stabilize()
  c.snapshot(1, 2)
  c.crash(1)

  c.restart(1)

  expect(c.status(1)).toMatchObject({ applied: 5, firstIndex: 3 })
  expect(c.applied(1)).toEqual(['a', 'b', 'c'])
  expect(c.node(1).hasReady()).toBe(false)
})

test('a state machine that is older than the snapshot may begin before it, as far as the log reaches', () => {
  const c = new PaperCluster()
  c.elect(1)
  for (const command of 'abc') c.propose(1, command)
  c.stabilize()
  c.snapshot(1, 2)
  c.crash(1)

  c.restart(1, { applied: 3 })

  expect(
    c
      .node(1)
      .ready()
      .committedEntries.map(({ index }) => index),
  ).toEqual([4, 5])
})

test.each([0, 8, 99])('applied %i lies outside of the stored log, 1 to 7, and is refused', (applied) => {
  const c = five()

  expect(() => c.restart(1, { applied })).toThrow(OptionsError)
  expect(() => c.restart(1, { applied })).toThrow(/between 1.*and 7/)
})

test('membership changes up to there are in force from the start, without being handed out', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.change(1, v1('RemoveNode', 3))
  c.stabilize()
  c.change(1, v1('AddLearnerNode', 3))
  c.stabilize()
  c.crash(1)

  c.restart(1, { applied: 3 })
  expect(c.status(1).confState).toMatchObject({ voters: [1, 2], learners: [] })
  expect(c.node(1).ready().committedEntries).toMatchObject([{ index: 4, type: 'EntryConfChange' }])

  c.restart(1, { applied: 4 })
  expect(c.status(1).confState).toMatchObject({ voters: [1, 2], learners: [3] })
  expect(c.node(1).hasReady()).toBe(false)
})

test('a joint configuration too is in force after a restart, and its end is not forgotten', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.change(1, v2('explicit', ['RemoveNode', 2], ['RemoveNode', 3]))
  c.stabilize()
  c.crash(1)

  c.restart(1, { applied: 3 })
  expect(c.status(1).confState).toMatchObject({ voters: [1], votersOutgoing: [1, 2, 3] })
  c.elect(1)
  c.change(1, v2('auto'))
  c.stabilize()

  expect(c.status(1).confState).toMatchObject({ voters: [1], votersOutgoing: [] })
})

test('a change that is handed out again although the configuration has it is made only once', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.change(1, v1('RemoveNode', 3))
  c.stabilize()
  c.change(1, v1('AddNode', 3))
  c.stabilize()
  c.snapshot(1, 2)
  c.crash(1)

  // The state machine is behind the snapshot: entries 3 and 4 come again, and the first of them is undone by the second.
  c.restart(1, { applied: 2 })
  const seen: number[] = []
  c.onConfChange = (node, entry) => {
    seen.push(entry.index)
    expect(node.applyConfChange(entry).voters).toEqual([1, 2, 3])
  }
  c.stabilize(1)

  expect(seen).toEqual([3, 4])
})

test('a committed change that is not applied yet holds elections back until it is', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.change(1, v1('RemoveNode', 3))
  c.stabilize()
  c.crash(1)
  c.restart(1, { applied: 2 })

  c.node(1).campaign()
  expect(c.role(1)).toBe('follower')
  c.stabilize(1)
  c.node(1).campaign()

  expect(c.role(1)).toBe('candidate')
})

test('storage that does not fit together is refused: entries without a term, a commit beyond the log, a lost term', () => {
  const start = (storage: MemStorage) => () =>
    new PaperCluster({ nodes: [1], storages: new Map([[1, storage]]) })
  const withoutHardState = MemStorage.bootstrap({ voters: [1] })
  const entry: EntryConfChange = { type: 'EntryConfChange', term: 1, index: 2, change: v1('AddNode', 2) }
  withoutHardState.append({ hardState: null, entries: [entry], snapshot: null, mustSync: true })

  expect(start(withoutHardState)).toThrow(StorageError)
  expect(start(storageOf([1], [1, 1], { commit: 4 }))).toThrow(/entries were lost/)
  expect(start(storageOf([1], [1, 3], { term: 2 }))).toThrow(/term and vote were lost/)
  expect(start(storageOf([1], [1, 3]))).not.toThrow()
})

test('a membership change that was skipped stays skipped, if what it left is stored', () => {
  const c = new PaperCluster()
  c.onConfChange = (node, entry) => c.storage(node.id).saveConfState(node.skipConfChange(entry), entry.index)
  c.elect(1)
  c.change(1, v1('AddNode', 4))
  c.stabilize()
  const { applied, confState } = c.status(1)
  expect(confState.voters).toEqual([1, 2, 3])

  c.crash(1)
  c.restart(1, { applied })
  expect(c.status(1).confState).toEqual(confState)

  c.crash(1)
  c.restart(1)
  c.stabilize()
  expect(c.status(1)).toMatchObject({ applied, confState })
})

// Broken: it was taken for the beginning of the log, and what lay between was never applied.
test('a snapshot from before the beginning of the log is refused: the state machine would lack what lies between', () => {
  const storage = MemStorage.bootstrap({ voters: [1] })
  const entries = [2, 3, 4, 5].map((index) => ({ type: 'EntryNormal', term: 1, index, data: null }) as const)
  storage.append({ hardState: { term: 1, vote: 1, commit: 5 }, entries, snapshot: null, mustSync: true })
  const old = storage.snapshot()
  storage.createSnapshot(4, storage.confState().confState, new Uint8Array())
  storage.compact(4)

  const forgetful = Object.assign(Object.create(storage) as MemStorage, { snapshot: () => old })
  for (const method of ['hardState', 'confState', 'firstIndex', 'lastIndex', 'term', 'entries'] as const)
    Object.assign(forgetful, { [method]: storage[method].bind(storage) })

  expect(() => new RawNode({ id: 1, storage: forgetful })).toThrow(
    /snapshot is of 1, but its log begins at 5/,
  )
  expect(new RawNode({ id: 1, storage }).status().applied).toBe(4)
})
