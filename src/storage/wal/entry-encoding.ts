/** Entries as bytes. Indexes are not written: they follow each other. Terms are written as steps: they never fall. */

import type {
  ConfChangeSingle,
  ConfChangeTransition,
  ConfChangeType,
  ConfChangeV1,
  ConfChangeV2,
  Entry,
} from '../../core/types.ts'
import { type ByteReader, type ByteWriter, MalformedError } from './bytes.ts'

const kinds = { normal: 0, confChange: 1, confChangeV2: 2, leaveJoint: 3 } as const
const changeTypes: readonly ConfChangeType[] = ['AddNode', 'RemoveNode', 'UpdateNode', 'AddLearnerNode']
const transitions: readonly ConfChangeTransition[] = ['auto', 'implicit', 'explicit']

/** First index, number, then each. There is one at least, and they are without gaps. */
export function writeEntries(writer: ByteWriter, entries: readonly Entry[]): void {
  writer.count(entries[0]?.index ?? 0)
  writer.count(entries.length)
  let term = 0
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] as Entry
    writer.count(entry.term - term)
    term = entry.term
    writeContent(writer, entry)
  }
}

function writeContent(writer: ByteWriter, entry: Entry): void {
  switch (entry.type) {
    case 'EntryNormal':
      writer.byte(kinds.normal)
      writer.optional(entry.data)
      return
    case 'EntryConfChange':
      writer.byte(kinds.confChange)
      writeSingle(writer, entry.change)
      writer.optional(entry.change.context)
      return
    case 'EntryConfChangeV2':
      if (entry.change === null) return writer.byte(kinds.leaveJoint)
      writer.byte(kinds.confChangeV2)
      writer.byte(transitions.indexOf(entry.change.transition))
      writer.count(entry.change.changes.length)
      for (const single of entry.change.changes) writeSingle(writer, single)
      writer.optional(entry.change.context)
  }
}

function writeSingle(writer: ByteWriter, { type, nodeId }: ConfChangeSingle): void {
  writer.byte(changeTypes.indexOf(type))
  writer.count(nodeId)
}

/** What {@link writeEntries} has written. The payloads are parts of the bytes that are read. */
export function readEntries(reader: ByteReader): Entry[] {
  const first = reader.count()
  const count = reader.count()
  const entries: Entry[] = []
  let term = 0
  for (let i = 0; i < count; i++) {
    term += reader.count()
    entries.push(readEntry(reader, term, first + i))
  }
  return entries
}

function readEntry(reader: ByteReader, term: number, index: number): Entry {
  const kind = reader.byte()
  switch (kind) {
    case kinds.normal:
      return { type: 'EntryNormal', term, index, data: reader.optional() }
    case kinds.confChange:
      return { type: 'EntryConfChange', term, index, change: readChangeV1(reader) }
    case kinds.confChangeV2:
      return { type: 'EntryConfChangeV2', term, index, change: readChangeV2(reader) }
    case kinds.leaveJoint:
      return { type: 'EntryConfChangeV2', term, index, change: null }
    default:
      throw new MalformedError(`entry ${index} is of an unknown kind ${kind}`)
  }
}

function readChangeV1(reader: ByteReader): ConfChangeV1 {
  return { version: 1, ...readSingle(reader), context: reader.optional() }
}

function readChangeV2(reader: ByteReader): ConfChangeV2 {
  const transition = named(transitions, reader.byte())
  const count = reader.count()
  const changes: ConfChangeSingle[] = []
  for (let i = 0; i < count; i++) changes.push(readSingle(reader))
  return { version: 2, transition, changes, context: reader.optional() }
}

function readSingle(reader: ByteReader): ConfChangeSingle {
  return { type: named(changeTypes, reader.byte()), nodeId: reader.count() }
}

function named<Name>(names: readonly Name[], number: number): Name {
  const name = names[number]
  if (name === undefined) throw new MalformedError(`${number} stands for nothing`)
  return name
}
