/** The network of a paper cluster: messages lie on a wire until a test delivers them, and may be cut off, lost or kept back. */

import type { NodeId, PeerMessage } from 'quorate'

export type Match = (m: PeerMessage) => boolean

export class PaperNetwork {
  /** Sent and not delivered. */
  wire: PeerMessage[] = []
  /** All that was ever sent, what was held or lost too. */
  sent: PeerMessage[] = []
  #groups: readonly (readonly NodeId[])[] = []
  readonly #drops = new Set<Match>()
  readonly #holds = new Map<Match, PeerMessage[]>()

  send(messages: readonly PeerMessage[]): void {
    this.sent.push(...messages)
    for (const m of messages) {
      if (!this.connects(m.from, m.to) || [...this.#drops].some((match) => match(m))) continue
      const [, held = this.wire] = [...this.#holds].find(([match]) => match(m)) ?? []
      held.push(m)
    }
  }

  /** Takes what matches off the wire, in order. */
  take(match: Match): readonly PeerMessage[] {
    const due = this.wire.filter((m) => match(m))
    this.wire = this.wire.filter((m) => !due.includes(m))
    return due
  }

  connects(a: NodeId, b: NodeId): boolean {
    return this.#groups.length === 0 || this.#groups.some((group) => group.includes(a) && group.includes(b))
  }

  /** From now on messages pass within these groups only. */
  partition(...groups: readonly (readonly NodeId[])[]): void {
    this.#groups = groups
  }

  /** From now on everybody hears everybody again. */
  heal(): void {
    this.#groups = []
  }

  /** Loses what is sent from now on and matches. Answers how to end it. */
  drop(match: Match): () => void {
    this.#drops.add(match)
    return () => void this.#drops.delete(match)
  }

  /** Keeps what is sent from now on and matches, until it is released: some of it, or all, and then the hold ends. */
  hold(match: Match) {
    const messages: PeerMessage[] = []
    this.#holds.set(match, messages)
    const release = (what: Match = () => true) => {
      this.#holds.delete(match)
      this.wire.push(...messages.filter((m) => what(m)))
    }
    return { messages, release }
  }
}
