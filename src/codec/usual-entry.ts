/**
 * The one kind of entry that nearly all of the traffic consists of, read without a loop: a command with its term and its
 * index, in the order in which everybody writes them. Whatever is not exactly so is left to the reader of all entries, which
 * takes this for what it is too; only slower.
 */

import type { EntryNormal } from '../core/types.ts'
import type { ByteReader } from './byte-reader.ts'

/** Reads an entry with its length before it. Answers `null`, and has read nothing, if it is not of the usual kind. */
export function readUsualEntry(reader: ByteReader): EntryNormal | null {
  const { bytes } = reader
  let at = reader.at
  const size = usualVarint(bytes, at)
  if (size < 0) return null
  at += usualSize(size)
  const end = at + size

  if (bytes[at] !== 0x10) return null
  const term = usualVarint(bytes, at + 1)
  if (term < 0) return null
  at += 1 + usualSize(term)

  if (bytes[at] !== 0x18) return null
  const index = usualVarint(bytes, at + 1)
  if (index < 0) return null
  at += 1 + usualSize(index)

  if (bytes[at] !== 0x22) return null
  const length = usualVarint(bytes, at + 1)
  if (length < 0) return null
  at += 1 + usualSize(length)

  // With this, all that was looked at is known to lie within the entry, and the entry within the message.
  if (at + length !== end || end > reader.end) return null
  reader.jump(end)
  return { type: 'EntryNormal', term, index, data: reader.viewOf(at, length) }
}

/** A varint of up to five bytes, written as short as it can be; -1 for all others. Beyond the end of the bytes is none. */
function usualVarint(bytes: Uint8Array, at: number): number {
  let byte = bytes[at] as number
  if (byte < 0x80) return byte
  let value = byte & 0x7f
  byte = bytes[at + 1] as number
  if (byte < 0x80) return byte === 0 ? -1 : value | (byte << 7)
  value |= (byte & 0x7f) << 7
  byte = bytes[at + 2] as number
  if (byte < 0x80) return byte === 0 ? -1 : value | (byte << 14)
  value |= (byte & 0x7f) << 14
  byte = bytes[at + 3] as number
  if (byte < 0x80) return byte === 0 ? -1 : value | (byte << 21)
  value |= (byte & 0x7f) << 21
  byte = bytes[at + 4] as number
  return byte > 0 && byte < 0x80 ? value + byte * 0x1000_0000 : -1
}

/** The bytes of such a varint. */
function usualSize(value: number): number {
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x20_0000) return 3
  return value < 0x1000_0000 ? 4 : 5
}
