/** Snapshots: of a leader, that replace the log, and of this node itself, that let it be compacted. And memberships. */

import type { Storage } from '../../storage/storage.ts'
import { hasThrown, holds, same } from '../assert.ts'
import { show } from '../difference.ts'
import { type StorageCase, onFresh } from './bench.ts'
import { bytes, contentsOf, entriesOf, fill, joint, members, snapshotAt, write } from './sample.ts'
import { copyOf } from '../copy.ts'

/** The storage must hold this snapshot, and no entry but those of `terms` behind it. */
function isReplacedBy(storage: Storage, at: number, term: number, terms: readonly number[] = []): void {
  const { hardState: _, ...found } = contentsOf(storage)
  const snapshot = snapshotAt(at, term)
  same('the storage after a snapshot', found, {
    firstIndex: at + 1,
    lastIndex: at + terms.length,
    terms: [term, ...terms],
    entries: entriesOf(terms, at + 1),
    snapshot,
    confState: { confState: snapshot.confState, index: at },
  })
  same(`term(${at - 1})`, storage.term(at - 1), 'compacted')
  same(`entries(${at}, ${at + 1}, Infinity)`, storage.entries(at, at + 1, Infinity), 'compacted')
  same(`term(${at + terms.length + 1})`, storage.term(at + terms.length + 1), 'unavailable')
}

const received: readonly StorageCase[] = [
  onFresh('a snapshot beyond the end takes the place of the log', (storage) => {
    fill(storage)
    write(storage, { snapshot: snapshotAt(20, 6) })
    isReplacedBy(storage, 20, 6)
  }),
  onFresh('a snapshot in the middle takes the place of the whole log, what lies beyond it too', (storage) => {
    fill(storage)
    write(storage, { snapshot: snapshotAt(8, 4) })
    isReplacedBy(storage, 8, 4)
  }),
  onFresh('a snapshot at the last entry takes the place of the log', (storage) => {
    fill(storage)
    write(storage, { snapshot: snapshotAt(9, 5) })
    isReplacedBy(storage, 9, 5)
  }),
  onFresh('a snapshot comes into an empty storage', (storage) => {
    write(storage, { snapshot: snapshotAt(5, 2) })
    isReplacedBy(storage, 5, 2)
    same('hardState()', storage.hardState(), null)
  }),
  onFresh('entries of the same batch follow its snapshot', (storage) => {
    fill(storage)
    write(storage, { snapshot: snapshotAt(6, 5), entries: entriesOf([5, 6], 7) })
    isReplacedBy(storage, 6, 5, [5, 6])
  }),
  onFresh('the log goes on behind a snapshot', (storage) => {
    fill(storage)
    write(storage, { snapshot: snapshotAt(20, 6) })
    write(storage, { entries: entriesOf([6, 7], 21) })
    write(storage, { entries: entriesOf([8], 22) })
    isReplacedBy(storage, 20, 6, [6, 8])
  }),
  onFresh('the hard state of the same batch is stored with a snapshot', (storage) => {
    fill(storage)
    const hardState = { term: 6, vote: null, commit: 20 }
    write(storage, { snapshot: snapshotAt(20, 6), hardState, mustSync: false })
    isReplacedBy(storage, 20, 6)
    same('hardState()', storage.hardState(), hardState)
  }),
  onFresh('a newer snapshot takes the place of an older one', (storage) => {
    fill(storage)
    write(storage, { snapshot: snapshotAt(20, 6) })
    write(storage, { snapshot: snapshotAt(21, 6) })
    isReplacedBy(storage, 21, 6)
  }),
]

const own: readonly StorageCase[] = [
  onFresh('a snapshot of its own is answered, with the term of its entry, and stored', (storage) => {
    fill(storage)
    const expected = { index: 6, term: 2, confState: joint, data: bytes('own state') }
    same('createSnapshot()', storage.createSnapshot(6, joint, bytes('own state')), expected)
    same('snapshot()', storage.snapshot(), expected)
    same('confState()', storage.confState(), { confState: joint, index: 6 })
  }),
  onFresh('a snapshot of its own leaves the log as it is', (storage) => {
    fill(storage)
    const { snapshot: _, confState: __, ...before } = copyOf(contentsOf(storage))
    storage.createSnapshot(7, members([1]), bytes('own state'))
    const { snapshot: ___, confState: ____, ...after } = contentsOf(storage)
    same('the storage after its own snapshot', after, before)
  }),
  onFresh('a snapshot of its own may be of the last entry', (storage) => {
    write(storage, { entries: entriesOf([1, 2]), hardState: { term: 2, vote: 1, commit: 2 } })
    same('the term of the snapshot', storage.createSnapshot(2, members([1]), bytes('')).term, 2)
    same('lastIndex()', storage.lastIndex(), 2)
  }),
  onFresh('a newer snapshot of its own takes the place of an older one', (storage) => {
    fill(storage)
    storage.createSnapshot(5, members([1]), bytes('five'))
    const newer = storage.createSnapshot(7, members([2]), bytes('seven'))
    same('snapshot()', storage.snapshot(), newer)
    same('confState()', storage.confState(), { confState: members([2]), index: 7 })
  }),
  onFresh('an older snapshot of its own does not take the place of a newer one', (storage) => {
    fill(storage)
    storage.createSnapshot(6, members([1]), bytes('six'))
    for (const index of [2, 3, 5, 6]) staysAsItIs(storage, `createSnapshot(${index})`, index)
  }),
  onFresh('a snapshot of what is not stored is not made', (storage) => {
    fill(storage)
    for (const index of [10, 1000]) staysAsItIs(storage, `createSnapshot(${index})`, index)
  }),
]

/** Whether it is refused or passed over is the storage's own business: what counts is that it leaves no trace. */
function staysAsItIs(storage: Storage, call: string, index: number): void {
  const before = copyOf(contentsOf(storage))
  hasThrown(() => storage.createSnapshot(index, members([9]), bytes('wrong')))
  same(`the storage after ${call}`, contentsOf(storage), before)
}

const memberships: readonly StorageCase[] = [
  onFresh('a membership that is saved by itself is the one to go on from', (storage) => {
    fill(storage)
    const before = copyOf(contentsOf(storage))
    storage.saveConfState(joint, 6)
    same('the storage', contentsOf(storage), { ...before, confState: { confState: joint, index: 6 } })
    storage.saveConfState(members([1, 2]), 7)
    same('confState()', storage.confState(), { confState: members([1, 2]), index: 7 })
  }),
  onFresh('a membership that was saved is not lost to an older snapshot', (storage) => {
    fill(storage)
    storage.saveConfState(joint, 7)
    storage.createSnapshot(6, members([1]), bytes('six'))
    same('confState()', storage.confState(), { confState: joint, index: 7 })
  }),
  onFresh('a membership that was saved gives way to a newer snapshot of its own', (storage) => {
    fill(storage)
    storage.saveConfState(joint, 5)
    storage.createSnapshot(6, members([1]), bytes('six'))
    same('confState()', storage.confState(), { confState: members([1]), index: 6 })
  }),
  onFresh('a membership that was saved gives way to a newer snapshot of a leader', (storage) => {
    fill(storage)
    storage.saveConfState(joint, 7)
    write(storage, { snapshot: snapshotAt(20, 6) })
    same('confState()', storage.confState(), { confState: snapshotAt(20, 6).confState, index: 20 })
  }),
  onFresh('a membership that was saved is kept while the log goes on and is compacted', (storage) => {
    fill(storage)
    storage.createSnapshot(6, members([1]), bytes('six'))
    storage.saveConfState(joint, 7)
    storage.compact(6)
    write(storage, { entries: entriesOf([5, 5], 8), hardState: { term: 5, vote: 1, commit: 8 } })
    same('confState()', storage.confState(), { confState: joint, index: 7 })
  }),
]

const compaction: readonly StorageCase[] = [
  onFresh('compacting drops the beginning of the log, and nothing else', (storage) => {
    fill(storage)
    storage.createSnapshot(7, members([1]), bytes('seven'))
    const before = copyOf(contentsOf(storage))
    storage.compact(6)
    same('the storage', contentsOf(storage), {
      ...before,
      firstIndex: 7,
      terms: before.terms.slice(3),
      entries: before.entries.slice(3),
    })
  }),
  onFresh('the term of the last entry that was dropped stays known', (storage) => {
    fill(storage)
    storage.createSnapshot(7, members([1]), bytes('seven'))
    for (const [index, term] of [
      [5, 1],
      [6, 2],
      [7, 2],
    ] as const) {
      storage.compact(index)
      same(`term(${index})`, storage.term(index), term)
      same(`term(${index - 1})`, storage.term(index - 1), 'compacted')
      same(`entries(${index}, 10, Infinity)`, storage.entries(index, 10, Infinity), 'compacted')
      same(`the first of entries(${index + 1}, 10, 0)`, storage.entries(index + 1, 10, 0), [
        entriesOf([1, 2, 2, 4], 5)[index - 4],
      ])
    }
  }),
  onFresh('the whole log can be dropped, and goes on behind', (storage) => {
    fill(storage)
    write(storage, { hardState: { term: 4, vote: 2, commit: 9 } })
    storage.createSnapshot(9, members([1]), bytes('nine'))
    storage.compact(9)
    same('[firstIndex(), lastIndex()]', [storage.firstIndex(), storage.lastIndex()], [10, 9])
    same('term(9)', storage.term(9), 4)
    same('term(10)', storage.term(10), 'unavailable')
    write(storage, { entries: entriesOf([5, 5], 10) })
    same('entries(10, 12, Infinity)', storage.entries(10, 12, Infinity), entriesOf([5, 5], 10))
  }),
  onFresh('a tail can be replaced right behind what was compacted', (storage) => {
    fill(storage)
    storage.createSnapshot(6, members([1]), bytes('six'))
    storage.compact(6)
    write(storage, { entries: entriesOf([5], 7) })
    same('the terms', contentsOf(storage).terms, [2, 5])
  }),
  onFresh('nothing is dropped that no snapshot stands in for', (storage) => {
    fill(storage)
    storage.createSnapshot(5, members([1]), bytes('five'))
    for (const index of [6, 9, 100]) hasThrown(() => storage.compact(index))
    holds(storage.firstIndex() <= 6, 'firstIndex() to be at most 6', show(storage.firstIndex()))
    same('lastIndex()', storage.lastIndex(), 9)
    same('snapshot()', storage.snapshot(), {
      index: 5,
      term: 1,
      confState: members([1]),
      data: bytes('five'),
    })
  }),
  onFresh('compacting what is compacted already brings nothing back', (storage) => {
    fill(storage)
    storage.createSnapshot(7, members([1]), bytes('seven'))
    storage.compact(6)
    const before = copyOf(contentsOf(storage))
    for (const index of [6, 5, 1]) hasThrown(() => storage.compact(index))
    same('the storage', contentsOf(storage), before)
  }),
]

/** These tests, in order. */
export const snapshotCases: readonly StorageCase[] = [...received, ...own, ...memberships, ...compaction]
