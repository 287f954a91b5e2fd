/**
 * Clusters under random faults, checked after every call against the five properties of figure 3, and for reads that miss
 * what was committed; and when the faults are over, somebody leads and commits. A failure prints its seed and a short list
 * of commands that leads to it. `QUORATE_RUNS=20000 npx vitest run test/unit/model` looks longer.
 */

import fc from 'fast-check'
import { test } from 'vitest'
import { anyCommand, type Command, perform } from '../../support/commands.ts'
import { recover } from '../../support/recovery.ts'
import { anySetup, clusterOf, expectationsOf, type Setup } from '../../support/setup.ts'

const numRuns = Number(process.env['QUORATE_RUNS'] ?? 1000)
const seed = process.env['QUORATE_SEED']
const anyCommands = fc.array(anyCommand, { maxLength: 280, size: 'max' })

function run(setup: Setup, commands: readonly Command[]): void {
  const cluster = clusterOf(setup)
  if (setup.starts) cluster.elect(1)
  for (const [serial, command] of commands.entries())
    if (!setup.without.includes(command.do)) perform(cluster, command, serial)
  recover(cluster, expectationsOf(setup))
}

test(`a cluster keeps its promises whatever happens, and gets on when it is over (figure 3), ${numRuns} times`, () => {
  const property = fc.property(anySetup, anyCommands, run)
  fc.assert(property, { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) })
}, 86_400_000)
