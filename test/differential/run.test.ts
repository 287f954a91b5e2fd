import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

import type { Answer } from './answer.ts'
import { parseScript } from '../conformance-scripts/datadriven.ts'
import { confChangeHandler } from '../conformance-scripts/confchange-commands.ts'
import { interactionHandler } from '../conformance-scripts/interaction-commands.ts'
import { quorumHandler } from '../conformance-scripts/quorum-commands.ts'
import { runMany, runOne } from './run.ts'
import { render, type Script } from './script.ts'

let dir: string
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'differential-'))))
afterEach(() => rmSync(dir, { recursive: true }))

/** Ourselves as the reference, and `alter` says what it makes of a command. */
function oracle(alter: (command: string, output: string) => string = (_, output) => output): {
  replay(script: Script): Promise<Answer>
} {
  const handlers = {
    interaction: () => interactionHandler(),
    quorum: quorumHandler,
    confchange: confChangeHandler,
  }
  return {
    replay(script) {
      const handler = handlers[script.folder]()
      const outputs = parseScript(render(script)).map((one) => alter(one.command, handler(one)))
      return Promise.resolve({ outputs, end: null, facts: null })
    },
  }
}

async function run(
  by: ReturnType<typeof oracle>,
  keep: string | null = null,
): Promise<{ agree: boolean; printed: readonly string[] }> {
  const printed: string[] = []
  const agree = await runMany(by, { scripts: 20, seed: 3, keep }, (line) => printed.push(line))
  return { agree, printed }
}

it('agrees with itself, and says what was covered', async () => {
  const { agree, printed } = await run(oracle())
  expect(agree).toBe(true)
  expect(printed).toContainEqual(expect.stringMatching(/^ +20 {2}compared to the end$/))
  expect(printed.at(-1)).toMatch(/^differential: 20 scripts .* of seed 3, 0 divergences/)
})

it('shows the first divergences in few words, and counts them all', async () => {
  const wrong = oracle((command, output) => (command === 'raft-state' ? `${output}!` : output))
  const { agree, printed } = await run(wrong)
  expect(agree).toBe(false)
  expect(
    printed.filter((line) => /^divergence in the script .* shrunk from \d+ commands to 1:$/.test(line)),
  ).toHaveLength(5)
  expect(
    printed.filter((line) => /^divergence in the script with seed \d+$/.test(line)).length,
  ).toBeGreaterThan(0)
  expect(printed).toContain('    raft-state')
})

it('counts a reference that cannot make up its mind', async () => {
  let calls = 0
  const { agree, printed } = await run(oracle((_, output) => `${output}${calls++}`))
  expect(agree).toBe(true)
  expect(printed.join('\n')).toMatch(/20 {2}up to where the reference prints something else each time/)
})

it('keeps the scripts as they are recorded', async () => {
  await run(oracle(), dir)
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.txt'),
  )
  expect(files).toHaveLength(20)
  const text = readFileSync(join(dir, files[0]!), 'utf8')
  expect(text).toMatch(/^# Script seed 30000\d\d\.\n\n/)
  expect(parseScript(text).length).toBeGreaterThan(0)
})

it('shows one script with its outputs', async () => {
  const printed: string[] = []
  expect(await runOne(oracle(), 3_000_004, (line) => printed.push(line))).toBe(true)
  expect(printed[0]).toMatch(/^# \w+, script seed 3000004/)
  expect(printed.at(-1)).toMatch(/^Both agree on (\d+) of \1 commands\.$/)
})
