/** What the page runs: the simulator as it is, bundled for browsers. */

import { drawSetup, simulate } from '../../src/sim/index.ts'

const runner = globalThis as typeof globalThis & {
  hashesOf: (seeds: readonly number[], ms: number) => string[]
}

runner.hashesOf = (seeds, ms) => seeds.map((seed) => simulate({ ...drawSetup(seed), faultyMs: ms }).hash)
