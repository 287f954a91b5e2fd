/** The contract of a state machine: what a service makes of the log (§2). */

import type { LogIndex, Term } from '../core/types.ts'

/** Where in the log a command stands. */
export interface ApplyContext {
  readonly index: LogIndex
  readonly term: Term
}

/**
 * What is replicated. It must be deterministic: the same commands in the same order give the same state and the same
 * answers on every node. That rules out clocks, random numbers, and the order of a hash table.
 */
export interface StateMachine<Result> {
  /** Applies one command, once, in the order of the log. Entries without data are not handed in. */
  apply(command: Uint8Array, context: ApplyContext): Result
  /** All of the state as of the last applied command, so that {@link StateMachine.restore} can make it again anywhere (§7). */
  snapshot(): Uint8Array
  /** Replaces the whole state by that of a snapshot. If it throws, nothing of the old state may be half replaced. */
  restore(snapshot: Uint8Array): void
}
