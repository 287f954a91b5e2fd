/** What is told of a seed that failed: a line that brings it back, and a smaller run that fails the same way. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { simulate } from '../../../src/sim/run.ts'
import { drawSetup } from '../../../src/sim/setup.ts'
import { shrink } from '../../../src/sim/shrink.ts'
import type { FailedSeed } from './batch.ts'

/** Events that are kept of a failing run. */
const kept = 2000

/** Runs it again, shrinks it if that is wanted, and writes its last events into a file in `folder`. */
export function failureLines(
  { seed, invariant, what, atMs }: FailedSeed,
  request: { readonly seconds: number; readonly shrink: boolean },
  folder: string,
): readonly string[] {
  const told = [
    `✗ seed ${seed}: ${invariant} after ${(atMs / 1000).toFixed(1)} s: ${what}`,
    `  again: npm run sim -- --seed ${seed} --seconds ${request.seconds}`,
  ]
  if (invariant === 'determinism') return told
  const whole = simulate({ ...drawSetup(seed), faultyMs: request.seconds * 1000 })
  if (whole.failure?.invariant !== invariant)
    return [...told, '  which does not fail here: is this another version of the library?']
  const { setup, without, runs } = request.shrink
    ? shrink(whole)
    : { ...whole, without: new Set<string>(), runs: 0 }
  const events: string[] = []
  const last = simulate(setup, {
    without,
    rememberFaults: true,
    sink: (line) => {
      events.push(
        JSON.stringify(line, (_, value: unknown) => (value instanceof Uint8Array ? [...value] : value)),
      )
    },
  })
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `seed-${seed}.ndjson`)
  writeFileSync(file, `${events.slice(-kept).join('\n')}\n`)
  if (request.shrink)
    told.push(
      `  shrunk by ${runs} runs to ${setup.voters} voters, ${setup.clients} clients, ${last.faultNames.length} faults, ${events.length} events`,
      `  ${last.failure?.what ?? ''}`,
    )
  return [...told, `  its last events: ${file}`]
}
