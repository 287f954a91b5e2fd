/** A run from its beginning to its end, and what came of it. */

import { RaftError } from '../core/errors.ts'
import type { Operation } from './clients.ts'
import { judge } from './judge.ts'
import { type FaultKind, faultKinds } from './faults.ts'
import type { Sight } from './milestones.ts'
import { Recovery } from './recovery.ts'
import type { Setup } from './setup.ts'
import { Simulation, type SimulationOptions } from './simulation.ts'
import { Violation } from './world.ts'

/** What went wrong. */
export interface Failure {
  /** The invariant that does not hold: `I5`. `crash` if something threw that should not. */
  readonly invariant: string
  readonly what: string
  /** Simulated milliseconds since the start. */
  readonly atMs: number
  /** Where it was noticed. */
  readonly stack: string
}

/** What came of a run. */
export interface Outcome {
  readonly setup: Setup
  readonly failure: Failure | null
  /** Equal runs have equal hashes. */
  readonly hash: string
  readonly simulatedMs: number
  readonly events: number
  /** Events inside of nodes, messages and disks: as many as a trace has, refusals and memberships apart. */
  readonly traced: number
  readonly commits: number
  readonly elections: number
  readonly operations: number
  readonly faults: Readonly<Record<FaultKind, number>>
  readonly reached: ReadonlyMap<Sight, number>
  readonly history: readonly Operation[]
  /** The names of all faults, if they were to be remembered. */
  readonly faultNames: readonly string[]
}

/** Runs a simulation to its end: first with faults, then without. */
export function simulate(setup: Setup, options: SimulationOptions = {}): Outcome {
  const sim = new Simulation(setup, options)
  const failure = failureOf(sim, () => {
    sim.start()
    sim.run(setup.faultyMs)
    new Recovery(sim).run()
    const { flaw, undecided } = judge(sim.history)
    if (flaw !== null) sim.violated('I13', flaw)
    for (let i = 0; i < undecided; i++) sim.reach('history of a key undecided')
  })
  const { recorder, oracle, agenda, faultCounts } = sim
  return {
    setup,
    failure,
    hash: recorder.hash,
    simulatedMs: Math.floor(agenda.now / 1000),
    events: agenda.done,
    traced: recorder.count,
    commits: oracle.ledger.committed,
    elections: sim.reached.get('leader elected') ?? 0,
    operations: sim.history.length,
    faults: Object.fromEntries(faultKinds.map((kind) => [kind, faultCounts.get(kind) ?? 0])) as Record<
      FaultKind,
      number
    >,
    reached: sim.reached,
    history: sim.history,
    faultNames: sim.faults.happened,
  }
}

function failureOf(sim: Simulation, run: () => void): Failure | null {
  try {
    run()
    return null
  } catch (error) {
    const atMs = Math.floor(sim.agenda.now / 1000)
    if (error instanceof Violation)
      return { invariant: error.invariant, what: error.message, atMs, stack: error.stack ?? '' }
    const what = error instanceof Error ? error.message : String(error)
    const invariant = error instanceof RaftError ? error.code : 'crash'
    return { invariant, what, atMs, stack: error instanceof Error ? (error.stack ?? '') : '' }
  }
}
