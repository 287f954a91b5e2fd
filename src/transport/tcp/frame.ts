/**
 * The grammar of what travels after the handshake:
 *
 *     frame   = crc length type payload
 *     crc     u32   CRC-32 of all that follows it in the frame
 *     length  u32   bytes of the payload
 *     type    u8    a FrameType
 *
 * Numbers are little-endian. A TCP checksum lets one damaged segment in 65,536 pass, and a message that was altered is the one
 * thing that Raft does not live with: hence a CRC of our own, with TLS as without.
 */

import { crc32 } from 'node:zlib'

/** What a frame carries. The numbers are on the wire: they are never used again for something else. */
export const FrameType = {
  /** A message, encoded. Dialer to acceptor. */
  message: 1,
  /** u32 number, bytes. Dialer to acceptor. */
  question: 2,
  /** u32 number, u8 (0 for an answer, 1 for none), bytes. Acceptor to dialer. */
  answer: 3,
  /** u32 that is returned. Dialer to acceptor. */
  ping: 4,
  /** The u32 of a ping; on the way of a snapshot, a sign of life. Acceptor to dialer. */
  pong: 5,
  /** u8 (0 inline, 1 from store to store), u64 size, MsgSnap encoded, without the bytes. Dialer to acceptor. */
  snapshot: 6,
  /** Bytes of the snapshot. Dialer to acceptor. */
  chunk: 7,
  /** Empty: that was all. Dialer to acceptor. */
  end: 8,
  /** u8 (0 taken in, 1 failed), what failed as text. Acceptor to dialer. */
  outcome: 9,
} as const

/** The number of a type of frame. */
export type FrameType = (typeof FrameType)[keyof typeof FrameType]

/** The bytes before the payload. */
export const headerSize = 9

/** The most bytes that a snapshot's frame may carry. */
export const maxChunk: number = 256 * 1024

/** The longest payload that is taken of each type; a type that is not there is not taken at all. */
export type FrameLimits = Readonly<Partial<Record<number, number>>>

/** What an acceptor takes on a connection for messages. */
export function messageLimits(maxMessage: number): FrameLimits {
  return {
    [FrameType.message]: maxMessage,
    [FrameType.question]: maxMessage + 4,
    [FrameType.ping]: 4,
  }
}

/** What a dialer takes on a connection for messages. */
export function answerLimits(maxMessage: number): FrameLimits {
  return { [FrameType.answer]: maxMessage + 5, [FrameType.pong]: 4 }
}

/** What an acceptor takes on the way of a snapshot: the message around it holds a membership, and no entries. */
export const snapshotLimits: FrameLimits = {
  [FrameType.snapshot]: 2 ** 20,
  [FrameType.chunk]: maxChunk,
  [FrameType.end]: 0,
  [FrameType.ping]: 4,
}

/** What a dialer takes on the way of a snapshot. */
export const outcomeLimits: FrameLimits = { [FrameType.outcome]: 1024, [FrameType.pong]: 4 }

/** Writes the header of a frame whose payload is already there, behind `at + headerSize`, in the same buffer. */
export function sealFrame(buffer: Buffer, at: number, type: FrameType, length: number): void {
  buffer.writeUInt32LE(length, at + 4)
  buffer[at + 8] = type
  buffer.writeUInt32LE(crc32(buffer.subarray(at + 4, at + headerSize + length)), at)
}

/** The header of a frame whose payload stays where it is. */
export function headerOf(type: FrameType, payload: Uint8Array): Buffer {
  const header = Buffer.allocUnsafe(headerSize)
  header.writeUInt32LE(payload.length, 4)
  header[8] = type
  header.writeUInt32LE(crc32(payload, crc32(header.subarray(4))), 0)
  return header
}
