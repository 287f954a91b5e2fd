/**
 * Messages as bytes for tests of the transport. Not for anything else: `deserialize` is not made for bytes of strangers.
 * Its views are copied, since what it gives back shows more than their own bytes when it is compared.
 */

import { deserialize, serialize } from 'node:v8'
import type { PeerMessage } from 'quorate'
import type { MessageCodec } from 'quorate/tcp'

export const testCodec: MessageCodec = {
  encode: (message) => serialize(message),
  decode: (bytes) => plain(deserialize(bytes)) as PeerMessage,
}

/** Bytes of Node's own kind become plain ones. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]))
}
