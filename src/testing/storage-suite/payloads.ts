/** Whatever is stored comes back as it was: each kind of entry, each byte, numbers as large as they get. */

import type { ConfState, Entry } from '../../core/types.ts'
import type { Storage } from '../../storage/storage.ts'
import { same } from '../assert.ts'
import { type StorageCase, onFresh } from './bench.ts'
import { bytes, entriesOf, entry, everyForm, joint, members, snapshotAt, write } from './sample.ts'
import { manyBytes } from '../copy.ts'

/** Writes an entry with these bytes as its data, and compares. */
function keeps(storage: Storage, data: Uint8Array | null): void {
  const index = storage.lastIndex() + 1
  const expected = data?.slice() ?? null
  write(storage, { entries: [entry(index, 1, data)] })
  same(`entry ${index}`, storage.entries(index, index + 1, Infinity), [entry(index, 1, expected)])
}

const confStates: readonly ConfState[] = [
  members([1]),
  members([1, 2, 3, 4, 5], { learners: [6, 7] }),
  joint,
  { ...joint, autoLeave: false },
  members([2 ** 32, Number.MAX_SAFE_INTEGER]),
]

const payloads: readonly StorageCase[] = [
  onFresh('every form of entry comes back as it was', (storage) => {
    const forms = everyForm(1, 3)
    write(storage, { entries: forms })
    for (const form of forms)
      same(`entry ${form.index}`, storage.entries(form.index, form.index + 1, Infinity), [form])
    same('all of them', storage.entries(1, forms.length + 1, Infinity), forms)
  }),
  onFresh('no data and empty data are told apart', (storage) => {
    keeps(storage, null)
    keeps(storage, new Uint8Array())
    keeps(storage, Uint8Array.of(0))
  }),
  onFresh('every value of a byte is kept', (storage) => {
    keeps(
      storage,
      Uint8Array.from({ length: 256 }, (_, value) => value),
    )
    keeps(storage, Uint8Array.of(0, 0, 0))
    keeps(storage, Uint8Array.of(1, 0, 2, 0))
    keeps(storage, Uint8Array.of(0xef, 0xbb, 0xbf, 0xff, 0xfe, 0xc3, 0x28))
    keeps(storage, bytes('\r\n\'"\\\t;--'))
  }),
  onFresh('data that is a part of a larger buffer is kept without its surroundings', (storage) => {
    const buffer = manyBytes(100)
    keeps(storage, buffer.subarray(10, 20))
    keeps(storage, buffer.subarray(90))
    keeps(storage, buffer.subarray(50, 50))
  }),
  onFresh('entries of a mebibyte are kept', (storage) => {
    const large = [
      entry(1, 1, manyBytes(2 ** 20)),
      entry(2, 1, bytes('small')),
      entry(3, 1, manyBytes(2 ** 20 + 1)),
    ]
    write(storage, { entries: large })
    same('entries(1, 4, Infinity)', storage.entries(1, 4, Infinity), large)
  }),
  onFresh('the data of a snapshot is kept: none of it, every byte, a mebibyte', (storage) => {
    const all = [new Uint8Array(), Uint8Array.from({ length: 256 }, (_, value) => value), manyBytes(2 ** 20)]
    for (const [at, data] of all.entries()) {
      const snapshot = { ...snapshotAt(10 * (at + 1), 2), data }
      write(storage, { snapshot })
      same('snapshot()', storage.snapshot(), snapshot)
    }
  }),
  onFresh('every form of membership is kept', (storage) => {
    for (const [at, confState] of confStates.entries()) {
      const snapshot = snapshotAt(10 * (at + 1), 2, confState)
      write(storage, { snapshot })
      same('snapshot()', storage.snapshot(), snapshot)
      same('confState()', storage.confState(), { confState, index: snapshot.index })
    }
  }),
]

/** Where numbers of 31, 32, 48 and 53 bits end. */
const edges = [2 ** 31, 2 ** 32, 2 ** 48, Number.MAX_SAFE_INTEGER - 20]

const numbers: readonly StorageCase[] = edges.map((edge) =>
  onFresh(`indexes and terms around ${edge} are kept`, (storage) => {
    const before = edge - 3
    const entries: readonly Entry[] = entriesOf(
      [before, edge - 1, edge - 1, edge, edge, edge + 1],
      before + 1,
    )
    const hardState = { term: edge + 1, vote: edge, commit: before + 4 }
    write(storage, { snapshot: snapshotAt(before, before), entries, hardState })
    same('hardState()', storage.hardState(), hardState)
    same('firstIndex()', storage.firstIndex(), before + 1)
    same('lastIndex()', storage.lastIndex(), before + 6)
    same('entries()', storage.entries(before + 1, before + 7, Infinity), entries)
    same(`term(${edge})`, storage.term(edge), edge - 1)

    const confState = members([edge, edge + 1])
    const own = storage.createSnapshot(edge, confState, bytes('own'))
    same('createSnapshot()', own, { index: edge, term: edge - 1, confState, data: bytes('own') })
    storage.compact(edge)
    same('firstIndex() when it is compacted', storage.firstIndex(), edge + 1)
    same(`term(${edge}) when it is compacted`, storage.term(edge), edge - 1)
    same(`term(${edge - 1}) when it is compacted`, storage.term(edge - 1), 'compacted')
    write(storage, { entries: entriesOf([edge + 2], edge + 2) })
    same('lastIndex() when a tail is replaced', storage.lastIndex(), edge + 2)
  }),
)

/** These tests, in order. */
export const payloadCases: readonly StorageCase[] = [...payloads, ...numbers]
