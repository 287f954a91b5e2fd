/** raftpb.HardState and raftpb.ConfState: what a node keeps beside its log. */

import { varintSize } from '../core/entry-size.ts'
import type { Bytes, ConfState, HardState, NodeId } from '../core/types.ts'
import { ByteReader, wireType } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { putVarint } from './put.ts'

/** The bytes of a hard state on the wire. */
function hardStateSize(state: HardState): Bytes {
  return 3 + varintSize(state.term) + varintSize(state.vote ?? 0) + varintSize(state.commit)
}

/** Puts a hard state where there is room for `hardStateSize` bytes. All of it is written even if it is 0, as etcd does. */
function putHardState(bytes: Uint8Array, at: number, state: HardState): number {
  bytes[at] = 0x08
  let to = putVarint(bytes, at + 1, state.term)
  bytes[to] = 0x10
  to = putVarint(bytes, to + 1, state.vote ?? 0)
  bytes[to] = 0x18
  return putVarint(bytes, to + 1, state.commit)
}

/**
 * Writes a raftpb.HardState, without its length, and answers how many bytes it took.
 * @throws CodecError if it is not of its type; nothing is written then
 */
export function writeHardState(writer: ByteWriter, state: HardState): number {
  return writer.append(hardStateSize(state), state, putHardState)
}

/**
 * A hard state as a raftpb.HardState. A vote for nobody is 0.
 * @throws CodecError if it is not of its type
 */
export function encodeHardState(state: HardState): Uint8Array {
  const writer = new ByteWriter(hardStateSize(state))
  writeHardState(writer, state)
  return writer.view()
}

/**
 * Reads a raftpb.HardState.
 * @throws CodecError if it is none
 */
export function decodeHardState(bytes: Uint8Array): HardState {
  const reader = new ByteReader(bytes)
  let term = 0
  let vote = 0
  let commit = 0
  while (!reader.isAtEnd) {
    const tag = reader.tag()
    if (tag === 0x08) term = reader.uint()
    else if (tag === 0x10) vote = reader.uint()
    else if (tag === 0x18) commit = reader.uint()
    else reader.skip(tag, hardStateFields)
  }
  return { term, vote: vote === 0 ? null : vote, commit }
}

/** The bytes of a membership on the wire. */
export function confStateSize(state: ConfState): Bytes {
  let size = 2
  for (const list of lists) for (const id of state[list]) size += 1 + varintSize(id)
  return size
}

/** Puts a membership where there is room for `confStateSize` bytes. Lists are not packed: raftpb is proto2. */
export function putConfState(bytes: Uint8Array, at: number, state: ConfState): number {
  let to = at
  for (const [i, list] of lists.entries()) {
    for (const id of state[list]) {
      bytes[to] = (i + 1) << 3
      to = putVarint(bytes, to + 1, id)
    }
  }
  bytes[to] = 0x28
  bytes[to + 1] = state.autoLeave ? 1 : 0
  return to + 2
}

/** A membership that is being read: a message may come in parts, and lists are added to. */
export interface ConfStateParts {
  readonly voters: NodeId[]
  readonly votersOutgoing: NodeId[]
  readonly learners: NodeId[]
  readonly learnersNext: NodeId[]
  autoLeave: boolean
}

/** Nobody, so far. */
export function noConfState(): ConfStateParts {
  return { voters: [], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false }
}

/** Reads a ConfState up to the end of what is being read, into `state`. */
export function readConfState(reader: ByteReader, state: ConfStateParts): void {
  while (!reader.isAtEnd) {
    const tag = reader.tag()
    const list = lists[(tag >>> 3) - 1]
    if (list !== undefined && (tag & 7) === wireType.varint) state[list].push(reader.uint())
    else if (list !== undefined && (tag & 7) === wireType.bytes) readPacked(reader, state[list])
    else if (tag === 0x28) state.autoLeave = reader.bool()
    else reader.skip(tag, confStateFields)
  }
}

/**
 * A membership as a raftpb.ConfState.
 * @throws CodecError if it is not of its type
 */
export function encodeConfState(state: ConfState): Uint8Array {
  const size = confStateSize(state)
  const writer = new ByteWriter(size)
  writer.append(size, state, putConfState)
  return writer.view()
}

/**
 * Reads a raftpb.ConfState. The lists are as they come: neither sorted nor looked at, which is for who believes them to do.
 * @throws CodecError if it is none
 */
export function decodeConfState(bytes: Uint8Array): ConfState {
  const state = noConfState()
  readConfState(new ByteReader(bytes), state)
  return state
}

function readPacked(reader: ByteReader, ids: NodeId[]): void {
  const outer = reader.enter()
  while (!reader.isAtEnd) ids.push(reader.uint())
  reader.leave(outer)
}

/** In the order of their numbers. */
const lists = ['voters', 'learners', 'votersOutgoing', 'learnersNext'] as const

const hardStateFields: ReadonlySet<number> = new Set([1, 2, 3])
const confStateFields: ReadonlySet<number> = new Set([1, 2, 3, 4, 5])
