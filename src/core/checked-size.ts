/** The sizes of entries for others than the core: of what they pass nothing is known. */

import { argumentError } from './check-argument.ts'
import { entrySize as sizeOf, payloadSize as payloadOf } from './entry-size.ts'
import type { ProposedEntry } from './messages.ts'
import type { Bytes, Entry } from './types.ts'
import { contentFlaw, isCount } from './validity.ts'

/**
 * The bytes of an entry on the wire, a tag and a varint for each field that is set: what counts against `maxSize` and
 * `maxSizePerMsg`.
 * @throws UsageError (`ERR_INVALID_ARGUMENT`) if it is no entry
 */
export function entrySize(entry: Entry): Bytes {
  return measure(entry, () => (isCount(entry.index) && isCount(entry.term) ? sizeOf(entry) : null))
}

/**
 * The bytes that an entry carries for the application: its data, or its encoded membership change; 0 for an empty entry. What
 * counts against `maxUncommittedSize` and `maxInflightBytes`.
 * @throws UsageError (`ERR_INVALID_ARGUMENT`) if it is no entry
 */
export function payloadSize(entry: ProposedEntry): Bytes {
  return measure(entry, () => payloadOf(entry))
}

function measure(entry: ProposedEntry, size: () => Bytes | null): Bytes {
  let flaw: string | null
  let bytes: Bytes | null = null
  try {
    flaw = contentFlaw(entry)
    if (flaw === null) bytes = size()
  } catch (cause) {
    throw argumentError('Expected an entry, but it cannot be read', 'Pass a plain one', entry, cause)
  }
  if (bytes !== null) return bytes
  throw argumentError(
    `Expected an entry, but ${flaw ?? 'its index or term is none'}`,
    'Pass one of the log',
    entry,
  )
}
