/** How things stand with one peer, for an operator or a dashboard. */

import type { NodeId } from '../../core/types.ts'
import type { PeerAddress } from './address.ts'

/** How things stand with one peer. Counts begin with the transport. */
export interface TcpPeerStatus {
  readonly id: NodeId
  /** Where it is dialled; `null` if that is not known. */
  readonly address: PeerAddress | null
  /** Is there a connection to it, for messages? */
  readonly isConnected: boolean
  /** Bytes that wait to be sent, the operating system's and snapshots aside. */
  readonly queuedBytes: number
  /** Messages and questions, and their bytes. What was sent may have been lost since. */
  readonly sentMessages: number
  readonly sentBytes: number
  /** Messages, questions, answers and snapshots, and their bytes. */
  readonly receivedMessages: number
  readonly receivedBytes: number
  /** Messages that were not even sent. */
  readonly droppedMessages: number
  /** Questions that wait for an answer. */
  readonly questions: number
  /** The snapshot that is being sent; `null` without one. */
  readonly snapshot: { readonly sentBytes: number; readonly totalBytes: number } | null
  /** Milliseconds there and back, at the last ping; `null` while there was none. */
  readonly roundTrip: number | null
  /** What went wrong last, even if it goes well by now; `null` if nothing has. */
  readonly lastError: string | null
}
