/** `npm run linearizability` from outside: what it prints, and how it ends. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatHistory, type Operation, type Verdict } from 'quorate/testing'
import { afterAll, expect, test } from 'vitest'

import { runExample } from '../examples/child.ts'
import { generate } from './generate.ts'

const main = 'examples/check-history/main.ts'
const folder = mkdtempSync(join(tmpdir(), 'quorate-history-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Checks a file with this text. */
function check(name: string, text: string, ...options: readonly string[]) {
  const path = join(folder, name)
  writeFileSync(path, text)
  return runExample(main, path, ...options)
}

const stale = readFileSync('examples/check-history/stale-read.ndjson', 'utf8')

test.concurrent('a linearizable file ends with 0', async () => {
  expect(await runExample(main, 'examples/check-history/linearizable.ndjson')).toEqual({
    code: 0,
    out: 'linearizable: 7 operations on 2 keys, 2 placements tried\n',
    error: '',
  })
})

test.concurrent('a violation ends with 1, and says what its README says', async () => {
  const { code, out, error } = await runExample(main, 'examples/check-history/stale-read.ndjson')
  expect({ code, error }).toEqual({ code: 1, error: '' })
  expect(readFileSync('examples/check-history/README.md', 'utf8')).toContain(`\`\`\`text\n${out}\`\`\`\n`)
})

test.concurrent('--json gives the verdict to programs', async () => {
  const { code, out } = await check('json.ndjson', stale, '--json')
  const { verdict, violations } = JSON.parse(out) as Verdict
  expect({ code, verdict }).toEqual({ code: 1, verdict: 'violated' })
  expect(violations[0]?.culprit).toMatchObject({ client: 1, kind: 'read', output: 'red' })
})

test.concurrent('a budget that does not suffice ends with 2, and never with 0', async () => {
  const crowd = formatHistory(generate({ keys: 1, clients: 12, operations: 200, values: 4 }))
  const { code, out } = await check('crowd.ndjson', crowd, '--budget', '10')
  expect(code).toBe(2)
  expect(out).toContain(
    'The budget was spent before an answer was found for "register-0". Try a larger --budget.',
  )
  expect(out).toContain('unknown: 200 operations on 1 keys, 10 placements tried')
})

const good = { client: 1, key: 'x', kind: 'write', input: 1, invoked: 0, returned: 5 }
test.concurrent.for([
  [
    'overlapping operations of one client',
    { ...good, invoked: 3 },
    /line 2: client 1 .* invoked at 3 while .* line 1/,
  ],
  [
    'an unknown kind',
    { ...good, client: 2, kind: 'incr' },
    /line 2: expected `kind` .* got "incr" \(string\)/,
  ],
] as const)('%s end with 2, the line and the value', async ([name, second, message]) => {
  const text = formatHistory([good, second] as unknown as Operation[])
  const { code, out, error } = await check(`${name}.ndjson`, text)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(error).toMatch(message)
  expect(error.trim().split('\n')).toHaveLength(1)
})

test.concurrent.for([
  ['no file', [], /expected one file, got 0/],
  ['two files', ['a', 'b'], /expected one file, got 2/],
  ['an unknown option', ['--strict', 'a'], /Unknown option '--strict'/],
  ['a file that is not there', ['not/there.ndjson'], /no such file.*not.there\.ndjson/],
  [
    'a budget that is no number',
    ['examples/check-history/linearizable.ndjson', '--budget', '1e3'],
    /whole number >= 0, got "1e3"/,
  ],
] as const)('%s ends with 2', async ([, args, message]) => {
  const { code, out, error } = await runExample(main, ...args)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(error).toMatch(message)
})

test.concurrent('--help says how it is called, and ends with 0', async () => {
  const { code, out } = await runExample(main, '--help')
  expect(code).toBe(0)
  expect(out).toMatch(/^Usage: npm run linearizability -- FILE/)
})
