import fc from 'fast-check'
import { seededRandom } from 'quorate'
import { describe, expect, test } from 'vitest'

function draws(seed: number, count: number): number[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => random())
}

describe('a seeded generator', () => {
  test('gives numbers in [0, 1), the same ones for the same seed', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (seed) => {
        const numbers = draws(seed, 20)
        expect(numbers.every((n) => n >= 0 && n < 1)).toBe(true)
        expect(draws(seed, 20)).toEqual(numbers)
      }),
    )
  })

  test('is the same everywhere and in every version: a recorded run can be repeated', () => {
    expect(draws(1, 3).map((n) => n * 2 ** 32)).toEqual([3334161691, 1846344180, 2557548802])
  })

  test('does not tell neighbouring seeds apart by a shift only', () => {
    const seen = new Set<number>()
    for (let seed = 1; seed <= 100; seed++) for (const n of draws(seed, 20)) seen.add(n)
    expect(seen.size).toBe(2000)
  })

  test('tells seeds apart by their upper bits too', () => {
    expect(draws(1, 3)).not.toEqual(draws(1 + 2 ** 32, 3))
    expect(draws(1, 3)).not.toEqual(draws(-1, 3))
  })

  test('spreads its numbers evenly', () => {
    const buckets = Array.from({ length: 10 }, () => 0)
    for (const n of draws(7, 10_000)) buckets[Math.floor(n * 10)]!++
    for (const count of buckets) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })

  test('makes nodes with neighbouring ids draw different election timeouts (§5.2)', () => {
    const drawn = (id: number): string =>
      draws(id, 4)
        .map((n) => Math.floor(n * 10))
        .join()
    expect(new Set([1, 2, 3, 4, 5, 6, 7].map(drawn)).size).toBe(7)
  })
})

test.each([NaN, 1.5, Infinity, 2 ** 53, '1', undefined, null])(
  'a seed is a safe integer, and not %s',
  (seed) => {
    expect(() => seededRandom(seed as number)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
    )
  },
)
