/**
 * Messages on their way out, in two queues. What promises something durable waits until it is: an acknowledgement, a vote,
 * and the same towards oneself. The rest may leave at once (thesis §10.2.1).
 */

import type { PeerMessage } from '../messages.ts'

/** The messages since the last Ready. */
export class Outbox {
  /** May leave before the write. */
  now: PeerMessage[] = []
  /** Leaves when the write is durable; among it what this node answers to itself. */
  afterPersist: PeerMessage[] = []

  /** Is there nothing to send? */
  get isEmpty(): boolean {
    return this.now.length === 0 && this.afterPersist.length === 0
  }

  /** Sends what promises nothing. */
  send(message: PeerMessage): void {
    this.now.push(message)
  }

  /** Sends what may be said only once this node's state is durable (figure 2: "before responding to RPCs"). */
  sendAfterPersist(message: PeerMessage): void {
    this.afterPersist.push(message)
  }

  /** All messages have been handed out, and the arrays with them. */
  clear(): void {
    if (this.now.length > 0) this.now = []
    if (this.afterPersist.length > 0) this.afterPersist = []
  }
}
