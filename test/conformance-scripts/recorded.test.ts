import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { recordedScripts, whyNone } from './recorded.ts'

let dir: string
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'scripts-'))))
afterEach(() => rmSync(dir, { recursive: true }))

function write(folder: string, name: string, ...lines: readonly string[]): void {
  mkdirSync(join(dir, folder), { recursive: true })
  writeFileSync(join(dir, folder, name), lines.join('\n'))
}

it('runs the scripts of each folder in its language, each from the beginning', () => {
  write('interaction', 'b.txt', 'raft-state', '----', 'ok')
  write('interaction', 'a.txt', 'add-nodes 1', '----', 'ok', '', 'raft-log 1', '----', 'ok')
  write('quorum', 'a.txt', 'vote cfg=(1) votes=(y)', '----', 'VoteWon')
  write('confchange', 'a.txt', 'simple', '----', 'removed all voters')
  write('confchange', 'notes.md', 'no script')
  mkdirSync(join(dir, 'confchange', 'folder.txt'))
  write('elsewhere', 'a.txt', 'no script')
  const results = recordedScripts(dir).map(({ name, run }) => [name, run().failure?.line ?? null])
  expect(results).toEqual([
    ['confchange/a.txt', null],
    ['interaction/a.txt', 5],
    ['interaction/b.txt', null],
    ['quorum/a.txt', null],
  ])
})

it('says what is missing', () => {
  expect(recordedScripts(dir)).toEqual([])
  expect(whyNone(dir)).toMatch(/holds no scripts: set CONFORMANCE_DIR/)
  expect(recordedScripts(join(dir, 'none'))).toEqual([])
  expect(whyNone(join(dir, 'none'))).toMatch(/does not exist: set CONFORMANCE_DIR/)
})
