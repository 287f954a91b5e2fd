/** `npm run mutants`: puts each seeded bug into the sources and lets the simulator hunt for it. */

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Hunt } from './hunt.ts'
import { bundle, PatternError } from './plant.ts'
import { type Mutant, mutants } from './table.ts'

const usage = `Usage: npm run mutants -- [MUTANT...] [--bases N] [--seeds N] [--seconds T] [--workers W] [--shrink]

Puts each seeded bug (all, or those named) into the sources, and counts the simulator's seeds until one fails.

  --bases N     how many times, each with other seeds (20)
  --seeds N     seeds after which the bug counts as not found (2000)
  --seconds T   simulated seconds with faults for each seed (10)
  --workers W   processes (one per core)
  --shrink      shrink each run that fails, and count the events of what is left

Exit code: 0 if every bug was found every time, 1 if not, 2 if the command line is wrong or a pattern does not match.`

/** What came of one bug. */
interface Result {
  readonly mutant: Mutant
  readonly hunts: readonly Hunt[]
}

interface Limits {
  readonly bases: number
  readonly seeds: number
  readonly seconds: number
  readonly workers: number
  readonly shrink: boolean
}

class UsageError extends Error {}

process.exitCode = await main()

async function main(): Promise<0 | 1 | 2> {
  const folder = mkdtempSync(join(tmpdir(), 'quorate-mutants-'))
  try {
    const { chosen, limits } = read(process.argv.slice(2))
    if (chosen === null) {
      process.stdout.write(`${usage}\n`)
      return 0
    }
    process.stdout.write(`${row('mutant', 'found', 'median', 'most', 'events', 'by', 'the mistake')}\n`)
    let survivors = 0
    const events: number[] = []
    for (const mutant of chosen) {
      const file = join(folder, `${mutant.id}.mjs`)
      await bundle(mutant, file)
      const result = { mutant, hunts: await hunts(file, limits) }
      if (result.hunts.some(({ seeds }) => seeds === null)) survivors++
      process.stdout.write(`${tell(result)}\n`)
      events.push(...result.hunts.flatMap((one) => one.events ?? []))
    }
    if (events.length > 0) process.stdout.write(`shrunk to ${median(events)} events (median)\n`)
    process.stdout.write(`${chosen.length - survivors} of ${chosen.length} found every time\n`)
    return survivors === 0 ? 0 : 1
  } catch (error) {
    if (!(error instanceof PatternError || error instanceof UsageError)) throw error
    process.stderr.write(`error: ${error.message}\n`)
    return 2
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function read(args: readonly string[]): { chosen: readonly Mutant[] | null; limits: Limits } {
  const flag = { type: 'string' } as const
  const options = {
    bases: flag,
    seeds: flag,
    seconds: flag,
    workers: flag,
    shrink: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const
  let parsed
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.split(/\. |\n/, 1)[0] : String(error), {
      cause: error,
    })
  }
  const { values, positionals } = parsed
  const unknown = positionals.find((id) => !mutants.some((mutant) => mutant.id === id))
  if (unknown !== undefined)
    throw new UsageError(
      `there is no mutant '${unknown}'; there are ${mutants.map(({ id }) => id).join(' ')}`,
    )
  const limits = {
    bases: whole('--bases', values.bases, 20),
    seeds: whole('--seeds', values.seeds, 2000),
    seconds: whole('--seconds', values.seconds, 10),
    workers: whole('--workers', values.workers, availableParallelism()),
    shrink: values.shrink === true,
  }
  if (values.help === true) return { chosen: null, limits }
  return {
    chosen: positionals.length === 0 ? mutants : mutants.filter(({ id }) => positionals.includes(id)),
    limits,
  }
}

function whole(name: string, text: string | undefined, usual: number): number {
  if (text === undefined) return usual
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text)
  throw new UsageError(`Expected ${name} to be a whole number >= 1, got '${text}'`)
}

async function hunts(file: string, limits: Limits): Promise<readonly Hunt[]> {
  const { bases, workers } = limits
  const results: Hunt[] = []
  let next = 1
  const work = async (): Promise<void> => {
    while (next <= bases) {
      const base = next++
      results.push(await hunt(file, base * 1_000_000, limits))
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  return results
}

function hunt(file: string, first: number, { seeds, seconds, shrink }: Limits): Promise<Hunt> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [file, `${first}`, `${seeds}`, `${seconds * 1000}`, shrink ? '1' : '0'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    let output = ''
    child.stdout.on('data', (data: Buffer) => (output += data.toString()))
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(output) as Hunt)
      else reject(new Error(`a hunt ended with code ${code}`))
    })
  })
}

/** The one in the middle; undefined of none. */
function median(numbers: readonly number[]): number | undefined {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]
}

function tell({ mutant, hunts: done }: Result): string {
  const found = done.filter((one): one is Hunt & { seeds: number } => one.seeds !== null)
  const counts = found.map(({ seeds }) => seeds).sort((a, b) => a - b)
  const invariants = [...new Set(found.map(({ invariant }) => invariant))].sort().join(' ')
  return row(
    mutant.id,
    `${found.length}/${done.length}`,
    `${median(counts) ?? '-'}`,
    `${counts.at(-1) ?? '-'}`,
    `${median(done.flatMap(({ events }) => events ?? [])) ?? '-'}`,
    invariants,
    mutant.what,
  )
}

function row(
  ...[id = '', found = '', middle = '', most = '', events = '', by = '', what = '']: readonly string[]
): string {
  return `${id.padEnd(7)} ${found.padStart(7)} ${middle.padStart(7)} ${most.padStart(6)} ${events.padStart(7)}  ${by.padEnd(24)} ${what}`
}
