import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { majorityIndex, majoritySize, majorityVote } from '../../../src/core/quorum/majority.ts'

const anyIndexes = fc.array(fc.nat(20), { minLength: 1, maxLength: 9 })
const anyVotes = fc.array(fc.constantFrom(true, false, undefined), { maxLength: 9 })

/** Voter 1 is the first of the list, and so on; undefined has not answered. */
function votesOf(list: readonly (boolean | undefined)[]) {
  const voters = list.map((_, i) => i + 1)
  const votes = new Map<number, boolean>()
  for (const [i, vote] of list.entries()) if (vote !== undefined) votes.set(i + 1, vote)
  return { voters, votes }
}

describe('the size of a majority', () => {
  test.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
    [6, 4],
    [7, 4],
  ])('of %i voters is %i', (voters, expected) => {
    expect(majoritySize(voters)).toBe(expected)
  })

  test('is more than half, and no more than needed', () => {
    for (let voters = 1; voters <= 100; voters++) {
      expect(2 * majoritySize(voters)).toBeGreaterThan(voters)
      expect(2 * (majoritySize(voters) - 1)).toBeLessThanOrEqual(voters)
    }
  })
})

describe('the index that a majority holds (§5.3)', () => {
  test.each([
    ['one voter holds what it holds', [7], 7],
    ['two voters must both hold it', [3, 9], 3],
    ['the middle one of three', [1, 2, 3], 2],
    ['four voters: three must hold it', [1, 2, 3, 4], 2],
    ['the middle one of five, in any order', [50, 10, 40, 20, 30], 30],
    ['a voter that holds nothing counts as 0', [0, 0, 5], 0],
    ['equal indexes', [4, 4, 4], 4],
  ])('%s', (_, held, index) => {
    expect(majorityIndex([...held])).toBe(index)
  })

  test('without voters everything is agreed on: an empty half holds nothing back (thesis §4.3)', () => {
    expect(majorityIndex([])).toBe(Infinity)
    expect(majorityIndex([1, 2, 3], 0)).toBe(Infinity)
  })

  test('looks at the first `count` elements of a scratch array only, and leaves the rest alone', () => {
    const scratch = [9, 5, 7, 1, 1]

    expect(majorityIndex(scratch, 3)).toBe(7)
    expect(scratch.slice(3)).toEqual([1, 1])
  })

  test('is the highest index that more than half of the voters hold, whatever they hold', () => {
    fc.assert(
      fc.property(anyIndexes, (held) => {
        const index = majorityIndex([...held])
        const holders = (at: number): number => held.filter((h) => h >= at).length

        expect(2 * holders(index)).toBeGreaterThan(held.length)
        expect(2 * holders(index + 1)).toBeLessThanOrEqual(held.length)
      }),
    )
  })
})

describe('a vote (§5.2)', () => {
  test.each([
    ['nobody has answered yet', [undefined, undefined, undefined], 'pending'],
    ['one grant of three is not enough', [true, undefined, undefined], 'pending'],
    ['two grants of three win', [true, true, undefined], 'won'],
    ['one for, one against', [true, false, undefined], 'pending'],
    ['two refusals of three lose', [false, false, undefined], 'lost'],
    ['two of four are a draw: three are needed', [true, true, false, undefined], 'pending'],
    ['two of four against can not be made up for', [true, undefined, false, false], 'lost'],
    ['a single voter elects itself', [true], 'won'],
  ] as const)('%s', (_, list, result) => {
    const { voters, votes } = votesOf(list)
    expect(majorityVote(voters, votes)).toBe(result)
  })

  test('no voters elect at once', () => {
    expect(majorityVote([], new Map())).toBe('won')
  })

  test('votes of anybody else do not count: neither learners nor strangers elect', () => {
    expect(
      majorityVote(
        [1, 2, 3],
        new Map([
          [1, true],
          [7, true],
          [8, true],
        ]),
      ),
    ).toBe('pending')
    expect(
      majorityVote(
        [1, 2, 3],
        new Map([
          [1, true],
          [7, false],
          [8, false],
        ]),
      ),
    ).toBe('pending')
  })

  test('is won, lost or open as a plain count says', () => {
    fc.assert(
      fc.property(anyVotes, (list) => {
        const { voters, votes } = votesOf(list)
        const granted = list.filter((vote) => vote === true).length
        const refused = list.filter((vote) => vote === false).length
        const most = list.length - refused

        const expected =
          list.length === 0 || 2 * granted > list.length ? 'won' : 2 * most > list.length ? 'pending' : 'lost'
        expect(majorityVote(voters, votes)).toBe(expected)
      }),
    )
  })
})

test('two majorities of the same voters always share one (thesis §4.1)', () => {
  for (let voters = 1; voters <= 7; voters++) {
    const majorities = subsets(voters).filter((set) => size(set) >= majoritySize(voters))
    for (const a of majorities) for (const b of majorities) expect(a & b).not.toBe(0)
  }
})

/** All subsets of that many voters, as bits. */
function subsets(voters: number): number[] {
  return Array.from({ length: 2 ** voters }, (_, bits) => bits)
}

function size(bits: number): number {
  return bits.toString(2).replaceAll('0', '').length
}
