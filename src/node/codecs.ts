/** The two codecs that most services need. */

import type { Codec } from './state-machine.ts'

const encoder = new TextEncoder()
// What is no UTF-8 is an error, not a question mark.
const decoder = new TextDecoder('utf-8', { fatal: true })

/** Bytes as they are. */
export const bytesCodec: Codec<Uint8Array> = {
  encode: (bytes) => bytes,
  decode: (bytes) => bytes,
}

/**
 * Values as JSON: objects, arrays, strings, finite numbers, booleans, `null`; `undefined` as a whole value is no bytes.
 * Not for dates, maps, big integers or bytes, which JSON has no words for.
 */
export function jsonCodec<T>(): Codec<T> {
  return {
    encode(value) {
      const text = JSON.stringify(value) as string | undefined
      return text === undefined ? new Uint8Array() : encoder.encode(text)
    },
    decode(bytes) {
      return (bytes.length === 0 ? undefined : JSON.parse(decoder.decode(bytes))) as T
    },
  }
}
