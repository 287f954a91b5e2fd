import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jointIndex, jointVote } from '../../../src/core/quorum/joint.ts'
import { majorityIndex, majorityVote } from '../../../src/core/quorum/majority.ts'

const anyIds = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 6 })
const anyConfig = fc.record({ incoming: anyIds, outgoing: anyIds })
const anyVotes = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.boolean()), { maxLength: 9 })
  .map((votes) => new Map(votes))

describe('an index in a joint configuration (thesis §4.3)', () => {
  test('is agreed on when a majority of each half holds it', () => {
    const held = new Map([
      [1, 10],
      [2, 20],
      [3, 30],
      [4, 5],
      [5, 6],
    ])
    const of = (id: number): number => held.get(id) ?? 0

    expect(jointIndex({ incoming: [1, 2, 3], outgoing: [] }, of)).toBe(20)
    expect(jointIndex({ incoming: [1, 2, 3], outgoing: [3, 4, 5] }, of)).toBe(6)
    expect(jointIndex({ incoming: [1, 2, 9], outgoing: [3] }, of)).toBe(10)
  })

  test('is the lower one of what either half has agreed on', () => {
    fc.assert(
      fc.property(anyConfig, fc.array(fc.nat(20), { minLength: 10, maxLength: 10 }), (config, held) => {
        const of = (id: number): number => held[id] ?? 0
        const incoming = majorityIndex(config.incoming.map(of))
        const outgoing = majorityIndex(config.outgoing.map(of))

        expect(jointIndex(config, of)).toBe(Math.min(incoming, outgoing))
      }),
    )
  })
})

describe('a vote in a joint configuration (thesis §4.3)', () => {
  test.each([
    [
      'both halves elect',
      [
        [1, 2],
        [3, 4],
      ],
      [[1, 2, 3, 4], []],
      'won',
    ],
    [
      'one half elects, the other has not answered',
      [
        [1, 2],
        [3, 4],
      ],
      [[1, 2], []],
      'pending',
    ],
    [
      'one half elects, the other refuses',
      [
        [1, 2],
        [3, 4],
      ],
      [[1, 2], [3]],
      'lost',
    ],
    [
      'one half refuses before the other has answered',
      [
        [1, 2],
        [3, 4],
      ],
      [[], [1]],
      'lost',
    ],
    [
      'whoever votes in both halves counts in both',
      [
        [1, 2, 3],
        [2, 3, 4],
      ],
      [[2, 3], []],
      'won',
    ],
    ['an empty half has no say', [[1, 2, 3], []], [[1, 2], []], 'won'],
  ] as const)('%s', (_, [incoming, outgoing], [grant, refuse], result) => {
    const votes = new Map<number, boolean>()
    for (const id of grant) votes.set(id, true)
    for (const id of refuse) votes.set(id, false)

    expect(jointVote({ incoming, outgoing }, votes)).toBe(result)
  })

  test('is lost as soon as one half has refused, and won only when both have elected', () => {
    fc.assert(
      fc.property(anyConfig, anyVotes, (config, votes) => {
        const halves = new Set([majorityVote(config.incoming, votes), majorityVote(config.outgoing, votes)])
        const expected = halves.has('lost') ? 'lost' : halves.has('pending') ? 'pending' : 'won'

        expect(jointVote(config, votes)).toBe(expected)
      }),
    )
  })

  test('whoever wins a joint configuration shares a voter of each half with whoever wins that half alone', () => {
    const groups = subsetsOf([1, 2, 3, 4])
    for (const incoming of groups.filter((ids) => ids.length > 0)) {
      for (const outgoing of groups) {
        const winners = groups.filter((ids) => jointVote({ incoming, outgoing }, granted(ids)) === 'won')
        for (const half of [incoming, outgoing].filter((ids) => ids.length > 0)) {
          for (const other of groups.filter((ids) => majorityVote(half, granted(ids)) === 'won'))
            expect(winners.every((ids) => half.some((id) => ids.includes(id) && other.includes(id)))).toBe(
              true,
            )
        }
      }
    }
  })
})

function subsetsOf(ids: readonly number[]): number[][] {
  return Array.from({ length: 2 ** ids.length }, (_, bits) => ids.filter((_id, i) => (bits >> i) % 2 === 1))
}

function granted(ids: readonly number[]): ReadonlyMap<number, boolean> {
  return new Map(ids.map((id) => [id, true]))
}
