import { describe, expect, test } from 'vitest'
import { simulate } from '../../src/sim/run.ts'
import { drawSetup } from '../../src/sim/setup.ts'

describe('a simulated cluster keeps every invariant', () => {
  test.each(Array.from({ length: 20 }, (_, i) => i + 1))('with seed %d', (seed) => {
    const outcome = simulate({ ...drawSetup(seed), faultyMs: 5_000 })
    expect(outcome.failure).toBeNull()
    expect(outcome.events).toBeGreaterThan(1000)
  })
})
