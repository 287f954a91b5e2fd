import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { Reference } from './reference.ts'
import { command, type Script } from './script.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
let dir: string
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'differential-'))))
afterEach(() => rmSync(dir, { recursive: true }))

/** A reference that does to each script what `body` says; `line` is the request, `say` answers. */
function reference(body: string): Reference {
  const path = join(dir, 'reference.mjs')
  const lines = [
    `import { createInterface } from 'node:readline'`,
    `const say = (outputs, last = false) =>`,
    `  console.log(JSON.stringify({ outputs, end: last ? { kind: 'endless', text: '' } : null, facts: null, last }))`,
    `createInterface({ input: process.stdin }).on('line', (line) => { ${body} })`,
  ]
  writeFileSync(path, lines.join('\n'))
  return new Reference([process.execPath, path])
}

function script(text: string): Script {
  return { folder: 'interaction', steps: [command(text)] }
}

it('answers scripts in the order in which they were asked', async () => {
  const asked = reference(`console.log('--- noise'); say([JSON.parse(line).folder, JSON.parse(line).script])`)
  const answers = await Promise.all([asked.replay(script('a')), asked.replay(script('b'))])
  expect(answers.map(({ outputs }) => outputs)).toEqual([
    ['interaction', 'a\n----\n'],
    ['interaction', 'b\n----\n'],
  ])
  asked.close()
})

it('starts again behind a script that takes the process with it', async () => {
  const asked = reference(`const ends = /endless/.test(line); say(['x'], ends); if (ends) process.exit(0)`)
  const answers = await Promise.all(['a', 'endless', 'b', 'c'].map((text) => asked.replay(script(text))))
  expect(answers.map(({ end }) => end?.kind)).toEqual([undefined, 'endless', undefined, undefined])
  asked.close()
})

it('says so when the process ends for no reason', async () => {
  const asked = reference(`console.error('out of something'); process.exit(3)`)
  await expect(asked.replay(script('a'))).rejects.toThrow(/ended in the middle of a script\nout of something/)
})

it('is not there without Go, which is said in plain words', () => {
  const tsx = join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs')
  const args = [tsx, join(root, 'test', 'differential', 'main.ts'), '--scripts', '1']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PATH: dir, Path: dir },
  })
  expect(stdout).toBe('')
  expect(stderr).toBe(
    'error: There is no Go here; the differential run needs Go 1.26 or newer on the PATH: https://go.dev\n',
  )
  expect(status).toBe(2)
})
