/** The suite's reason to exist: a transport with a mistake fails, at the test that says so. */

import { transportSuite } from 'quorate/testing'
import { expect, test } from 'vitest'
import { outcomesOf } from '../storage-suite/collect.ts'
import { brokenReports } from './broken-reports.ts'
import { brokenNetwork, brokenTransports } from './broken-transports.ts'
import { SimulatedClock } from './mem-network.ts'

const clock = new SimulatedClock()
const wait = (milliseconds: number) => clock.wait(milliseconds)
const caught = new Set<string>()

test.each([...brokenTransports, ...brokenReports])('it is caught that %s', async (_, Broken, caughtBy) => {
  const create = () => brokenNetwork(Broken, clock)
  const outcomes = await outcomesOf((register) => {
    transportSuite({ test: register, create, wait, patience: 200, overload: 2 ** 24 })
  })
  const failed = outcomes.filter(({ error }) => error !== null).map(({ name }) => name)
  for (const name of failed) caught.add(name)
  expect(failed).toContain(caughtBy)
  expect(failed.length).toBeLessThan(outcomes.length)
})

test('there is no test but some mistake is caught by it', () => {
  const all: string[] = []
  const create = () => brokenNetwork(brokenTransports[0]![1], clock)
  transportSuite({ test: (name) => all.push(name), create, wait })
  expect(all.filter((name) => !caught.has(name))).toEqual([])
})
