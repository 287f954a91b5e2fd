/** A batch that does not fit to what is stored is refused as a whole. */

import type { HardState } from '../../core/types.ts'
import type { Storage, WriteBatch } from '../../storage/storage.ts'
import { hasThrown, refuses, same } from '../assert.ts'
import { type StorageCase, onFresh } from './bench.ts'
import { batchOf, contentsOf, entriesOf, entry, fill, members, snapshotAt, write } from './sample.ts'
import { copyOf } from '../copy.ts'

/** Of a hard state that must not get in. */
const hardState: HardState = { term: 99, vote: 9, commit: 7 }

/** The batch must be refused, and leave no trace; what fits can be written afterwards. */
function refusesWhole(storage: Storage, what: string, parts: Partial<WriteBatch>): void {
  fill(storage)
  const before = copyOf(contentsOf(storage))
  refuses(`a batch with ${what}`, () => {
    storage.append(batchOf({ hardState, ...parts }))
  })
  same(`the storage after a batch with ${what} was refused`, contentsOf(storage), before)
  write(storage, { entries: entriesOf([5, 5], 10) })
  same(`the storage that goes on after a batch with ${what} was refused`, contentsOf(storage).terms, [
    ...before.terms,
    5,
    5,
  ])
}

const misfits: readonly (readonly [what: string, parts: Partial<WriteBatch>])[] = [
  ['a gap behind the end', { entries: entriesOf([5], 11) }],
  ['a gap far behind the end', { entries: entriesOf([5, 5], 1000) }],
  ['a gap within its entries', { entries: [entry(10, 5), entry(12, 5)] }],
  ['a gap within entries that replace', { entries: [entry(8, 5), entry(9, 5), entry(11, 5)] }],
  ['an entry twice', { entries: [entry(10, 5), entry(10, 5)] }],
  ['entries in falling order', { entries: [entry(11, 5), entry(10, 5)] }],
  ['a gap behind its snapshot', { snapshot: snapshotAt(12, 5), entries: entriesOf([5], 14) }],
  [
    'entries that follow the log and not its snapshot',
    { snapshot: snapshotAt(5, 5), entries: entriesOf([5], 10) },
  ],
]

const refusals: readonly StorageCase[] = misfits.map(([what, parts]) =>
  onFresh(`a batch with ${what} is refused, and nothing of it is stored`, (storage) => {
    refusesWhole(storage, what, parts)
  }),
)

const others: readonly StorageCase[] = [
  onFresh('an empty storage refuses entries that do not begin at 1', (storage) => {
    const before = copyOf(contentsOf(storage))
    refuses('a batch that begins at 2', () => {
      write(storage, { entries: entriesOf([1], 2), hardState })
    })
    same('the storage after it was refused', contentsOf(storage), before)
  }),
  onFresh('an older snapshot does not take the place of a newer one', (storage) => {
    fill(storage)
    write(storage, { snapshot: snapshotAt(20, 5) })
    const before = copyOf(contentsOf(storage))
    // Whether it is refused or passed over is the storage's own business, but the newest snapshot is the newest.
    hasThrown(() => {
      write(storage, { snapshot: snapshotAt(8, 5, members([9])) })
    })
    same('the storage after an older snapshot', contentsOf(storage), before)
  }),
  {
    name: 'what was refused does not appear after a restart',
    needs: 'reopen',
    *run(bench) {
      const storage = yield* bench.open()
      fill(storage)
      const before = copyOf(contentsOf(storage))
      refuses('a batch with a gap', () => {
        write(storage, { hardState, entries: [entry(10, 5), entry(12, 5)] })
      })
      same('the storage after a restart', contentsOf(yield* bench.reopen(storage)), before)
    },
  },
]

/** These tests, in order. */
export const refusalCases: readonly StorageCase[] = [...refusals, ...others]
