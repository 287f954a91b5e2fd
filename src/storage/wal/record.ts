/**
 * The frame of a record. All numbers are little-endian; records begin at multiples of 8 bytes.
 *
 *      0  u32  length of the payload
 *      4  u32  mask: what the payload is XORed with, byte by byte, low byte first; 0 for nothing
 *      8  u64  number: records are numbered from 1 on, through all segments
 *     16  u32  offset of this record in its file
 *     20  u32  checksum of the record before; 0 for the first one of all
 *     24  u32  CRC-32 of the payload as it stands here
 *     28  u32  checksum: CRC-32 of bytes 0 to 27, begun with the checksum of the segment's header
 *     32       payload, then 1 to 8 bytes 0xA5 up to a multiple of 8
 *
 * No part of a record that fills a sector of 512 bytes, or shares one with its neighbours, is all zeros. A sector that was never
 * written is: so a write that was torn shows, and is told apart from damage. That is what the mask is for.
 */

import { crc32 } from 'node:zlib'

/** Bytes before the payload. */
export const recordHeaderSize = 32
/** What a disk writes in one piece. */
const sectorSize = 512
/** More does not go into one record: 1 GiB. */
export const maxPayload: number = 2 ** 30

const padding = 0xa5

/** What a record says of itself. */
export interface RecordHeader {
  readonly length: number
  readonly mask: number
  readonly number: number
  readonly previous: number
  readonly payloadChecksum: number
  readonly checksum: number
}

/** Where a record is to stand, and behind what. */
export interface RecordPlace {
  readonly number: number
  readonly offset: number
  /** The checksum of the record before. */
  readonly previous: number
  /** The checksum of the segment's header. */
  readonly seed: number
}

/** How many bytes a record takes in its file. */
export function recordSize(payload: number): number {
  return (recordHeaderSize + payload + 8) & ~7
}

/**
 * Completes a record in place. The payload is there from byte 32 on, `bytes` ends with the padding.
 * @returns its checksum
 */
export function sealRecord(bytes: Uint8Array, length: number, place: RecordPlace): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  bytes.fill(padding, recordHeaderSize + length)
  view.setUint32(0, length, true)
  view.setUint32(4, 0, true)
  setCount(view, 8, place.number)
  view.setUint32(16, place.offset, true)
  view.setUint32(20, place.previous, true)
  maskZeros(bytes, view, length, place.offset)
  const payload = bytes.subarray(recordHeaderSize, recordHeaderSize + length)
  view.setUint32(24, crc32(payload), true)
  const checksum = crc32(bytes.subarray(0, 28), place.seed)
  view.setUint32(28, checksum, true)
  return checksum
}

function setCount(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true)
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true)
}

/** Masks the payload until no sector of it is all zeros. Hardly ever is one, and then the first mask nearly always does. */
function maskZeros(bytes: Uint8Array, view: DataView, length: number, offset: number): void {
  for (let mask = 0x5bd1_e995; hasZeroSector(bytes, 0, bytes.length, offset); mask = (mask * 5 + 1) >>> 0) {
    const before = view.getUint32(4, true)
    applyMask(bytes.subarray(recordHeaderSize, recordHeaderSize + length), before)
    applyMask(bytes.subarray(recordHeaderSize, recordHeaderSize + length), mask)
    view.setUint32(4, mask, true)
  }
}

/** XORs the payload with the mask. Twice is nothing. */
function applyMask(payload: Uint8Array, mask: number): void {
  if (mask === 0) return
  for (let i = 0; i < payload.length; i++) {
    payload[i] = (payload[i] as number) ^ ((mask >>> (8 * (i & 3))) & 0xff)
  }
}

/** Is what lies in some sector all zeros, of the bytes from `from` to `to`? `offset` is where the first byte of all stands. */
export function hasZeroSector(bytes: Uint8Array, from: number, to: number, offset: number): boolean {
  let start = from
  while (start < to) {
    const end = Math.min(to, (Math.floor((offset + start) / sectorSize) + 1) * sectorSize - offset)
    if (isZero(bytes, start, end)) return true
    start = end
  }
  return false
}

/** Are all bytes from `from` to `to` zeros? */
export function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false
  return true
}

/** The header at `offset` of a segment; `null` if there is none that belongs there. The payload is not looked at. */
export function readRecordHeader(view: DataView, offset: number, seed: number): RecordHeader | null {
  if (offset + recordHeaderSize > view.byteLength) return null
  if (view.getUint32(offset + 16, true) !== offset) return null
  const checksum = view.getUint32(offset + 28, true)
  if (crc32(new Uint8Array(view.buffer, view.byteOffset + offset, 28), seed) !== checksum) return null
  const number = view.getUint32(offset + 8, true) + view.getUint32(offset + 12, true) * 2 ** 32
  return {
    length: view.getUint32(offset, true),
    mask: view.getUint32(offset + 4, true),
    number,
    previous: view.getUint32(offset + 20, true),
    payloadChecksum: view.getUint32(offset + 24, true),
    checksum,
  }
}

/** The payload behind a header; `null` if it is not what the header says. A copy, so that it does not hold the whole file. */
export function readPayload(bytes: Uint8Array, offset: number, header: RecordHeader): Uint8Array | null {
  const start = offset + recordHeaderSize
  if (offset + recordSize(header.length) > bytes.length) return null
  for (let at = start + header.length; at < offset + recordSize(header.length); at++)
    if (bytes[at] !== padding) return null
  const payload = bytes.subarray(start, start + header.length)
  if (crc32(payload) !== header.payloadChecksum) return null
  const copy = new Uint8Array(payload)
  applyMask(copy, header.mask)
  return copy
}
