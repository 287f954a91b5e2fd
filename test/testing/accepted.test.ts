/** What a real object did is linearizable, however its clients overlapped. */

import fc from 'fast-check'
import { checkLinearizability } from 'quorate/testing'
import { expect, test } from 'vitest'

import { checkKey } from '../../src/history/check-key.ts'
import { generate } from './generate.ts'

const chance = fc.double({ min: 0, max: 0.4, noNaN: true })
const recipes = fc.record({
  seed: fc.nat(),
  operations: fc.integer({ min: 1, max: 300 }),
  clients: fc.integer({ min: 1, max: 20 }),
  keys: fc.integer({ min: 1, max: 4 }),
  type: fc.constantFrom('register' as const, 'list' as const),
  ambiguous: chance,
  refused: chance,
  cas: chance,
  wrongGuess: chance,
})

test('a history of a real object in which every value is written once is accepted', () => {
  fc.assert(
    fc.property(recipes, (recipe) => {
      expect(checkLinearizability(generate(recipe)).verdict).toBe('linearizable')
    }),
    { numRuns: 300 },
  )
})

test('a history of a real object is accepted if values repeat, too', () => {
  const values = fc.integer({ min: 1, max: 6 })
  fc.assert(
    fc.property(recipes, values, (recipe, few) => {
      const history = generate({ ...recipe, clients: Math.min(6, recipe.clients), values: few })
      expect(checkLinearizability(history).verdict).toBe('linearizable')
    }),
    { numRuns: 300 },
  )
})

test('the order of the records does not matter', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const history = generate({ seed, type: seed % 2 === 0 ? 'list' : 'register' })
    expect(checkLinearizability(history.toReversed())).toMatchObject({
      verdict: 'linearizable',
      operations: 200,
    })
  }
})

test('an order that the search finds explains the history', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const history = generate({ seed, keys: 1, type: 'register', operations: 60 })
    const { order } = checkKey(history, 1_000_000, 'search')
    let held: unknown = null
    for (const [at, one] of order!.entries()) {
      for (const later of order!.slice(at + 1))
        expect(later.returned ?? Infinity).toBeGreaterThanOrEqual(one.invoked)
      if (one.kind === 'read') expect(one.output).toBe(held)
      else if (one.kind === 'write') held = one.input
      else if (one.kind === 'cas') {
        if (one.output !== undefined) expect(one.output).toBe(held === one.input.from)
        if (held === one.input.from) held = one.input.to
      }
    }
    const required = history.filter((one) => one.returned !== null && one.failed !== true)
    expect(order).toEqual(expect.arrayContaining(required))
  }
})

test('nothing is linearizable', () => {
  expect(checkLinearizability([])).toEqual({
    verdict: 'linearizable',
    violations: [],
    unknownKeys: [],
    operations: 0,
    keys: 0,
    placements: 0,
  })
})

test.each([
  ['many keys', { keys: 64, clients: 24 }],
  ['one hot register without cas', { keys: 1, clients: 24, cas: 0 }],
  ['one hot register with many a refused cas', { keys: 1, clients: 12 }],
])('100,000 operations on %s are checked without giving up', (_name, recipe) => {
  const history = generate({ ...recipe, operations: 100_000 })
  const { verdict, placements } = checkLinearizability(history)
  expect(verdict).toBe('linearizable')
  expect(placements).toBeLessThan(1_000_000)
})
