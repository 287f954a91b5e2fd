/** Cuts a stream of bytes into frames, however it arrives. It never holds more than has arrived. */

import { crc32 } from 'node:zlib'
import { type FrameLimits, headerSize } from './frame.ts'
import { connectionError } from './transport-error.ts'

/** Takes one frame. The payload is a view of what has arrived: whoever keeps it keeps that. */
export type FrameSink = (type: number, payload: Buffer) => void

/** One direction of one connection. */
export class FrameReader {
  readonly #limits: FrameLimits
  readonly #sink: FrameSink
  /** The beginning of a frame that has not arrived as a whole. */
  #held: Buffer[] = []
  #heldBytes = 0
  /** Bytes of that frame, as far as is known: those of a header, until there is one. */
  #wanted = headerSize
  #isClosed = false
  #frames = 0

  constructor(limits: FrameLimits, sink: FrameSink) {
    this.#limits = limits
    this.#sink = sink
  }

  /** Frames that have arrived. */
  get frames(): number {
    return this.#frames
  }

  /** Bytes of the frame that has begun to arrive; 0 between two frames. */
  get begun(): number {
    return this.#heldBytes === 0 ? 0 : this.#wanted
  }

  /** Hands no frame on any more, not even one that has arrived. */
  close(): void {
    this.#isClosed = true
    this.#held = []
    this.#heldBytes = 0
  }

  /**
   * Takes what has arrived.
   * @throws TransportError if it is no frame, or one that is too long; then the stream cannot be read any further
   */
  push(chunk: Buffer): void {
    let rest = chunk
    while (rest.length > 0 && !this.#isClosed) {
      if (this.#heldBytes > 0) {
        rest = this.#hold(rest)
        continue
      }
      const whole = rest.length < headerSize ? headerSize : this.#sizeOf(rest)
      if (rest.length < whole) {
        this.#wanted = whole
        rest = this.#hold(rest)
        continue
      }
      const frame = rest.subarray(0, whole)
      rest = rest.subarray(whole)
      this.#deliver(frame)
    }
  }

  /** Adds to the frame that has begun, and says what is left over. */
  #hold(chunk: Buffer): Buffer {
    const part = chunk.subarray(0, this.#wanted - this.#heldBytes)
    this.#held.push(part)
    this.#heldBytes += part.length
    if (this.#heldBytes < this.#wanted) return chunk.subarray(part.length)
    const held = this.#held.length === 1 ? part : Buffer.concat(this.#held, this.#heldBytes)
    if (this.#wanted === headerSize) {
      // The limit is looked at before the payload is awaited. One without a payload is complete.
      this.#wanted = this.#sizeOf(held)
      if (this.#wanted > headerSize) {
        this.#held = [held]
        return chunk.subarray(part.length)
      }
    }
    this.#held = []
    this.#heldBytes = 0
    this.#wanted = headerSize
    this.#deliver(held)
    return chunk.subarray(part.length)
  }

  /** The bytes of the frame with this header. */
  #sizeOf(header: Buffer): number {
    const length = header.readUInt32LE(4)
    const type = header[8] ?? 0
    const limit = this.#limits[type]
    if (limit === undefined)
      throw connectionError(
        `Got a frame of type ${type}, which has no place on this connection`,
        'See that both sides run versions that know each other, and that nothing else connects to this port',
      )
    if (length > limit)
      throw connectionError(
        `Got a frame of type ${type} that claims ${length} bytes, and ${limit} is the limit`,
        'Use the same `maxMessageBytes` on all nodes, and see that nothing else connects to this port',
      )
    return headerSize + length
  }

  #deliver(frame: Buffer): void {
    const expected = frame.readUInt32LE(0)
    const actual = crc32(frame.subarray(4))
    if (actual !== expected)
      throw connectionError(
        `Got a frame whose checksum is ${actual} instead of ${expected}`,
        'Something between the nodes alters bytes: look at proxies, cards and cables',
      )
    this.#frames++
    this.#sink(frame[8] ?? 0, frame.subarray(headerSize))
  }
}
