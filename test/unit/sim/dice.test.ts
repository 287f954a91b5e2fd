import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Dice, mix } from '../../../src/sim/dice.ts'

function draws(dice: Dice, count = 50): number[] {
  return Array.from({ length: count }, () => dice.next())
}

describe('a stream of chance', () => {
  test('gives the same numbers for the same key, each from 0 to 2^32 - 1', () => {
    fc.assert(
      fc.property(fc.integer(), (key) => {
        const numbers = draws(new Dice(key))
        expect(draws(new Dice(key))).toEqual(numbers)
        expect(numbers.every((n) => Number.isInteger(n) && n >= 0 && n < 2 ** 32)).toBe(true)
      }),
    )
  })

  test('gives these numbers in every version and every engine, or seeds would no longer be the same runs', () => {
    expect(draws(new Dice(1), 5)).toEqual([2637560096, 1457554417, 3639383406, 2277824838, 3019002847])
    expect(draws(new Dice(1).fork('network', 2, 3), 3)).toEqual([4074653014, 3379184083, 2192600449])
    const dice = new Dice(0xffff_ffff)
    expect([dice.next(), dice.below(6), dice.wait(1_000), dice.between(3, 9)]).toEqual([
      1385021762, 2, 1908, 3,
    ])
    expect([mix(0, 0), mix(1, 2), mix(2, 1)]).toEqual([1581759359, -655583890, -901932635])
  })

  test('counts what was drawn', () => {
    const dice = new Dice(7)
    dice.next()
    dice.below(5)
    dice.chance(0)
    expect(dice.drawn).toBe(2)
  })

  test('differs from that of the next key, and does not repeat itself', () => {
    const numbers = [0, 1, 2, 3].flatMap((key) => draws(new Dice(key), 1_000))
    expect(new Set(numbers).size).toBeGreaterThan(3_995)
  })
})

describe('a fork', () => {
  test('does not depend on what was drawn before, and takes nothing from the stream it comes from', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(20), fc.string(), fc.nat(), fc.nat(), (key, count, name, a, b) => {
        const dice = new Dice(key)
        const early = draws(dice.fork(name, a, b))
        draws(dice, count)
        expect(draws(dice.fork(name, a, b))).toEqual(early)
        expect(dice.drawn).toBe(count)
      }),
    )
  })

  test('is another stream for each name and each pair of numbers', () => {
    const dice = new Dice(3)
    const names = ['', 'a', 'b', 'ab', 'ba', 'tick', 'disk']
    const forks = names.flatMap((name) =>
      [0, 1, 2].flatMap((a) => [0, 1, 2].map((b) => draws(dice.fork(name, a, b), 3).join(' '))),
    )
    expect(new Set([...forks, draws(new Dice(3), 3).join(' ')]).size).toBe(names.length * 9 + 1)
  })

  test('of a fork differs from a fork with both names at once', () => {
    const dice = new Dice(3)
    expect(draws(dice.fork('a').fork('b'))).not.toEqual(draws(dice.fork('ab')))
    expect(draws(dice.fork('a').fork('b'))).not.toEqual(draws(dice.fork('b').fork('a')))
  })
})

describe('a number from a range', () => {
  test('lies in it, for any range', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(2 ** 31), fc.nat(1_000), (key, low, width) => {
        const dice = new Dice(key)
        for (let i = 0; i < 10; i++) {
          const below = dice.below(width + 1)
          expect(below).toBeGreaterThanOrEqual(0)
          expect(below).toBeLessThanOrEqual(width)
          const between = dice.between(low, low + width)
          expect(between).toBeGreaterThanOrEqual(low)
          expect(between).toBeLessThanOrEqual(low + width)
        }
      }),
    )
  })

  test('is each of them about as often as the others, the first and the last too', () => {
    const counts = new Map<number, number>()
    const dice = new Dice(5)
    for (let i = 0; i < 6_000; i++) {
      const n = dice.between(-2, 3)
      counts.set(n, (counts.get(n) ?? 0) + 1)
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2, 3])
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150)
  })
})

describe('a chance', () => {
  test('of nothing never comes true and of a million in a million always', () => {
    const dice = new Dice(1)
    for (let i = 0; i < 1_000; i++) expect([dice.chance(0), dice.chance(1_000_000)]).toEqual([false, true])
  })

  test.each([1_000, 30_000, 500_000])('of %i in a million comes true about so often', (ppm) => {
    const dice = new Dice(ppm)
    let count = 0
    for (let i = 0; i < 100_000; i++) if (dice.chance(ppm)) count++
    const expected = ppm / 10
    expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected))
  })
})

describe('to choose', () => {
  test('one gives one of them, and each of them in the long run', () => {
    const dice = new Dice(2)
    const items = ['a', 'b', 'c']
    expect(new Set(Array.from({ length: 100 }, () => dice.pick(items)))).toEqual(new Set(items))
  })

  test('some gives them in their order, from none to all, each in half of the cases', () => {
    const dice = new Dice(2)
    const choices = Array.from({ length: 1_000 }, () => dice.some([1, 2, 3]).join(''))
    expect([...new Set(choices)].sort()).toEqual(['', '1', '12', '123', '13', '2', '23', '3'])
    for (const item of ['1', '2', '3']) {
      const count = choices.filter((choice) => choice.includes(item)).length
      expect(Math.abs(count - 500)).toBeLessThan(80)
    }
  })
})

describe('a wait', () => {
  test('is as long as it says on average, and as spread as what happens at any moment alike', () => {
    const mean = 1_000_000
    const dice = new Dice(4)
    const waits = Array.from({ length: 200_000 }, () => dice.wait(mean))
    const average = waits.reduce((sum, wait) => sum + wait, 0) / waits.length
    expect(Math.abs(average / mean - 1)).toBeLessThan(0.02)
    const median = waits.sort((a, b) => a - b)[waits.length / 2] ?? 0
    expect(Math.abs(median / mean - Math.LN2)).toBeLessThan(0.02)
  })

  test('is one of 64 lengths: the quantiles of the exponential distribution in thousandths of its mean', () => {
    const dice = new Dice(4)
    const lengths = new Set(Array.from({ length: 5_000 }, () => dice.wait(1_000)))
    const quantiles = Array.from({ length: 64 }, (_, i) =>
      Math.round(-1_000 * Math.log(1 - (2 * i + 1) / 128)),
    )
    expect([...lengths].sort((a, b) => a - b)).toEqual(quantiles)
  })

  test('is a whole number, at least 1, at most five times the mean', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(10_000_000), (key, mean) => {
        const wait = new Dice(key).wait(mean)
        expect(Number.isInteger(wait)).toBe(true)
        expect(wait).toBeGreaterThanOrEqual(1)
        expect(wait).toBeLessThanOrEqual(Math.max(1, 5 * mean))
      }),
    )
  })
})
