/** What is there after a restart, after a power cut, and after a power cut in the middle of a batch. */

import type { Storage, WriteBatch } from '../../storage/storage.ts'
import { ConformanceError, holds, same } from '../assert.ts'
import { show } from '../difference.ts'
import type { Steps } from '../steps.ts'
import type { StorageBench, StorageCase } from './bench.ts'
import { Model } from './model.ts'
import { survivor } from './random-runs.ts'
import {
  batchOf,
  bytes,
  contentsOf,
  entriesOf,
  everyForm,
  fill,
  filledState,
  joint,
  members,
  snapshotAt,
  write,
} from './sample.ts'
import { copyOf, manyBytes } from '../copy.ts'

/** A last batch that is durable: it makes durable what was written before it. */
const sealed: Partial<WriteBatch> = { hardState: { term: 9, vote: null, commit: 7 } }

/** Whatever is done to the storage must be there after it was opened again, and a second time. */
function survivesRestart(name: string, prepare: (storage: Storage) => void): StorageCase {
  return {
    name,
    needs: 'reopen',
    *run(bench) {
      let storage = yield* bench.open()
      prepare(storage)
      const before = copyOf(contentsOf(storage))
      storage = yield* bench.reopen(storage)
      same('the storage after a restart', contentsOf(storage), before)
      storage = yield* bench.reopen(storage)
      same('the storage after a second restart', contentsOf(storage), before)
    },
  }
}

const restarts: readonly StorageCase[] = [
  survivesRestart('an empty storage is empty after a restart', () => {}),
  survivesRestart('log, hard state and snapshot are there after a restart', (storage) => {
    fill(storage)
    write(storage, { entries: everyForm(10, 4), hardState: filledState })
  }),
  survivesRestart('a vote is there after a restart, and who voted for nobody did not', (storage) => {
    write(storage, { hardState: { term: 5, vote: 3, commit: 0 } })
    write(storage, { hardState: { term: 6, vote: null, commit: 0 } })
  }),
  survivesRestart('what was replaced does not come back with a restart', (storage) => {
    fill(storage)
    write(storage, { entries: entriesOf([5], 6) })
    write(storage, sealed)
  }),
  survivesRestart('what gave way to a snapshot does not come back with a restart', (storage) => {
    fill(storage)
    write(storage, { snapshot: snapshotAt(8, 5, joint) })
    write(storage, sealed)
  }),
  survivesRestart(
    'what was compacted does not come back with a restart, and its term is still known',
    (storage) => {
      fill(storage)
      storage.createSnapshot(7, joint, manyBytes(5000))
      storage.compact(6)
      write(storage, sealed)
    },
  ),
  survivesRestart('a log that was compacted to nothing is where it was after a restart', (storage) => {
    fill(storage)
    write(storage, { hardState: { term: 4, vote: 2, commit: 9 } })
    storage.createSnapshot(9, members([1]), bytes('nine'))
    storage.compact(9)
    write(storage, { hardState: { term: 5, vote: 2, commit: 9 } })
  }),
  survivesRestart('a membership that was saved is there after a restart', (storage) => {
    fill(storage)
    storage.saveConfState(joint, 7)
    write(storage, sealed)
  }),
  {
    name: 'a storage goes on after a restart as if there had been none',
    needs: 'reopen',
    *run(bench) {
      let storage = yield* bench.open()
      fill(storage)
      storage = yield* bench.reopen(storage)
      write(storage, { entries: entriesOf([5, 5, 5], 9), hardState: { term: 5, vote: 1, commit: 10 } })
      storage.createSnapshot(10, joint, bytes('ten'))
      storage.compact(8)
      write(storage, { entries: entriesOf([6], 11) })
      const expected = copyOf(contentsOf(storage))
      same('the terms', expected.terms, [4, 5, 5, 6])
      same('the storage after another restart', contentsOf(yield* bench.reopen(storage)), expected)
    },
  },
]

/** A model that was filled as {@link fill} fills a storage. */
function filledModel(): Model {
  const model = new Model()
  model.append(batchOf({ snapshot: snapshotAt(3, 1) }))
  model.append(batchOf({ entries: entriesOf([1, 1, 2, 2, 4, 4], 4), hardState: filledState }))
  return model
}

/** Writes batches to a filled storage, cuts the power, and says how many of them must be there at least. */
function survivesCrash(name: string, batches: readonly WriteBatch[], durable: number): StorageCase {
  return {
    name,
    needs: 'crash',
    *run(bench) {
      const storage = yield* bench.open()
      fill(storage)
      const states = [filledModel()]
      for (const batch of batches) {
        storage.append(batch)
        const next = (states.at(-1) as Model).fork()
        next.append(batch)
        states.push(next)
      }
      survivor('after a power cut', yield* bench.crash(storage), states.slice(durable))
    },
  }
}

const hardState = { term: 5, vote: 3, commit: 8 }
const lazy = { mustSync: false }

const crashes: readonly StorageCase[] = [
  survivesCrash(
    'a batch that must be durable is there after a power cut',
    [batchOf({ entries: entriesOf([5, 5], 8), hardState })],
    1,
  ),
  survivesCrash(
    'a term and a vote that must be durable are there after a power cut',
    [batchOf({ hardState })],
    1,
  ),
  survivesCrash(
    'a batch that must be durable makes those before it durable',
    [
      batchOf({ entries: entriesOf([4], 10), ...lazy }),
      batchOf({ hardState: { term: 4, vote: 2, commit: 10 }, ...lazy }),
      batchOf({ entries: entriesOf([4], 11) }),
    ],
    3,
  ),
  survivesCrash(
    'a batch of nothing that must be durable makes those before it durable',
    [batchOf({ hardState: { term: 4, vote: 2, commit: 9 }, ...lazy }), batchOf({})],
    2,
  ),
  survivesCrash(
    'a snapshot is durable, whatever mustSync says',
    [batchOf({ snapshot: snapshotAt(20, 5), hardState: { term: 5, vote: null, commit: 20 }, ...lazy })],
    1,
  ),
  survivesCrash(
    'what need not be durable is lost from the end, batch by batch',
    [
      batchOf({ entries: entriesOf([4], 10), hardState: { term: 4, vote: 2, commit: 8 }, ...lazy }),
      batchOf({ hardState: { term: 4, vote: 2, commit: 9 }, ...lazy }),
      batchOf({ entries: entriesOf([4, 4], 11), ...lazy }),
    ],
    0,
  ),
  {
    name: 'after a power cut a snapshot stands in for whatever was compacted',
    needs: 'crash',
    *run(bench) {
      let storage = yield* bench.open()
      fill(storage)
      storage.createSnapshot(7, joint, manyBytes(5000))
      storage.compact(7)
      storage = yield* bench.crash(storage)
      const { firstIndex, snapshot, lastIndex } = contentsOf(storage)
      const at = typeof snapshot === 'object' && snapshot !== null ? (snapshot as { index: number }).index : 0
      holds(at >= firstIndex - 1, `a snapshot of ${firstIndex - 1} or later`, show(snapshot))
      same('lastIndex()', lastIndex, 9)
      same('hardState()', storage.hardState(), filledState)
    },
  },
  {
    name: 'a storage goes on after a power cut, and the next one takes nothing durable either',
    needs: 'crash',
    *run(bench) {
      let storage = yield* bench.open()
      fill(storage)
      write(storage, { entries: entriesOf([4], 10), ...lazy })
      storage = yield* bench.crash(storage)
      write(storage, { entries: entriesOf([5, 6], 9), hardState: { term: 6, vote: 1, commit: 9 } })
      const before = copyOf(contentsOf(storage))
      same('the storage after another power cut', contentsOf(yield* bench.crash(storage)), before)
    },
  },
]

/** No batch takes more steps than that, unless `crashDuring` never answers `null`. */
const maxSteps = 10_000

/** Cuts the power at every step of the batch: the storage must be as before it or as after it. */
function isOnePiece(name: string, batch: WriteBatch): StorageCase {
  return {
    name,
    needs: 'crashDuring',
    *run(bench) {
      const after = filledModel()
      after.append(batch)
      for (let steps = 0; ; steps++) {
        if (steps > maxSteps)
          throw new ConformanceError(
            `Expected crashDuring to answer null after at most ${maxSteps} steps, got none`,
          )
        if (yield* isOver(bench, batch, steps, after)) return
      }
    },
  }
}

function* isOver(bench: StorageBench, batch: WriteBatch, steps: number, after: Model): Steps<boolean> {
  const storage = yield* bench.open()
  fill(storage)
  const left = yield* bench.crashDuring(storage, batch, steps)
  const where = `after a power cut at step ${steps} of the batch`
  if (left === null) same('the storage with the batch written', contentsOf(storage), after.contents())
  else survivor(where, left, [after, filledModel()])
  // Whatever was left, it must be good to go on with.
  const next = left ?? storage
  write(next, { hardState: { term: 50, vote: 1, commit: 7 } })
  same(`the hard state ${where}`, next.hardState(), { term: 50, vote: 1, commit: 7 })
  yield* bench.clear()
  return left === null
}

const torn: readonly StorageCase[] = [
  isOnePiece(
    'entries and a hard state in whose midst the power fails are there together or not at all',
    batchOf({ entries: [...entriesOf([4, 5], 10), ...everyForm(12, 5)], hardState }),
  ),
  isOnePiece('a term and a vote in whose midst the power fails are never torn apart', batchOf({ hardState })),
  isOnePiece(
    'entries that replace others, in whose midst the power fails, do so as a whole or not at all',
    batchOf({ entries: entriesOf([5, 5, 5, 5, 5], 8), hardState }),
  ),
  isOnePiece(
    'a snapshot in whose midst the power fails has taken the place of the whole log or of nothing',
    batchOf({
      snapshot: { ...snapshotAt(20, 5, joint), data: manyBytes(20_000) },
      entries: entriesOf([5, 6], 21),
      hardState: { term: 6, vote: null, commit: 20 },
    }),
  ),
]

/** These tests, in order. */
export const durabilityCases: readonly StorageCase[] = [...restarts, ...crashes, ...torn]
