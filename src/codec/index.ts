/**
 * Messages, entries and states as bytes, in the protobuf of etcd's raftpb: a node on etcd-io/raft or raft-rs can be a peer.
 * What it consists of, byte by byte, and where the implementations differ, is in docs/WIRE-FORMAT.md.
 *
 * @module quorate/codec
 */

export { ByteWriter } from './byte-writer.ts'
export { CodecError } from './codec-error.ts'
export { decodeConfChange, decodeConfChangeV2, encodeConfChange } from './conf-change.ts'
export type { Dialect } from './dialect.ts'
export { decodeEntry, encodeEntry, writeEntry } from './entry.ts'
export {
  decodeMessage,
  encodeMessage,
  MessageCodec,
  type MessageCodecOptions,
  messageSize,
  writeMessage,
} from './message-codec.ts'
export { decodeSnapshot, encodeSnapshot, writeSnapshot } from './snapshot.ts'
export {
  decodeConfState,
  decodeHardState,
  encodeConfState,
  encodeHardState,
  writeHardState,
} from './state.ts'
