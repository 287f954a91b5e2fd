import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

import { nodeOptionNames } from '../conformance-scripts/add-nodes.ts'
import { confChangeCommandNames, confChangeHandler } from '../conformance-scripts/confchange-commands.ts'
import { type Case, parseScript, withOutputs } from '../conformance-scripts/datadriven.ts'
import { commandNames, interactionHandler } from '../conformance-scripts/interaction-commands.ts'
import { quorumCommandNames, quorumHandler } from '../conformance-scripts/quorum-commands.ts'
import { type Handler, replay } from '../conformance-scripts/replay.ts'
import { extensions } from './extension-commands.ts'

const folder = dirname(fileURLToPath(import.meta.url))
// Writes what comes out as what is expected: for writing scripts. Read every line of it before believing it.
const rewrites = process.env['REWRITE'] === '1'

const scripts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.txt'))
  .toSorted()
  .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }))

function handlerFor(name: string): Handler {
  if (name.startsWith('confchange/')) return confChangeHandler()
  if (name.startsWith('quorum/')) return quorumHandler()
  return interactionHandler(extensions)
}

function rewrite(name: string, text: string): void {
  const cases = parseScript(text)
  const handler = handlerFor(name)
  writeFileSync(
    join(folder, name),
    withOutputs(
      text,
      cases,
      cases.map((one) => handler(one)),
    ),
  )
}

describe('our own scripts', () => {
  it.each(scripts)('$name', ({ name, text }) => {
    if (rewrites) return rewrite(name, text)
    const { failure } = replay(text, handlerFor(name))
    expect(failure === null ? '' : `${name}:${failure.line}  ${failure.command}\n${failure.detail}`).toBe('')
  })

  it.each(scripts)('$name says what it is about, and where that is written', ({ text }) => {
    expect(text).toMatch(/^#.*/)
    expect(text).toMatch(/^#.*(?:§\d|figure \d)/im)
  })

  const cases: readonly Case[] = scripts.flatMap(({ text }) => parseScript(text))

  it('use every command there is', () => {
    const used = new Set(cases.map(({ command }) => command))
    const all = [
      ...commandNames,
      ...extensions.commands.keys(),
      ...confChangeCommandNames,
      ...quorumCommandNames,
    ]
    expect(all.filter((name) => !used.has(name))).toEqual([])
  })

  it('use every option a node can have', () => {
    const used = new Set(
      cases
        .filter(({ command }) => command === 'add-nodes')
        .flatMap(({ args }) => args.map(({ key }) => key)),
    )
    const all = [...nodeOptionNames, ...extensions.nodeOptions.keys()]
    expect(all.filter((name) => !used.has(name))).toEqual([])
  })
})
