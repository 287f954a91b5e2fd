/**
 * The bytes of one snapshot, in a file of their own: `<index>-<term>.snap`, sixteen hexadecimal digits each.
 * 512 bytes of header: the letters QRTE-SNP, version, whose log it is, index, term, size and CRC-32 of what follows.
 */

import { crc32 } from 'node:zlib'
import { describeCause } from '../../core/errors.ts'
import type { EntryId } from '../../core/types.ts'
import { ByteWriter } from './bytes.ts'
import { readFile, type Steps, writeAll, writeFile } from './file-system.ts'
import type { SnapshotMark } from './operation.ts'
import {
  beginFile,
  endFile,
  type Identity,
  isSameLog,
  readChecked,
  readIdentity,
  writeIdentity,
} from './segment.ts'
import { WalError } from './wal-error.ts'

const letters = 'QRTE-SNP'
const headerSize = 512
/** Up to that many bytes are carried in the log itself. */
const inlineLimit = 16 * 1024

/** How the log names a snapshot with these bytes. */
export function markOf(
  snapshot: Omit<SnapshotMark, 'size' | 'checksum' | 'inline'>,
  data: Uint8Array,
): SnapshotMark {
  const { index, term, confState } = snapshot
  const inline = data.length <= inlineLimit ? data : null
  return { index, term, confState, size: data.length, checksum: crc32(data), inline }
}

/** The file of a snapshot. */
export function snapshotFileOf({ index, term }: EntryId): string {
  const hex = (value: number): string => value.toString(16).padStart(16, '0')
  return `${hex(index)}-${hex(term)}.snap`
}

/** Puts the bytes in their place. */
export function* writeSnapshotFile(
  directory: string,
  identity: Identity,
  mark: SnapshotMark,
  data: Uint8Array,
): Steps {
  const writer = new ByteWriter(headerSize)
  beginFile(writer, letters)
  writeIdentity(writer, identity)
  for (const value of [mark.index, mark.term, mark.size, mark.checksum]) writer.count(value)
  writer.length = headerSize
  const header = endFile(writer.written)
  yield* writeFile(directory, snapshotFileOf(mark), function* (file) {
    yield* writeAll(file, header, 0)
    yield* writeAll(file, data, headerSize)
  })
}

/**
 * The bytes of the snapshot that the log names.
 * @throws WalError `ERR_WAL_CORRUPT` if they are not those
 */
export function* readSnapshotFile(
  directory: string,
  identity: Identity,
  mark: SnapshotMark,
): Steps<Uint8Array> {
  const file = `${directory}/${snapshotFileOf(mark)}`
  const indexes = { from: 1, to: mark.index }
  let bytes: Uint8Array
  try {
    bytes = yield* readFile(file)
  } catch (error) {
    const what = `The snapshot at ${mark.index} cannot be read: ${describeCause(error)}`
    throw new WalError('ERR_WAL_CORRUPT', what, { file, indexes }, error)
  }
  checkHeader(bytes, file, identity, mark)
  const data = new Uint8Array(bytes.subarray(headerSize))
  if (data.length === mark.size && crc32(data) === mark.checksum) return data
  const what = `The snapshot at ${mark.index} is damaged: ${data.length} bytes that are not the ${mark.size} that were written`
  throw new WalError('ERR_WAL_CORRUPT', what, { file, offset: headerSize, indexes })
}

function checkHeader(bytes: Uint8Array, file: string, identity: Identity, mark: SnapshotMark): void {
  const found = readChecked(bytes.subarray(0, headerSize), letters, file, (reader) => ({
    identity: readIdentity(reader),
    index: reader.count(),
    term: reader.count(),
  }))
  if (isSameLog(found.identity, identity) && found.index === mark.index && found.term === mark.term) return
  throw new WalError('ERR_WAL_CORRUPT', 'A snapshot is that of another place or another log', {
    file,
    offset: 0,
  })
}
