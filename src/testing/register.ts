/** How a suite hands its tests to a runner: those that run, and those that are skipped, each with its reason. */

import { OptionsError } from '../core/errors.ts'
import { play, type Steps } from './steps.ts'

/** Registers one test. That of vitest, node:test and jest fits as it is, and so does `it` of mocha. */
export interface TestFunction {
  (name: string, body: () => Promise<void>): unknown
  /** Registers a test that is not run. Without it, a skipped test is one that passes, with the reason in its name. */
  readonly skip?: ((name: string, body: () => Promise<void>) => unknown) | undefined
}

/** One test of a suite, on a bench that is set up for it and cleared away. */
export interface Case<Bench> {
  /** A sentence of what is so. Part of the public interface: users skip by it. */
  readonly name: string
  /** The capability without which it cannot run. */
  readonly needs?: string | undefined
  readonly run: (bench: Bench) => Steps
}

/** What there is to register. */
export interface Suite<Bench> {
  readonly test: TestFunction
  readonly cases: readonly Case<Bench>[]
  /** For what reason a case is not run, `null` for those that are. */
  readonly reasonToSkip: (one: Case<Bench>) => string | null
  /** A bench of its own for each test. */
  readonly setUp: () => Bench
  readonly clearAway: (bench: Bench) => Steps
}

/** A function that a user may hand in; which of the others it takes the reason of when it is missing. */
export interface Capability {
  readonly name: string
  readonly isGiven: boolean
  readonly coveredBy?: string | undefined
}

/** Hands every test to the runner, in order. */
export function register<Bench>({ test, cases, reasonToSkip, setUp, clearAway }: Suite<Bench>): void {
  for (const one of cases) {
    const reason = reasonToSkip(one)
    if (reason === null) test(one.name, () => play(() => conduct(one)))
    else registerSkipped(test, `${one.name} (skipped: ${reason})`)
  }

  function* conduct(one: Case<Bench>): Steps {
    const bench = setUp()
    try {
      yield* one.run(bench)
    } finally {
      yield* clearAway(bench)
    }
  }
}

function registerSkipped(test: TestFunction, name: string): void {
  const nothing = (): Promise<void> => play(function* () {})
  if (typeof test.skip === 'function') test.skip(name, nothing)
  else test(name, nothing)
}

/** Which tests are not run, and why. Nothing is left out in silence, and no reason is given for nothing. */
export function readSkips<Bench>(
  skip: unknown,
  cases: readonly Case<Bench>[],
  capabilities: readonly Capability[],
): (one: Case<Bench>) => string | null {
  const reasons = readReasons(skip, cases, capabilities)
  const lacking = new Map<string, string>()
  for (const { name, isGiven, coveredBy } of capabilities) {
    const reason = reasons.get(name)
    if (isGiven && reason !== undefined)
      throw new OptionsError('skip', `without \`${name}\`, which is there`, skip, `Leave out one of the two`)
    if (isGiven) continue
    const given = reason ?? lacking.get(coveredBy ?? '')
    if (given === undefined)
      throw new OptionsError(
        name,
        'a function',
        undefined,
        `Pass \`${name}\`, or say why it cannot be tested: \`skip: { ${name}: 'reason' }\``,
      )
    lacking.set(name, given)
  }
  return ({ name, needs }) => reasons.get(name) ?? lacking.get(needs ?? '') ?? null
}

function readReasons<Bench>(
  skip: unknown,
  cases: readonly Case<Bench>[],
  capabilities: readonly Capability[],
): ReadonlyMap<string, string> {
  if (skip === undefined) return new Map()
  if (typeof skip !== 'object' || skip === null || Array.isArray(skip))
    throw new OptionsError('skip', 'an object of reasons', skip, "Pass `{ 'name of a test': 'reason' }`")
  const names = new Set([...cases, ...capabilities].map(({ name }) => name))
  const reasons = new Map(Object.entries(skip as Record<string, unknown>))
  for (const [name, reason] of reasons) {
    if (!names.has(name))
      throw new OptionsError(
        'skip',
        'names of tests, or of capabilities',
        name,
        `There is nothing called that: copy the name of a test as it was reported, or one of ${capabilities.map((one) => one.name).join(', ')}`,
      )
    if (typeof reason !== 'string' || reason.trim() === '')
      throw new OptionsError('skip', `a reason for \`${name}\``, reason, 'Say in a few words why')
  }
  return reasons as ReadonlyMap<string, string>
}

/** An option that is misspelt would be one that is ignored. */
export function checkOptions(options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null)
    throw new OptionsError('options', 'an object', options, 'Pass at least { test, create }')
  for (const key of Object.keys(options))
    if (!known.includes(key))
      throw new OptionsError(
        key,
        `one of ${known.join(', ')}`,
        (options as Record<string, unknown>)[key],
        `There is no option \`${key}\`: mind the spelling`,
      )
}

/** A function that has to be there, or may be. */
export function checkFunction(options: object, name: string, isOptional: boolean, fix: string): void {
  const value = (options as Record<string, unknown>)[name]
  if (typeof value === 'function' || (isOptional && value === undefined)) return
  throw new OptionsError(name, 'a function', value, fix)
}
