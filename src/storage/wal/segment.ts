/**
 * Segments: the files of the log, and the first 512 bytes of each.
 *
 *      0       the letters QRTE-WAL
 *      8  u32  version of the format
 *     12       in this order, as in operations: cluster, node, the log's id, sequence, number of its first record, checksum of
 *              the record before that, size of the file; then zeros
 *    508  u32  CRC-32 of bytes 0 to 507
 *
 * In each version the letters, the version and the checksum stay where they are.
 */

import { crc32 } from 'node:zlib'
import type { LogIndex, NodeId } from '../../core/types.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import { WalError } from './wal-error.ts'

/** The version that is written, and the only one that is read. */
const formatVersion = 1
/** Bytes before the first record. */
export const segmentHeaderSize = 512

const letters = 'QRTE-WAL'

/** Whose log it is. */
export interface Identity {
  readonly cluster: string
  readonly node: NodeId
  /** 16 hexadecimal digits, drawn when the log was made: a log of the same node before it was wiped has another one. */
  readonly log: string
}

/** What stands at the beginning of a segment. */
export interface SegmentHeader {
  readonly identity: Identity
  readonly sequence: number
  /** The number of its first record. What the segment before has of this number or beyond has been replaced. */
  readonly firstNumber: number
  /** The checksum of the record before the first one; 0 if that is number 1. */
  readonly previous: number
  /** Of the file, in bytes. */
  readonly size: number
}

/** A segment as the manifest and its file name call it. */
export interface SegmentName {
  readonly sequence: number
  /** The index of the next entry when it was begun: for people, and so that no two have one name. */
  readonly firstIndex: LogIndex
}

const hex = (value: number): string => value.toString(16).padStart(16, '0')

/** `<sequence>-<first index>.wal`, sixteen hexadecimal digits each. */
export function fileOf({ sequence, firstIndex }: SegmentName): string {
  return `${hex(sequence)}-${hex(firstIndex)}.wal`
}

/** Its 512 bytes; the last four are the checksum that its records begin with. */
export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const writer = new ByteWriter(segmentHeaderSize)
  beginFile(writer, letters)
  writeIdentity(writer, header.identity)
  writer.count(header.sequence)
  writer.count(header.firstNumber)
  writer.count(header.previous)
  writer.count(header.size)
  writer.length = segmentHeaderSize
  return endFile(writer.written)
}

/** The checksum of a header, which its records begin with. */
export function seedOf(header: Uint8Array): number {
  return new DataView(header.buffer, header.byteOffset).getUint32(segmentHeaderSize - 4, true)
}

/** @throws WalError if it is damaged, or of another version */
export function decodeSegmentHeader(bytes: Uint8Array, file: string): SegmentHeader {
  if (bytes.length < segmentHeaderSize)
    throw new WalError('ERR_WAL_CORRUPT', `A segment has ${bytes.length} bytes: less than its header`, {
      file,
    })
  return readChecked(bytes.subarray(0, segmentHeaderSize), letters, file, (reader) => ({
    identity: readIdentity(reader),
    sequence: reader.count(),
    firstNumber: reader.count(),
    previous: reader.count(),
    size: reader.count(),
  }))
}

/** The letters that say what a file is, and the version. */
export function beginFile(writer: ByteWriter, kind: string): void {
  writer.raw(new TextEncoder().encode(kind))
  writer.raw(Uint8Array.of(formatVersion, 0, 0, 0))
}

/** Puts the checksum into the last four bytes. */
export function endFile(bytes: Uint8Array): Uint8Array {
  const end = bytes.length - 4
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(end, crc32(bytes.subarray(0, end)), true)
  return bytes
}

/** Reads what {@link beginFile} and {@link endFile} have put around it. */
export function readChecked<Content>(
  bytes: Uint8Array,
  kind: string,
  file: string,
  read: (reader: ByteReader) => Content,
): Content {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const end = bytes.length - 4
  const found = end < 12 ? '' : new TextDecoder().decode(bytes.subarray(0, kind.length))
  if (found !== kind || view.getUint32(end, true) !== crc32(bytes.subarray(0, end)))
    throw new WalError('ERR_WAL_CORRUPT', `The header of a file is damaged: expected ${kind}`, {
      file,
      offset: 0,
    })
  const version = view.getUint32(8, true)
  if (version !== formatVersion)
    throw new WalError('ERR_WAL_VERSION', `Expected format version ${formatVersion}, got ${version}`, {
      file,
    })
  return read(new ByteReader(bytes, 12))
}

export function writeIdentity(writer: ByteWriter, { cluster, node, log }: Identity): void {
  writer.text(cluster)
  writer.count(node)
  writer.text(log)
}

export function readIdentity(reader: ByteReader): Identity {
  return { cluster: reader.text(), node: reader.count(), log: reader.text() }
}

/** Are both of the same log? */
export function isSameLog(a: Identity, b: Identity): boolean {
  return a.cluster === b.cluster && a.node === b.node && a.log === b.log
}
