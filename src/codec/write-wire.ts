/** raftpb.Message to bytes: first measured, then put down, field by field in the order of their numbers. */

import { bytesSize, contentSize, entrySize, varintSize } from '../core/entry-size.ts'
import type { Bytes } from '../core/types.ts'
import type { Dialect } from './dialect.ts'
import { putEntry, putProposal } from './entry.ts'
import { intSize, putBytes, putInt, putVarint } from './put.ts'
import { putSnapshot, snapshotSize } from './snapshot.ts'
import { tags, type WireMessage } from './wire-message.ts'

/** What is said of all messages on a wire. */
export interface Wire {
  readonly dialect: Dialect
  /** The name of the cluster, in UTF-8; `null` to say nothing of it. */
  readonly cluster: Uint8Array | null
}

/** How many bytes `putWire` takes. */
export function wireSize(m: WireMessage, { dialect, cluster }: Wire): Bytes {
  let size = 3 + varintSize(m.type) + varintSize(m.to) + varintSize(m.from)
  if (m.term !== null) size += 1 + varintSize(m.term)
  if (m.logTerm !== null) size += 1 + varintSize(m.logTerm)
  if (m.index !== null) size += 1 + varintSize(m.index)
  for (const entry of m.entries) size += bytesSize(entrySize(entry))
  for (const entry of m.proposals) size += bytesSize(contentSize(entry))
  if (m.commit !== null) size += 1 + varintSize(m.commit)
  if (m.snapshot !== null) size += bytesSize(snapshotSize(m.snapshot))
  if (m.reject) size += 2
  if (m.rejectHint !== null) size += 1 + varintSize(m.rejectHint)
  if (m.context !== null) size += bytesSize(m.context.length)
  if (m.commitTerm !== null) size += 1 + varintSize(m.commitTerm)
  if (m.priority !== 0) size += 2 + intSize(m.priority)
  if (m.session !== null) size += 2 + varintSize(m.session)
  if (m.byRound) size += 3
  if (dialect === 'etcd') size += committedSize(m)
  return cluster === null ? size : size + 1 + bytesSize(cluster.length)
}

/** Puts a message where there is room for `wireSize` bytes, and answers where it ends. */
export function putWire(bytes: Uint8Array, at: number, m: WireMessage, wire: Wire): number {
  let to = putField(bytes, at, 0x08, m.type)
  to = putField(bytes, to, 0x10, m.to)
  to = putField(bytes, to, 0x18, m.from)
  if (m.term !== null) to = putField(bytes, to, 0x20, m.term)
  if (m.logTerm !== null) to = putField(bytes, to, 0x28, m.logTerm)
  if (m.index !== null) to = putField(bytes, to, 0x30, m.index)
  for (const entry of m.entries) {
    to = putEntry(bytes, putField(bytes, to, 0x3a, entrySize(entry)), entry, wire.dialect)
  }
  for (const entry of m.proposals) {
    to = putProposal(bytes, putField(bytes, to, 0x3a, contentSize(entry)), entry, wire.dialect)
  }
  if (m.commit !== null) to = putField(bytes, to, 0x40, m.commit)
  if (m.snapshot !== null)
    to = putSnapshot(bytes, putField(bytes, to, 0x4a, snapshotSize(m.snapshot)), m.snapshot)
  if (m.reject) to = putField(bytes, to, 0x50, 1)
  if (m.rejectHint !== null) to = putField(bytes, to, 0x58, m.rejectHint)
  if (m.context !== null) {
    bytes[to] = 0x62
    to = putBytes(bytes, to + 1, m.context)
  }
  return putOwnFields(bytes, to, m, wire)
}

/** What etcd does not have. */
function putOwnFields(bytes: Uint8Array, at: number, m: WireMessage, { dialect, cluster }: Wire): number {
  let to = at
  if (m.commitTerm !== null) to = putField(bytes, to, tags.commitTerm, m.commitTerm)
  if (dialect === 'raft-rs' && m.priority !== 0)
    to = putInt(bytes, putVarint(bytes, to, tags.eraftPriority), m.priority)
  if (m.session !== null) to = putField(bytes, to, tags.session, m.session)
  if (dialect === 'etcd' && m.priority !== 0)
    to = putInt(bytes, putVarint(bytes, to, tags.priority), m.priority)
  if (m.committedIndex !== null) to = putField(bytes, to, tags.committedIndex, m.committedIndex)
  if (m.committedTerm !== null) to = putField(bytes, to, tags.committedTerm, m.committedTerm)
  if (cluster !== null) to = putBytes(bytes, putVarint(bytes, to, tags.cluster), cluster)
  return m.byRound ? putField(bytes, to, tags.byRound, 1) : to
}

function putField(bytes: Uint8Array, at: number, tag: number, value: number): number {
  return putVarint(bytes, putVarint(bytes, at, tag), value)
}

function committedSize(m: WireMessage): Bytes {
  let size = 0
  if (m.committedIndex !== null) size += 2 + varintSize(m.committedIndex)
  if (m.committedTerm !== null) size += 2 + varintSize(m.committedTerm)
  return size
}
