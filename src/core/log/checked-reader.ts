/**
 * Storage as the core sees it: every answer is looked at before it is believed. What storage throws, or answers against its
 * contract, becomes a StorageError, which stops the node: a log that cannot be read right cannot be agreed on.
 */

import { describeValue, StorageError } from '../errors.ts'
import type { Bytes, Entry, HardState, LogIndex, Snapshot, Term } from '../types.ts'
import { confStateFlaw, contentFlaw, hardStateFlaw, isCount, snapshotFlaw } from '../validity.ts'
import type { Compacted, LogReader, StoredConfState, Unavailable } from './log-reader.ts'

/** What may be answered where something is not held. */
const lacks: ReadonlySet<unknown> = new Set(['compacted', 'unavailable'])

/** A {@link LogReader} whose answers can be relied on. */
export class CheckedReader implements LogReader {
  readonly #storage: LogReader

  constructor(storage: LogReader) {
    this.#storage = storage
  }

  hardState(): HardState | null {
    let state: HardState | null
    try {
      state = this.#storage.hardState()
    } catch (cause) {
      throw failed('hardState()', cause)
    }
    if (state === null) return null
    const flaw = hardStateFlaw(state)
    if (flaw !== null) throw flawed('hardState()', flaw, state)
    return state
  }

  confState(): StoredConfState {
    let stored: StoredConfState
    try {
      stored = this.#storage.confState()
    } catch (cause) {
      throw failed('confState()', cause)
    }
    if (!isCount((stored as Partial<StoredConfState> | null | undefined)?.index))
      throw answered('confState()', stored)
    const flaw = confStateFlaw(stored.confState)
    if (flaw !== null) throw flawed('confState()', flaw, stored)
    return stored
  }

  firstIndex(): LogIndex {
    let index: LogIndex
    try {
      index = this.#storage.firstIndex()
    } catch (cause) {
      throw failed('firstIndex()', cause)
    }
    if (!isCount(index) || index < 1) throw answered('firstIndex()', index)
    return index
  }

  lastIndex(): LogIndex {
    let index: LogIndex
    try {
      index = this.#storage.lastIndex()
    } catch (cause) {
      throw failed('lastIndex()', cause)
    }
    if (!isCount(index)) throw answered('lastIndex()', index)
    return index
  }

  term(index: LogIndex): Term | Compacted | Unavailable {
    let term: Term | Compacted | Unavailable
    try {
      term = this.#storage.term(index)
    } catch (cause) {
      throw failed(`term(${index})`, cause)
    }
    if (!isCount(term) && !lacks.has(term)) throw answered(`term(${index})`, term)
    return term
  }

  entries(lo: LogIndex, hi: LogIndex, maxSize: Bytes): readonly Entry[] | Compacted | Unavailable {
    let entries: readonly Entry[] | Compacted | Unavailable
    try {
      entries = this.#storage.entries(lo, hi, maxSize)
    } catch (cause) {
      throw failed(`entries(${lo}, ${hi})`, cause)
    }
    if (entries === 'compacted' || entries === 'unavailable') return entries
    if (!isArray(entries) || entries.length === 0 || entries.length > hi - lo)
      throw answered(`entries(${lo}, ${hi})`, entries)
    let term: Term = 0
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i] as Partial<Entry> | null | undefined
      if (entry?.index !== lo + i || !isCount(entry.term) || entry.term < term)
        throw flawed(
          `entries(${lo}, ${hi})`,
          `entry ${lo + i} is missing, or its term is none or falls`,
          entries,
        )
      const flaw = contentFlaw(entry)
      if (flaw !== null) throw flawed(`entries(${lo}, ${hi})`, `of entry ${lo + i} ${flaw}`, entries)
      term = entry.term
    }
    return entries
  }

  snapshot(): Snapshot | 'temporarily-unavailable' {
    let snapshot: Snapshot | 'temporarily-unavailable'
    try {
      snapshot = this.#storage.snapshot()
    } catch (cause) {
      throw failed('snapshot()', cause)
    }
    if (snapshot === 'temporarily-unavailable') return snapshot
    const flaw = snapshotFlaw(snapshot)
    if (flaw !== null) throw flawed('snapshot()', flaw, snapshot)
    return snapshot
  }
}

/** `Array.isArray` widens a readonly array to any[]. */
function isArray(value: readonly Entry[]): boolean {
  return Array.isArray(value)
}

function failed(call: string, cause: unknown): StorageError {
  const why = cause instanceof Error ? cause.message : describeValue(cause)
  return new StorageError(`Storage failed in ${call}: ${why}`, undefined, cause)
}

function answered(call: string, value: unknown): StorageError {
  return new StorageError(`Storage answered ${call} with ${describeValue(value)}`, value)
}

function flawed(call: string, flaw: string, value: unknown): StorageError {
  return new StorageError(`Storage answered ${call}, but ${flaw}`, value)
}
