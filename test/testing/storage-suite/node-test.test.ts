/** The suites under another runner: that of Node. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const source = (path: string): string => JSON.stringify(pathToFileURL(join(root, path)).href)

const file = `
  import { describe, test } from 'node:test'
  import { storageSuite, transportSuite } from ${source('src/testing/index.ts')}
  import { MemStorage } from ${source('src/storage/mem-storage.ts')}
  import { MemNetwork, realClock } from ${source('test/testing/transport-suite/mem-network.ts')}

  class Forgetful extends MemStorage {
    hardState() {
      return null
    }
  }

  const skip = { reopen: 'it is in memory' }
  describe('good', () => {
    storageSuite({ test, create: () => new MemStorage(), skip, seeds: [1] })
    transportSuite({ test, create: () => new MemNetwork(realClock), wait: realClock.wait, quiet: 5, overload: 2 ** 24 })
  })
  describe('bad', () => {
    storageSuite({ test, create: () => new Forgetful(), skip, seeds: [1] })
  })
`

/** What `node --test` prints. */
function runNode(): string {
  const folder = mkdtempSync(join(tmpdir(), 'quorate-suite-'))
  try {
    const path = join(folder, 'suite.test.mjs')
    writeFileSync(path, file)
    const args = ['--import', 'tsx', '--test', '--test-reporter=tap', path]
    // A runner that finds itself within another one would report to that.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    return spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', env }).stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('both suites run under node:test: what is good passes, what is not fails, what is skipped is told', () => {
  const output = runNode()
  const count = (name: string): number => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(output)?.[1])
  expect(output).toMatch(/^ *ok \d+ - good$/m)
  expect(output).toMatch(/^ *not ok \d+ - bad$/m)
  expect(output).toMatch(/ConformanceError|ERR_CONFORMANCE/)
  expect(count('pass')).toBeGreaterThan(150)
  expect(count('skipped')).toBe(50)
  expect(count('fail')).toBeGreaterThan(5)
})
