/**
 * What stands for the bytes of a large snapshot: the letters QRTT, 4 bytes of version, the 16 bytes of the file's name, its size as
 * u64, the CRC-32 of its bytes, and that of the ticket so far; little-endian.
 */

import { crc32 } from 'node:zlib'
import { describeValue, UsageError } from '../../core/errors.ts'
import type { Bytes } from '../../core/types.ts'
import { isBytes } from '../../core/validity.ts'

/** What a ticket says. */
export interface Ticket {
  readonly name: string
  readonly size: Bytes
  readonly checksum: number
}

const ticketSize = 40
const letters = 0x5454_5251

export function encodeTicket({ name, size, checksum }: Ticket): Uint8Array {
  const bytes = new Uint8Array(ticketSize)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, letters, true)
  view.setUint32(4, 1, true)
  bytes.set(Buffer.from(name.slice(0, 32), 'hex'), 8)
  view.setUint32(24, size >>> 0, true)
  view.setUint32(28, Math.floor(size / 2 ** 32), true)
  view.setUint32(32, checksum, true)
  view.setUint32(36, crc32(bytes.subarray(0, 36)), true)
  return bytes
}

/** @throws UsageError if it is no ticket */
export function decodeTicket(value: unknown): Ticket {
  if (isBytes(value) && value.length === ticketSize) {
    const view = new DataView(value.buffer, value.byteOffset, ticketSize)
    const isOurs = view.getUint32(0, true) === letters && view.getUint32(4, true) === 1
    const size = view.getUint32(24, true) + view.getUint32(28, true) * 2 ** 32
    if (isOurs && Number.isSafeInteger(size) && crc32(value.subarray(0, 36)) === view.getUint32(36, true))
      return {
        name: `${Buffer.from(value.subarray(8, 24)).toString('hex')}.body`,
        size,
        checksum: view.getUint32(32, true),
      }
  }
  throw new UsageError(
    'ERR_INVALID_ARGUMENT',
    `Expected the ticket of a snapshot, got ${isBytes(value) ? `${value.length} bytes that are none` : describeValue(value)}`,
    'Pass the `data` of a snapshot that such a store has made',
    value,
  )
}
