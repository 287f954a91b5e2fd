import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commitIndex } from '../../../src/core/raft/commit.ts'

describe('the next commit index (§5.4.2, figure 8)', () => {
  test.each([
    ['follows what a majority holds of the leader`s own term', [3, 7, 2, 2], 7],
    ['does not follow what a majority holds of an earlier term', [3, 7, 1, 2], 3],
    ['never goes back', [7, 3, 2, 2], 7],
    ['stays where it is', [3, 3, 2, 2], 3],
  ] as const)('%s', (_, [now, onMajority, termThere, currentTerm], index) => {
    expect(commitIndex(now, onMajority, termThere, currentTerm)).toBe(index)
  })

  test('is either what it was, or on a majority and of the leader`s own term', () => {
    fc.assert(
      fc.property(fc.nat(9), fc.nat(9), fc.nat(3), fc.nat(3), (now, onMajority, termThere, currentTerm) => {
        const next = commitIndex(now, onMajority, termThere, currentTerm)
        expect(next).toBeGreaterThanOrEqual(now)
        if (next > now) expect([next, termThere]).toEqual([onMajority, currentTerm])
      }),
    )
  })
})
