#!/usr/bin/env node
/**
 * `npm run mutation [-- FOLDER...]`: mutates src/core, folder by folder, and counts what the tests notice. Every folder must
 * reach the score below. What has not changed since the last run is not run again (reports/mutation).
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const needed = 85

/** Each folder, what is mutated of it, and the tests that mirror it. @type {Record<string, { patterns: string[], near: string }>} */
const folders = {
  quorum: { patterns: ['src/core/quorum/*.ts'], near: 'test/unit/quorum/*.test.ts' },
  confchange: { patterns: ['src/core/confchange/*.ts'], near: 'test/unit/confchange/*.test.ts' },
  tracker: { patterns: ['src/core/tracker/*.ts'], near: 'test/unit/tracker/*.test.ts' },
  log: { patterns: ['src/core/log/*.ts'], near: 'test/unit/log/*.test.ts' },
  // The invariants hold in every test: to break one shows nothing.
  raft: {
    patterns: ['src/core/raft/*.ts', '!src/core/raft/invariants.ts'],
    near: 'test/unit/raft/*.test.ts',
  },
  core: { patterns: ['src/core/*.ts'], near: 'test/unit/*.test.ts' },
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !Object.hasOwn(folders, name))
if (unknown.length > 0) {
  console.error(`no such folder: ${unknown.join(', ')}; there are ${Object.keys(folders).join(', ')}`)
  process.exit(2)
}

const reports = join(root, 'reports', 'mutation')
mkdirSync(reports, { recursive: true })
let isEnough = true
for (const [name, { patterns, near }] of Object.entries(folders)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  mutate(name, patterns, near)
  const score = tell(name, mutate(name, patterns))
  if (score < needed) isEnough = false
}
process.exitCode = isEnough ? 0 : 1

/**
 * What was not noticed by the tests of the last run is run again where there are more, the rest is not.
 * @param {string} name @param {string[]} patterns @param {string} [near] the tests to run; else all that there are for this
 * @returns {any} Stryker's report
 */
function mutate(name, patterns, near) {
  const report = join(reports, 'mutation.json')
  rmSync(report, { force: true })
  const { status } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/@stryker-mutator/core/bin/stryker.js'),
      'run',
      '--mutate',
      patterns.join(','),
      '--incrementalFile',
      join(reports, `${name}-incremental.json`),
    ],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: near === undefined ? process.env : { ...process.env, QUORATE_NEAR: near },
    },
  )
  if (status !== 0 || !existsSync(report)) {
    console.error(`${name}: Stryker could not run`)
    process.exit(2)
  }
  return JSON.parse(readFileSync(report, 'utf8'))
}

/** @param {string} name @param {any} report @returns {number} percent */
function tell(name, { files }) {
  /** @type {Record<string, number>} */
  const counts = {}
  const survivors = []
  for (const [file, { mutants }] of Object.entries(files))
    for (const { status, mutatorName, replacement, location } of mutants) {
      counts[status] = (counts[status] ?? 0) + 1
      if (status === 'Survived' || status === 'NoCoverage')
        survivors.push(
          `  ${file}:${location.start.line}  ${mutatorName}: ${replacement.replaceAll(/\s+/g, ' ').slice(0, 100)}`,
        )
    }
  const killed = (counts.Killed ?? 0) + (counts.Timeout ?? 0)
  const all = killed + survivors.length
  const score = all === 0 ? 100 : (100 * killed) / all
  for (const line of survivors) console.log(line)
  console.log(`${name}: ${score.toFixed(1)} % of ${all} mutants killed (at least ${needed} %)`)
  return score
}
