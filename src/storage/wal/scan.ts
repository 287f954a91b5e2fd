/** Reading a segment: record by record, and what it means when they end. */

import {
  isZero,
  hasZeroSector,
  readPayload,
  readRecordHeader,
  recordHeaderSize,
  recordSize,
} from './record.ts'

/** A record that is what it should be. */
export interface FoundRecord {
  readonly number: number
  readonly offset: number
  /** The checksum of the record before. */
  readonly previous: number
  readonly payload: Uint8Array
}

/** The record that comes next: its number, and the checksum of the one before. */
export interface Link {
  readonly number: number
  readonly previous: number
}

/**
 * What stands behind the last good record:
 *
 * - `clean`: zeros to the end.
 * - `torn`: the beginning of a write that was cut off, since a sector of it was never written.
 * - `ambiguous`: a damaged record without another one behind it, and no sector of it is missing: a torn write of a disk that tears
 *   within sectors, or damage to something that was durable.
 * - `corrupt`: damage to something that was durable, for a record behind it was written only afterwards.
 */
export type TailVerdict = 'clean' | 'torn' | 'ambiguous' | 'corrupt'

/** A segment in memory. */
export class SegmentScan {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #seed: number
  /** Where the next record would be. */
  offset: number
  /** What it would be. */
  next: Link

  constructor(bytes: Uint8Array, seed: number, offset: number, next: Link) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#seed = seed
    this.offset = offset
    this.next = next
  }

  /** The next record; `null` if there is no good one. */
  read(): FoundRecord | null {
    const { offset, next } = this
    const header = readRecordHeader(this.#view, offset, this.#seed)
    if (header === null || header.number !== next.number || header.previous !== next.previous) return null
    const payload = readPayload(this.#bytes, offset, header)
    if (payload === null) return null
    this.offset += recordSize(header.length)
    this.next = { number: next.number + 1, previous: header.checksum }
    return { number: next.number, offset, previous: next.previous, payload }
  }

  /** What stands where there is no good record any more. */
  judge(): TailVerdict {
    const end = this.#endOfContent()
    if (end <= this.offset) return 'clean'
    if (this.#hasRecordBehind(end)) return 'corrupt'
    const header = readRecordHeader(this.#view, this.offset, this.#seed)
    if (header === null) {
      const reach = Math.min(Math.max(end, this.offset + recordHeaderSize), this.#bytes.length)
      return this.#lacksSector(reach) ? 'torn' : 'ambiguous'
    }
    // A header that is whole and is not the next one has come here from elsewhere.
    if (header.number !== this.next.number || header.previous !== this.next.previous) return 'corrupt'
    const reach = this.offset + recordSize(header.length)
    if (reach > this.#bytes.length || end > reach) return 'corrupt'
    return this.#lacksSector(reach) ? 'torn' : 'ambiguous'
  }

  #lacksSector(reach: number): boolean {
    return hasZeroSector(this.#bytes, this.offset, reach, 0)
  }

  /** A record is written only when the one before is durable: one header is proof enough. */
  #hasRecordBehind(end: number): boolean {
    for (let at = this.offset + 8; at + recordHeaderSize <= end; at += 8) {
      // The offset is what nearly always differs, and is quickly read.
      if (this.#view.getUint32(at + 16, true) !== at) continue
      if (readRecordHeader(this.#view, at, this.#seed) !== null) return true
    }
    return false
  }

  /** Behind the last byte that is not zero. */
  #endOfContent(): number {
    const step = 4096
    let end = this.#bytes.length
    while (end > this.offset) {
      const start = Math.max(this.offset, end - step)
      if (!isZeroBlock(this.#bytes, start, end)) break
      end = start
    }
    while (end > this.offset && this.#bytes[end - 1] === 0) end--
    return end
  }
}

const zeroBlock = new Uint8Array(4096)

function isZeroBlock(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 64) return isZero(bytes, start, end)
  return Buffer.compare(bytes.subarray(start, end), zeroBlock.subarray(0, end - start)) === 0
}
