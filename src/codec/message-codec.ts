/** Messages to bytes and back. */

import { isRaftError, OptionsError } from '../core/errors.ts'
import type { PeerMessage } from '../core/messages.ts'
import type { Bytes } from '../core/types.ts'
import { ByteWriter } from './byte-writer.ts'
import { type CodecError, unwritable } from './codec-error.ts'
import { changeTypes, type Dialect } from './dialect.ts'
import { fromWire, toWire } from './peer-message.ts'
import { readWire } from './read-wire.ts'
import type { WireMessage } from './wire-message.ts'
import { putWire, type Wire, wireSize } from './write-wire.ts'

/** How a {@link MessageCodec} speaks. */
export interface MessageCodecOptions {
  /** Whose protobuf. All nodes of a cluster speak the same; `etcd` by default, `raft-rs` where one of them runs on that. */
  readonly dialect?: Dialect
  /**
   * The name of the cluster, written into each message, 1 character or more. A message that names another is not decoded; one
   * that names none is, since other implementations name none. Without it nothing is written and nothing is looked at, which
   * is right where the connection itself has told which cluster it is of.
   */
  readonly cluster?: string
}

const slabSize = 64 * 1024
/** What is larger has a buffer of its own: the end of a slab that it does not fit into would be wasted. */
const slabShare = 8 * 1024

/** Writes and reads messages, each by itself: nothing is remembered from one to the next. */
export class MessageCodec {
  readonly #wire: Wire
  /** Where small messages go, one behind the other; when it is full it belongs to them alone. */
  readonly #slab: ByteWriter = new ByteWriter(0)

  /** @throws OptionsError if an option is not one of those above */
  constructor(options: MessageCodecOptions = {}) {
    const { dialect = 'etcd', cluster } = options
    if (!Object.hasOwn(changeTypes, dialect)) throw new OptionsError('dialect', 'etcd or raft-rs', dialect)
    if (cluster !== undefined && (typeof cluster !== 'string' || cluster === ''))
      throw new OptionsError('cluster', 'a string of 1 character or more', cluster)
    this.#wire = { dialect, cluster: cluster === undefined ? null : new TextEncoder().encode(cluster) }
  }

  /**
   * The bytes that `message` takes.
   * @throws CodecError if it is no message between nodes
   */
  size(message: PeerMessage): Bytes {
    return this.#guard(message, () => wireSize(toWire(message, this.#wire.dialect), this.#wire))
  }

  /**
   * Writes `message`, without its length, behind what the writer holds.
   * @returns the bytes it took
   * @throws CodecError if it is no message between nodes, or holds what has no place on the wire; nothing is written then
   */
  write(writer: ByteWriter, message: PeerMessage): Bytes {
    return this.#guard(message, () => {
      const wire = toWire(message, this.#wire.dialect)
      return writer.append(wireSize(wire, this.#wire), wire, this.#put)
    })
  }

  /**
   * `message` as bytes, which nobody writes to any more. Small ones share a buffer with others, as those of Node do: to
   * transfer one to another thread, pass a copy.
   * @throws CodecError as {@link MessageCodec.write}
   */
  encode(message: PeerMessage): Uint8Array {
    return this.#guard(message, () => {
      const wire = toWire(message, this.#wire.dialect)
      const size = wireSize(wire, this.#wire)
      const writer = size > slabShare ? new ByteWriter(size) : this.#slabFor(size)
      const start = writer.length
      writer.append(size, wire, this.#put)
      return writer.view(start)
    })
  }

  /**
   * The message that is all of `bytes`. Its payloads are views of them, for nothing is copied: they must not be written to any
   * more, and stay in memory as long as one payload does. To use them again, pass a copy, `new Uint8Array(bytes)`.
   *
   * It is a message by its form. Whether it makes sense `RawNode.step` will see.
   * @throws CodecError if it is none, whatever the bytes are
   */
  decode(bytes: Uint8Array): PeerMessage {
    return fromWire(readWire(bytes, this.#wire), this.#wire.dialect)
  }

  /** To allocate a buffer for each small message takes longer than to write it. */
  #slabFor(size: number): ByteWriter {
    if (this.#slab.length + size > this.#slab.capacity) this.#slab.take(slabSize)
    return this.#slab
  }

  readonly #put = (bytes: Uint8Array, at: number, m: WireMessage): number => putWire(bytes, at, m, this.#wire)

  /** Whatever is wrong with what plain JavaScript passes, it is the message that is wrong. */
  #guard<T>(message: PeerMessage, work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (isRaftError(error)) throw error
      throw unwritable('a message whose fields are of their types', message, error) satisfies CodecError
    }
  }
}

const plain = new MessageCodec()

/**
 * A message as a raftpb.Message.
 * @throws CodecError if it is no message between nodes, or holds what has no place on the wire
 */
export function encodeMessage(message: PeerMessage): Uint8Array {
  return plain.encode(message)
}

/**
 * The message that is all of `bytes`. Its payloads are views of them; see {@link MessageCodec.decode}.
 * @throws CodecError if it is none, whatever the bytes are
 */
export function decodeMessage(bytes: Uint8Array): PeerMessage {
  return plain.decode(bytes)
}

/**
 * Writes a message behind what the writer holds, without its length: see {@link MessageCodec.write}.
 * @returns the bytes it took
 * @throws CodecError if it is no message between nodes, or holds what has no place on the wire; nothing is written then
 */
export function writeMessage(writer: ByteWriter, message: PeerMessage): Bytes {
  return plain.write(writer, message)
}

/**
 * The bytes that a message takes on the wire.
 * @throws CodecError if it is no message between nodes
 */
export function messageSize(message: PeerMessage): Bytes {
  return plain.size(message)
}
