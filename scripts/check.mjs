#!/usr/bin/env node
/**
 * Everything that can be said about the repository without running its tests, one line per step:
 *
 *   node scripts/check.mjs              all steps
 *   node scripts/check.mjs lint tidy    these steps
 *
 * A failing step prints its output, the others still run, and the exit code is 1.
 */

import { spawnSync } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const windows = process.platform === 'win32'

// Both compilers bring a `tsc`, so each is called by its path. The older one is the reference, the newer one is quick.
const tsc6 = 'node node_modules/typescript/bin/tsc --pretty false -p'
const tsc7 = 'node node_modules/ts7/bin/tsc --pretty false -p'

/** Name, and the commands that must all succeed. @type {[string, string[]][]} */
const steps = [
  ['format', ['oxfmt --check']],
  ['lint', ['oxlint --type-aware']],
  ['tidy', ['node scripts/tidy.mjs']],
  [
    'types-6',
    ['tsconfig.json', 'tsconfig.src.json', 'test/browser/tsconfig.json'].map((view) => `${tsc6} ${view}`),
  ],
  [
    'types-7',
    [
      'tsconfig.json',
      'tsconfig.src.json',
      'tsconfig.web.json',
      'tsconfig.core.json',
      'test/browser/tsconfig.json',
    ].map((view) => `${tsc7} ${view}`),
  ],
  ['knip', ['knip']],
  ['build', ['tsup --silent']],
  ['publint', ['publint --strict']],
  ['attw', ['attw --pack --profile esm-only']],
]

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !steps.some(([step]) => step === name))
if (unknown.length > 0) {
  console.error(`no such step: ${unknown.join(', ')}; there are ${steps.map(([name]) => name).join(', ')}`)
  process.exit(2)
}

const failed = steps
  .filter(([name]) => wanted.length === 0 || wanted.includes(name))
  .filter(([name, commands]) => !runStep(name, commands))
  .map(([name]) => name)
console.log(failed.length === 0 ? 'check: all steps passed' : `check: failed: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1

/** @param {string} name @param {string[]} commands @returns {boolean} whether all of them succeeded */
function runStep(name, commands) {
  const start = performance.now()
  const outputs = commands.map(run).filter((output) => output !== undefined)
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`${outputs.length === 0 ? 'ok    ' : 'FAILED'}  ${name.padEnd(8)} ${seconds.padStart(6)} s`)
  for (const output of outputs) console.log(output)
  return outputs.length === 0
}

/** @param {string} command @returns {string | undefined} what it printed, if it failed */
function run(command) {
  const [program, ...args] = command.split(' ')
  const path = `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`
  const result = spawnSync(program === 'node' ? process.execPath : program, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
    maxBuffer: 64 * 1024 * 1024,
    shell: windows && program !== 'node',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (result.status === 0) return undefined
  return `$ ${command}\n${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`.trimEnd()
}
