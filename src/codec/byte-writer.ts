/** A buffer that grows, for several messages or entries one after the other, with room between them for what frames them. */

import { invariant } from '../core/invariant.ts'
import { isCount } from '../core/validity.ts'
import { unwritable } from './codec-error.ts'

/**
 * Grows by doubling; what `clear` leaves behind is used again. The bytes of a payload are copied into it once, and once more
 * when it has to grow: who knows how much is coming says so by `capacity`, or begins a new one by `take` when it is full.
 */
export class ByteWriter {
  #bytes: Uint8Array
  #length = 0

  /** @param capacity - bytes to begin with; 4096 by default, 0 or more */
  constructor(capacity = 4096) {
    this.#bytes = new Uint8Array(capacity)
  }

  /** How many bytes have been written, those that were left free included. */
  get length(): number {
    return this.#length
  }

  /** How many bytes there is room for without growing. */
  get capacity(): number {
    return this.#bytes.length
  }

  /** Leaves `count` bytes free, which are 0 until they are set, and answers where they begin. */
  reserve(count: number): number {
    const at = this.#length
    this.claim(count).fill(0, at, at + count)
    return at
  }

  /** Sets the byte at `at`, which must have been written or left free. */
  setUint8(at: number, value: number): void {
    this.#check(at, 1)
    this.#bytes[at] = value
  }

  /** Sets the four bytes from `at` on, which must have been written or left free; the most significant first. */
  setUint32(at: number, value: number): void {
    this.#check(at, 4)
    this.#bytes[at] = value >>> 24
    this.#bytes[at + 1] = value >>> 16
    this.#bytes[at + 2] = value >>> 8
    this.#bytes[at + 3] = value
  }

  /** What has been written from `start` on: a view, which is good until more is written or the writer is cleared. */
  view(start = 0): Uint8Array {
    return this.#bytes.subarray(start, this.#length)
  }

  /**
   * Hands over what has been written and begins anew, with a buffer of `capacity` bytes: for who cannot know when the bytes
   * have been read, such as the sender on a socket.
   * @param capacity - by default as much as before
   */
  take(capacity: number = this.#bytes.length): Uint8Array {
    const taken = this.view()
    this.#bytes = new Uint8Array(capacity)
    this.#length = 0
    return taken
  }

  /** Goes back to `length` bytes: drops what was written behind them, and keeps the memory. */
  clear(length = 0): void {
    if (!(length >= 0 && length <= this.#length))
      throw unwritable(`a length from 0 to ${this.#length} to go back to`, length)
    this.#length = length
  }

  /**
   * Makes `count` bytes more a part of what has been written, and answers the buffer to put them into.
   * @internal
   */
  claim(count: number): Uint8Array {
    if (!isCount(count)) throw unwritable('a number of bytes', count)
    const length = this.#length + count
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length))
      larger.set(this.view())
      this.#bytes = larger
    }
    this.#length = length
    return this.#bytes
  }

  /**
   * Writes `size` bytes by `put`, which answers where it ended; or, if that throws, nothing.
   * @internal
   */
  append<T>(size: number, value: T, put: (bytes: Uint8Array, at: number, value: T) => number): number {
    const at = this.#length
    const bytes = this.claim(size)
    try {
      // Were it not so, what stands behind it would be read as a part of it.
      invariant(put(bytes, at, value) === at + size, 'as many bytes are written as were measured')
      return size
    } catch (error) {
      this.#length = at
      throw error
    }
  }

  #check(at: number, count: number): void {
    if (!(at >= 0 && at + count <= this.#length))
      throw unwritable(`a place within the ${this.#length} bytes that have been written`, at)
  }
}
