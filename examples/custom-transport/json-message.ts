/** Messages as JSON: bytes become { "$bytes": base64 }. What comes back is checked by the node, when it is stepped. */

import type { PeerMessage } from 'quorate'

/** As text. */
export function toJson(messages: readonly PeerMessage[]): string {
  return JSON.stringify(messages, (_, value: unknown) =>
    value instanceof Uint8Array ? { $bytes: Buffer.from(value).toString('base64') } : value,
  )
}

/** Back from text. Throws if it is no list of objects with a type and a receiver. */
export function fromJson(text: string): PeerMessage[] {
  const list: unknown = JSON.parse(text, (_, value: unknown) => {
    const { $bytes } = (value ?? {}) as { readonly $bytes?: unknown }
    return typeof $bytes === 'string' ? new Uint8Array(Buffer.from($bytes, 'base64')) : value
  })
  if (!Array.isArray(list)) throw new TypeError('Expected a list of messages')
  for (const one of list as readonly unknown[]) {
    const { type, to } = (one ?? {}) as { readonly type?: unknown; readonly to?: unknown }
    if (typeof type !== 'string' || typeof to !== 'number') throw new TypeError('Expected messages')
  }
  return list as PeerMessage[]
}
