/** What a record of the log says: operations, one after the other, that are done all or not at all. */

import type { StoredConfState } from '../../core/log/log-reader.ts'
import type { ConfState, Entry, EntryId, HardState, LogIndex, NodeId, Snapshot } from '../../core/types.ts'
import { type ByteReader, type ByteWriter, MalformedError } from './bytes.ts'
import { readEntries, writeEntries } from './entry-encoding.ts'

/** A snapshot as the log names it. Its bytes are in a file of their own, unless they are few. */
export interface SnapshotMark extends Omit<Snapshot, 'data'> {
  readonly size: number
  /** CRC-32 of the bytes. */
  readonly checksum: number
  /** The bytes; `null` if they are in a file. */
  readonly inline: Uint8Array | null
}

/** One operation. */
export type Operation =
  /** Where everything stood before this record: the first operation of a segment, and nowhere else. */
  | { readonly type: 'base'; readonly compacted: EntryId; readonly last: LogIndex }
  | { readonly type: 'hardState'; readonly hardState: HardState }
  | { readonly type: 'entries'; readonly entries: readonly Entry[] }
  /** A snapshot of a leader: it takes the place of the whole log. */
  | { readonly type: 'install'; readonly mark: SnapshotMark }
  /** A snapshot of this node's own. */
  | { readonly type: 'snapshot'; readonly mark: SnapshotMark }
  | ({ readonly type: 'confState' } & StoredConfState)
  | { readonly type: 'compact'; readonly upTo: EntryId }

const codes = {
  base: 1,
  hardState: 2,
  entries: 3,
  install: 4,
  snapshot: 5,
  confState: 6,
  compact: 7,
} as const

/** Does a record with this payload begin a segment? */
export function beginsWithBase(payload: Uint8Array): boolean {
  return payload[0] === codes.base
}

/** Adds an operation at the end. */
export function writeOperation(writer: ByteWriter, operation: Operation): void {
  writer.byte(codes[operation.type])
  switch (operation.type) {
    case 'base':
      writeEntryId(writer, operation.compacted)
      writer.count(operation.last)
      return
    case 'hardState':
      writer.count(operation.hardState.term)
      writer.count(operation.hardState.vote ?? 0)
      writer.count(operation.hardState.commit)
      return
    case 'entries':
      writeEntries(writer, operation.entries)
      return
    case 'install':
    case 'snapshot':
      writeMark(writer, operation.mark)
      return
    case 'confState':
      writer.count(operation.index)
      writeConfState(writer, operation.confState)
      return
    case 'compact':
      writeEntryId(writer, operation.upTo)
  }
}

/** All operations of a payload, in order. */
export function readOperations(reader: ByteReader): Operation[] {
  const operations: Operation[] = []
  while (!reader.isAtEnd) operations.push(readOperation(reader))
  return operations
}

function readOperation(reader: ByteReader): Operation {
  const code = reader.byte()
  switch (code) {
    case codes.base:
      return { type: 'base', compacted: readEntryId(reader), last: reader.count() }
    case codes.hardState:
      return { type: 'hardState', hardState: readHardState(reader) }
    case codes.entries:
      return { type: 'entries', entries: readEntries(reader) }
    case codes.install:
      return { type: 'install', mark: readMark(reader) }
    case codes.snapshot:
      return { type: 'snapshot', mark: readMark(reader) }
    case codes.confState: {
      const index = reader.count()
      return { type: 'confState', confState: readConfState(reader), index }
    }
    case codes.compact:
      return { type: 'compact', upTo: readEntryId(reader) }
    default:
      throw new MalformedError(`there is no operation ${code}`)
  }
}

function readHardState(reader: ByteReader): HardState {
  const [term, vote, commit] = [reader.count(), reader.count(), reader.count()]
  return { term, vote: vote === 0 ? null : vote, commit }
}

function writeEntryId(writer: ByteWriter, { index, term }: EntryId): void {
  writer.count(index)
  writer.count(term)
}

function readEntryId(reader: ByteReader): EntryId {
  const index = reader.count()
  return { index, term: reader.count() }
}

function writeMark(writer: ByteWriter, mark: SnapshotMark): void {
  writeEntryId(writer, mark)
  writeConfState(writer, mark.confState)
  writer.count(mark.size)
  writer.count(mark.checksum)
  writer.optional(mark.inline)
}

function readMark(reader: ByteReader): SnapshotMark {
  return {
    ...readEntryId(reader),
    confState: readConfState(reader),
    size: reader.count(),
    checksum: reader.count(),
    inline: reader.optional(),
  }
}

function writeConfState(writer: ByteWriter, confState: ConfState): void {
  for (const list of [
    confState.voters,
    confState.votersOutgoing,
    confState.learners,
    confState.learnersNext,
  ]) {
    writer.count(list.length)
    for (const id of list) writer.count(id)
  }
  writer.byte(confState.autoLeave ? 1 : 0)
}

function readConfState(reader: ByteReader): ConfState {
  return {
    voters: readIds(reader),
    votersOutgoing: readIds(reader),
    learners: readIds(reader),
    learnersNext: readIds(reader),
    autoLeave: reader.byte() === 1,
  }
}

function readIds(reader: ByteReader): readonly NodeId[] {
  const ids: NodeId[] = []
  for (let count = reader.count(); count > 0; count--) ids.push(reader.count())
  return ids
}
