/** The assertions of the suites: a few of their own, so that they run under any runner, and in browsers. */

import { difference, show } from './difference.ts'

/** A storage or a transport does not keep its contract. Runners that show differences find them in `actual` and `expected`. */
export class ConformanceError extends Error {
  static override readonly name = 'ConformanceError'
  override readonly name = 'ConformanceError'
  /** Stable; tell errors apart by it. */
  readonly code = 'ERR_CONFORMANCE'
  readonly actual: unknown
  readonly expected: unknown

  constructor(message: string, actual?: unknown, expected?: unknown, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.actual = actual
    this.expected = expected
  }
}

/** `got` must be `expected`, all the way down. `what` begins the message: `term(4)`, `the hard state after reopening`. */
export function same(what: string, got: unknown, expected: unknown): void {
  const found = difference(got, expected)
  if (found === null) return
  throw new ConformanceError(
    `Expected ${what}${found.path} to be ${show(found.expected)}, got ${show(found.got)}`,
    got,
    expected,
  )
}

/** It must be so: `what` is a sentence of what was expected, `got` of what there is instead. */
export function holds(isTrue: boolean, what: string, got: string): void {
  if (!isTrue) throw new ConformanceError(`Expected ${what}, got ${got}`)
}

/** The call must throw, whatever: contracts name no class of error. */
export function refuses(what: string, call: () => unknown): void {
  if (!hasThrown(call)) throw new ConformanceError(`Expected ${what} to be refused with an error, got none`)
}

/** Has it thrown? */
export function hasThrown(call: () => unknown): boolean {
  try {
    call()
    return false
  } catch {
    return true
  }
}

/** Does it, and says where it was when it fails. */
export function during<Result>(where: string, call: () => Result): Result {
  try {
    return call()
  } catch (error) {
    throw within(where, error)
  }
}

/** The same failure, with the place where it happened in front. */
export function within(where: string, error: unknown): ConformanceError {
  if (error instanceof ConformanceError)
    return new ConformanceError(`${where}: ${error.message}`, error.actual, error.expected, error)
  return new ConformanceError(`${where}: it threw ${show(error)}`, undefined, undefined, error)
}
