/**
 * The MsgApps that are on their way to one follower: how many, and how many payload bytes. A ring of the index of the last
 * entry of each, in order, so that one acknowledgement frees all up to it.
 */

import { invariant } from '../invariant.ts'
import type { Bytes, LogIndex } from '../types.ts'

/** A window of unacknowledged messages. */
export class Inflights {
  readonly #maxCount: number
  readonly #maxBytes: Bytes
  // Grown by doubling: most followers of most groups never fill their window, and there may be thousands of them.
  #indexes: LogIndex[] = []
  #sizes: Bytes[] = []
  #start = 0
  #count = 0
  #bytes: Bytes = 0

  /**
   * @param maxCount - messages that may be on their way, >= 1
   * @param maxBytes - payload bytes that may be on their way; the message that reaches it is still let through
   */
  constructor(maxCount: number, maxBytes: Bytes) {
    this.#maxCount = maxCount
    this.#maxBytes = maxBytes
  }

  get count(): number {
    return this.#count
  }

  get bytes(): Bytes {
    return this.#bytes
  }

  /** No further message may be sent until one is acknowledged. */
  get full(): boolean {
    return this.#count === this.#maxCount || this.#bytes >= this.#maxBytes
  }

  /** A message whose last entry is `index` was sent, with `bytes` of payload. Indexes never fall. */
  add(index: LogIndex, bytes: Bytes): void {
    invariant(!this.full, 'nothing is sent beyond the limit on what is on its way')
    if (this.#count === this.#indexes.length) this.#grow()
    const slot = (this.#start + this.#count) % this.#indexes.length
    this.#indexes[slot] = index
    this.#sizes[slot] = bytes
    this.#count++
    this.#bytes += bytes
  }

  /** Everything up to `index` has arrived. */
  freeTo(index: LogIndex): void {
    while (this.#count > 0) {
      const oldest = this.#indexes[this.#start] as LogIndex
      if (oldest > index) break
      this.#bytes -= this.#sizes[this.#start] as Bytes
      this.#start = (this.#start + 1) % this.#indexes.length
      this.#count--
    }
    if (this.#count === 0) this.#start = 0
  }

  #grow(): void {
    const capacity = Math.min(this.#maxCount, Math.max(4, 2 * this.#indexes.length))
    const indexes: LogIndex[] = []
    const sizes: Bytes[] = []
    for (let i = 0; i < capacity; i++) {
      const from = (this.#start + i) % (this.#indexes.length || 1)
      indexes.push(i < this.#count ? (this.#indexes[from] as LogIndex) : 0)
      sizes.push(i < this.#count ? (this.#sizes[from] as Bytes) : 0)
    }
    this.#indexes = indexes
    this.#sizes = sizes
    this.#start = 0
  }
}
