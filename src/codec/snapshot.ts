/** raftpb.Snapshot and its metadata. */

import { bytesSize, varintSize } from '../core/entry-size.ts'
import type { Bytes, LogIndex, Snapshot, Term } from '../core/types.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { putBytes, putVarint } from './put.ts'
import { confStateSize, type ConfStateParts, noConfState, putConfState, readConfState } from './state.ts'

/** The bytes of a snapshot on the wire. */
export function snapshotSize(snapshot: Snapshot): Bytes {
  const { length } = snapshot.data
  return (length === 0 ? 0 : bytesSize(length)) + bytesSize(metadataSize(snapshot))
}

/** Puts a snapshot where there is room for `snapshotSize` bytes. */
export function putSnapshot(bytes: Uint8Array, at: number, snapshot: Snapshot): number {
  const { data, confState, index, term } = snapshot
  let to = at
  if (data.length > 0) {
    bytes[to] = 0x0a
    to = putBytes(bytes, to + 1, data)
  }
  bytes[to] = 0x12
  to = putVarint(bytes, to + 1, metadataSize(snapshot))
  bytes[to] = 0x0a
  to = putVarint(bytes, to + 1, confStateSize(confState))
  to = putConfState(bytes, to, confState)
  bytes[to] = 0x10
  to = putVarint(bytes, to + 1, index)
  bytes[to] = 0x18
  return putVarint(bytes, to + 1, term)
}

/** A snapshot that is being read: a message may come in parts, and what comes later adds to what came before. */
export interface SnapshotParts {
  index: LogIndex
  term: Term
  readonly confState: ConfStateParts
  data: Uint8Array
}

/** Nothing, so far. */
export function noSnapshot(): SnapshotParts {
  return { index: 0, term: 0, confState: noConfState(), data: new Uint8Array(0) }
}

/** Reads a Snapshot up to the end of what is being read, into `snapshot`. */
export function readSnapshot(reader: ByteReader, snapshot: SnapshotParts): void {
  while (!reader.isAtEnd) {
    const tag = reader.tag()
    if (tag === 0x0a) snapshot.data = reader.view()
    else if (tag === 0x12) {
      const outer = reader.enter()
      readMetadata(reader, snapshot)
      reader.leave(outer)
    } else reader.skip(tag, snapshotFields)
  }
}

/**
 * Writes a raftpb.Snapshot, without its length, and answers how many bytes it took.
 * @throws CodecError if it is not of its type; nothing is written then
 */
export function writeSnapshot(writer: ByteWriter, snapshot: Snapshot): number {
  return writer.append(snapshotSize(snapshot), snapshot, putSnapshot)
}

/**
 * A snapshot as a raftpb.Snapshot.
 * @throws CodecError if it is not of its type
 */
export function encodeSnapshot(snapshot: Snapshot): Uint8Array {
  const writer = new ByteWriter(snapshotSize(snapshot))
  writeSnapshot(writer, snapshot)
  return writer.view()
}

/**
 * Reads a raftpb.Snapshot. Its `data` is a view of `bytes`: they must not be written to any more.
 * @throws CodecError if it is none
 */
export function decodeSnapshot(bytes: Uint8Array): Snapshot {
  const snapshot = noSnapshot()
  readSnapshot(new ByteReader(bytes), snapshot)
  return snapshot
}

function metadataSize({ confState, index, term }: Snapshot): Bytes {
  return bytesSize(confStateSize(confState)) + 2 + varintSize(index) + varintSize(term)
}

function readMetadata(reader: ByteReader, snapshot: SnapshotParts): void {
  while (!reader.isAtEnd) {
    const tag = reader.tag()
    if (tag === 0x0a) {
      const outer = reader.enter()
      readConfState(reader, snapshot.confState)
      reader.leave(outer)
    } else if (tag === 0x10) snapshot.index = reader.uint()
    else if (tag === 0x18) snapshot.term = reader.uint()
    else reader.skip(tag, metadataFields)
  }
}

const snapshotFields: ReadonlySet<number> = new Set([1, 2])
const metadataFields: ReadonlySet<number> = new Set([1, 2, 3])
