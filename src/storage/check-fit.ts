/** Does what is to be written fit to what is stored? Asked before anything changes, by every storage in the same words. */

import { describeValue, UsageError } from '../core/errors.ts'
import type { Compacted, Unavailable } from '../core/log/log-reader.ts'
import type { ConfState, Entry, EntryId, LogIndex, Snapshot, Term } from '../core/types.ts'
import { confStateFlaw, isBytes, isCount } from '../core/validity.ts'
import { argumentError, flawOf, properBatch } from './check-argument.ts'
import type { WriteBatch } from './storage.ts'

/** What has to be known of a log to tell what fits to it. */
export interface Outline {
  /** 0 without one. */
  snapshotIndex(): LogIndex
  /** The entry before the first one. */
  compacted(): EntryId
  lastIndex(): LogIndex
  term(index: LogIndex): Term | Compacted | Unavailable
}

/** The parts of a batch that fits. */
export function fittingBatch(outline: Outline, value: WriteBatch): Omit<WriteBatch, 'mustSync'> {
  const batch = properBatch(value)
  const { entries, snapshot } = batch
  const stored = outline.snapshotIndex()
  if (snapshot !== null && snapshot.index <= stored) throw outOfDate(snapshot.index, stored)
  checkContiguous(entries, snapshot?.index ?? outline.lastIndex())
  checkTerm(outline, entries, snapshot)
  return batch
}

/** May a snapshot of this node's own be stored? Answers the term of its entry. */
export function checkOwnSnapshot(
  outline: Outline,
  index: LogIndex,
  confState: ConfState,
  data: Uint8Array,
): Term {
  if (!isCount(index))
    throw argumentError(
      `Expected \`index\` to be a safe integer >= 0, got ${describeValue(index)}`,
      'Pass the applied index',
      index,
    )
  if (index <= outline.snapshotIndex()) throw outOfDate(index, outline.snapshotIndex())
  // Not against the stored commit index: with asynchronous writes an entry may be applied before that is written.
  const term = storedTerm(outline, index, 'Pass the applied index')
  const flaw = flawOf(() => confStateFlaw(confState) ?? (isBytes(data) ? null : 'the data is no Uint8Array'))
  if (flaw !== null)
    throw argumentError(
      `Expected a proper snapshot, but ${flaw}`,
      'Pass what applyConfChange or status answered, and bytes',
      confState,
    )
  return term
}

/** May this membership be stored? */
export function checkConfState(outline: Outline, confState: ConfState, index: LogIndex): void {
  const flaw = isCount(index) ? flawOf(() => confStateFlaw(confState)) : 'the index is no safe integer'
  if (flaw !== null)
    throw argumentError(
      `Expected a proper membership, but ${flaw}`,
      'Pass what applyConfChange or skipConfChange answered',
      confState,
    )
  if (index > outline.lastIndex()) throw notStored(outline, index, 'Pass the index of the entry')
}

/** May the log be compacted up to there? Answers the term of that entry. */
export function checkCompact(outline: Outline, index: LogIndex): Term {
  if (!isCount(index))
    throw argumentError(
      `Expected \`index\` to be a safe integer >= 0, got ${describeValue(index)}`,
      'Pass the index of a stored entry',
      index,
    )
  const compacted = outline.compacted().index
  if (index <= compacted)
    throw new UsageError(
      'ERR_COMPACTED',
      `Expected \`index\` to be beyond what is compacted, got ${index} with ${compacted} compacted`,
      'There is nothing to do',
      index,
    )
  const term = storedTerm(outline, index, 'Pass a smaller one')
  if (index > outline.snapshotIndex())
    throw argumentError(
      `Expected \`index\` to be at most that of the snapshot, ${outline.snapshotIndex()}, got ${index}`,
      'Call createSnapshot first, or nobody could be brought up to date any more',
      index,
    )
  return term
}

function checkContiguous(entries: readonly Entry[], last: LogIndex): void {
  const first = entries[0]?.index ?? 0
  if (first > last + 1)
    throw argumentError(
      `Expected entries from index ${last + 1} on or before, got one at ${first}: a gap`,
      'Append every Ready, in order',
      first,
    )
  for (let i = 1; i < entries.length; i++) {
    if (entries[i]?.index !== first + i)
      throw argumentError(
        `Expected entry ${first + i} behind ${first + i - 1}, got ${describeValue(entries[i]?.index)}`,
        'Append the entries of a Ready as they are',
        entries,
      )
  }
}

/** Terms never fall from one entry to the next. What a hard state says is not for a storage to judge. */
function checkTerm(outline: Outline, entries: readonly Entry[], snapshot: Snapshot | null): void {
  const base = snapshot ?? outline.compacted()
  // What lies before that is not stored.
  const first = entries[Math.max(0, base.index + 1 - (entries[0]?.index ?? 0))]
  if (first === undefined) return
  const known = first.index === base.index + 1 ? base.term : outline.term(first.index - 1)
  const before = typeof known === 'string' ? 0 : known
  if (first.term < before)
    throw argumentError(
      `Expected entry ${first.index} to be of term ${before} at least, as the one before, got ${first.term}`,
      'Append every Ready, in order',
      first,
    )
}

function storedTerm(outline: Outline, index: LogIndex, fix: string): Term {
  const term = outline.term(index)
  if (typeof term === 'string') throw notStored(outline, index, fix)
  return term
}

function notStored(outline: Outline, index: LogIndex, fix: string): UsageError {
  return new UsageError(
    'ERR_UNAVAILABLE',
    `Expected \`index\` to be a stored one, got ${index} with a log that ends at ${outline.lastIndex()}`,
    fix,
    index,
  )
}

function outOfDate(index: LogIndex, stored: LogIndex): UsageError {
  return new UsageError(
    'ERR_SNAPSHOT_OUT_OF_DATE',
    `Expected a snapshot beyond index ${stored}, got one at ${index}`,
    'Keep the stored one: it is newer',
    index,
  )
}
