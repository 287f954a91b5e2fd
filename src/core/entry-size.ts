/**
 * How large an entry is: its payload for the limits on memory, its encoding for the limits on messages.
 * The encoding is the protobuf of raftpb, so that a mixed cluster cuts its messages at the same places.
 */

import type { ProposedEntry } from './messages.ts'
import type { Bytes, ConfChange, ConfChangeV2, Entry } from './types.ts'

/** The bytes an entry carries for the application: its data, or its encoded membership change. 0 for an empty entry. */
export function payloadSize(entry: ProposedEntry): Bytes {
  if (entry.type === 'EntryNormal') return entry.data === null ? 0 : entry.data.length
  return entry.change === null ? 0 : confChangeSize(entry.change)
}

/** The sum of {@link payloadSize}. */
export function payloadsSize(entries: readonly ProposedEntry[]): Bytes {
  let size = 0
  for (let i = 0; i < entries.length; i++) size += payloadSize(entries[i] as ProposedEntry)
  return size
}

/** The bytes of an entry on the wire: a tag and a varint for each field that is set. */
export function entrySize(entry: Entry): Bytes {
  return 2 + varintSize(entry.term) + varintSize(entry.index) + contentSize(entry)
}

/** The bytes of an entry on the wire, without its term and index: what a proposal has. */
export function contentSize(entry: ProposedEntry): Bytes {
  if (entry.type === 'EntryNormal') return entry.data === null ? 0 : bytesSize(entry.data.length)
  return 2 + (entry.change === null ? 0 : bytesSize(confChangeSize(entry.change)))
}

/** The sum of {@link entrySize}. */
export function entriesSize(entries: readonly Entry[]): Bytes {
  let size = 0
  for (let i = 0; i < entries.length; i++) size += entrySize(entries[i] as Entry)
  return size
}

/**
 * How many entries of `[from, to)` fit into `maxSize` bytes, counted from the first: at least one, if there is one, so that
 * nothing gets stuck.
 */
export function countWithin(
  entries: readonly Entry[],
  maxSize: Bytes,
  from = 0,
  to: number = entries.length,
): number {
  if (maxSize === Infinity) return to - from
  let size = 0
  let at = from
  for (; at < to; at++) {
    size += entrySize(entries[at] as Entry)
    if (size > maxSize && at > from) break
  }
  return at - from
}

/** The bytes of a membership change on the wire. */
export function confChangeSize(change: ConfChange): Bytes {
  const context = change.context === null ? 0 : bytesSize(change.context.length)
  if (change.version === 2) return confChangeV2Size(change) + context
  return 2 + 1 + varintSize(change.nodeId) + context
}

function confChangeV2Size(change: ConfChangeV2): Bytes {
  let size = 2
  for (const { nodeId } of change.changes) size += bytesSize(2 + 1 + varintSize(nodeId))
  return size
}

/** A field of `length` bytes: a tag of one byte, length, content. */
export function bytesSize(length: number): Bytes {
  return 1 + varintSize(length) + length
}

/** The bytes of a safe integer >= 0 as a varint. */
export function varintSize(value: number): Bytes {
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x20_0000) return 3
  if (value < 0x1000_0000) return 4
  let size = 5
  for (let rest = Math.floor(value / 0x8_0000_0000); rest > 0; rest = Math.floor(rest / 0x80)) size++
  return size
}
