/** What a storage answers: when it is empty, and of a log that does not begin at 1. */

import { emptyConfState } from '../../core/conf-state.ts'
import { entriesSize } from '../../core/entry-size.ts'
import type { Entry } from '../../core/types.ts'
import type { Storage } from '../../storage/storage.ts'
import { holds, same } from '../assert.ts'
import { type StorageCase, onFresh } from './bench.ts'
import { contentsOf, entriesIn, entriesOf, entry, everyForm, fill, snapshotAt, write } from './sample.ts'
import { copyOf } from '../copy.ts'

const empty: readonly StorageCase[] = [
  onFresh('an empty storage begins at index 1 and ends at 0', (storage) => {
    same('firstIndex()', storage.firstIndex(), 1)
    same('lastIndex()', storage.lastIndex(), 0)
  }),
  onFresh('of an empty storage index 0 has term 0, and index 1 is unavailable', (storage) => {
    same('term(0)', storage.term(0), 0)
    same('term(1)', storage.term(1), 'unavailable')
    same('entries(1, 2, Infinity)', storage.entries(1, 2, Infinity), 'unavailable')
  }),
  onFresh('an empty storage has no hard state', (storage) => {
    same('hardState()', storage.hardState(), null)
  }),
  onFresh('an empty storage has no members, as of index 0', (storage) => {
    same('confState()', storage.confState(), { confState: emptyConfState, index: 0 })
  }),
  onFresh('an empty storage has no snapshot to give', (storage) => {
    same('snapshot()', storage.snapshot(), 'temporarily-unavailable')
  }),
]

const terms: readonly StorageCase[] = [
  onFresh('the first and last index are those of the entries that are held', (storage) => {
    fill(storage)
    same('firstIndex()', storage.firstIndex(), 4)
    same('lastIndex()', storage.lastIndex(), 9)
  }),
  onFresh('the term of each entry is known, and of the one before the first', (storage) => {
    fill(storage)
    const known = [3, 4, 5, 6, 7, 8, 9].map((index) => storage.term(index))
    same('the terms of entries 3 to 9', known, [1, 1, 1, 2, 2, 4, 4])
  }),
  onFresh('a term further below is compacted', (storage) => {
    fill(storage)
    same('term(2)', storage.term(2), 'compacted')
    same('term(1)', storage.term(1), 'compacted')
  }),
  onFresh('a term beyond the end is unavailable', (storage) => {
    fill(storage)
    same('term(10)', storage.term(10), 'unavailable')
    same('term(1000)', storage.term(1000), 'unavailable')
  }),
]

const slices: readonly StorageCase[] = [
  onFresh('any part of the log is answered as it was written, in order', (storage) => {
    fill(storage)
    const written = entriesOf([1, 1, 2, 2, 4, 4], 4)
    for (let lo = 4; lo <= 9; lo++)
      for (let hi = lo + 1; hi <= 10; hi++)
        same(
          `entries(${lo}, ${hi}, Infinity)`,
          storage.entries(lo, hi, Infinity),
          written.slice(lo - 4, hi - 4),
        )
  }),
  onFresh('entries that begin before the first one are compacted', (storage) => {
    fill(storage)
    same('entries(3, 6, Infinity)', storage.entries(3, 6, Infinity), 'compacted')
    same('entries(1, 10, Infinity)', storage.entries(1, 10, Infinity), 'compacted')
  }),
  onFresh('entries that go beyond the end are unavailable, not as many as there are', (storage) => {
    fill(storage)
    same('entries(9, 11, Infinity)', storage.entries(9, 11, Infinity), 'unavailable')
    same('entries(10, 11, Infinity)', storage.entries(10, 11, Infinity), 'unavailable')
  }),
  onFresh('an array of entries belongs to the caller, who may change it', (storage) => {
    fill(storage)
    const before = copyOf(contentsOf(storage))
    const answered = storage.entries(4, 10, Infinity) as Entry[]
    answered.length = 2
    answered[0] = entry(99, 99)
    same('the storage after an answer was changed', contentsOf(storage), before)
  }),
  onFresh('what was answered stays as it was, whatever is written later', (storage) => {
    fill(storage)
    const answered = contentsOf(storage)
    const page = storage.entries(5, 9, Infinity)
    const then = copyOf({ answered, page })
    write(storage, { entries: entriesOf([5, 5], 8), hardState: { term: 5, vote: 3, commit: 9 } })
    storage.createSnapshot(9, snapshotAt(9, 5).confState, new Uint8Array(3))
    storage.compact(8)
    write(storage, { snapshot: snapshotAt(20, 6), entries: entriesOf([6, 6, 6], 21) })
    // Who answers with an object that it uses again changes it when it is asked again.
    contentsOf(storage)
    same('what was answered before', { answered, page }, then)
  }),
]

/** All sizes are different, so that a wrong measure is wrong somewhere. */
function fillWithForms(storage: Storage): readonly Entry[] {
  const forms = [...everyForm(1, 1), ...everyForm(12, 200), entry(23, 200, new Uint8Array(300))]
  write(storage, { entries: [...forms] })
  return forms
}

const limits: readonly StorageCase[] = [
  onFresh('as many entries are answered as fit the limit, by entrySize', (storage) => {
    const forms = fillWithForms(storage)
    for (let count = 2; count <= forms.length; count++) {
      const size = entriesSize(forms.slice(0, count))
      const call = `entries(1, ${forms.length + 1}, ${size})`
      same(call, storage.entries(1, forms.length + 1, size), forms.slice(0, count))
      const less = storage.entries(1, forms.length + 1, size - 1)
      same(`the length of entries(1, ${forms.length + 1}, ${size - 1})`, less.length, count - 1)
    }
  }),
  onFresh('one entry is answered even where it is larger than the limit', (storage) => {
    const forms = fillWithForms(storage)
    for (const { index } of forms) {
      const alone = storage.entries(index, forms.length + 1, index % 2)
      same(`entries(${index}, ${forms.length + 1}, ${index % 2})`, alone, [forms[index - 1]])
    }
  }),
  onFresh('the limit counts from the first entry that was asked for', (storage) => {
    const forms = fillWithForms(storage)
    const size = entriesSize(forms.slice(4, 8))
    same(`entries(5, 24, ${size})`, storage.entries(5, 24, size), forms.slice(4, 8))
  }),
  onFresh('no limit lets more through than was asked for', (storage) => {
    const forms = fillWithForms(storage)
    same('entries(2, 5, 2^40)', storage.entries(2, 5, 2 ** 40), forms.slice(1, 4))
  }),
  onFresh('page by page one comes through the whole log', (storage) => {
    const forms = fillWithForms(storage)
    for (const limit of [0, 20, 50, 400]) {
      const read: Entry[] = []
      while (read.length < forms.length) {
        const page = entriesIn(storage, read.length + 1, forms.length + 1, limit)
        holds(
          page.length > 0,
          `a page of ${limit} bytes from ${read.length + 1} on to hold an entry`,
          'an empty one',
        )
        for (const one of page) read.push(one)
      }
      same(`the log in pages of ${limit} bytes`, read, forms)
    }
  }),
]

/** These tests, in order. */
export const readingCases: readonly StorageCase[] = [...empty, ...terms, ...slices, ...limits]
