/** Where a log stands, without its entries: what the first record of each segment says again. */

import type { StoredConfState } from '../../core/log/log-reader.ts'
import type { Entry, EntryId, HardState, LogIndex } from '../../core/types.ts'
import type { Operation, SnapshotMark } from './operation.ts'

/** All but the entries. */
export interface LogState {
  readonly hardState: HardState | null
  /** A membership that was saved by itself. */
  readonly confState: StoredConfState | null
  /** The entry before the first one. */
  readonly compacted: EntryId
  /** The index of the last entry. */
  readonly last: LogIndex
  readonly snapshot: SnapshotMark | null
}

/** Of a log in which nothing was ever written. */
export const emptyState: LogState = {
  hardState: null,
  confState: null,
  compacted: { index: 0, term: 0 },
  last: 0,
  snapshot: null,
}

/** Where it stands after an operation. */
export function stateAfter(state: LogState, operation: Operation): LogState {
  switch (operation.type) {
    case 'base':
      return { ...state, compacted: operation.compacted, last: operation.last }
    case 'hardState':
      return { ...state, hardState: operation.hardState }
    case 'entries':
      return { ...state, last: lastAfter(state, operation.entries) }
    case 'install': {
      const { index, term } = operation.mark
      return { ...state, snapshot: operation.mark, confState: null, compacted: { index, term }, last: index }
    }
    case 'snapshot':
      return { ...state, snapshot: operation.mark }
    case 'confState':
      return { ...state, confState: { confState: operation.confState, index: operation.index } }
    case 'compact':
      // What was asked for before a snapshot took the place of the log is done already.
      return operation.upTo.index > state.compacted.index ? { ...state, compacted: operation.upTo } : state
  }
}

/** A late write may lie before what has been compacted since: that is in the snapshot. */
function lastAfter(state: LogState, entries: readonly Entry[]): LogIndex {
  const last = entries.at(-1)?.index ?? 0
  return last > state.compacted.index ? last : state.last
}

/** The operations that bring an empty log to this state. */
export function operationsFor(state: LogState): Operation[] {
  const operations: Operation[] = [{ type: 'base', compacted: state.compacted, last: state.last }]
  if (state.snapshot !== null) operations.push({ type: 'snapshot', mark: state.snapshot })
  if (state.confState !== null) operations.push({ type: 'confState', ...state.confState })
  if (state.hardState !== null) operations.push({ type: 'hardState', hardState: state.hardState })
  return operations
}
