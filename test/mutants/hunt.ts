/** Runs seeds until one fails, in a process of its own: the simulator with one bug put in. Says what came of it, as a line of JSON. */

import { simulate } from '../../src/sim/run.ts'
import { drawSetup } from '../../src/sim/setup.ts'
import { shrink } from '../../src/sim/shrink.ts'

/** What one hunt has come to. */
export interface Hunt {
  /** How many seeds it took; null if none of them failed. */
  readonly seeds: number | null
  readonly invariant: string
  readonly what: string
  readonly seed: number
  /** The events of the run that it was shrunk to; null if it was not asked for. */
  readonly events: number | null
}

const [first = 0, most = 0, milliseconds = 0, shrinks = 0] = process.argv.slice(2).map(Number)

process.stdout.write(`${JSON.stringify(hunt())}\n`)

function hunt(): Hunt {
  for (let i = 0; i < most; i++) {
    const seed = first + i
    const outcome = simulate({ ...drawSetup(seed), faultyMs: milliseconds })
    const { failure } = outcome
    if (failure === null) continue
    const events = shrinks > 0 ? shrink(outcome).outcome.traced : null
    return { seeds: i + 1, invariant: failure.invariant, what: failure.what.slice(0, 200), seed, events }
  }
  return { seeds: null, invariant: '', what: '', seed: 0, events: null }
}
