/** The command line: what was asked for, or one line that says what is wrong with it. */

import { parseArgs } from 'node:util'

import type { Scenario } from './scenario.ts'

/** What was asked for. */
export type Request =
  | { readonly kind: 'help' | 'list' }
  | { readonly kind: 'error'; readonly message: string }
  | {
      readonly kind: 'run'
      readonly scenario: Scenario
      readonly nodes: number
      readonly seed: number
      readonly output: 'story' | 'verbose' | 'json'
    }

type Scenarios = readonly [Scenario, ...Scenario[]]

/** With this one no vote is split by chance, in any scenario: that has a scenario of its own. */
const usualSeed = 9
const maxSeed = 2 ** 32 - 1

const flags = {
  nodes: { type: 'string' },
  seed: { type: 'string' },
  verbose: { type: 'boolean' },
  json: { type: 'boolean' },
  list: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Reads the arguments behind the name of the program. */
export function readOptions(args: readonly string[], scenarios: Scenarios): Request {
  try {
    return request(args, scenarios)
  } catch (error) {
    if (error instanceof InputError) return { kind: 'error', message: error.message }
    throw error
  }
}

/** The text for `--help`. */
export function helpText(scenarios: Scenarios): readonly string[] {
  return [
    'Usage: npm run demo -- [SCENARIO] [options]',
    '',
    `Plays a scenario in a Raft cluster in memory; ${scenarios[0].name} if none is named.`,
    '',
    '  --nodes N    how many nodes, from 1 to 9; each scenario says which it can do',
    `  --seed S     a whole number, ${usualSeed} if not given; same seed, same run`,
    '  --verbose    log every change of state, message, vote and commit',
    '  --json       print every event as a line of JSON',
    '  --list       name the scenarios',
    '  -h, --help   this text',
    '',
    ...listText(scenarios),
    '',
    'Exit code: 0 if all expectations of the scenario are met, 1 if not, 2 if the command line is wrong.',
  ]
}

/** The text for `--list`. */
export function listText(scenarios: Scenarios): readonly string[] {
  const width = Math.max(...scenarios.map(({ name }) => name.length))
  return scenarios.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
}

/** One line: what is wrong, and what would be right. */
class InputError extends Error {}

function request(args: readonly string[], scenarios: Scenarios): Request {
  const { values, positionals } = parse(args)
  if (values.help === true) return { kind: 'help' }
  if (values.list === true) return { kind: 'list' }
  const [name = scenarios[0].name, ...more] = positionals
  if (more.length > 0) throw new InputError(`Expected one scenario, got ${positionals.join(' ')}`)
  const scenario = scenarios.find((each) => each.name === name)
  if (scenario === undefined)
    throw new InputError(
      `Unknown scenario '${name}'; there are ${scenarios.map((each) => each.name).join(', ')}`,
    )
  if (values.verbose === true && values.json === true)
    throw new InputError('Expected --verbose or --json, got both')
  const output = values.json === true ? 'json' : values.verbose === true ? 'verbose' : 'story'
  const seed = values.seed === undefined ? usualSeed : wholeNumber('--seed', values.seed, maxSeed)
  return { kind: 'run', scenario, nodes: nodeCount(scenario, values.nodes), seed, output }
}

/** `--seed -1` as `--seed=-1`: else it would be called ambiguous, where it is just no proper seed. */
function withValues(args: readonly string[]): string[] {
  const joined: string[] = []
  for (const arg of args) {
    const flag = joined.at(-1)
    if ((flag === '--seed' || flag === '--nodes') && /^-\d/.test(arg)) joined.splice(-1, 1, `${flag}=${arg}`)
    else joined.push(arg)
  }
  return joined
}

function parse(
  args: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof flags; allowPositionals: true }>> {
  try {
    return parseArgs({ args: withValues(args), options: flags, allowPositionals: true })
  } catch (error) {
    // Its messages go on with advice that is meant for other programs.
    const [what = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/, 1)
    const names = Object.keys(flags).map((flag) => `--${flag}`)
    throw new InputError(`${what.replace(/\.$/, '')}; the options are ${names.join(', ')}`, { cause: error })
  }
}

function nodeCount({ name, nodes }: Scenario, text: string | undefined): number {
  if (text === undefined) return nodes.usual
  const number = wholeNumber('--nodes', text, Infinity)
  if (nodes.allowed.includes(number)) return number
  const allowed = nodes.allowed.length === 1 ? nodes.allowed[0] : `one of ${nodes.allowed.join(', ')}`
  throw new InputError(`Expected --nodes of ${name} to be ${allowed} (${nodes.why}), got ${text}`)
}

function wholeNumber(flag: string, text: string, max: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number <= max) return number
  const range = max === Infinity ? 'a whole number' : `a whole number from 0 to ${max}`
  throw new InputError(`Expected ${flag} to be ${range}, got '${text}'`)
}
