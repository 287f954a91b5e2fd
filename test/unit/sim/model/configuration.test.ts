import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changeConfig } from '../../../../src/core/confchange/changer.ts'
import { emptyConfState } from '../../../../src/core/conf-state.ts'
import { ConfChangeError } from '../../../../src/core/errors.ts'
import type { ConfChange, ConfState } from '../../../../src/core/types.ts'
import { after, isLost, isQuorum, isSame } from '../../../../src/sim/model/configuration.ts'

const joint: ConfState = { ...emptyConfState, voters: [1, 4, 5], votersOutgoing: [1, 2, 3] }
const has =
  (...ids: readonly number[]) =>
  (id: number): boolean =>
    ids.includes(id)

describe('who is a quorum (thesis §4.3)', () => {
  test('a majority of each half', () => {
    expect(isQuorum(joint, has(1, 4, 2))).toBe(true)
    expect(isQuorum(joint, has(1, 4, 5))).toBe(false)
    expect(isQuorum(joint, has(1, 2, 3))).toBe(false)
  })

  test('learners do not count, and nobody is no quorum', () => {
    const config = { ...emptyConfState, voters: [1, 2, 3], learners: [4, 5] }
    expect(isQuorum(config, has(1, 4, 5))).toBe(false)
    expect(isQuorum(emptyConfState, has())).toBe(false)
  })

  test('an election is lost when one half has no majority left', () => {
    expect(isLost(joint, new Set([2]))).toBe(false)
    expect(isLost(joint, new Set([2, 4]))).toBe(false)
    expect(isLost(joint, new Set([2, 3]))).toBe(true)
    expect(isLost(joint, new Set([4, 5]))).toBe(true)
  })
})

test('what a change makes of a configuration is what the core makes of it', () => {
  const single = fc.record({
    type: fc.constantFrom('AddNode', 'RemoveNode', 'AddLearnerNode', 'UpdateNode'),
    nodeId: fc.integer({ min: 0, max: 5 }),
  })
  const change: fc.Arbitrary<ConfChange | null> = fc.oneof(
    fc.constant(null),
    single.map((one) => ({ ...one, version: 1 as const, context: null })),
    fc.record({
      version: fc.constant(2 as const),
      transition: fc.constantFrom('auto', 'implicit', 'explicit'),
      changes: fc.array(single, { maxLength: 4 }),
      context: fc.constant(null),
    }),
  )
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      let config: ConfState = { ...emptyConfState, voters: [1, 2, 3] }
      for (const one of changes) {
        const own = after(config, one)
        const right = coreSays(config, one)
        expect(own === null, JSON.stringify([config, one])).toBe(right === null)
        if (own === null || right === null) continue
        expect(isSame(own, right), JSON.stringify([config, one, own, right])).toBe(true)
        config = right
      }
    }),
    { numRuns: 2_000, seed: 1 },
  )
})

function coreSays(config: ConfState, change: ConfChange | null): ConfState | null {
  try {
    return changeConfig(config, change).config
  } catch (error) {
    if (error instanceof ConfChangeError) return null
    throw error
  }
}
