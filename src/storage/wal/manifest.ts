/**
 * The file MANIFEST: whose log this is, and which segments it has. It is written anew when one is begun, so that a segment that
 * is missing is noticed, the last one too, and one that comes back is no part of the log. What it names at the beginning may have
 * been dropped since.
 */

import { ByteWriter } from './bytes.ts'
import { type Steps, writeAll, writeFile } from './file-system.ts'
import {
  beginFile,
  endFile,
  type Identity,
  readChecked,
  readIdentity,
  type SegmentName,
  writeIdentity,
} from './segment.ts'

/** The name of the file. */
export const manifestFile = 'MANIFEST'

const letters = 'QRTE-MAN'

/** What the file says. */
export interface Manifest {
  readonly identity: Identity
  /** From the oldest to the newest. */
  readonly segments: readonly SegmentName[]
}

/** Puts it in its place. */
export function* writeManifest(directory: string, manifest: Manifest): Steps {
  const bytes = encodeManifest(manifest)
  yield* writeFile(directory, manifestFile, (file) => writeAll(file, bytes, 0))
}

function encodeManifest({ identity, segments }: Manifest): Uint8Array {
  const writer = new ByteWriter()
  beginFile(writer, letters)
  writeIdentity(writer, identity)
  writer.count(segments.length)
  for (const { sequence, firstIndex } of segments) {
    writer.count(sequence)
    writer.count(firstIndex)
  }
  writer.length += 4
  return endFile(writer.written)
}

/** @throws WalError if it is damaged, or of another version */
export function decodeManifest(bytes: Uint8Array, file: string): Manifest {
  return readChecked(bytes, letters, file, (reader) => {
    const identity = readIdentity(reader)
    const segments: SegmentName[] = []
    for (let count = reader.count(); count > 0; count--)
      segments.push({ sequence: reader.count(), firstIndex: reader.count() })
    return { identity, segments }
  })
}
