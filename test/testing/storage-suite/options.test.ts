/** What is left out of a suite is left out with a reason, or not at all. */

import { OptionsError } from 'quorate'
import { ConformanceError, storageSuite, type TestFunction, transportSuite } from 'quorate/testing'
import { expect, test } from 'vitest'
import { outcomesOf } from './collect.ts'
import { functionsOf, JournalStorage } from './journal-storage.ts'

const functions = functionsOf(() => new JournalStorage())
const { create } = functions
const wait = (): Promise<void> => Promise.resolve()

/** The names of what is registered. */
function namesOf(register: (registered: TestFunction) => void): readonly string[] {
  const names: string[] = []
  register((name) => names.push(name))
  return names
}

test.each([
  ['an unknown option', { reopn: functions.reopen }, /reopn/],
  ['no create', { create: undefined }, /`create` to be a function/],
  ['no reopen and no reason', { reopen: undefined }, /`reopen`.* or say why .*skip: \{ reopen: 'reason' \}/],
  ['no crash and no reason', { crash: undefined }, /`crash` to be a function/],
  ['no crashDuring and no reason', { crashDuring: undefined }, /`crashDuring` to be a function/],
  [
    'a function and a reason to have none',
    { skip: { crash: 'it does not' } },
    /without `crash`, which is there/,
  ],
  ['a reason for what there is not', { skip: { durabilty: 'none' } }, /"durabilty".* nothing called that/],
  ['an empty reason', { crash: undefined, skip: { crash: ' ' } }, /a reason for `crash`/],
  ['reasons that are none', { skip: ['crash'] }, /an object of reasons/],
  ['no seeds', { seeds: [] }, /`seeds`/],
  ['seeds that are none', { seeds: [0.5] }, /`seeds`/],
])('%s is refused, and no test is registered', (_, options, says) => {
  const names: string[] = []
  const act = (): void => {
    const register: TestFunction = (name) => names.push(name)
    storageSuite({ test: register, ...functions, ...options } as never)
  }
  expect(act).toThrow(OptionsError)
  expect(act).toThrow(says)
  expect(names).toEqual([])
})

test.each([
  ['no wait', {}, /node:timers\/promises/],
  ['no time to wait', { wait, patience: 0 }, /`patience`/],
  ['an unknown option', { wait, timeout: 5 }, /timeout/],
  ['a skip of nothing', { wait, skip: { 'no such test': 'why' } }, /nothing called that/],
])('of a transport %s is refused', (_, options, says) => {
  expect(() => {
    transportSuite({ test, create: () => ({}), ...options } as never)
  }).toThrow(says)
})

test('what is skipped is registered with its reason, by `skip` where the runner has it', async () => {
  const skip = { reopen: 'it is all in memory', 'no data and empty data are told apart': 'a known lack' }
  const outcomes = await outcomesOf((register) => {
    storageSuite({ test: register, create, skip })
  })
  const skipped = outcomes.filter(({ isSkipped }) => isSkipped).map(({ name }) => name)
  expect(skipped).toContain('no data and empty data are told apart (skipped: a known lack)')
  expect(skipped).toContain('an empty storage is empty after a restart (skipped: it is all in memory)')
  expect(skipped.filter((name) => name.includes('power'))).not.toEqual([])

  const withoutSkip = namesOf((register) => {
    storageSuite({ test: register, create, skip })
  })
  expect(withoutSkip).toEqual(outcomes.map(({ name }) => name))
})

test('no test is called like another', () => {
  const names = namesOf((register) => {
    storageSuite({ test: register, ...functions })
    transportSuite({ test: register, create: () => ({}) as never, wait })
  })
  expect(new Set(names).size).toBe(names.length)
})

test('the functions of the user may answer later, and what they throw is what fails', async () => {
  const log: string[] = []
  const outcomes = await outcomesOf((register) => {
    storageSuite({
      test: register,
      create: async () => {
        await wait()
        log.push('create')
        return new JournalStorage()
      },
      reopen: () => Promise.reject(new Error('the disk is gone')),
      crash: functions.crash,
      crashDuring: functions.crashDuring,
      destroy: async () => {
        await wait()
        log.push('destroy')
      },
      seeds: [1],
    })
  })
  const failed = outcomes.filter(({ error }) => error !== null)
  expect(failed.length).toBeGreaterThan(5)
  for (const { error } of failed) expect(error?.message).toBe('the disk is gone')
  expect(log.filter((line) => line === 'create').length).toBeGreaterThan(100)
  expect(log.filter((line) => line === 'destroy').length).toBeGreaterThan(100)
})

test('a failure says what was expected, what there is, and where; runners find both', async () => {
  class Wrong extends JournalStorage {
    override lastIndex(): number {
      return super.lastIndex() + (super.lastIndex() === 9 ? 1 : 0)
    }
  }
  const outcomes = await outcomesOf((register) => {
    storageSuite({ test: register, ...functionsOf(() => new Wrong()), seeds: [1] })
  })
  const outcome = outcomes.find(({ error }) => error !== null)
  expect(outcome?.error).toBeInstanceOf(ConformanceError)
  expect(outcome?.error).toMatchObject({
    code: 'ERR_CONFORMANCE',
    message: 'Expected lastIndex() to be 9, got 10',
    actual: 10,
    expected: 9,
  })
})
