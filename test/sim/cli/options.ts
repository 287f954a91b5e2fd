/** The command line of `npm run sim`: what was asked for, or one line that says what is wrong with it. */

import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

/** What was asked for. */
export interface SimRequest {
  readonly kind: 'run'
  /** The seeds, one after the other from `first` on. */
  readonly first: number
  readonly count: number
  /** Simulated seconds with faults, for each seed. */
  readonly seconds: number
  readonly workers: number
  readonly json: boolean
  readonly shrink: boolean
  /** Is each seed to be run twice, with the same trace? */
  readonly twice: boolean
  /** The file for a trace in the shape of etcd's; null for none. */
  readonly etcdTrace: string | null
}

const flags = {
  seeds: { type: 'string' },
  seed: { type: 'string' },
  seconds: { type: 'string' },
  workers: { type: 'string' },
  json: { type: 'boolean' },
  'no-shrink': { type: 'boolean' },
  'etcd-trace': { type: 'string' },
  twice: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** The text for `--help`. */
export const help = `Usage: npm run sim -- [options]

Runs simulated clusters, each with its own faults, and checks every invariant.

  --seeds N      how many seeds (100; 1 with --seed)
  --seed S       the first seed (1)
  --seconds T    simulated seconds with faults for each seed (20)
  --workers W    processes (one per core)
  --twice        run each seed twice: the traces must be the same
  --no-shrink    do not look for a smaller run that fails the same way
  --etcd-trace F with --seed: write the run, cut down to what etcd's TLA+ specification
                 has words for, as a trace for that (3 seconds are long)
  --json         print the summary as one line of JSON
  -h, --help     this text

From 1,000 seeds on, every kind of fault and every milestone must have been seen.

Exit code: 0 if all is well, 1 if something failed, 2 if the command line is wrong.`

/** Reads the arguments. */
export function readSimOptions(
  args: readonly string[],
): SimRequest | { kind: 'help' } | { kind: 'error'; message: string } {
  try {
    const { values } = parseArgs({ args: [...args], options: flags })
    if (values.help === true) return { kind: 'help' }
    const etcdTrace = values['etcd-trace']
    if (etcdTrace !== undefined && (values.seed === undefined || values.seeds !== undefined))
      return {
        kind: 'error',
        message: 'Expected --seed S with --etcd-trace, and no --seeds: it is the trace of one run',
      }
    const count = whole('--seeds', values.seeds, values.seed === undefined ? 100 : 1, 1, 10_000_000)
    return {
      kind: 'run',
      first: whole('--seed', values.seed, 1, 0, 2 ** 32 - 1),
      count,
      seconds: whole('--seconds', values.seconds, 20, 1, 1_000_000),
      workers: Math.min(count, whole('--workers', values.workers, availableParallelism(), 1, 256)),
      json: values.json === true,
      shrink: values['no-shrink'] !== true,
      twice: values.twice === true,
      etcdTrace: etcdTrace ?? null,
    }
  } catch (error) {
    const [message = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/, 1)
    const names = Object.keys(flags).map((name) => `--${name}`)
    return {
      kind: 'error',
      message: error instanceof WrongNumber ? message : `${message}; the options are ${names.join(', ')}`,
    }
  }
}

class WrongNumber extends Error {}

function whole(flag: string, text: string | undefined, usual: number, min: number, max: number): number {
  if (text === undefined) return usual
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= min && number <= max) return number
  throw new WrongNumber(`Expected ${flag} to be a whole number from ${min} to ${max}, got '${text}'`)
}
