/** Reading and writing of bytes: numbers in groups of seven bits, low ones first, and what begins with its length. */

/** The bytes are not what the format says: where they come from knows what that means. */
export class MalformedError extends Error {
  override readonly name = 'MalformedError'
}

/** Bytes that grow at their end. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>
  #length = 0

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity)
  }

  /** How many there are. What is beyond a smaller length that is set is given up. */
  get length(): number {
    return this.#length
  }

  set length(length: number) {
    if (length > this.#length) this.reserve(length - this.#length)
    this.#length = length
  }

  /** What was written so far: not a copy. */
  get written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Makes room for so many more. */
  reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }

  byte(value: number): void {
    this.reserve(1)
    this.#bytes[this.#length++] = value
  }

  /** A safe integer >= 0. */
  count(value: number): void {
    this.reserve(8)
    let rest = value
    let at = this.#length
    // Beyond 32 bits the operators on bits do not reach.
    while (rest >= 0x8000_0000) {
      this.#bytes[at++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    while (rest >= 0x80) {
      this.#bytes[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#bytes[at++] = rest
    this.#length = at
  }

  /** As they are. */
  raw(value: Uint8Array): void {
    this.reserve(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
  }

  /** With their number before them. */
  bytes(value: Uint8Array): void {
    this.count(value.length)
    this.raw(value)
  }

  /** `null` is 0, and everything else one more than its length and what it is. */
  optional(value: Uint8Array | null): void {
    if (value === null) return this.byte(0)
    this.count(value.length + 1)
    this.raw(value)
  }

  text(value: string): void {
    this.bytes(new TextEncoder().encode(value))
  }
}

/** Bytes from their beginning to their end. What it answers of them are parts, not copies. */
export class ByteReader {
  readonly #bytes: Uint8Array
  #at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.#at = at
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  byte(): number {
    const value = this.#bytes[this.#at]
    if (value === undefined) throw new MalformedError(`the bytes end at ${this.#at}`)
    this.#at++
    return value
  }

  count(): number {
    const bytes = this.#bytes
    let value = 0
    let weight = 1
    for (let i = 0; i < 8; i++) {
      const byte = bytes[this.#at++]
      if (byte === undefined) throw new MalformedError(`the bytes end at ${bytes.length}, within a number`)
      value += (byte & 0x7f) * weight
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break
        return value
      }
      weight *= 0x80
    }
    throw new MalformedError(`a number at ${this.#at} is beyond 2^53 - 1`)
  }

  raw(length: number): Uint8Array {
    const end = this.#at + length
    if (end > this.#bytes.length)
      throw new MalformedError(`${length} bytes at ${this.#at} go beyond the end, ${this.#bytes.length}`)
    const part = new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + this.#at, length)
    this.#at = end
    return part
  }

  bytes(): Uint8Array {
    return this.raw(this.count())
  }

  optional(): Uint8Array | null {
    const length = this.count()
    return length === 0 ? null : this.raw(length - 1)
  }

  text(): string {
    return new TextDecoder().decode(this.bytes())
  }
}
