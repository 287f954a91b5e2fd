/** Checks a history file: arguments in, text out, and an exit code. */

import { parseArgs } from 'node:util'
import { OptionsError, RaftError } from 'quorate'
import { checkLinearizability, HistoryError, parseHistory, type Verdict } from 'quorate/testing'

/** What surrounds the program. */
export interface Surroundings {
  readonly read: (path: string) => string
  readonly out: (text: string) => void
  readonly error: (text: string) => void
}

const usage = `Usage: npm run linearizability -- FILE [--budget N] [--json]

Says whether the history in FILE is linearizable: one operation per line, as JSON (see examples/check-history/README.md).

  --budget N   placements that may be tried per key before the verdict is "unknown"
  --json       the verdict as one line of JSON

Exit code: 0 linearizable, 1 not linearizable, 2 unknown, or the file or an option is wrong.`

const options = {
  budget: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Does what the arguments ask for. Answers the exit code. */
export function runCli(args: readonly string[], { read, out, error }: Surroundings): 0 | 1 | 2 {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    if (values.help) {
      out(usage)
      return 0
    }
    const [path, ...rest] = positionals
    if (path === undefined || rest.length > 0) throw new Error(`expected one file, got ${positionals.length}`)
    const budget = values.budget === undefined ? {} : { budget: numberOf(values.budget) }
    const verdict = checkLinearizability(parseHistory(read(path)), budget)
    out(values.json ? JSON.stringify(verdict) : describe(verdict))
    return exitCodes[verdict.verdict]
  } catch (failure) {
    if (!(failure instanceof Error)) throw failure
    error(`error: ${failure.message}`)
    // Who made a mistake in the history knows how to call the program.
    if (!(failure instanceof HistoryError || failure instanceof RaftError || 'syscall' in failure))
      error(usage)
    return 2
  }
}

const exitCodes = { linearizable: 0, violated: 1, unknown: 2 } as const

function describe(verdict: Verdict): string {
  const { violations, unknownKeys, operations, keys, placements } = verdict
  const texts = violations.map(({ text }) => `${text}\n`)
  if (unknownKeys.length > 0) {
    const names = unknownKeys.map((key) => JSON.stringify(key)).join(', ')
    texts.push(`The budget was spent before an answer was found for ${names}. Try a larger --budget.\n`)
  }
  const counts = `${operations} operations on ${keys} keys, ${placements} placements tried`
  return [...texts, `${summaries[verdict.verdict]}: ${counts}`].join('\n')
}

const summaries = { linearizable: 'linearizable', violated: 'not linearizable', unknown: 'unknown' } as const

function numberOf(text: string): number {
  if (!/^\d+$/.test(text)) throw new OptionsError('--budget', 'a whole number >= 0', text)
  return Number(text)
}
