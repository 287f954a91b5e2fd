/**
 * The reads that wait for a leader to be sure that it still is one (thesis §6.4). Rounds of heartbeats are numbered by the
 * leader itself: a number chosen by the client could be used again, and an old answer would then confirm a new read.
 */

import type { LogIndex, NodeId } from '../types.ts'

/** A read, as it came in. */
export interface ReadRequest {
  /** Who asked: this node, or a follower that gets the answer. */
  readonly from: NodeId
  readonly context: Uint8Array
  /** A lease does not do for it. */
  readonly byRound?: boolean
}

interface WaitingRead extends ReadRequest {
  /** What was committed when it came in: what it has to see. */
  readonly index: LogIndex
  /** The first round that was sent after it came in. */
  readonly round: number
}

/** A read that is confirmed. */
export interface ConfirmedRead extends ReadRequest {
  readonly index: LogIndex
}

/** The queue of one leader in one term. */
export class ReadOnly {
  /** Reads that came before the leader had committed an entry of its own term, and cannot know yet what to see (§8). */
  readonly parked: ReadRequest[] = []
  /** Does a round have to be sent for what came in since the last one? */
  roundDue = false
  #waiting: WaitingRead[] = []
  #round = 0
  readonly #roundSentAt: { readonly round: number; readonly tick: number }[] = []
  readonly #acks = new Map<NodeId, number>()

  /** The number of the last round sent; 0 before the first. */
  get round(): number {
    return this.#round
  }

  /** Is anybody waiting for a confirmation? */
  get isWaiting(): boolean {
    return this.#waiting.length > 0
  }

  /** All that has not been answered. */
  pending(): readonly ReadRequest[] {
    return [...this.parked, ...this.#waiting]
  }

  /** Queues a read at the commit index, for the next round. */
  add(request: ReadRequest, index: LogIndex): void {
    this.#waiting.push({ from: request.from, context: request.context, index, round: this.#round + 1 })
    this.roundDue = true
  }

  /** Begins a round. @returns its number */
  nextRound(): number {
    this.roundDue = false
    return ++this.#round
  }

  /**
   * Notes when a round went out, for a lease.
   * @param horizon - the tick before which a round cannot give a lease any more: such rounds are forgotten
   */
  sentAt(tick: number, horizon: number): void {
    while ((this.#roundSentAt[0]?.tick ?? Infinity) < horizon) this.#roundSentAt.shift()
    this.#roundSentAt.push({ round: this.#round, tick })
  }

  /** `from` has answered a heartbeat of this round, and so of all before. */
  acknowledge(from: NodeId, round: number): void {
    if (round > this.reached(from)) this.#acks.set(from, round)
  }

  /** The last round that `id` has answered. */
  reached(id: NodeId): number {
    return this.#acks.get(id) ?? 0
  }

  /** A majority has answered `round`: takes out the reads that this confirms, in the order they came. */
  confirm(round: number): readonly ConfirmedRead[] {
    const first = this.#waiting.findIndex((read) => read.round > round)
    const confirmed = first === -1 ? this.#waiting : this.#waiting.slice(0, first)
    this.#waiting = first === -1 ? [] : this.#waiting.slice(first)
    return confirmed
  }

  /** The tick at which the newest round up to `round` was sent; null if there is none. Forgets all before it. */
  leaseStart(round: number): number | null {
    while (this.#roundSentAt.length > 1 && (this.#roundSentAt[1]?.round ?? Infinity) <= round)
      this.#roundSentAt.shift()
    const oldest = this.#roundSentAt[0]
    return oldest !== undefined && oldest.round <= round ? oldest.tick : null
  }
}
