/** The command line: what was asked for, or one line that says what is wrong with it. */

import { parseArgs } from 'node:util'

import { maxScripts } from './generate.ts'

/** What was asked for. */
export type Request =
  | { readonly kind: 'help' }
  | { readonly kind: 'error'; readonly message: string }
  /** Many scripts. */
  | { readonly kind: 'run'; readonly scripts: number; readonly seed: number; readonly keep: string | null }
  /** One script, by its own seed. */
  | { readonly kind: 'one'; readonly scriptSeed: number }

const usual = { scripts: 1000, seed: 1 }
const maxSeed = Math.floor(Number.MAX_SAFE_INTEGER / maxScripts) - 1

const flags = {
  scripts: { type: 'string' },
  seed: { type: 'string' },
  keep: { type: 'string' },
  'script-seed': { type: 'string' },
  help: { type: 'boolean' },
} as const

/** The text for `--help`. */
export const helpText: readonly string[] = [
  'Usage: npm run differential -- [options]',
  '',
  'Replays random scripts by the reference and by the runner of the conformance scripts, and compares what they print.',
  '',
  `  --scripts N       how many scripts, from 1 to ${maxScripts}; ${usual.scripts} if not given`,
  `  --seed S          a whole number, ${usual.seed} if not given; same seed, same scripts`,
  '  --keep DIR        write the scripts to DIR with the outputs of the reference, as they are recorded',
  '  --script-seed X   only the script with this seed of its own, and print it with its outputs',
  '  --help            this text',
  '',
  'Exit code: 0 if both agree, 1 if they do not, 2 if nothing could be compared: a wrong option, or no Go on the PATH.',
]

class InputError extends Error {}

/** Reads the arguments behind the name of the program. */
export function readOptions(args: readonly string[]): Request {
  try {
    return request(args)
  } catch (error) {
    if (error instanceof InputError) return { kind: 'error', message: error.message }
    throw error
  }
}

function request(args: readonly string[]): Request {
  const values = parse(args)
  if (values.help === true) return { kind: 'help' }
  const own = values['script-seed']
  if (own !== undefined) {
    const other = (['scripts', 'seed', 'keep'] as const).find((flag) => values[flag] !== undefined)
    if (other !== undefined) throw new InputError(`Expected --script-seed alone, got --${other} as well`)
    return { kind: 'one', scriptSeed: wholeNumber('--script-seed', own, 0, Number.MAX_SAFE_INTEGER) }
  }
  const { scripts, seed, keep = null } = values
  return {
    kind: 'run',
    scripts: scripts === undefined ? usual.scripts : wholeNumber('--scripts', scripts, 1, maxScripts),
    seed: seed === undefined ? usual.seed : wholeNumber('--seed', seed, 0, maxSeed),
    keep,
  }
}

function parse(args: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof flags }>>['values'] {
  try {
    return parseArgs({ args: [...args], options: flags }).values
  } catch (error) {
    // Its messages go on with advice that is meant for other programs.
    const [what = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/, 1)
    const names = Object.keys(flags).map((flag) => `--${flag}`)
    throw new InputError(`${what.replace(/\.$/, '')}; the options are ${names.join(', ')}`, { cause: error })
  }
}

function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= min && number <= max) return number
  throw new InputError(`Expected ${flag} to be a whole number from ${min} to ${max}, got '${text}'`)
}
