/** A process that runs seeds, some at a time, and sends their sums after each portion. */

import { noTotals, runSeed } from './batch.ts'

/** What a worker is asked to run. */
export interface Portion {
  readonly first: number
  readonly count: number
  readonly seconds: number
  readonly twice: boolean
}

process.on('message', ({ first, count, seconds, twice }: Portion) => {
  const totals = noTotals()
  for (let seed = first; seed < first + count; seed++) runSeed(totals, seed, seconds, twice)
  process.send?.({ first, totals })
})
