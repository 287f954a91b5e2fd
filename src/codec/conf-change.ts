/** raftpb.ConfChange, ConfChangeSingle and ConfChangeV2: what an entry of a membership change carries as its data. */

import { confChangeSize, varintSize } from '../core/entry-size.ts'
import type {
  ConfChange,
  ConfChangeSingle,
  ConfChangeType,
  ConfChangeV1,
  ConfChangeV2,
} from '../core/types.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { changeTypes, type Dialect, numberOf, transitions } from './dialect.ts'
import { putBytes, putVarint } from './put.ts'

/** Puts a change where there is room for `confChangeSize` bytes. All but the context is written even if it is 0, as etcd does. */
export function putConfChange(bytes: Uint8Array, at: number, change: ConfChange, dialect: Dialect): number {
  let to = at
  if (change.version === 1) {
    bytes[to++] = 0x10
    bytes[to++] = typeNumber(change.type, dialect)
    bytes[to++] = 0x18
    to = putVarint(bytes, to, change.nodeId)
    if (change.context === null) return to
    bytes[to++] = 0x22
    return putBytes(bytes, to, change.context)
  }
  bytes[to++] = 0x08
  bytes[to++] = numberOf(transitions, change.transition, 'the transition of a membership change')
  for (const { type, nodeId } of change.changes) {
    bytes[to++] = 0x12
    bytes[to++] = 3 + varintSize(nodeId)
    bytes[to++] = 0x08
    bytes[to++] = typeNumber(type, dialect)
    bytes[to++] = 0x10
    to = putVarint(bytes, to, nodeId)
  }
  if (change.context === null) return to
  bytes[to++] = 0x1a
  return putBytes(bytes, to, change.context)
}

/** Reads a ConfChange up to the end of what is being read. */
export function readConfChange(reader: ByteReader, dialect: Dialect): ConfChangeV1 {
  let type: ConfChangeType = 'AddNode'
  let nodeId = 0
  let context: Uint8Array | null = null
  while (!reader.isAtEnd) {
    const tag = reader.tag()
    if (tag === 0x10) type = readType(reader, dialect)
    else if (tag === 0x18) nodeId = reader.uint()
    else if (tag === 0x22) context = reader.view()
    // Field 1 is an id that only etcd itself uses, to find a proposal again.
    else reader.skip(tag, changeFields)
  }
  return { version: 1, type, nodeId, context }
}

/** Reads a ConfChangeV2 up to the end of what is being read. */
export function readConfChangeV2(reader: ByteReader, dialect: Dialect): ConfChangeV2 {
  let transition = transitions[0] as ConfChangeV2['transition']
  const changes: ConfChangeSingle[] = []
  let context: Uint8Array | null = null
  while (!reader.isAtEnd) {
    const tag = reader.tag()
    if (tag === 0x08) transition = reader.member(transitions, 'a known transition of a membership change')
    else if (tag === 0x12) changes.push(readSingle(reader, dialect))
    else if (tag === 0x1a) context = reader.view()
    else reader.skip(tag, changeV2Fields)
  }
  return { version: 2, transition, changes, context }
}

/**
 * A membership change as it stands in an entry: raftpb.ConfChange for version 1, raftpb.ConfChangeV2 for version 2.
 * @throws CodecError if it is not of its type
 */
export function encodeConfChange(change: ConfChange): Uint8Array {
  const size = confChangeSize(change)
  const writer = new ByteWriter(size)
  writer.append(size, change, (bytes, at, value) => putConfChange(bytes, at, value, 'etcd'))
  return writer.view()
}

/**
 * Reads a raftpb.ConfChange. The bytes alone do not tell it from a ConfChangeV2: the type of the entry does. The `context` is
 * a view of `bytes`.
 * @throws CodecError if it is none
 */
export function decodeConfChange(bytes: Uint8Array): ConfChangeV1 {
  return readConfChange(new ByteReader(bytes), 'etcd')
}

/**
 * Reads a raftpb.ConfChangeV2. The `context` is a view of `bytes`.
 * @throws CodecError if it is none
 */
export function decodeConfChangeV2(bytes: Uint8Array): ConfChangeV2 {
  return readConfChangeV2(new ByteReader(bytes), 'etcd')
}

function readSingle(reader: ByteReader, dialect: Dialect): ConfChangeSingle {
  let type: ConfChangeType = 'AddNode'
  let nodeId = 0
  const outer = reader.enter()
  while (!reader.isAtEnd) {
    const tag = reader.tag()
    if (tag === 0x08) type = readType(reader, dialect)
    else if (tag === 0x10) nodeId = reader.uint()
    else reader.skip(tag, singleFields)
  }
  reader.leave(outer)
  return { type, nodeId }
}

function readType(reader: ByteReader, dialect: Dialect): ConfChangeType {
  return reader.member(changeTypes[dialect], 'a known type of membership change')
}

function typeNumber(type: ConfChangeType, dialect: Dialect): number {
  return numberOf(changeTypes[dialect], type, `the type of a membership change, for ${dialect},`)
}

const changeFields: ReadonlySet<number> = new Set([2, 3, 4])
const changeV2Fields: ReadonlySet<number> = new Set([1, 2, 3])
const singleFields: ReadonlySet<number> = new Set([1, 2])
