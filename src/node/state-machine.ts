/** The contract of a state machine: what a service makes of the log (§2). */

import type { LogIndex, Term } from '../core/types.ts'

/** Where in the log a command stands. */
export interface ApplyContext {
  readonly index: LogIndex
  readonly term: Term
}

/** The bytes of a snapshot: at once, or in pieces, which are asked for one after the other. */
export type SnapshotBytes = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/**
 * What is replicated. It must be deterministic: the same commands in the same order give the same state and the same
 * answers on every node. That rules out clocks, random numbers, and the order of a hash table; and it is why `apply` is
 * synchronous.
 *
 * It is kept in memory: after a restart it is made again from the snapshot and the log.
 */
export interface StateMachine<Command = Uint8Array, Result = unknown, Query = never, Answer = never> {
  /** Applies one command, once, in the order of the log. If it throws, the node stops: a mistake must not become state. */
  apply(command: Command, context: ApplyContext): Result
  /** Answers without changing anything, from the state as of the last applied command. */
  query?(query: Query): Answer
  /**
   * All of the state as of the last applied command, so that {@link StateMachine.restore} can make it again anywhere (§7).
   * Pieces may be asked for later, while commands are applied: they must be of the state of now all the same.
   */
  snapshot(): SnapshotBytes
  /** Replaces the whole state by that of a snapshot. If it throws, nothing of the old state may be half replaced. */
  restore(snapshot: Uint8Array): void
  /** Used in place of `restore` if it is there: for snapshots that are too large for one piece of memory. */
  restoreFrom?(snapshot: AsyncIterable<Uint8Array>): Promise<void>
}

/** How a value travels and is stored. `decode` must take what `encode` gave, of any node and any version that runs. */
export interface Codec<T> {
  /** The value as bytes, which are handed over. */
  encode(value: T): Uint8Array
  /** The value that was encoded. The bytes are not to be kept. */
  decode(bytes: Uint8Array): T
}
