/** Long random runs, each step compared with the plain model. A failure names the seed, the move, and what differs. */

import { countWithin } from '../../core/entry-size.ts'
import { type Random, seededRandom } from '../../core/random.ts'
import type { Storage } from '../../storage/storage.ts'
import { difference } from '../difference.ts'
import { during, same, within } from '../assert.ts'
import type { Steps } from '../steps.ts'
import type { StorageBench, StorageCase } from './bench.ts'
import { Model } from './model.ts'
import { appended, between, drawMove } from './moves.ts'
import { batchOf, contentsOf } from './sample.ts'

const movesPerSeed = 150

function* run(bench: StorageBench, seed: number, mayRestart: boolean): Steps {
  const random = seededRandom(seed)
  const model = new Model()
  let storage = yield* bench.open()
  for (let at = 1; at <= movesPerSeed; at++) {
    if (mayRestart && random() < 0.1) {
      settle(storage, model)
      storage = yield* bench.reopen(storage)
      compare(`seed ${seed}, move ${at}: restart`, random, storage, model)
    }
    const move = drawMove(random, model)
    const where = `seed ${seed}, move ${at}: ${move.name}`
    during(where, () => {
      move.make(storage)
    })
    move.follow(model)
    compare(where, random, storage, model)
  }
}

/** Contracts promise nothing of what was not synced: so that is done before a restart. */
function settle(storage: Storage, model: Model): void {
  const hardState = model.hardState ?? { term: 1, vote: null, commit: model.commit }
  const batch = batchOf({ hardState })
  storage.append(batch)
  model.append(batch)
}

function compare(where: string, random: Random, storage: Storage, model: Model): void {
  during(where, () => {
    same('the storage', contentsOf(storage), model.contents())
    const { index } = model.before
    if (index > 0) same(`term(${index - 1})`, storage.term(index - 1), 'compacted')
    same(`term(${model.lastIndex + 1})`, storage.term(model.lastIndex + 1), 'unavailable')
    if (model.entries.length > 0) comparePart(random, storage, model)
  })
}

function comparePart(random: Random, storage: Storage, { before, lastIndex, entries }: Model): void {
  const lo = between(random, before.index + 1, lastIndex)
  const hi = between(random, lo + 1, lastIndex + 1)
  const limit = between(random, 0, 300)
  const from = lo - before.index - 1
  const count = countWithin(entries, limit, from, hi - before.index - 1)
  same(`entries(${lo}, ${hi}, ${limit})`, storage.entries(lo, hi, limit), entries.slice(from, from + count))
}

/** Batches, power cuts, and the question which of them are left. */
function* runWithCrashes(bench: StorageBench, seed: number): Steps {
  const random = seededRandom(seed)
  let possible: Model[] = [new Model()]
  let storage = yield* bench.open()
  for (let at = 1; at <= 60; at++) {
    const model = possible.at(-1) as Model
    const batch =
      random() < 0.9
        ? appended(random, model)
        : batchOf({ snapshot: snapshotFor(random, model), mustSync: false })
    const where = `seed ${seed}, batch ${at}`
    during(where, () => {
      storage.append(batch)
    })
    const next = model.fork()
    next.append(batch)
    possible = batch.mustSync || batch.snapshot !== null ? [next] : [...possible, next]
    if (random() > 0.3) continue
    storage = yield* bench.crash(storage)
    possible = [survivor(`${where}, after a power cut`, storage, possible)]
  }
}

function snapshotFor(random: Random, model: Model): NonNullable<Model['snapshot']> {
  const index = model.commit + between(random, 1, 9)
  const confState = { voters: [1], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false }
  return {
    index,
    term: Math.max(1, model.term(model.lastIndex)),
    confState,
    data: new Uint8Array(between(random, 0, 9)),
  }
}

/** The state that is left must be that after one of the batches: none that was durable is missing, none is there in part. */
export function survivor(where: string, storage: Storage, possible: readonly Model[]): Model {
  const found = contentsOf(storage)
  const left = possible.find((model) => difference(found, model.contents()) === null)
  if (left !== undefined) return left
  try {
    same('what is left', found, (possible[0] as Model).contents())
  } catch (error) {
    throw within(
      `${where}: it is as after none of the ${possible.length} batches that may be the last`,
      error,
    )
  }
  return possible[0] as Model
}

/** These tests, in order. */
export const randomCases: readonly StorageCase[] = [
  {
    name: 'a storage is what plain arrays would be, whatever is written, replaced, compacted and installed at random',
    *run(bench) {
      for (const seed of bench.seeds) yield* run(bench, seed, false)
    },
  },
  {
    name: 'a storage is what plain arrays would be, with restarts at random',
    needs: 'reopen',
    *run(bench) {
      for (const seed of bench.seeds) yield* run(bench, seed, true)
    },
  },
  {
    name: 'after power cuts at random a storage is as after one of its batches, and none before the last that was durable',
    needs: 'crash',
    *run(bench) {
      for (const seed of bench.seeds) yield* runWithCrashes(bench, seed)
    },
  },
]
