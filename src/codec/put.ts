/**
 * Puts values of the protobuf wire format into bytes, and answers where the next one goes. There has to be room: who writes
 * measures first (core/entry-size.ts), since the length of a message stands before it.
 */

import { varintSize } from '../core/entry-size.ts'
import { isCount } from '../core/validity.ts'
import { unwritable } from './codec-error.ts'

/** A u64. Throws if it is no safe integer >= 0. */
export function putVarint(bytes: Uint8Array, at: number, value: number): number {
  // This is false of what is negative, broken or no number too.
  if (value >>> 0 !== value) return putLarge(bytes, at, value)
  let rest = value
  let to = at
  while (rest > 0x7f) {
    bytes[to] = (rest & 0x7f) | 0x80
    to++
    rest >>>= 7
  }
  bytes[to] = rest
  return to + 1
}

function putLarge(bytes: Uint8Array, at: number, value: number): number {
  if (!isCount(value)) throw unwritable('a safe integer >= 0', value)
  let rest = value
  let to = at
  // Beyond 32 bits the operators on bits do not reach.
  while (rest > 0xffff_ffff) {
    bytes[to] = (rest % 0x80) | 0x80
    to++
    rest = Math.floor(rest / 0x80)
  }
  return putVarint(bytes, to, rest)
}

/** An int64: one below 0 takes ten bytes. Throws if it is no safe integer. */
export function putInt(bytes: Uint8Array, at: number, value: number): number {
  if (!(value < 0)) return putVarint(bytes, at, value)
  if (!Number.isSafeInteger(value)) throw unwritable('a safe integer', value)
  let rest = BigInt.asUintN(64, BigInt(value))
  let to = at
  for (; rest > 0x7fn; rest >>= 7n) {
    bytes[to] = Number(rest & 0x7fn) | 0x80
    to++
  }
  bytes[to] = Number(rest)
  return to + 1
}

/** How many bytes {@link putInt} takes. */
export function intSize(value: number): number {
  return value < 0 ? 10 : varintSize(value)
}

/** A length, and the bytes. */
export function putBytes(bytes: Uint8Array, at: number, content: Uint8Array): number {
  if (!ArrayBuffer.isView(content) || content.BYTES_PER_ELEMENT !== 1)
    throw unwritable('a Uint8Array', content)
  const to = putVarint(bytes, at, content.length)
  bytes.set(content, to)
  return to + content.length
}
