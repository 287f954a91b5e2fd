/** The contract of a storage: what the core reads of it, and what whoever runs the Ready loop writes to it. */

import type { LogReader } from '../core/log/log-reader.ts'
import type { ConfState, Entry, HardState, LogIndex, Snapshot } from '../core/types.ts'

/** What one write is about; every `Ready` is one. */
export interface WriteBatch {
  /** Replaces the stored one; `null` leaves it. */
  readonly hardState: HardState | null
  /** Without gaps, by ascending index. What is stored from the index of the first of them on gives way to them. */
  readonly entries: readonly Entry[]
  /** Replaces the whole log up to its index, and what lies beyond; `entries` follow it. `null` for none. */
  readonly snapshot: Snapshot | null
  /** Must it be durable when the call returns? A snapshot must be, whatever this says. */
  readonly mustSync: boolean
}

/**
 * A storage that writes synchronously. Four rules, on which everything else rests:
 *
 * - **One piece.** After a crash a batch is there as a whole or not at all. Term and vote above all are never torn apart.
 * - **Durable** means that it survives a power cut: written, and synced, and the directory entry too.
 * - **In order.** A batch that is durable makes all that were written before it durable, whatever their `mustSync` said.
 * - **A failed write is the end.** Throw, and let the node stop; what a failed sync has left behind cannot be known, so do
 *   not try it again.
 */
export interface Storage extends LogReader {
  /**
   * Writes one batch. Throws without having changed anything if it does not fit to what is stored: if its entries leave a gap
   * or fall in term, or its snapshot is not beyond the stored one.
   */
  append(batch: WriteBatch): void
  /**
   * Stores a snapshot that this node has made of its own state machine. The log stays as it is until it is compacted.
   * @param index - what the state machine had applied; committed, and beyond the last snapshot
   * @param confState - the membership as of `index`: what the last `applyConfChange` up to there answered
   */
  createSnapshot(index: LogIndex, confState: ConfState, data: Uint8Array): Snapshot
  /**
   * Stores the membership as of `index`, which `confState()` answers from now on. Needed where a restart cannot make it out
   * from the log: after `skipConfChange`, since the log does not tell that a change was skipped.
   */
  saveConfState(confState: ConfState, index: LogIndex): void
  /** Drops the entries up to `index`, which a snapshot must stand in for. The term of entry `index` stays known. */
  compact(index: LogIndex): void
}

/**
 * A storage that writes without holding up the thread, for nodes with `asyncStorageWrites`. The rules are those of
 * {@link Storage}, with "when the promise resolves" for "when the call returns":
 *
 * - A write may be asked for before the last one is done. They are made, and resolve, in the order in which they were asked for;
 *   one sync may serve many.
 * - What is read is what is durable: entries show when their write resolves, and not before.
 * - A write that does not fit is refused, and so is everything after a write that has failed.
 */
export interface AsyncStorage extends LogReader {
  /** Resolves when the batch is durable; with `mustSync` off and no snapshot already when it is on its way. */
  write(batch: WriteBatch): Promise<void>
  /** As {@link Storage.createSnapshot}. The promise resolves when it is durable, and `snapshot()` answers it from then on. */
  writeSnapshot(index: LogIndex, confState: ConfState, data: Uint8Array): Promise<Snapshot>
  /** As {@link Storage.saveConfState}. */
  writeConfState(confState: ConfState, index: LogIndex): Promise<void>
  /** As {@link Storage.compact}. That files go is not waited for. */
  compact(index: LogIndex): void
}
