/** The checker's reason to exist: every violation that is planted is found, and told so that it can be understood. */

import { seededRandom } from 'quorate'
import { checkLinearizability, type Operation } from 'quorate/testing'
import { expect, test } from 'vitest'

import { checkKey } from '../../src/history/check-key.ts'
import { withoutAnswer } from '../../src/history/shrink.ts'
import { bruteForce } from './brute-force.ts'
import { generateLoose, type Recipe } from './generate.ts'
import { plant, plants } from './plants.ts'

const seeds = Array.from({ length: 40 }, (_, at) => at + 1)

/** Small and large, calm and crowded, with many and few ambiguous operations. */
function recipe(seed: number): Partial<Recipe> {
  const sizes = {
    operations: [40, 120, 400][seed % 3]!,
    clients: [3, 8, 16][seed % 3]!,
    keys: 1 + (seed % 4),
  }
  return { seed, ...sizes, ambiguous: [0, 0.05, 0.2][seed % 3]!, refused: 0.1, wrongGuess: 0.2 }
}

test.each(plants)('$name is found, wherever it is planted', (kind) => {
  let planted = 0
  let alsoSearched = 0
  for (const seed of seeds) {
    const history = generateLoose({ ...recipe(seed), type: kind.type })
    expect(checkLinearizability(history as unknown as Operation[]).verdict).toBe('linearizable')
    const changed = plant(history, kind, seededRandom(seed))
    if (changed === null) continue
    planted++

    const { verdict, violations } = checkLinearizability(history as unknown as Operation[])
    expect({ seed, verdict, keys: violations.map(({ key }) => key) }).toEqual({
      seed,
      verdict: 'violated',
      keys: [changed.key],
    })
    const own = history.filter(({ key }) => key === changed.key) as unknown as Operation[]
    const searched = checkKey(own, 100_000, 'search').outcome
    expect(searched).not.toBe('found')
    if (searched === 'none') alsoSearched++
  }
  expect(planted).toBeGreaterThan(20)
  // The search alone may have to give up where it is crowded, but not often.
  expect(alsoSearched).toBeGreaterThan(0.8 * planted)
})

test.each(plants)('what is shown of $name is a violation by itself, and small', (kind) => {
  for (const seed of seeds) {
    const history = generateLoose({ ...recipe(seed), type: kind.type })
    if (plant(history, kind, seededRandom(seed)) === null) continue
    const [violation] = checkLinearizability(history as unknown as Operation[]).violations
    const { window, order, culprit, text, answeredBefore } = violation!

    expect(window.length).toBeLessThanOrEqual(8)
    expect(checkKey(window, 1_000_000, 'search').outcome).toBe('none')
    if (window.length <= 6) expect(bruteForce(window)).toBe(false)
    const answered = window.filter((one) => one.returned !== null && one.returned < culprit.returned!)
    expect(order).toEqual(expect.arrayContaining(answered))
    expect(window.some((one) => one.client === culprit.client && one.invoked === culprit.invoked)).toBe(true)
    expect(text).toContain('<- cannot be placed')

    // Without its answer, what was answered before is fine, and as many as is said.
    const now = culprit.returned!
    const own = (history as unknown as Operation[]).filter(
      (one) => one.key === culprit.key && one.failed !== true,
    )
    const before = own.filter(({ returned }) => returned !== null && returned < now)
    expect(before).toHaveLength(answeredBefore)
    const earlier = own.filter(({ invoked }) => invoked <= now)
    const asKnown = earlier.map((one) => (before.includes(one) ? one : withoutAnswer(one)))
    expect(checkKey(asKnown, 5_000_000).outcome).toBe('found')
  }
})
