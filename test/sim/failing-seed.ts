/** The first seed that fails, and what is told of it: run with a bug put in, by cli.test.ts. */

import { noTotals, runSeed } from './cli/batch.ts'
import { failureLines } from './cli/failure.ts'

const [folder = '', seconds = '1'] = process.argv.slice(2)
const totals = noTotals()
for (let seed = 1; totals.failures.length === 0 && seed <= 100; seed++)
  runSeed(totals, seed, Number(seconds), false)
const [failed] = totals.failures
if (failed === undefined) throw new Error('no seed failed')
for (const line of failureLines(failed, { seconds: Number(seconds), shrink: true }, folder))
  process.stdout.write(`${line}\n`)
