import { describe, expect, it } from 'vitest'

import { nodeOptionNames } from '../conformance-scripts/add-nodes.ts'
import { parseScript } from '../conformance-scripts/datadriven.ts'
import { generate, maxScripts, scriptSeed } from './generate.ts'
import { allCommands } from './report.ts'
import { argsOf, commandsOf, nameOf, render, type Script } from './script.ts'

const scripts: readonly Script[] = Array.from({ length: 600 }, (_, i) => generate(scriptSeed(1, i)))
const all = scripts.flatMap((script) => commandsOf(script).map((one) => ({ folder: script.folder, one })))

it('makes the same script of the same seed, and another of another', () => {
  for (const [i, script] of scripts.slice(0, 50).entries()) expect(generate(scriptSeed(1, i))).toEqual(script)
  expect(new Set(scripts.map(render)).size).toBe(scripts.length)
})

it('gives each script of each run a seed of its own', () => {
  expect(scriptSeed(1, maxScripts - 1) + 1).toBe(scriptSeed(2, 0))
})

it('writes scripts that can be read', () => {
  for (const script of scripts) {
    const read = parseScript(render(script)).map(({ text, input }) => ({ text, input }))
    expect(read).toEqual(commandsOf(script))
  }
})

describe('a few hundred scripts', () => {
  it('use every command of every folder', () => {
    const used = new Set(
      all.map(({ folder, one }) => (folder === 'interaction' ? nameOf(one) : `${folder}: ${nameOf(one)}`)),
    )
    expect(allCommands.filter((name) => !used.has(name))).toEqual([])
  })

  it('use every option that a node can have', () => {
    const added = all.filter(({ one }) => nameOf(one) === 'add-nodes')
    const used = new Set(added.flatMap(({ one }) => argsOf(one).map(({ key }) => key)))
    expect(nodeOptionNames.filter((name) => !used.has(name))).toEqual([])
  })

  it('have clusters of one to seven nodes', () => {
    const sizes = scripts
      .filter(({ folder }) => folder === 'interaction')
      .map((script) =>
        commandsOf(script)
          .filter((one) => nameOf(one) === 'add-nodes')
          .reduce((sum, one) => sum + Number(argsOf(one)[0]?.key), 0),
      )
    expect(new Set(sizes.filter((size) => size <= 7))).toEqual(new Set([1, 2, 3, 4, 5, 6, 7]))
  })

  it('never leave it to chance when a node loses its patience', () => {
    for (const { steps } of scripts) {
      for (const step of steps) {
        const at = step.findIndex((one) => nameOf(one).startsWith('tick-'))
        if (at < 0) continue
        const [before, tick] = [step[at - 1], step[at]]
        expect(before && nameOf(before)).toBe('set-randomized-election-timeout')
        expect(before && argsOf(before)[0]).toEqual(tick && argsOf(tick)[0])
      }
    }
  })
})
