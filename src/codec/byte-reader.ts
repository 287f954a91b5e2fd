/**
 * Reads the protobuf wire format: tags, varints and fields with a length. Whatever the bytes are, it reads each of them once,
 * never beyond the end, and allocates nothing by a length that it has not seen the bytes of.
 */

import { isBytes } from '../core/validity.ts'
import { unreadable } from './codec-error.ts'

/** The part of a tag that says how the value is written. */
export const wireType = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const

/** All payloads of no bytes are this one: there is nothing in it that could be changed. */
export const noBytes: Uint8Array = new Uint8Array(0)

/** A position in bytes that were written by somebody else. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #buffer: ArrayBufferLike
  readonly #base: number
  #at = 0
  #end: number

  constructor(bytes: Uint8Array) {
    // The first question is quick, the second one finds those of another realm.
    if (!(bytes instanceof Uint8Array) && !isBytes(bytes))
      throw unreadable('a Uint8Array to be read', 0, bytes)
    this.#bytes = bytes
    this.#buffer = bytes.buffer
    this.#base = bytes.byteOffset
    this.#end = bytes.length
  }

  /** Where the next byte is, counted from the beginning of all. */
  get at(): number {
    return this.#at
  }

  /** All bytes; what is being read lies in them from `at` to `end`. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** Where the message ends that is being read. */
  get end(): number {
    return this.#end
  }

  /** Goes on at `at`, which must not be beyond the end. */
  jump(at: number): void {
    this.#at = at
  }

  /** The memory that the bytes lie in. */
  get buffer(): ArrayBufferLike {
    return this.#buffer
  }

  /** Where in it they begin. */
  get base(): number {
    return this.#base
  }

  /** Is the message at its end that is being read? */
  get isAtEnd(): boolean {
    return this.#at >= this.#end
  }

  /** The number and the wire type of the next field, in one number: `number * 8 + type`. */
  tag(): number {
    const start = this.#at
    const first = this.#bytes[start] as number
    if (first >= 8 && first < 0x80 && start < this.#end) {
      this.#at = start + 1
      return first
    }
    const tag = this.#varint()
    if (tag > 0xffff_ffff || tag < 8) throw unreadable('the tag of a field', start, tag)
    return tag
  }

  /** A number of Raft: a u64 that is a safe integer. */
  uint(): number {
    const start = this.#at
    const value = this.#varint()
    if (value > Number.MAX_SAFE_INTEGER)
      throw unreadable('a number up to 2^53 - 1, which is all that this library counts with', start, value)
    return value
  }

  /** An int64 that is a safe integer. */
  int(): number {
    const start = this.#at
    const value = this.#varint()
    if (value <= Number.MAX_SAFE_INTEGER) return value
    const signed = Number(BigInt.asIntN(64, this.#exact(start)))
    if (!Number.isSafeInteger(signed))
      throw unreadable('a number from -(2^53 - 1) to 2^53 - 1', start, signed)
    return signed
  }

  /** A bool: any varint but 0 is true. */
  bool(): boolean {
    return this.#varint() !== 0
  }

  /** One of a table; the number on the wire is the place in it. */
  member<T>(table: readonly T[], what: string): T {
    const start = this.#at
    const value = this.#varint()
    const found = table[value]
    if (found === undefined) throw unreadable(what, start, value)
    return found
  }

  /** A field with a length: a view of the bytes, no copy. */
  view(): Uint8Array {
    const length = this.length()
    const start = this.#at
    this.#at = start + length
    return length === 0 ? noBytes : new Uint8Array(this.#buffer, this.#base + start, length)
  }

  /** Begins to read the message that lies here with its length. Answers what `leave` needs. */
  enter(): number {
    const length = this.length()
    const outer = this.#end
    this.#end = this.#at + length
    return outer
  }

  /** Goes on behind what was entered, in the message around it. */
  leave(outer: number): void {
    this.#at = this.#end
    this.#end = outer
  }

  /** Reads once more what lies at `start` with its length, and is back where it was then. */
  revisit<T>(start: number, read: (reader: ByteReader) => T): T {
    const here = this.#at
    this.#at = start
    const outer = this.enter()
    const result = read(this)
    this.#end = outer
    this.#at = here
    return result
  }

  /** Passes over a field that is not known. One of `known` comes with a wire type that it does not have. */
  skip(tag: number, known: ReadonlySet<number>): void {
    const number = tag >>> 3
    const type = tag & 7
    if (known.has(number)) throw unreadable(`another wire type than ${type} for field ${number}`, this.#at)
    switch (type) {
      case wireType.varint:
        this.#varint()
        return
      case wireType.fixed64:
        return this.#advance(8)
      case wireType.bytes:
        return this.#advance(this.length())
      case wireType.fixed32:
        return this.#advance(4)
      default:
        // Groups are gone from protobuf since long, and nothing that is meant for us has ever had one.
        throw unreadable(`a wire type of 0, 1, 2 or 5 for field ${number}`, this.#at, type)
    }
  }

  /** A length, of which all bytes are there. */
  length(): number {
    const start = this.#at
    const length = this.#varint()
    if (length > this.#end - this.#at)
      throw unreadable(`a length up to the ${this.#end - this.#at} bytes that follow`, start, length)
    return length
  }

  #advance(count: number): void {
    if (count > this.#end - this.#at) throw unreadable(`${count} more bytes`, this.#at)
    this.#at += count
  }

  /** Up to 2^53 exactly; beyond, it is certain to be beyond. */
  #varint(): number {
    const bytes = this.#bytes
    const at = this.#at
    // Almost all that is read takes up to four bytes: without a loop, and without a number that does not fit into 31 bits.
    if (at + 4 > this.#end) return this.#anyVarint()
    let byte = bytes[at] as number
    if (byte < 0x80) {
      this.#at = at + 1
      return byte
    }
    let value = byte & 0x7f
    byte = bytes[at + 1] as number
    value |= (byte & 0x7f) << 7
    if (byte < 0x80) {
      this.#at = at + 2
      return value
    }
    byte = bytes[at + 2] as number
    value |= (byte & 0x7f) << 14
    if (byte < 0x80) {
      this.#at = at + 3
      return value
    }
    byte = bytes[at + 3] as number
    value |= byte << 21
    if (byte >= 0x80) return this.#anyVarint()
    this.#at = at + 4
    return value
  }

  #anyVarint(): number {
    const bytes = this.#bytes
    const end = this.#end
    const start = this.#at
    let at = start
    let value = 0
    let scale = 1
    while (at < end) {
      const byte = bytes[at] as number
      at++
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        // The tenth byte has room for one bit of the 64.
        if (at - start === 10 && byte > 1) throw unreadable('a varint of 64 bits', start)
        this.#at = at
        return value
      }
      if (at - start === 10) throw unreadable('a varint of at most ten bytes', start)
      scale *= 0x80
    }
    throw unreadable('a varint that ends', start)
  }

  /** A varint at `start` that has been read already, to the bit. */
  #exact(start: number): bigint {
    let value = 0n
    for (let at = start; at < this.#at; at++)
      value |= BigInt((this.#bytes[at] as number) & 0x7f) << BigInt(7 * (at - start))
    return value
  }
}
