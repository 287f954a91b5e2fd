/** The suite's reason to exist: a storage with a mistake fails, at the test that says so. */

import { storageSuite } from 'quorate/testing'
import { expect, test } from 'vitest'
import { brokenContents } from './broken-contents.ts'
import { brokenDisks } from './broken-disks.ts'
import { brokenLogs } from './broken-logs.ts'
import { brokenSnapshots } from './broken-snapshots.ts'
import { brokenWrites } from './broken-writes.ts'
import { outcomesOf } from './collect.ts'
import { functionsOf, JournalStorage } from './journal-storage.ts'

const caught = new Set<string>()

const mistakes = [...brokenLogs, ...brokenWrites, ...brokenContents, ...brokenSnapshots, ...brokenDisks]

test.each(mistakes)('it is caught that %s', async (_, Broken, caughtBy) => {
  const outcomes = await outcomesOf((register) => {
    storageSuite({ test: register, ...functionsOf(() => new Broken()), seeds: [1] })
  })
  const failed = outcomes.filter(({ error }) => error !== null).map(({ name }) => name)
  for (const name of failed) caught.add(name)
  expect(failed).toContain(caughtBy)
  expect(failed.length).toBeLessThan(outcomes.length)
})

test('there is no test but some mistake is caught by it', () => {
  const all: string[] = []
  storageSuite({ test: (name) => all.push(name), ...functionsOf(() => new JournalStorage()) })
  expect(all.filter((name) => !caught.has(name))).toEqual([])
})
