/** The checker says the same as the definition, and its short ways say the same as its search. */

import fc from 'fast-check'
import { seededRandom, type Random } from 'quorate'
import type { Operation, Value } from 'quorate/testing'
import { expect, test } from 'vitest'

import { checkKey } from '../../src/history/check-key.ts'
import { withoutAnswer } from '../../src/history/shrink.ts'
import { explainViolation } from '../../src/history/witness.ts'
import { bruteForce } from './brute-force.ts'
import { generateLoose, type Loose, pick } from './generate.ts'

/** A small history of one key, of which some answers were changed. */
function smallHistory(seed: number, type: 'register' | 'list'): readonly Operation[] {
  const random = seededRandom(seed)
  const history = generateLoose({
    seed,
    type,
    keys: 1,
    operations: 3 + Math.floor(random() * 3),
    clients: 1 + Math.floor(random() * 4),
    ambiguous: random() * 0.4,
    cas: random() * 0.6,
    wrongGuess: random(),
    values: pick(random, [1, 2, 3, Infinity]),
  })
  for (let changes = Math.floor(random() * 5); changes > 0; changes--)
    change(pick(random, history), history, random)
  return history as unknown as Operation[]
}

function change(one: Loose, history: readonly Loose[], random: Random): void {
  if (one.output === undefined) return
  const inputs = history.flatMap(({ kind, input }) => {
    if (input === undefined) return []
    return [kind === 'cas' ? (input as { to: Value }).to : (input as Value)]
  })
  if (one.kind === 'cas') one.output = one.output === false
  else if (one.kind === 'read') one.output = pick(random, [null, ...inputs])
  else {
    const list = one.output as readonly Value[]
    one.output = pick(random, [list.slice(0, -1), list.toReversed(), [...list, ...inputs.slice(0, 1)]])
  }
}

test.each(['register', 'list'] as const)(
  'for small histories of a %s the verdict is that of trying every order',
  (type) => {
    const counts = { found: 0, none: 0 }
    for (let seed = 1; seed <= 6000; seed++) {
      const history = smallHistory(seed, type)
      if (history.length > 6) continue
      const expected = bruteForce(history) ? 'found' : 'none'
      counts[expected]++
      const quick = checkKey(history, 100_000).outcome
      const searched = checkKey(history, 100_000, 'search').outcome
      expect({ seed, quick, searched }).toEqual({ seed, quick: expected, searched: expected })
    }
    expect(counts.found).toBeGreaterThan(1000)
    expect(counts.none).toBeGreaterThan(1000)
  },
)

test.each(['register', 'list'] as const)(
  'what is shown of a small violation on a %s cannot be explained, and without the answer of its culprit it can',
  (type) => {
    let violations = 0
    for (let seed = 1; seed <= 3000; seed++) {
      const history = smallHistory(seed, type)
      if (checkKey(history, 100_000).outcome === 'found') continue
      violations++
      const { window, order, culprit } = explainViolation(history, 0)
      const at = window.findIndex((one) => one.client === culprit.client && one.invoked === culprit.invoked)
      expect({ seed, explained: bruteForce(window) }).toEqual({ seed, explained: false })
      const rest = window.with(at, withoutAnswer(window[at]!))
      expect({ seed, explained: bruteForce(rest) }).toEqual({ seed, explained: true })
      const answered = rest.filter(({ returned }) => returned !== null)
      expect(order).toEqual(expect.arrayContaining(answered))
    }
    expect(violations).toBeGreaterThan(500)
  },
)

/** Any operations at any times: overlaps, ties and answers as no object ever gave them. */
const anything = (kinds: 'register' | 'list') =>
  fc
    .array(
      fc.record({
        invoked: fc.integer({ min: 0, max: 8 }),
        lasts: fc.option(fc.integer({ min: 0, max: 5 }), { freq: 4 }),
        kind: fc.constantFrom(...(kinds === 'register' ? ['read', 'write', 'cas'] : ['append', 'read-list'])),
        value: fc.integer({ min: 0, max: 2 }),
        other: fc.integer({ min: 0, max: 2 }),
        yes: fc.boolean(),
        list: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 6 },
    )
    .map((rows) => rows.map(toOperation))

interface Row {
  readonly invoked: number
  readonly lasts: number | null
  readonly kind: string
  readonly value: number
  readonly other: number
  readonly yes: boolean
  readonly list: number[]
}

function toOperation({ invoked, lasts, kind, value, other, yes, list }: Row, client: number): Operation {
  const base = { client, key: 'k', kind, invoked, returned: lasts === null ? null : invoked + lasts }
  // What a register holds at first can be written, too.
  const held = (number: number): Value => (number === 0 ? null : number)
  const written = kind === 'write' ? held(value) : value
  const input = kind === 'cas' ? { from: held(value), to: held(other) } : written
  const asks = kind === 'read' || kind === 'read-list' ? {} : { input }
  const answers = { read: held(value), cas: yes, 'read-list': list }
  const output = lasts === null ? undefined : answers[kind as 'read' | 'cas' | 'read-list']
  return { ...base, ...asks, ...(output === undefined ? {} : { output }) } as Operation
}

test.each(['register', 'list'] as const)('operations on a %s as no object ever did them, too', (type) => {
  const counts = { found: 0, none: 0 }
  fc.assert(
    fc.property(anything(type), (history) => {
      const expected = bruteForce(history) ? 'found' : 'none'
      counts[expected]++
      expect(checkKey(history, 100_000).outcome).toBe(expected)
      expect(checkKey(history, 100_000, 'search').outcome).toBe(expected)
    }),
    { numRuns: 1500, seed: 1 },
  )
  expect(counts.found).toBeGreaterThan(300)
  expect(counts.none).toBeGreaterThan(300)
})

test.each(['register', 'list'] as const)(
  'for larger histories of a %s the short ways and the search agree',
  (type) => {
    const counts = { found: 0, none: 0, 'gave-up': 0 }
    for (let seed = 1; seed <= 400; seed++) {
      const random = seededRandom(seed)
      const history = generateLoose({
        seed,
        type,
        keys: 1,
        operations: 80,
        clients: 6,
        ambiguous: 0.1,
        wrongGuess: 0,
      })
      if (seed % 2 === 0)
        change(
          pick(
            random,
            history.filter(({ output }) => output !== undefined),
          ),
          history,
          random,
        )
      const quick = checkKey(history as unknown as Operation[], 1_000_000).outcome
      expect({
        seed,
        outcome: checkKey(history as unknown as Operation[], 1_000_000, 'search').outcome,
      }).toEqual({
        seed,
        outcome: quick,
      })
      counts[quick]++
    }
    expect(counts['gave-up']).toBe(0)
    expect(counts.found).toBeGreaterThan(100)
    expect(counts.none).toBeGreaterThan(100)
  },
)

const ambiguous = (client: string, input: Value, invoked: number): Operation => {
  return { client, key: 'k', kind: 'write', input, invoked, returned: null }
}
const refusal = (client: string, from: Value, invoked: number): Operation => {
  const input = { from, to: 'never' }
  return { client, key: 'k', kind: 'cas', input, output: false, invoked, returned: invoked + 1 }
}
const held: Operation = { client: 'w', key: 'k', kind: 'write', input: 'a', invoked: 1, returned: 2 }

test('of more unseen writes than refusals the earliest are enough', () => {
  const history = [ambiguous('p', 0, 0), ambiguous('q', 1, 6), ambiguous('r', 2, 7), held]
  const refusals = [refusal('s', 'a', 4), refusal('t', 'z', 20)]
  expect(checkKey([...history, ...refusals], 1000).outcome).toBe('found')
  expect(checkKey([...history.slice(1), ...refusals], 1000).outcome).toBe('none')
})

test('an unseen write of the very value that was refused does not stand for another', () => {
  const history = [ambiguous('p', 'a', 0), held, refusal('s', 'a', 4)]
  expect(checkKey(history, 1000).outcome).toBe('none')
  expect(checkKey([...history, ambiguous('q', 'b', 3)], 1000).outcome).toBe('found')
})
