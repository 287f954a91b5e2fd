/** What a node reads from a storage, when the storage does not keep its word. Writing goes past it. */

import type { LogReader } from 'quorate'

/** The reading side of `storage`, with other answers of one's own. */
export function readerOf(storage: LogReader, other: Partial<LogReader> = {}): LogReader {
  return {
    hardState: () => storage.hardState(),
    confState: () => storage.confState(),
    firstIndex: () => storage.firstIndex(),
    lastIndex: () => storage.lastIndex(),
    term: (index) => storage.term(index),
    entries: (lo, hi, maxSize) => storage.entries(lo, hi, maxSize),
    snapshot: () => storage.snapshot(),
    ...other,
  }
}

/** Where a storage breaks: at the call of that number to that method, counted from 1. */
export interface Fault {
  readonly method: keyof LogReader
  readonly call: number
  /** What it does instead of answering: answers something else, or throws. */
  readonly instead: () => unknown
}

/** The reading side of a storage that breaks there, and whether it has come to that. */
export function breakingReader(storage: LogReader, { method, call, instead }: Fault) {
  const state = { broke: false }
  const answer = storage[method].bind(storage) as (...args: unknown[]) => unknown
  let calls = 0
  const broken = (...args: unknown[]): unknown => {
    if (++calls !== call) return answer(...args)
    state.broke = true
    return instead()
  }
  return { state, reader: readerOf(storage, { [method]: broken }) }
}
