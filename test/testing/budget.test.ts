/** What cannot be decided within the budget is `unknown`, and never passes for linearizable. */

import { OptionsError } from 'quorate'
import { checkLinearizability, type Operation } from 'quorate/testing'
import { expect, test } from 'vitest'

import { generate } from './generate.ts'

const crowd = generate({ keys: 1, clients: 12, operations: 300, values: 4 })
const other = { client: 'x', key: 'other', kind: 'read', invoked: 0, returned: 1 } as const

test('a key that needs more than the budget makes the verdict unknown, and is named', () => {
  const needed = checkLinearizability(crowd)
  expect(needed.verdict).toBe('linearizable')
  expect(needed.placements).toBeGreaterThan(100)
  for (const budget of [0, 1, 50]) {
    expect(checkLinearizability(crowd, { budget })).toMatchObject({
      verdict: 'unknown',
      unknownKeys: ['register-0'],
      violations: [],
      placements: budget,
    })
  }
})

test('exactly the needed budget suffices, one less does not', () => {
  const { placements } = checkLinearizability(crowd)
  expect(checkLinearizability(crowd, { budget: placements }).verdict).toBe('linearizable')
  expect(checkLinearizability(crowd, { budget: placements - 1 }).verdict).toBe('unknown')
})

test('a violation of one key is one of the history, even if another key is unknown', () => {
  const history: readonly Operation[] = [...crowd, { ...other, output: 'from nowhere' }]
  const verdict = checkLinearizability(history, { budget: 0 })
  expect(verdict).toMatchObject({ verdict: 'violated', unknownKeys: ['register-0'] })
  expect(verdict.violations.map(({ key }) => key)).toEqual(['other'])
})

test('the other keys are checked if one is unknown', () => {
  const history: readonly Operation[] = [...crowd, { ...other, output: null }]
  expect(checkLinearizability(history, { budget: 3 })).toMatchObject({ keys: 2, unknownKeys: ['register-0'] })
})

test('a violation in a crowd is never passed, whatever the budget', () => {
  // A read of a value that was never there, where the search needs many placements to see that.
  const end = Math.max(...crowd.map(({ returned, invoked }) => returned ?? invoked))
  const last = (client: string, output: number, at: number): Operation => {
    return { client, key: 'register-0', kind: 'read', output, invoked: end + at, returned: end + at + 1 }
  }
  // All is done but for the ambiguous ones, of which there are not enough for so many changes.
  const changes = Array.from({ length: 80 }, (_, at) => last('z', at % 4, 1 + 2 * at))
  for (const budget of [0, 10, 1000, 100_000])
    expect(checkLinearizability([...crowd, ...changes], { budget }).verdict).not.toBe('linearizable')
})

test.each([-1, 1.5, Number.NaN, Infinity, '7'])('a budget of %s is refused', (budget) => {
  expect(() => checkLinearizability([], { budget: budget as number })).toThrow(OptionsError)
})

test('an option that does not exist is refused', () => {
  const options = { bugdet: 7 } as object
  expect(() => checkLinearizability([], options)).toThrow(/option `bugdet` to be left out.*`budget`/)
})
