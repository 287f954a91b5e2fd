/** A set of tuples of 32-bit integers, all of one width. Exact: tuples are kept and compared, never only their hashes. */

/** Where the search has been. */
export class TupleSet {
  readonly #width: number
  #tuples: Int32Array
  /** For each slot the position of a tuple, plus one; 0 is free. At most half of them are taken. */
  #slots: Int32Array
  #count = 0

  /** @param width - integers per tuple */
  constructor(width: number) {
    this.#width = width
    this.#tuples = new Int32Array(16 * width)
    this.#slots = new Int32Array(32)
  }

  get size(): number {
    return this.#count
  }

  /** Adds a copy of a tuple. Answers whether it is new. */
  add(tuple: Int32Array): boolean {
    const slot = this.#find(tuple, 0)
    if (this.#slots[slot] !== 0) return false
    if (2 * (this.#count + 1) > this.#slots.length) {
      this.#grow()
      return this.add(tuple)
    }
    this.#tuples.set(tuple, this.#count * this.#width)
    this.#slots[slot] = ++this.#count
    return true
  }

  /** The slot that holds the tuple at `offset` of `source`, or the free one where it belongs. */
  #find(source: Int32Array, offset: number): number {
    const last = this.#slots.length - 1
    let slot = hash(source, offset, this.#width) & last
    for (;;) {
      const position = this.#slots[slot] as number
      if (position === 0 || this.#equals((position - 1) * this.#width, source, offset)) return slot
      slot = (slot + 1) & last
    }
  }

  #equals(start: number, source: Int32Array, offset: number): boolean {
    for (let i = 0; i < this.#width; i++) if (this.#tuples[start + i] !== source[offset + i]) return false
    return true
  }

  #grow(): void {
    const tuples = new Int32Array(2 * this.#tuples.length)
    tuples.set(this.#tuples)
    this.#tuples = tuples
    this.#slots = new Int32Array(2 * this.#slots.length)
    for (let position = 0; position < this.#count; position++)
      this.#slots[this.#find(tuples, position * this.#width)] = position + 1
  }
}

function hash(source: Int32Array, offset: number, width: number): number {
  let bits = width
  for (let i = 0; i < width; i++) {
    bits = Math.imul(bits ^ (source[offset + i] as number), 0x9e3779b1)
    bits ^= bits >>> 15
  }
  bits = Math.imul(bits, 0x735a2d97)
  return bits ^ (bits >>> 13)
}
