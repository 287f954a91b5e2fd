/** The quick start is what a newcomer copies: it must print what it says, be short, and be plain JavaScript as well. */

import { readFileSync } from 'node:fs'

import { transformSync } from 'esbuild'
import { expect, test } from 'vitest'

import { runExample } from './child.ts'

const path = 'examples/quick-start/index.ts'
const source = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

test('three nodes agree on the value and on who leads', async () => {
  const { code, out, error } = await runExample(path)
  expect(error).toBe('')
  expect(out).toBe([1, 2, 3].map((id) => `node ${id} reads "hello", and node 2 leads\n`).join(''))
  expect(code).toBe(0)
})

test('it fits on a card', () => {
  expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(25)
})

test('it is plain JavaScript, also with require() instead of import', () => {
  const required = source.replace(/^import (\{.*\}) from ('quorate')$/m, 'const $1 = require($2)')
  expect(required).toContain("const { RawNode, MemStorage } = require('quorate')")
  for (const code of [source, required])
    expect(transformSync(code, { loader: 'js', format: 'cjs' }).warnings).toEqual([])
})

test('the steps of the Ready loop are there, in their order', () => {
  const steps = [
    '.ready()',
    'ready.messages',
    '.append(ready)',
    'ready.persistedMessages',
    'ready.committedEntries',
    '.advance(ready)',
  ]
  const places = steps.map((step) => source.indexOf(step))
  expect(places).not.toContain(-1)
  expect(places).toEqual([...places].sort((a, b) => a - b))
})
