/**
 * Every state that a power cut can leave behind: at each call to the disk, with every part of what was not durable, in any
 * order. From each the log must come back as it was promised, and again if the power fails while it does.
 *
 * `QUORATE_CRASH_STATES=N` looks at N states of each moment at most, instead of 5.
 */

import { MemStorage } from 'quorate'
import type { WalStorage } from 'quorate/wal'
import { describe, expect, test } from 'vitest'
import { batchOf, contentsOf, entryOf, openOn } from '../support/wal.ts'
import { PowerCut, type Pending, sectorsOf, type Survival, WalDisk } from '../support/wal-disk.ts'
import { type Step, workload } from './workload.ts'

const statesPerMoment = Number(process.env['QUORATE_CRASH_STATES'] ?? 5)

/** A generator of numbers, the same in each run. */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

/** Which parts of what is pending survive: all and nothing, each alone, each missing, cuts, and any. */
function* survivalsOf(pending: readonly Pending[], roll: (sides: number) => number): Generator<Survival> {
  yield () => false
  if (pending.length === 0) return
  yield () => true
  for (let at = 0; at < pending.length; at++) {
    yield (_, which) => which === at
    yield (_, which) => which !== at
    yield (_, which) => which < at
  }
  for (;;) {
    const seed = roll(2 ** 31)
    yield (_, which) => {
      const of = dice(seed + which)
      const kind = of(3)
      return kind === 0 ? false : kind === 1 ? true : () => of(2) === 0
    }
  }
}

/** The last write, cut at each sector, from either side, and with one in its middle missing. */
function* tornLast(pending: readonly Pending[]): Generator<Survival> {
  const last = pending.findLastIndex((one) => one.kind === 'write')
  const write = pending[last]
  if (write?.kind !== 'write') return
  const count = sectorsOf(write).length
  for (let cut = 1; cut < Math.min(count, 40); cut++) {
    yield (_, which) => (which === last ? (sector) => sector < cut : true)
    yield (_, which) => (which === last ? (sector) => sector >= cut : true)
    yield (_, which) => (which === last ? (sector) => sector !== cut : true)
  }
}

/** Takes some of many. */
function sample(survivals: Generator<Survival>, most: number, roll: (sides: number) => number): Survival[] {
  const taken: Survival[] = []
  const pool: Survival[] = []
  for (const survival of survivals) {
    pool.push(survival)
    if (pool.length >= 4 * most + 200) break
  }
  while (taken.length < most && pool.length > 0) taken.push(...pool.splice(roll(pool.length), 1))
  return taken
}

class Run {
  readonly #roll = dice(1)
  readonly #segmentSize: number
  states = 0
  moments = 0
  torn = 0

  constructor(segmentSize: number) {
    this.#segmentSize = segmentSize
  }

  /** Does the steps once, and looks at each moment of each of them. */
  all(steps: readonly Step[]): void {
    const disk = new WalDisk()
    let storage: WalStorage | null = null
    const model = new MemStorage()
    // What may be found: from what was durable last to what is being written.
    let allowed: string[] = [contentsOf(model)]
    disk.record = () => {
      this.#moment(disk, storage === null ? allowed.slice(0, 1) : allowed)
    }
    storage = this.#open(disk)
    for (const step of steps) {
      step.do(model)
      const goal = contentsOf(model)
      allowed.push(goal)
      step.do(storage)
      isOneOf(contentsOf(storage), [goal])
      if (!step.isLazy) allowed = [goal]
    }
    this.#moment(disk, allowed)
  }

  #open(disk: WalDisk): WalStorage {
    return openOn(disk, { segmentSize: this.#segmentSize })
  }

  #moment(disk: WalDisk, allowed: readonly string[]): void {
    this.moments++
    const survivals = [
      ...sample(survivalsOf(disk.pending, this.#roll), statesPerMoment - 2, this.#roll),
      ...sample(tornLast(disk.pending), 2, this.#roll),
    ]
    for (const survives of survivals) this.#state(disk, survives, allowed)
  }

  #state(disk: WalDisk, survives: Survival, allowed: readonly string[]): void {
    this.states++
    const left = disk.afterPowerCut(survives)
    const storage = this.#open(left)
    const found = contentsOf(storage)
    if (storage.torn !== null) this.torn++
    isOneOf(found, allowed)
    if (this.states % 4 === 0) goesOn(left.afterKill(), found, this.#segmentSize)
    if (this.states % 16 === 0) this.#again(disk, survives, found)
  }

  /** The power fails once more, at each moment of the recovery. */
  #again(disk: WalDisk, survives: Survival, found: string): void {
    for (let budget = 0; ; budget++) {
      const left = disk.afterPowerCut(survives)
      left.budget = budget
      try {
        this.#open(left)
        return
      } catch (error) {
        if (!((error as Error).cause instanceof PowerCut)) throw error
      }
      this.states++
      const seed = this.#roll(2 ** 31)
      const kept: Survival = (_, which) =>
        [false, true, (sector: number) => (sector + seed) % 2 === 0][(seed + which) % 3]!
      isOneOf(contentsOf(this.#open(left.afterPowerCut(kept))), [found])
    }
  }
}

/** These texts are long: the difference is told, and not all of them. */
function isOneOf(found: string, allowed: readonly string[]): void {
  if (allowed.includes(found)) return
  const nearest = allowed.at(-1) ?? ''
  let at = 0
  while (found[at] === nearest[at]) at++
  const part = (text: string): string => text.slice(Math.max(0, at - 60), at + 60)
  throw new Error(`expected one of ${allowed.length} contents, as …${part(nearest)}…, got …${part(found)}…`)
}

/** A log that has come back can be written, and comes back again. */
function goesOn(disk: WalDisk, found: string, segmentSize: number): void {
  const storage = openOn(disk, { segmentSize })
  isOneOf(contentsOf(storage), [found])
  const last = storage.lastIndex()
  for (const index of [1, 2, 3]) storage.append(batchOf({ entries: [entryOf(last + index, 100, 900)] }))
  const expected = contentsOf(storage)
  isOneOf(contentsOf(openOn(disk.afterPowerCut(), { segmentSize })), [expected])
}

describe('after a power cut', () => {
  test.each([
    { segmentSize: 8192, torn: 1 },
    { segmentSize: 32_768, torn: 15 },
  ])('at any moment the log is as promised, with segments of $segmentSize bytes', ({ segmentSize, torn }) => {
    const run = new Run(segmentSize)
    run.all(workload)
    process.stdout.write(
      `${run.states} crash states at ${run.moments} moments, ${run.torn} of them with a torn record`.concat(
        '\n',
      ),
    )
    expect(run.moments).toBeGreaterThan(100)
    expect(run.torn).toBeGreaterThanOrEqual(torn)
  })
})
