/** Frames that leave together: what is sent in one turn of the event loop becomes one write. */

import { type FrameType, headerOf, headerSize, sealFrame } from './frame.ts'

/** Payloads up to this size are copied next to each other; of longer ones the copy would cost more than a piece of its own. */
const copyUpTo = 16 * 1024
const slabSize = 64 * 1024

/** The frames that wait to be written, in order. */
export class FrameBatch {
  #pieces: Uint8Array[] = []
  #bytes = 0
  #slab: Buffer = Buffer.alloc(0)
  /** The part of the slab that is filled and not yet a piece. */
  #from = 0
  #to = 0

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes
  }

  /** Adds a frame. A long payload is not copied and must not be changed any more. */
  add(type: FrameType, payload: Uint8Array): void {
    const size = headerSize + payload.length
    this.#bytes += size
    if (payload.length > copyUpTo) {
      this.#cut()
      this.#pieces.push(headerOf(type, payload), payload)
      return
    }
    if (this.#to + size > this.#slab.length) {
      this.#cut()
      this.#slab = Buffer.allocUnsafeSlow(slabSize)
      this.#from = 0
      this.#to = 0
    }
    this.#slab.set(payload, this.#to + headerSize)
    sealFrame(this.#slab, this.#to, type, payload.length)
    this.#to += size
  }

  /** Takes all of it out. */
  take(): readonly Uint8Array[] {
    this.#cut()
    const pieces = this.#pieces
    this.#pieces = []
    this.#bytes = 0
    return pieces
  }

  #cut(): void {
    // What was handed out stays as it is: the next frame goes behind it, or into another slab.
    if (this.#to > this.#from) this.#pieces.push(this.#slab.subarray(this.#from, this.#to))
    this.#from = this.#to
  }
}
