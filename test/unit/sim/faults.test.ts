import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Dice } from '../../../src/sim/dice.ts'
import { drawFaults, type FaultKind, faultKinds, Faults } from '../../../src/sim/faults.ts'
import { always, faultsWith, rates } from './calm.ts'

/** What counts the time between two of them. */
const intervals: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'clog',
  'reset',
  'partition',
  'flap',
  'filter',
  'crash',
  'pause',
  'stall',
  'churn',
  'transfer',
  'campaign',
  'rivalry',
  'overload',
  'readFlood',
])

const runs = 3_000
const drawn = Array.from({ length: runs }, (_, key) => drawFaults(new Dice(key)))

function kindsOn(of: Partial<Record<FaultKind, number>>): FaultKind[] {
  return faultKinds.filter((kind) => (of[kind] ?? 0) > 0)
}

/** Each rate of a kind that was drawn in a swarm, and how often. */
function ratesOf(kind: FaultKind): Map<number, number> {
  const counts = new Map<number, number>()
  for (const one of drawn) {
    const rate = one[kind]
    if (rate > 0 && kindsOn(one).length > 1) counts.set(rate, (counts.get(rate) ?? 0) + 1)
  }
  return counts
}

describe('the faults of a run', () => {
  test('are none in one run in ten, and a single kind in another', () => {
    const none = drawn.filter((one) => kindsOn(one).length === 0).length
    const single = drawn.filter((one) => kindsOn(one).length === 1).length
    for (const count of [none, single]) expect(Math.abs(count - runs / 10)).toBeLessThan(runs / 40)
  })

  test('that are of a single kind are so at its harshest: the most often, the shortest interval, the most of it', () => {
    const alone = drawn.filter((one) => kindsOn(one).length === 1)
    const seen = new Map(alone.flatMap((one) => kindsOn(one).map((kind) => [kind, one[kind]] as const)))
    expect(seen.size).toBe(faultKinds.length)
    for (const kind of faultKinds) {
      const all = [...ratesOf(kind).keys()]
      // An interval counts the other way round: the harshest is the shortest.
      const harshest = intervals.has(kind) ? Math.min(...all) : Math.max(...all)
      expect([kind, seen.get(kind)]).toEqual([kind, harshest])
    }
  })

  test('are otherwise half of the kinds, each at any of its rates', () => {
    const swarms = drawn.filter((one) => kindsOn(one).length > 1)
    const average = swarms.reduce((sum, one) => sum + kindsOn(one).length, 0) / swarms.length
    expect(Math.abs(average / faultKinds.length - 0.5)).toBeLessThan(0.02)
    for (const kind of faultKinds) {
      const counts = ratesOf(kind)
      expect(counts.size).toBeGreaterThan(1)
      const expected = swarms.length / 2 / counts.size
      for (const count of counts.values())
        expect(Math.abs(count - expected)).toBeLessThan(6 * Math.sqrt(expected))
    }
  })

  test('follow from the dice', () => {
    expect(drawFaults(new Dice(12))).toEqual(drawFaults(new Dice(12)))
  })

  test('that are switched off do not change at what rate the others happen', () => {
    // Each rate is drawn whether its kind is on or not: so the streams stay in step.
    const dice = new Dice(12)
    drawFaults(dice)
    expect(dice.drawn).toBe(1 + 2 * faultKinds.length)
  })
})

describe('a fault', () => {
  test('hits always at the highest rate, never at none, and is counted', () => {
    const faults = faultsWith({ drop: always })
    const dice = new Dice(1)
    for (let i = 0; i < 100; i++)
      expect([faults.hits('drop', dice, 1, 2), faults.hits('duplicate', dice, 1, 2)]).toEqual([true, false])
    expect([...faults.counts]).toEqual([['drop', 100]])
  })

  test('hits about as often as its rate says', () => {
    const faults = faultsWith({ drop: 100_000 })
    const dice = new Dice(1)
    for (let i = 0; i < 10_000; i++) faults.hits('drop', dice)
    expect(Math.abs((faults.counts.get('drop') ?? 0) - 1_000)).toBeLessThan(150)
  })

  test('that is there all the time is counted once', () => {
    expect([...faultsWith({ skew: 20, slowNode: 10, applyLag: 50, drop: 5, churn: 500 }).counts]).toEqual([
      ['skew', 1],
      ['slowNode', 1],
      ['applyLag', 1],
    ])
  })

  test('has a name of its own, by its kind and by where and when it hits', () => {
    const faults = faultsWith({ drop: always, duplicate: always })
    for (const kind of ['drop', 'duplicate'] as const)
      for (const from of [1, 2, 3])
        for (const to of [1, 2, 3]) {
          const dice = new Dice(9)
          for (let i = 0; i < 20; i++) faults.hits(kind, dice, from, to)
        }
    expect(new Set(faults.happened).size).toBe(2 * 3 * 3 * 20)
    expect(faults.happened.every((name) => /^(drop|duplicate)-[0-9a-z]+$/.test(name))).toBe(true)
  })

  test('is remembered only if that was asked for', () => {
    const forgetful = new Faults(rates({ drop: always }), new Set(), false)
    expect(forgetful.hits('drop', new Dice(1))).toBe(true)
    expect(forgetful.happened).toEqual([])
  })
})

/** Which of so many messages of two links a run loses. */
function lostIn(faults: Faults): string[] {
  const lost: string[] = []
  for (const from of [1, 2]) {
    const dice = new Dice(from)
    for (let i = 0; i < 40; i++) if (faults.hits('drop', dice, from, 3)) lost.push(`${from}.${i}`)
  }
  return lost
}

describe('what is left out', () => {
  test('does not happen and is not counted, and all the others happen as before', () => {
    const some = { drop: 300_000 }
    const before = faultsWith(some)
    const lost = lostIn(before)
    expect(lost.length).toBeGreaterThan(10)
    fc.assert(
      fc.property(fc.subarray([...lost.keys()]), (out) => {
        const faults = faultsWith(
          some,
          out.map((i) => before.happened[i] ?? ''),
        )
        expect(lostIn(faults)).toEqual(lost.filter((_, i) => !out.includes(i)))
        expect(faults.happened).toEqual(before.happened.filter((_, i) => !out.includes(i)))
        expect(faults.counts.get('drop') ?? 0).toBe(lost.length - out.length)
      }),
    )
  })
})

describe('when faults are over', () => {
  test('there are no more, and what has happened is still counted', () => {
    const faults = faultsWith({ drop: always, skew: 20 })
    const dice = new Dice(1)
    faults.hits('drop', dice)
    expect([faults.isActive, faults.rate('skew')]).toEqual([true, 20])
    faults.stop()

    expect([faults.isActive, faults.rate('skew'), faults.hits('drop', dice)]).toEqual([false, 0, false])
    expect(faults.counts.get('drop')).toBe(1)
  })
})
