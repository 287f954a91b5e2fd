/**
 * Storage as the core sees it: every answer is looked at before it is believed. What storage throws, or answers against its
 * contract, becomes a StorageError, which stops the node: a log that cannot be read right cannot be agreed on.
 */

import { describeCause, describeValue, StorageError } from '../errors.ts'
import type { Bytes, Entry, HardState, LogIndex, Snapshot, Term } from '../types.ts'
import { confStateFlaw, contentFlaw, hardStateFlaw, isCount, isIndex, snapshotFlaw } from '../validity.ts'
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
    return this.#ask(
      'hardState()',
      () => this.#storage.hardState(),
      (state) => (state === null ? null : hardStateFlaw(state)),
    )
  }

  confState(): StoredConfState {
    return this.#ask('confState()', () => this.#storage.confState(), storedConfStateFlaw)
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
    if (!isIndex(index)) throw answered('lastIndex()', index)
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
    // Before the first entry there is no term, and no entry is of none.
    if (typeof term === 'number' && (term === 0) !== (index === 0)) throw answered(`term(${index})`, term)
    return term
  }

  entries(lo: LogIndex, hi: LogIndex, maxSize: Bytes): readonly Entry[] | Compacted | Unavailable {
    return this.#ask(
      `entries(${lo}, ${hi})`,
      () => this.#storage.entries(lo, hi, maxSize),
      (answer) => (lacks.has(answer) ? null : entriesFlaw(answer, lo, hi)),
    )
  }

  snapshot(): Snapshot | 'temporarily-unavailable' {
    return this.#ask(
      'snapshot()',
      () => this.#storage.snapshot(),
      (answer) => (answer === 'temporarily-unavailable' ? null : snapshotFlaw(answer)),
    )
  }

  /** Reads, and looks at what was read. To look at an answer can fail as well: it may have getters, or be a proxy. */
  #ask<T>(call: string, read: () => T, flawOf: (answer: T) => string | null): T {
    let answer: T
    let flaw: string | null
    try {
      answer = read()
      flaw = flawOf(answer)
    } catch (cause) {
      throw failed(call, cause)
    }
    if (flaw !== null) throw flawed(call, flaw, answer)
    return answer
  }
}

function storedConfStateFlaw(value: unknown): string | null {
  const stored = value as Partial<StoredConfState> | null | undefined
  return isCount(stored?.index) ? confStateFlaw(stored.confState) : 'it has no index'
}

function entriesFlaw(entries: unknown, lo: LogIndex, hi: LogIndex): string | null {
  if (!Array.isArray(entries)) return 'that is no array'
  if (entries.length === 0 || entries.length > hi - lo)
    return `there are ${entries.length} of ${hi - lo} entries`
  let term: Term = 1
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] as Partial<Entry> | null | undefined
    if (entry?.index !== lo + i || !isCount(entry.term) || entry.term < term)
      return `entry ${lo + i} is missing, or its term is none or falls`
    const flaw = contentFlaw(entry)
    if (flaw !== null) return `of entry ${lo + i} ${flaw}`
    term = entry.term
  }
  return null
}

function failed(call: string, cause: unknown): StorageError {
  return new StorageError(`Storage failed in ${call}: ${describeCause(cause)}`, undefined, cause)
}

function answered(call: string, value: unknown): StorageError {
  return new StorageError(`Storage answered ${call} with ${describeValue(value)}`, value)
}

function flawed(call: string, flaw: string, value: unknown): StorageError {
  return new StorageError(`Storage answered ${call} with ${describeValue(value)}, but ${flaw}`, value)
}
