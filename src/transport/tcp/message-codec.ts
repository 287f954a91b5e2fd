/** What the transport needs of an encoding: it carries bytes and does not look into them. */

import type { PeerMessage } from '../../core/messages.ts'

/** Messages as bytes and back. */
export interface MessageCodec {
  /** The bytes of a message. They are handed over. */
  encode(message: PeerMessage): Uint8Array
  /** The message; it may keep views of the bytes, which nobody changes. Throws if they are none. */
  decode(bytes: Uint8Array): PeerMessage
}
