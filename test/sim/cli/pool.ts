/** Spreads seeds over processes. */

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { addTotals, noTotals, type Totals } from './batch.ts'
import type { SimRequest } from './options.ts'
import type { Portion } from './worker.ts'

const worker = fileURLToPath(new URL('worker.ts', import.meta.url))

/** Runs all seeds. The sums are those of one process after the other, however many there are. */
export async function runAll(request: SimRequest, onProgress: (totals: Totals) => void): Promise<Totals> {
  const { first, count, workers, seconds, twice } = request
  const size = Math.max(1, Math.min(20, Math.ceil(count / workers / 4)))
  const portions: Portion[] = []
  for (let at = 0; at < count; at += size)
    portions.push({ first: first + at, count: Math.min(size, count - at), seconds, twice })
  const done = new Map<number, Totals>()
  const soFar = noTotals()
  const children = Array.from({ length: workers }, () => fork(worker, { execArgv: process.execArgv }))
  try {
    await Promise.all(
      children.map(async (child) => {
        for (let next = portions.shift(); next !== undefined; next = portions.shift()) {
          const totals = await runPortion(child, next)
          done.set(next.first, totals)
          addTotals(soFar, totals)
          onProgress(soFar)
        }
      }),
    )
  } finally {
    for (const child of children) child.kill()
  }
  const all = noTotals()
  for (const [, totals] of [...done].sort(([a], [b]) => a - b)) addTotals(all, totals)
  return all
}

function runPortion(child: ChildProcess, portion: Portion): Promise<Totals> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => {
      reject(new Error(`a worker ended with code ${code} at seeds from ${portion.first} on`))
    }
    child.once('exit', onExit)
    child.once('message', ({ totals }: { totals: Totals }) => {
      child.off('exit', onExit)
      resolve(totals)
    })
    child.send(portion)
  })
}
