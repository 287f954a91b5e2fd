/**
 * The one kind of entry that nearly all of the traffic consists of, read without a loop: a command of less than 16 KiB with its
 * term and its index, in the order in which everybody writes them. Whatever is not exactly so is left to the reader of all
 * entries, which reads this one the same; only slower.
 */

import type { Entry } from '../core/types.ts'
import { type ByteReader, noBytes } from './byte-reader.ts'

/**
 * Behind the tag of an entry: reads it and those that follow it, as long as they are of the usual kind.
 * @returns false if one is not: then its tag has been read, and nothing else of it
 */
export function readUsualEntries(reader: ByteReader, entries: Entry[]): boolean {
  const { bytes, buffer, base, end: limit } = reader
  let start = reader.at
  for (;;) {
    let at = start
    // Three times the same varint of two bytes at most, and not a function: this is where the time goes. What is beyond the
    // end is `undefined`, of which no comparison is true.
    let size = bytes[at++] as number
    if (size > 0x7f) {
      const more = bytes[at++] as number
      if (!(more < 0x80)) break
      size = (size & 0x7f) | (more << 7)
    }
    const end = at + size

    if (bytes[at++] !== 0x10) break
    let term = bytes[at++] as number
    if (term > 0x7f) {
      const more = bytes[at++] as number
      if (!(more < 0x80)) break
      term = (term & 0x7f) | (more << 7)
    }

    if (bytes[at++] !== 0x18) break
    const index = usualVarint(bytes, at)
    if (index < 0) break
    at += usualSize(index)

    if (bytes[at++] !== 0x22) break
    let length = bytes[at++] as number
    if (length > 0x7f) {
      const more = bytes[at++] as number
      if (!(more < 0x80)) break
      length = (length & 0x7f) | (more << 7)
    }

    // With this, all that was looked at is known to lie within the entry, and the entry within the message.
    if (at + length !== end || end > limit) break
    const data = length === 0 ? noBytes : new Uint8Array(buffer, base + at, length)
    entries.push({ type: 'EntryNormal', term, index, data })
    start = end + 1
    if (end === limit || bytes[end] !== entryTag) {
      reader.jump(end)
      return true
    }
  }
  reader.jump(start)
  return false
}

/** Field 7 of a message. */
const entryTag = 0x3a

/** A varint of up to five bytes; -1 for all others. */
function usualVarint(bytes: Uint8Array, at: number): number {
  let byte = bytes[at] as number
  if (byte < 0x80) return byte
  let value = byte & 0x7f
  byte = bytes[at + 1] as number
  if (byte < 0x80) return value | (byte << 7)
  value |= (byte & 0x7f) << 7
  byte = bytes[at + 2] as number
  if (byte < 0x80) return value | (byte << 14)
  value |= (byte & 0x7f) << 14
  byte = bytes[at + 3] as number
  if (byte < 0x80) return value | (byte << 21)
  value |= (byte & 0x7f) << 21
  byte = bytes[at + 4] as number
  return byte < 0x80 ? value + byte * 0x1000_0000 : -1
}

/** The bytes of a varint that is as short as it can be. Behind a longer one, what is found here is never the tag of the data. */
function usualSize(value: number): number {
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x20_0000) return 3
  return value < 0x1000_0000 ? 4 : 5
}
