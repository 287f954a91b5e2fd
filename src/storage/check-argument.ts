/** Checks of what is passed to a storage: a wrong argument is the caller's mistake, and changes nothing. */

import { emptyConfState } from '../core/conf-state.ts'
import { describeValue, UsageError } from '../core/errors.ts'
import type { Entry, NodeId } from '../core/types.ts'
import {
  confStateFlaw,
  contentFlaw,
  hardStateFlaw,
  isCount,
  isIndex,
  snapshotFlaw,
} from '../core/validity.ts'
import type { WriteBatch } from './storage.ts'

/** The first members of a group. */
export interface FirstMembers {
  readonly voters: readonly NodeId[]
  readonly learners?: readonly NodeId[] | undefined
}

/** What is written of a batch. */
type Batch = Omit<WriteBatch, 'mustSync'>

/** A call with an argument that it does not allow. */
export function argumentError(what: string, fix: string, value: unknown): UsageError {
  return new UsageError('ERR_INVALID_ARGUMENT', what, fix, value)
}

/** Can it be an index at all? */
export function checkIndex(name: string, index: unknown): void {
  if (Number.isInteger(index)) return
  throw argumentError(
    `Expected \`${name}\` to be a whole number, got ${describeValue(index)}`,
    'Pass an index of the log',
    index,
  )
}

/** What is wrong with the first members of a group, in words; null if they are proper ones. */
export function membersFlaw(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return 'they are no object'
  const { voters, learners = [], ...others } = value as FirstMembers
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) return `there is no \`${unknown}\``
  return (
    confStateFlaw({ ...emptyConfState, voters, learners }) ??
    (voters.length === 0 ? 'there is no voter' : null)
  )
}

/** What cannot be read, because a getter or a proxy throws, is wrong too. */
export function flawOf(look: () => string | null): string | null {
  try {
    return look()
  } catch {
    return 'it cannot be read'
  }
}

/** The parts of a batch, each read once. That they fit to what is stored is looked at later. */
export function properBatch(value: unknown): Batch {
  let batch: Batch = { hardState: null, entries: [], snapshot: null }
  const flaw = flawOf(() => {
    if (typeof value !== 'object' || value === null) return 'it is no object'
    const { hardState, entries, snapshot } = value as WriteBatch
    batch = { hardState, entries, snapshot }
    if (!Array.isArray(entries)) return 'entries is no array'
    const wrong = hardState === null ? null : hardStateFlaw(hardState)
    return wrong ?? (snapshot === null ? null : snapshotFlaw(snapshot)) ?? entriesFlaw(entries)
  })
  if (flaw === null) return batch
  throw argumentError(`Expected a proper batch to write, but ${flaw}`, 'Append every Ready as it is', value)
}

function entriesFlaw(entries: readonly unknown[]): string | null {
  let term = 1
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] as Partial<Entry> | null | undefined
    const flaw = contentFlaw(entry)
    if (flaw !== null) return `of an entry ${flaw}`
    if (!isIndex(entry?.index) || entry.index === 0) return 'the index of an entry is no safe integer >= 1'
    if (!isCount(entry.term) || entry.term < term) return `the term of entry ${entry.index} is none, or falls`
    term = entry.term
  }
  return null
}
