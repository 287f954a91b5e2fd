/**
 * What a leader asks to be returned. On the wire it is bytes that mean something to the leader alone, and followers of every
 * implementation return them as they are. Ours counts its rounds, and writes the count as eight bytes.
 */

import type { HeartbeatContext } from '../core/messages.ts'
import { isCount } from '../core/validity.ts'
import { unwritable } from './codec-error.ts'

/** The bytes of a context; `null` for none. */
export function contextBytes(context: HeartbeatContext): Uint8Array | null {
  if (typeof context !== 'number') return context
  if (!isCount(context)) throw unwritable('the context of a heartbeat to be a safe integer >= 0', context)
  const bytes = new Uint8Array(8)
  let rest = context
  for (let at = 7; rest > 0; at--) {
    bytes[at] = rest % 0x100
    rest = Math.floor(rest / 0x100)
  }
  return bytes
}

/**
 * The context of these bytes: a number if they could be one of ours, and else the bytes. Either way the same bytes come of it
 * again, so that a leader of another implementation gets back what it sent.
 */
export function contextOf(bytes: Uint8Array | null): HeartbeatContext {
  if (bytes === null || bytes.length === 0) return null
  if (bytes.length !== 8) return bytes
  let value = 0
  for (const byte of bytes) value = value * 0x100 + byte
  return value <= Number.MAX_SAFE_INTEGER ? value : bytes
}
