/** Who waits for what: for an entry to be applied here, or for this node to have applied so much. */

import type { LogIndex, Term } from '../core/types.ts'

/** What became of the entry at an index. */
export type Fate<T> =
  | { readonly type: 'applied'; readonly outcome: T }
  /** Another entry stands in its place: it is in no log that lasts. */
  | { readonly type: 'lost' }
  /** A snapshot has replaced the log there: nobody can tell any more. */
  | { readonly type: 'unknown' }

interface Waiter<T> {
  readonly term: Term
  readonly resolve: (fate: Fate<T>) => void
  readonly reject: (error: unknown) => void
}

/** Proposals that were appended here and are not applied yet. */
export class Proposals<T> {
  readonly #waiting = new Map<LogIndex, Waiter<T>>()

  /** What becomes of the entry that was proposed as `index` in `term`. */
  fateOf(index: LogIndex, term: Term): Promise<Fate<T>> {
    return new Promise((resolve, reject) => {
      // An earlier one in this place was overwritten since: only of a later term can another be proposed here.
      this.#waiting.get(index)?.resolve({ type: 'lost' })
      this.#waiting.set(index, { term, resolve, reject })
    })
  }

  /** Is the answer to this entry waited for? */
  awaits(index: LogIndex, term: Term): boolean {
    return this.#waiting.get(index)?.term === term
  }

  /** The entry at `index` is applied. */
  applied(index: LogIndex, term: Term, outcome: T): void {
    const waiter = this.#waiting.get(index)
    if (waiter === undefined) return
    this.#waiting.delete(index)
    waiter.resolve(waiter.term === term ? { type: 'applied', outcome } : { type: 'lost' })
  }

  /** A snapshot stands in for everything up to `index`. */
  replacedTo(index: LogIndex): void {
    for (const [at, waiter] of this.#waiting) {
      if (at > index) continue
      this.#waiting.delete(at)
      waiter.resolve({ type: 'unknown' })
    }
  }

  failAll(error: unknown): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}

/** Those who wait for this node to have applied an index. */
export class AppliedWaiters {
  #applied: LogIndex = 0
  #waiting: {
    readonly index: LogIndex
    readonly resolve: () => void
    readonly reject: (error: unknown) => void
  }[] = []

  get applied(): LogIndex {
    return this.#applied
  }

  reached(index: LogIndex): Promise<void> {
    if (index <= this.#applied) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiting.push({ index, resolve, reject }))
  }

  advance(index: LogIndex): void {
    this.#applied = Math.max(this.#applied, index)
    if (this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = waiting.filter((one) => one.index > this.#applied)
    for (const one of waiting) if (one.index <= this.#applied) one.resolve()
  }

  failAll(error: unknown): void {
    for (const { reject } of this.#waiting) reject(error)
    this.#waiting = []
  }
}
