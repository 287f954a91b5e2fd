/** Many seeds, and the sums of what they did. */

import { faultKinds } from '../../../src/sim/faults.ts'
import { milestones } from '../../../src/sim/milestones.ts'
import { simulate } from '../../../src/sim/run.ts'
import { drawSetup } from '../../../src/sim/setup.ts'

/** A seed that failed. */
export interface FailedSeed {
  readonly seed: number
  readonly invariant: string
  readonly what: string
  readonly atMs: number
}

/** The sums over a batch. */
export interface Totals {
  seeds: number
  simulatedMs: number
  events: number
  commits: number
  elections: number
  operations: number
  readonly faults: Record<string, number>
  readonly reached: Record<string, number>
  readonly failures: FailedSeed[]
  /** Of all traces together, in the order of the seeds. */
  readonly hashes: string[]
}

/** Nothing yet. */
export function noTotals(): Totals {
  return {
    seeds: 0,
    simulatedMs: 0,
    events: 0,
    commits: 0,
    elections: 0,
    operations: 0,
    faults: Object.fromEntries(faultKinds.map((kind) => [kind, 0])),
    reached: Object.fromEntries(milestones.map((milestone) => [milestone, 0])),
    failures: [],
    hashes: [],
  }
}

/** Runs one seed and adds it up. */
export function runSeed(totals: Totals, seed: number, seconds: number, twice: boolean): void {
  const setup = { ...drawSetup(seed), faultyMs: seconds * 1000 }
  const outcome = simulate(setup)
  totals.seeds++
  totals.simulatedMs += outcome.simulatedMs
  totals.events += outcome.events
  totals.commits += outcome.commits
  totals.elections += outcome.elections
  totals.operations += outcome.operations
  totals.hashes.push(outcome.hash)
  for (const [kind, count] of Object.entries(outcome.faults))
    totals.faults[kind] = (totals.faults[kind] ?? 0) + count
  for (const [what, count] of outcome.reached) totals.reached[what] = (totals.reached[what] ?? 0) + count
  if (outcome.failure !== null) {
    const { invariant, what, atMs } = outcome.failure
    totals.failures.push({ seed, invariant, what, atMs })
  } else if (twice && simulate(setup).hash !== outcome.hash)
    totals.failures.push({ seed, invariant: 'determinism', what: 'two runs of the seed differ', atMs: 0 })
}

/** Seeds after which everything should have been seen. */
export const seedsToSeeAll = 1000

/** What should have happened and has not: kinds of faults, and milestones. */
export function unseen({ faults, reached }: Totals): readonly string[] {
  return [
    ...faultKinds.filter((kind) => faults[kind] === 0).map((kind) => `fault: ${kind}`),
    ...milestones.filter((milestone) => reached[milestone] === 0),
  ]
}

/** Adds the sums of another batch. */
export function addTotals(totals: Totals, more: Totals): void {
  totals.seeds += more.seeds
  totals.simulatedMs += more.simulatedMs
  totals.events += more.events
  totals.commits += more.commits
  totals.elections += more.elections
  totals.operations += more.operations
  for (const [kind, count] of Object.entries(more.faults))
    totals.faults[kind] = (totals.faults[kind] ?? 0) + count
  for (const [what, count] of Object.entries(more.reached))
    totals.reached[what] = (totals.reached[what] ?? 0) + count
  totals.failures.push(...more.failures)
  totals.hashes.push(...more.hashes)
}
