/**
 * Messages on their way out, in two queues. What promises something durable waits until it is: an acknowledgement, a vote,
 * and the same towards oneself. The rest may leave at once (thesis §10.2.1).
 */

import type { PeerMessage } from '../messages.ts'

/** The messages since the last Ready. */
export class Outbox {
  #now: PeerMessage[] = []
  #afterPersist: PeerMessage[] = []

  /** Is there nothing to send? */
  get isEmpty(): boolean {
    return this.#now.length === 0 && this.#afterPersist.length === 0
  }

  /** Sends what promises nothing. */
  send(message: PeerMessage): void {
    this.#now.push(message)
  }

  /** Sends what may be said only once this node's state is durable (figure 2: "before responding to RPCs"). */
  sendAfterPersist(message: PeerMessage): void {
    this.#afterPersist.push(message)
  }

  /** Takes out what may leave before the write. The array is the caller's. */
  takeNow(): PeerMessage[] {
    const messages = this.#now
    this.#now = []
    return messages
  }

  /** Takes out what waits for the write, in the order it was said; among it what this node answers to itself. */
  takeAfterPersist(): PeerMessage[] {
    const messages = this.#afterPersist
    this.#afterPersist = []
    return messages
  }
}
