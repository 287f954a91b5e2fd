/**
 * Test bodies as generators: they yield what has to be waited for, and `play` waits. So the suites are as pure as what they
 * test, and only this file knows promises.
 */

import { within } from './assert.ts'

/** The rest of a test body: it yields promises, and plain values where nothing has to be waited for. */
export type Steps<Result = void> = Generator<unknown, Result, unknown>

/** A value, now or later: what a user's function may answer. */
export type Eventually<Value> = Value | PromiseLike<Value>

/** `const storage = yield* waitFor(create())`: the value, when it is there. */
export function* waitFor<Value>(value: Eventually<Value>): Steps<Value> {
  return (yield value) as Value
}

/** Runs a test body to its end. */
export function play(body: () => Steps): Promise<void> {
  // A runner waits for a promise; there is one per test, and nothing in it happens at the same time as something else.
  // oxlint-disable-next-line no-restricted-globals
  return new Promise((resolve, reject) => {
    const steps = body()
    const goOn = (move: () => IteratorResult<unknown, void>): void => {
      try {
        let { done, value } = move()
        while (done !== true && !isPromise(value)) ({ done, value } = steps.next(value))
        if (done === true) return resolve()
        const later = value as PromiseLike<unknown>
        later.then(
          (answer) => goOn(() => steps.next(answer)),
          (error: unknown) => goOn(() => steps.throw(error)),
        )
      } catch (error) {
        reject(asError(error))
      }
    }
    goOn(() => steps.next())
  })
}

/** A user's function may throw anything. */
function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : within('a function that was passed to the suite', thrown)
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
