import { describe, expect, test } from 'vitest'
import { simulate } from '../../src/sim/run.ts'
import { drawSetup } from '../../src/sim/setup.ts'

const seeds = Array.from({ length: 200 }, (_, i) => i + 1)

describe('a simulated cluster keeps every invariant, and does the same twice', () => {
  test.each(seeds)('with seed %d', (seed) => {
    const setup = { ...drawSetup(seed), faultyMs: 2_000 }
    const outcome = simulate(setup)
    expect(outcome.failure).toBeNull()
    expect(outcome.events).toBeGreaterThan(300)
    expect(simulate(setup).hash).toBe(outcome.hash)
  })
})
