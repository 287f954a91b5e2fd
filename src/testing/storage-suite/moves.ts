/** Random moves for the runs against the model: what a node might do with its storage next. */

import type { Random } from '../../core/random.ts'
import type { ConfState, Entry, Term } from '../../core/types.ts'
import type { Storage, WriteBatch } from '../../storage/storage.ts'
import { refuses } from '../assert.ts'
import type { Model } from './model.ts'
import { batchOf, bytes, entry, everyForm, joint, members } from './sample.ts'
import { manyBytes } from '../copy.ts'

/** Something that is done to a storage and to its model. */
export interface Move {
  readonly name: string
  /** Does it write a batch? */
  readonly batch: WriteBatch | null
  readonly make: (storage: Storage) => void
  readonly follow: (model: Model) => void
}

/** Whole numbers from `low` to `high`. */
export function between(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1))
}

function oneOf<Value>(random: Random, values: readonly Value[]): Value {
  return values[between(random, 0, values.length - 1)] as Value
}

/** Draws what is possible now. */
export function drawMove(random: Random, model: Model): Move {
  const own = (model.snapshot?.index ?? 0) + 1
  const moves: (() => Move)[] = [
    () => write(appended(random, model)),
    () => write(appended(random, model)),
    () => write(appended(random, model)),
    () => gap(random, model),
  ]
  if (random() < 0.3) moves.push(() => write(installed(random, model)))
  if (own <= model.commit && own > model.before.index && model.commit <= model.lastIndex)
    moves.push(() => ownSnapshot(random, between(random, own, model.commit)))
  if ((model.snapshot?.index ?? 0) > model.before.index)
    moves.push(() => compaction(between(random, model.before.index + 1, model.snapshot?.index ?? 0)))
  if (model.confState.index < model.commit)
    moves.push(() => savedMembership(random, between(random, model.confState.index + 1, model.commit)))
  return oneOf(random, moves)()
}

function write(batch: WriteBatch): Move {
  const { entries, hardState, snapshot, mustSync } = batch
  const parts: string[] = []
  if (snapshot !== null) parts.push(`snapshot at ${snapshot.index} of term ${snapshot.term}`)
  if (entries.length > 0) parts.push(`entries ${entries[0]?.index ?? 0} to ${entries.at(-1)?.index ?? 0}`)
  if (hardState !== null) parts.push(`hard state of term ${hardState.term}`)
  return {
    name: `append ${parts.join(' and ') || 'nothing'}${mustSync ? '' : ', not synced'}`,
    batch,
    make: (storage) => {
      storage.append(batch)
    },
    follow: (model) => {
      model.append(batch)
    },
  }
}

/** A batch that goes on behind the log, or replaces what is not committed of it. */
export function appended(random: Random, model: Model): WriteBatch {
  const term = Math.max(1, model.term(model.lastIndex)) + (random() < 0.3 ? between(random, 1, 3) : 0)
  const isBehind = random() < 0.6
  const first = isBehind ? model.lastIndex + 1 : between(random, model.commit + 1, model.lastIndex + 1)
  const entries = draw(random, first, term, between(random, 0, 6))
  const last = entries.length === 0 ? model.lastIndex : first + entries.length - 1
  return batchOf({
    entries,
    hardState: random() < 0.5 ? hardStateOf(random, term, between(random, model.commit, last)) : null,
    mustSync: random() < 0.6,
  })
}

function draw(random: Random, first: number, term: Term, count: number): readonly Entry[] {
  if (random() < 0.1) return everyForm(first, term)
  return Array.from({ length: count }, (_, at) =>
    entry(first + at, term, random() < 0.2 ? null : manyBytes(between(random, 0, 60))),
  )
}

function hardStateOf(random: Random, term: Term, commit: number): WriteBatch['hardState'] {
  return { term: term + between(random, 0, 2), vote: random() < 0.3 ? null : between(random, 1, 5), commit }
}

/** What a leader sends to a node that is far behind. */
function installed(random: Random, model: Model): WriteBatch {
  const index = model.commit + between(random, 1, 12)
  const term = Math.max(1, model.term(model.lastIndex)) + between(random, 0, 1)
  return batchOf({
    snapshot: { index, term, confState: membership(random), data: manyBytes(between(random, 0, 100)) },
    entries: random() < 0.5 ? draw(random, index + 1, term, between(random, 1, 3)) : [],
    hardState: hardStateOf(random, term, index),
    mustSync: random() < 0.5,
  })
}

function membership(random: Random): ConfState {
  return random() < 0.2 ? joint : members([1, 2, 3, 4, 5].slice(0, between(random, 1, 5)), { learners: [9] })
}

function gap(random: Random, model: Model): Move {
  const first = model.lastIndex + between(random, 2, 9)
  const batch = batchOf({
    entries: [entry(first, Math.max(1, model.term(model.lastIndex)))],
    hardState: { term: 1000, vote: null, commit: model.commit },
  })
  return {
    name: `append with a gap before ${first}`,
    batch: null,
    make: (storage) => {
      refuses('a batch with a gap', () => {
        storage.append(batch)
      })
    },
    follow: () => {},
  }
}

function ownSnapshot(random: Random, index: number): Move {
  const confState = membership(random)
  const data = bytes(`state of ${index}`)
  return {
    name: `createSnapshot(${index})`,
    batch: null,
    make: (storage) => {
      storage.createSnapshot(index, confState, data)
    },
    follow: (model) => {
      model.createSnapshot(index, confState, data)
    },
  }
}

function savedMembership(random: Random, index: number): Move {
  const confState = membership(random)
  return {
    name: `saveConfState(${index})`,
    batch: null,
    make: (storage) => {
      storage.saveConfState(confState, index)
    },
    follow: (model) => {
      model.saveConfState(confState, index)
    },
  }
}

function compaction(index: number): Move {
  return {
    name: `compact(${index})`,
    batch: null,
    make: (storage) => {
      storage.compact(index)
    },
    follow: (model) => {
      model.compact(index)
    },
  }
}
