/** raftpb.Entry: what travels in messages, and what a log on disk consists of. */

import { confChangeSize, entrySize } from '../core/entry-size.ts'
import type { ProposedEntry } from '../core/messages.ts'
import type { Entry, LogIndex, Term } from '../core/types.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { putConfChange, readConfChange, readConfChangeV2 } from './conf-change.ts'
import { type Dialect, entryTypes, numberOf } from './dialect.ts'
import { putBytes, putVarint } from './put.ts'

/** Puts an entry where there is room for `entrySize` bytes. */
export function putEntry(bytes: Uint8Array, at: number, entry: Entry, dialect: Dialect): number {
  let to = entry.type === 'EntryNormal' ? at : putType(bytes, at, entry.type)
  bytes[to++] = 0x10
  to = putVarint(bytes, to, entry.term)
  bytes[to++] = 0x18
  to = putVarint(bytes, to, entry.index)
  return putData(bytes, to, entry, dialect)
}

/** Puts an entry that has no place in a log yet where there is room for `contentSize` bytes. */
export function putProposal(bytes: Uint8Array, at: number, entry: ProposedEntry, dialect: Dialect): number {
  const to = entry.type === 'EntryNormal' ? at : putType(bytes, at, entry.type)
  return putData(bytes, to, entry, dialect)
}

/**
 * Writes a raftpb.Entry, without its length, and answers how many bytes it took.
 * @throws CodecError if it is not of its type; nothing is written then
 */
export function writeEntry(writer: ByteWriter, entry: Entry): number {
  return writer.append(entrySize(entry), entry, putOwnEntry)
}

/** Reads a raftpb.Entry up to the end of what is being read. An entry of a proposal has index and term 0. */
export function readEntry(reader: ByteReader, dialect: Dialect): Entry {
  let type: Entry['type'] = 'EntryNormal'
  let term = 0
  let index = 0
  let dataAt = -1
  let data: Uint8Array | null = null
  while (!reader.isAtEnd) {
    const tag = reader.tag()
    if (tag === 0x10) term = reader.uint()
    else if (tag === 0x18) index = reader.uint()
    else if (tag === 0x22) {
      // Fields may come in any order: what the data is shows at the end.
      dataAt = reader.at
      data = reader.view()
    } else if (tag === 0x08) type = reader.member(entryTypes, 'a known type of entry')
    else reader.skip(tag, entryFields)
  }
  if (type === 'EntryNormal') return { type, term, index, data }
  return readChange(reader, type, { term, index, dataAt }, dialect)
}

/**
 * An entry as a raftpb.Entry.
 * @throws CodecError if it is not of its type
 */
export function encodeEntry(entry: Entry): Uint8Array {
  const writer = new ByteWriter(entrySize(entry))
  writeEntry(writer, entry)
  return writer.view()
}

/**
 * Reads a raftpb.Entry that is all of `bytes`. The payload is a view of them: they must not be written to any more.
 * @throws CodecError if it is none
 */
export function decodeEntry(bytes: Uint8Array): Entry {
  return readEntry(new ByteReader(bytes), 'etcd')
}

/** 5 and 6 are of eraftpb: `sync_log`, which nobody reads any more, and a `context`, which has no place here. */
const entryFields: ReadonlySet<number> = new Set([1, 2, 3, 4])

function putOwnEntry(bytes: Uint8Array, at: number, entry: Entry): number {
  return putEntry(bytes, at, entry, 'etcd')
}

function putType(bytes: Uint8Array, at: number, type: Entry['type']): number {
  bytes[at] = 0x08
  bytes[at + 1] = numberOf(entryTypes, type, 'the type of an entry')
  return at + 2
}

function putData(bytes: Uint8Array, at: number, entry: ProposedEntry, dialect: Dialect): number {
  if (entry.type === 'EntryNormal') {
    if (entry.data === null) return at
    bytes[at] = 0x22
    return putBytes(bytes, at + 1, entry.data)
  }
  if (entry.change === null) return at
  bytes[at] = 0x22
  return putConfChange(bytes, putVarint(bytes, at + 1, confChangeSize(entry.change)), entry.change, dialect)
}

/** Without data a change is the empty one, which for version 2 asks to leave a joint configuration. */
function readChange(
  reader: ByteReader,
  type: 'EntryConfChange' | 'EntryConfChangeV2',
  { term, index, dataAt }: { readonly term: Term; readonly index: LogIndex; readonly dataAt: number },
  dialect: Dialect,
): Entry {
  if (type === 'EntryConfChange') {
    const read = (inner: ByteReader) => readConfChange(inner, dialect)
    const none = { version: 1, type: 'AddNode', nodeId: 0, context: null } as const
    return { type, term, index, change: dataAt < 0 ? none : reader.revisit(dataAt, read) }
  }
  const read = (inner: ByteReader) => (inner.isAtEnd ? null : readConfChangeV2(inner, dialect))
  return { type, term, index, change: dataAt < 0 ? null : reader.revisit(dataAt, read) }
}
