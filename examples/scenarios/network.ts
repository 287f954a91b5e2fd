/**
 * The network between the nodes, in memory. It takes ticks to get anywhere, loses what it is told to lose, and is
 * deterministic: messages that arrive in the same tick do so in the order in which they were sent.
 */

import type { NodeId, PeerMessage } from 'quorate'

/** Why a message did not arrive. */
export type Loss = 'dropped' | 'muted' | 'partitioned' | 'stopped'

/** A message on its way. */
export interface Envelope {
  /** Counts up from 1: the same in what is told of its sending and of its end. */
  readonly id: number
  /** Who sent it. Usually `message.from`, but a message that is passed on still says who wrote it. */
  readonly sender: NodeId
  /** The tick at which it arrives. */
  readonly due: number
  readonly message: PeerMessage
}

/** What became of a snapshot. Its sender has to know, for it sends nothing else to that node meanwhile. */
type SnapshotReport = Readonly<{ from: NodeId; to: NodeId; outcome: 'finish' | 'failure' }>

/** Is told of everything that happens to messages. */
export interface NetworkWatcher {
  sent(envelope: Envelope): void
  received(envelope: Envelope): void
  lost(envelope: Envelope, why: Loss): void
}

/** Carries messages from node to node. */
export class Network {
  readonly #watcher: NetworkWatcher
  readonly #latencies = new Map<string, number>()
  readonly #rules = new Set<(message: PeerMessage) => boolean>()
  readonly #muted = new Set<NodeId>()
  #sides = new Map<NodeId, number>()
  readonly #inFlight: Envelope[] = []
  #snapshotReports: SnapshotReport[] = []
  #count = 0

  constructor(watcher: NetworkWatcher) {
    this.#watcher = watcher
  }

  /** From now on messages from `from` to `to` take `ticks` to arrive: 1 if not said otherwise, 0 for the same tick. */
  setLatency(from: NodeId, to: NodeId, ticks: number): void {
    this.#latencies.set(`${from}-${to}`, ticks)
  }

  /** Every link takes one tick again. */
  resetLatencies(): void {
    this.#latencies.clear()
  }

  /** Loses the messages that `rule` answers true for. Answers how to end it. */
  drop(rule: (message: PeerMessage) => boolean): () => void {
    this.#rules.add(rule)
    return () => void this.#rules.delete(rule)
  }

  /** From now on `id` hears nothing and says nothing: the others cannot tell whether it crashed. */
  mute(id: NodeId): void {
    this.#muted.add(id)
  }

  unmute(id: NodeId): void {
    this.#muted.delete(id)
  }

  /** Cuts the network in pieces: who is in different ones cannot talk. Who is in none can talk to nobody. */
  partition(...sides: readonly (readonly NodeId[])[]): void {
    this.#sides = new Map(sides.flatMap((ids, side) => ids.map((id) => [id, side])))
  }

  /** Makes it one network again. */
  heal(): void {
    this.#sides.clear()
  }

  /** Takes a message on its way at tick `now`. */
  send(sender: NodeId, message: PeerMessage, now: number): void {
    const latency = this.#latencies.get(`${sender}-${message.to}`) ?? 1
    const envelope = { id: ++this.#count, sender, due: now + latency, message }
    this.#watcher.sent(envelope)
    const why = this.#obstacle(envelope) ?? (this.#isDropped(message) ? 'dropped' : null)
    if (why === null) this.#inFlight.push(envelope)
    else this.#lose(envelope, why)
  }

  /**
   * Hands over what has arrived by tick `now`, one message after the other.
   * @param receiverOf - how a node takes in a message; `undefined` if it is not running
   */
  deliver(now: number, receiverOf: (id: NodeId) => ((message: PeerMessage) => void) | undefined): void {
    // What is sent in answer may be due in the same tick: hence one at a time, until there is none.
    for (let next = this.#take(now); next !== undefined; next = this.#take(now)) {
      const receive = receiverOf(next.message.to)
      // What was on its way when the line was cut does not arrive either.
      const why = this.#obstacle(next)
      if (receive === undefined || why !== null) {
        this.#lose(next, why ?? 'stopped')
        continue
      }
      this.#watcher.received(next)
      this.#reportSnapshot(next, 'finish')
      receive(next.message)
    }
  }

  /** What became of the snapshots since the last call. */
  takeSnapshotReports(): readonly SnapshotReport[] {
    const reports = this.#snapshotReports
    this.#snapshotReports = []
    return reports
  }

  #lose(envelope: Envelope, why: Loss): void {
    this.#watcher.lost(envelope, why)
    this.#reportSnapshot(envelope, 'failure')
  }

  #reportSnapshot({ sender: from, message: { type, to } }: Envelope, outcome: 'finish' | 'failure'): void {
    if (type === 'MsgSnap') this.#snapshotReports.push({ from, to, outcome })
  }

  /** The earliest message that is due; of several the one that was sent first. */
  #take(now: number): Envelope | undefined {
    let earliest: Envelope | undefined
    for (const envelope of this.#inFlight) {
      if (envelope.due <= now && (earliest === undefined || envelope.due < earliest.due)) earliest = envelope
    }
    if (earliest !== undefined) this.#inFlight.splice(this.#inFlight.indexOf(earliest), 1)
    return earliest
  }

  #isDropped(message: PeerMessage): boolean {
    return [...this.#rules].some((rule) => rule(message))
  }

  #obstacle({ sender, message: { to } }: Envelope): Loss | null {
    if (this.#muted.has(sender) || this.#muted.has(to)) return 'muted'
    if (this.#sides.size === 0) return null
    const side = this.#sides.get(sender)
    return side !== undefined && side === this.#sides.get(to) ? null : 'partitioned'
  }
}
