/** `npm run sim`: many seeds, or one again. */

import { seedsToSeeAll, unseen } from './cli/batch.ts'
import { writeEtcdTrace } from './cli/etcd-trace.ts'
import { failureLines } from './cli/failure.ts'
import { help, readSimOptions } from './cli/options.ts'
import { runAll } from './cli/pool.ts'
import { reportLines } from './cli/report.ts'

const { stdout, stderr } = process
const say = (line: string): void => void stdout.write(`${line}\n`)

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
  if (request.etcdTrace !== null) {
    const lines = writeEtcdTrace(request.first, request.seconds, request.etcdTrace)
    say(`${lines} events of seed ${request.first}: ${request.etcdTrace}`)
    return 0
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
  for (const failure of totals.failures.slice(0, shrunkAtMost))
    for (const line of failureLines(failure, request, '.sim')) say(line)
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
