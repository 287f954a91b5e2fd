/** What a batch does: to the log, to the hard state, and to nothing else. */

import type { HardState } from '../../core/types.ts'
import type { Storage } from '../../storage/storage.ts'
import { same } from '../assert.ts'
import { type StorageCase, onFresh } from './bench.ts'
import {
  batchOf,
  contentsOf,
  entriesIn,
  entriesOf,
  entry,
  everyForm,
  fill,
  filledState,
  joint,
  snapshotAt,
  write,
} from './sample.ts'
import { copyOf } from '../copy.ts'

/** The log must be from 4 to the end of these terms, with the entries that say so. */
function holdsTerms(storage: Storage, terms: readonly number[]): void {
  const last = 3 + terms.length
  same('lastIndex()', storage.lastIndex(), last)
  same('firstIndex()', storage.firstIndex(), 4)
  same(`entries(4, ${last + 1}, Infinity)`, entriesIn(storage, 4, last + 1), entriesOf(terms, 4))
  same(`term(${last})`, storage.term(last), terms.at(-1))
  same(`term(${last + 1})`, storage.term(last + 1), 'unavailable')
}

const tail: readonly StorageCase[] = [
  onFresh('entries behind the end are added', (storage) => {
    fill(storage)
    write(storage, { entries: entriesOf([4, 5], 10) })
    holdsTerms(storage, [1, 1, 2, 2, 4, 4, 4, 5])
  }),
  onFresh('the first entries of an empty storage begin at 1', (storage) => {
    write(storage, { entries: entriesOf([1, 1]) })
    write(storage, { entries: entriesOf([2], 3) })
    same('firstIndex()', storage.firstIndex(), 1)
    same('entries(1, 4, Infinity)', storage.entries(1, 4, Infinity), entriesOf([1, 1, 2]))
  }),
  onFresh('entries in the middle replace what is there, and what lies beyond is gone', (storage) => {
    fill(storage)
    write(storage, { entries: entriesOf([5], 6) })
    holdsTerms(storage, [1, 1, 5])
    same('entries(6, 8, Infinity)', storage.entries(6, 8, Infinity), 'unavailable')
  }),
  onFresh('entries that replace a part of the log and go on beyond its end are all there', (storage) => {
    fill(storage)
    write(storage, { entries: entriesOf([5, 5, 5, 6], 8) })
    holdsTerms(storage, [1, 1, 2, 2, 5, 5, 5, 6])
  }),
  onFresh('the last entry alone can be replaced', (storage) => {
    fill(storage)
    write(storage, { entries: entriesOf([5], 9) })
    holdsTerms(storage, [1, 1, 2, 2, 4, 5])
  }),
  onFresh('the whole log can be replaced from its first entry on', (storage) => {
    fill(storage)
    write(storage, { entries: entriesOf([2, 3], 4) })
    holdsTerms(storage, [2, 3])
    same('term(3)', storage.term(3), 1)
  }),
  onFresh('a tail can be replaced again and again', (storage) => {
    fill(storage)
    for (let term = 5; term < 30; term++) {
      const count = 1 + (term % 4)
      write(storage, {
        entries: entriesOf(
          Array.from({ length: count }, () => term),
          7,
        ),
      })
      holdsTerms(storage, [1, 1, 2, ...Array.from({ length: count }, () => term)])
    }
  }),
  onFresh('what is replaced by the same again stays the same, but for what lies beyond', (storage) => {
    fill(storage)
    write(storage, { entries: entriesOf([2, 2], 6) })
    holdsTerms(storage, [1, 1, 2, 2])
  }),
  onFresh('behind what was replaced the log goes on', (storage) => {
    fill(storage)
    write(storage, { entries: entriesOf([5], 6) })
    write(storage, { entries: entriesOf([5, 6], 7) })
    holdsTerms(storage, [1, 1, 5, 5, 6])
  }),
  onFresh('entries do not change the snapshot, the membership or the hard state', (storage) => {
    fill(storage)
    write(storage, { entries: entriesOf([5], 6) })
    same('snapshot()', storage.snapshot(), snapshotAt(3, 1))
    same('confState()', storage.confState(), { confState: snapshotAt(3, 1).confState, index: 3 })
    same('hardState()', storage.hardState(), filledState)
  }),
]

const states: readonly HardState[] = [
  { term: 5, vote: 1, commit: 7 },
  { term: 5, vote: 1, commit: 8 },
  { term: 6, vote: null, commit: 8 },
  { term: 6, vote: Number.MAX_SAFE_INTEGER, commit: 8 },
  { term: 2 ** 40, vote: null, commit: 9 },
]

const hardStates: readonly StorageCase[] = [
  onFresh('a hard state replaces the one before as a whole, and nothing else', (storage) => {
    fill(storage)
    const before = contentsOf(storage)
    for (const hardState of states) {
      write(storage, { hardState })
      same('the storage after a hard state', contentsOf(storage), { ...before, hardState })
    }
  }),
  onFresh('the first hard state may say that nobody was voted for', (storage) => {
    write(storage, { hardState: { term: 1, vote: null, commit: 0 } })
    same('hardState()', storage.hardState(), { term: 1, vote: null, commit: 0 })
    same('lastIndex()', storage.lastIndex(), 0)
  }),
  onFresh('a batch without a hard state leaves the stored one', (storage) => {
    fill(storage)
    write(storage, { entries: [entry(10, 4)] })
    same('hardState() after entries', storage.hardState(), filledState)
    write(storage, { snapshot: snapshotAt(12, 4) })
    same('hardState() after a snapshot', storage.hardState(), filledState)
  }),
  onFresh('hard state and entries of one batch are both there', (storage) => {
    fill(storage)
    write(storage, { entries: entriesOf([6], 8), hardState: { term: 6, vote: 3, commit: 8 } })
    holdsTerms(storage, [1, 1, 2, 2, 6])
    same('hardState()', storage.hardState(), { term: 6, vote: 3, commit: 8 })
  }),
]

const batches: readonly StorageCase[] = [
  onFresh('a batch with nothing in it changes nothing', (storage) => {
    fill(storage)
    const before = copyOf(contentsOf(storage))
    write(storage, {})
    write(storage, { mustSync: false })
    same('the storage after an empty batch', contentsOf(storage), before)
  }),
  onFresh('what need not be durable yet can be read at once all the same', (storage) => {
    fill(storage)
    const hardState = { term: 4, vote: 2, commit: 9 }
    write(storage, { entries: entriesOf([4, 4], 10), hardState, mustSync: false })
    holdsTerms(storage, [1, 1, 2, 2, 4, 4, 4, 4])
    same('hardState()', storage.hardState(), hardState)
  }),
  onFresh('a batch is left as it was, with everything in it: it is shared', (storage) => {
    const batch = batchOf({
      snapshot: snapshotAt(5, 2, joint),
      entries: everyForm(6, 3),
      hardState: { term: 3, vote: 1, commit: 5 },
    })
    const before = copyOf(batch)
    storage.append(batch)
    write(storage, { entries: entriesOf([3], 17) })
    write(storage, { entries: entriesOf([4, 4], 9) })
    same('the batch that was written', batch, before)
    same('entries(6, 9, Infinity)', storage.entries(6, 9, Infinity), before.entries.slice(0, 3))
    same('lastIndex()', storage.lastIndex(), 10)
  }),
  onFresh('ten thousand entries in a thousand batches are all there', (storage) => {
    for (let first = 1; first < 10_000; first += 10) {
      const entries = entriesOf(
        Array.from({ length: 10 }, () => Math.ceil(first / 1000)),
        first,
      )
      write(storage, { entries, mustSync: first % 1000 === 991 })
    }
    same('lastIndex()', storage.lastIndex(), 10_000)
    for (const index of [1, 999, 1000, 1001, 5000, 9999, 10_000]) {
      const written = entry(index, Math.ceil((index - ((index - 1) % 10)) / 1000))
      same(`term(${index})`, storage.term(index), written.term)
      same(`entries(${index}, ${index + 1}, 0)`, storage.entries(index, index + 1, 0), [written])
    }
    same('the length of the log', entriesIn(storage, 1, 10_001).length, 10_000)
  }),
]

/** These tests, in order. */
export const appendingCases: readonly StorageCase[] = [...tail, ...hardStates, ...batches]
