/**
 * What the core needs of storage: to read, synchronously, what is durable. Writing is the business of whoever runs the
 * Ready loop. Ordinary lacks are answers, not exceptions; anything thrown is a broken disk and stops the node.
 */

import type { Bytes, ConfState, Entry, HardState, LogIndex, Snapshot, Term } from '../types.ts'

/** The entry was there and has been replaced by a snapshot. */
export type Compacted = 'compacted'
/** The entry is not there yet. */
export type Unavailable = 'unavailable'

/** A membership, and since when it holds. */
export interface StoredConfState {
  readonly confState: ConfState
  /** Membership changes up to this index are part of `confState`; later ones are not. 0 for an empty storage. */
  readonly index: LogIndex
}

/**
 * The read side of a storage. The log it holds is `[firstIndex, lastIndex]`, without gaps; the entry before
 * `firstIndex` is gone, but its term is still known.
 */
export interface LogReader {
  /** What `HardState` was last written; `null` if none ever was. */
  hardState(): HardState | null
  /** The membership that a restart goes on from: that of the newest snapshot, or a later one. */
  confState(): StoredConfState
  /** The index of the first entry still held: one beyond what was compacted, 1 for an empty storage. */
  firstIndex(): LogIndex
  /** The index of the last entry held; `firstIndex() - 1` if there is none. */
  lastIndex(): LogIndex
  /**
   * The term of entry `index`, for `firstIndex() - 1 <= index <= lastIndex()`;
   * below that `'compacted'`, above it `'unavailable'`. Index 0 has term 0.
   */
  term(index: LogIndex): Term | Compacted | Unavailable
  /**
   * Entries `[lo, hi)` in order, as many from the start as fit into `maxSize` bytes (see `entrySize`), but at least one.
   * The array is the caller's; the entries in it are shared.
   * `'compacted'` if `lo < firstIndex()`, `'unavailable'` if `hi > lastIndex() + 1`.
   */
  entries(lo: LogIndex, hi: LogIndex, maxSize: Bytes): readonly Entry[] | Compacted | Unavailable
  /**
   * The newest snapshot, of an index >= `firstIndex() - 1`; `'temporarily-unavailable'` while one is being made,
   * and it will be asked for again.
   */
  snapshot(): Snapshot | 'temporarily-unavailable'
}
