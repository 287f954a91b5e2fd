/** `npm run sim`: many seeds, or one again. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { simulate } from '../../src/sim/run.ts'
import { drawSetup } from '../../src/sim/setup.ts'
import { shrink } from '../../src/sim/shrink.ts'
import { type FailedSeed, seedsToSeeAll, unseen } from './cli/batch.ts'
import { help, readSimOptions, type SimRequest } from './cli/options.ts'
import { runAll } from './cli/pool.ts'
import { reportLines } from './cli/report.ts'

const { stdout, stderr } = process
const say = (line: string): void => void stdout.write(`${line}\n`)

/** Events that are kept of a failing run. */
const kept = 2000
/** Failures that are shrunk; of more than that the seeds are named. */
const shrunkAtMost = 3

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<0 | 1 | 2> {
  const request = readSimOptions(args)
  if (request.kind === 'help') {
    say(help)
    return 0
  }
  if (request.kind === 'error') {
    stderr.write(`error: ${request.message}\n`)
    return 2
  }
  const began = performance.now()
  const totals = await runAll(request, (soFar) => {
    if (stderr.isTTY)
      stderr.write(`\r${soFar.seeds} of ${request.count} seeds, ${soFar.failures.length} failed `)
  })
  if (stderr.isTTY) stderr.write('\r\x1b[K')
  const seconds = (performance.now() - began) / 1000
  if (request.json) say(JSON.stringify({ ...totals, hashes: undefined, seconds }))
  else for (const line of reportLines(totals, seconds)) say(line)
  totals.failures.slice(0, shrunkAtMost).forEach((failure) => {
    tellFailure(failure, request)
  })
  for (const { seed, invariant } of totals.failures.slice(shrunkAtMost)) say(`✗ seed ${seed}: ${invariant}`)
  say(
    totals.failures.length === 0
      ? `✔ every invariant held`
      : `✗ ${totals.failures.length} of ${totals.seeds} seeds failed`,
  )
  // A batch that never got somewhere says nothing about it.
  const blind = totals.seeds < seedsToSeeAll ? [] : unseen(totals)
  for (const what of blind) say(`✗ never seen in ${totals.seeds} seeds: ${what}`)
  return totals.failures.length + blind.length === 0 ? 0 : 1
}

function tellFailure(
  { seed, invariant, what, atMs }: FailedSeed,
  { seconds, shrink: wanted }: SimRequest,
): void {
  say(`✗ seed ${seed}: ${invariant} after ${(atMs / 1000).toFixed(1)} s: ${what}`)
  say(`  again: npm run sim -- --seed ${seed} --seconds ${seconds}`)
  if (invariant === 'determinism') return
  const outcome = simulate({ ...drawSetup(seed), faultyMs: seconds * 1000 })
  const { setup, without, runs } = wanted
    ? shrink(outcome)
    : { ...outcome, without: new Set<string>(), runs: 0 }
  const lines: string[] = []
  const small = simulate(setup, {
    without,
    rememberFaults: true,
    sink: (line) => {
      lines.push(
        JSON.stringify(line, (_, value: unknown) => (value instanceof Uint8Array ? [...value] : value)),
      )
    },
  })
  const folder = '.sim'
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `seed-${seed}.ndjson`)
  writeFileSync(file, `${lines.slice(-kept).join('\n')}\n`)
  if (wanted)
    say(
      `  shrunk by ${runs} runs to ${setup.voters} voters, ${setup.clients} clients, ${small.faultNames.length} faults, ${lines.length} events`,
    )
  say(`  ${small.failure?.what ?? ''}`)
  say(`  its last events: ${file}`)
}
