/** One request of a caller: until when it is waited for, and what the caller hears when it is given up. */

import { OutcomeUnknownError, RefusedError } from './errors.ts'
import type { Now } from './ticker.ts'

/** How long to wait. */
export interface CallOptions {
  /** Gives up waiting when it is aborted. What is under way goes on: a proposal is never taken back. */
  readonly signal?: AbortSignal | undefined
  /**
   * Milliseconds after which waiting is given up. > 0.
   * @defaultValue the option `timeoutMs` of the node
   */
  readonly timeoutMs?: number | undefined
}

interface Pending {
  readonly deadline: number
  readonly giveUp: (why: unknown) => void
}

/** The requests of a node that wait. Their time is looked at with every tick, which is exact enough and costs no timer for each. */
export class Calls {
  readonly #now: Now
  readonly #usual: number
  readonly #pending = new Set<Pending>()
  #stopped: RefusedError | OutcomeUnknownError | Error | null = null

  constructor(now: Now, usual: number) {
    this.#now = now
    this.#usual = usual
  }

  get size(): number {
    return this.#pending.size
  }

  begin({ signal, timeoutMs }: CallOptions): Call {
    const limit = timeoutMs ?? this.#usual
    return new Call(this, this.#now() + limit, signal ?? null, limit)
  }

  /** Those whose time is over hear so. */
  expire(): void {
    if (this.#pending.size === 0) return
    const now = this.#now()
    for (const one of this.#pending) if (one.deadline <= now) one.giveUp(null)
  }

  /** Nothing more comes: everybody hears why. */
  stop(why: Error): void {
    this.#stopped = why
    for (const one of this.#pending) one.giveUp(why)
  }

  /** Waits until `promise` settles, the time is over, the signal is aborted, or the node stops. */
  race<T>(call: Call, promise: Promise<T>, onGivenUp: (why: unknown) => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const { signal } = call
      const settle = (act: () => void): void => {
        this.#pending.delete(pending)
        signal?.removeEventListener('abort', aborted)
        act()
      }
      const pending: Pending = {
        deadline: call.deadline,
        giveUp: (why) => {
          settle(() => {
            reject(onGivenUp(why))
          })
        },
      }
      const aborted = (): void => {
        pending.giveUp(signal?.reason)
      }
      this.#pending.add(pending)
      signal?.addEventListener('abort', aborted, { once: true })
      const follow = async (): Promise<void> => {
        try {
          const value = await promise
          settle(() => {
            resolve(value)
          })
        } catch (error) {
          settle(() => {
            reject(error instanceof Error ? error : new Error(String(error)))
          })
        }
      }
      void follow()
      if (this.#stopped !== null) pending.giveUp(this.#stopped)
      else if (signal?.aborted === true) aborted()
    })
  }
}

/** One of them. */
export class Call {
  readonly #calls: Calls
  readonly deadline: number
  readonly signal: AbortSignal | null
  readonly limit: number

  constructor(calls: Calls, deadline: number, signal: AbortSignal | null, limit: number) {
    this.#calls = calls
    this.deadline = deadline
    this.signal = signal
    this.limit = limit
  }

  /** Waits for something without which nothing has happened yet. */
  before<T>(promise: Promise<T>, what: string): Promise<T> {
    return this.#calls.race(this, promise, (why) => this.#refused(why, what))
  }

  /** Waits for what is handed over: if that is given up, nobody knows. */
  after<T>(promise: Promise<T>, what: string): Promise<T> {
    return this.#calls.race(
      this,
      promise,
      (why) =>
        new OutcomeUnknownError(`${what}, and ${this.#over(why)} before an answer came`, why ?? undefined),
    )
  }

  #refused(why: unknown, what: string): RefusedError {
    if (why instanceof RefusedError) return why
    return new RefusedError('given-up', `${what}: ${this.#over(why)}`, null, why ?? undefined)
  }

  #over(why: unknown): string {
    if (why === null) return `${this.limit} ms were over`
    return why instanceof RefusedError ? 'the node stopped' : 'the signal was aborted'
  }
}
