/** A runner for suites that are expected to fail: it runs every test and says which did. */

import type { TestFunction } from 'quorate/testing'

/** What became of a test. */
export interface Outcome {
  readonly name: string
  /** What it threw; `null` if it passed. */
  readonly error: Error | null
  readonly isSkipped: boolean
}

/** Registers with `register`, runs everything that came, one after the other. */
export async function outcomesOf(register: (test: TestFunction) => void): Promise<readonly Outcome[]> {
  const tests: { readonly name: string; readonly body: () => Promise<void>; readonly isSkipped: boolean }[] =
    []
  const test = (name: string, body: () => Promise<void>): void => {
    tests.push({ name, body, isSkipped: false })
  }
  const skip = (name: string, body: () => Promise<void>): void => {
    tests.push({ name, body, isSkipped: true })
  }
  register(Object.assign(test, { skip }))
  const outcomes: Outcome[] = []
  for (const { name, body, isSkipped } of tests) {
    const error = isSkipped
      ? null
      : await body().then(
          () => null,
          (thrown: unknown) => thrown as Error,
        )
    outcomes.push({ name, error, isSkipped })
  }
  return outcomes
}
