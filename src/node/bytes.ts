/** Reading and writing the driver's own bytes: whole numbers and pieces of known length. */

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** Collects parts and puts them together at the end. */
export class Parts {
  readonly #parts: Uint8Array[] = []
  #length = 0

  /** A whole number from 0 to 2^53 - 1, seven bits a byte. */
  number(value: number): this {
    const bytes: number[] = []
    for (let rest = value; ; rest = Math.floor(rest / 128)) {
      if (rest < 128) {
        bytes.push(rest)
        break
      }
      bytes.push((rest % 128) | 128)
    }
    return this.raw(Uint8Array.from(bytes))
  }

  /** Bytes with their length before them. */
  bytes(value: Uint8Array): this {
    return this.number(value.length).raw(value)
  }

  text(value: string): this {
    return this.bytes(encoder.encode(value))
  }

  /** Bytes as they are: what follows must tell where they end. */
  raw(value: Uint8Array): this {
    this.#parts.push(value)
    this.#length += value.length
    return this
  }

  done(): Uint8Array {
    const whole = new Uint8Array(this.#length)
    let at = 0
    for (const part of this.#parts) {
      whole.set(part, at)
      at += part.length
    }
    return whole
  }
}

/** Reads what {@link Parts} has written. Throws RangeError where the bytes end too early or say what cannot be. */
export class Cursor {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  number(): number {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new RangeError('the bytes end within a number')
      value += (byte & 127) * factor
      if (!Number.isSafeInteger(value)) throw new RangeError('a number is no safe integer')
      if (byte < 128) return value
    }
  }

  bytes(): Uint8Array {
    const length = this.number()
    if (length > this.#bytes.length - this.#at) throw new RangeError('the bytes end within a part of them')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  text(): string {
    return decoder.decode(this.bytes())
  }

  /** All that is left. */
  rest(): Uint8Array {
    const rest = this.#bytes.subarray(this.#at)
    this.#at = this.#bytes.length
    return rest
  }
}
