/** Runs seeds until one fails, in a process of its own: the simulator with one bug put in. Says what came of it, as a line of JSON. */

import { simulate } from '../../src/sim/run.ts'
import { drawSetup } from '../../src/sim/setup.ts'

/** What one hunt has come to. */
export interface Hunt {
  /** How many seeds it took; null if none of them failed. */
  readonly seeds: number | null
  readonly invariant: string
  readonly what: string
  readonly seed: number
}

const [first = 0, most = 0, milliseconds = 0] = process.argv.slice(2).map(Number)

process.stdout.write(`${JSON.stringify(hunt())}\n`)

function hunt(): Hunt {
  for (let i = 0; i < most; i++) {
    const seed = first + i
    const { failure } = simulate({ ...drawSetup(seed), faultyMs: milliseconds })
    if (failure !== null)
      return { seeds: i + 1, invariant: failure.invariant, what: failure.what.slice(0, 200), seed }
  }
  return { seeds: null, invariant: '', what: '', seed: 0 }
}
