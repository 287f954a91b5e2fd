/** A network in memory: every message is delivered later, by a clock, through a queue per direction that has a bound. */

import { setTimeout } from 'node:timers/promises'
import type { NodeId, PeerMessage, Transport, TransportHandler } from 'quorate'
import type { TransportNetwork } from 'quorate/testing'

/** Messages that wait for one peer, at most. */
const bound = 100

/** What lets time pass. */
export interface Clock {
  later(call: () => void): void
  wait(milliseconds: number): Promise<unknown>
}

/** The clock on the wall. */
export const realClock: Clock = { later: (call) => void setImmediate(call), wait: (ms) => setTimeout(ms) }

/** A clock that moves only while somebody waits, and then at once. */
export class SimulatedClock implements Clock {
  #now = 0
  readonly #tasks: { readonly at: number; readonly call: () => void }[] = []

  later(call: () => void): void {
    this.#tasks.push({ at: this.#now + 1, call })
  }

  wait(milliseconds: number): Promise<unknown> {
    const end = this.#now + milliseconds
    for (let task = this.#tasks[0]; task !== undefined && task.at <= end; task = this.#tasks[0]) {
      this.#tasks.shift()
      this.#now = task.at
      task.call()
    }
    this.#now = end
    return Promise.resolve()
  }
}

/** Who is there, and where to reach them. */
export class MemNetwork implements TransportNetwork {
  readonly running = new Map<NodeId, MemTransport>()
  readonly clock: Clock

  constructor(clock: Clock) {
    this.clock = clock
  }

  open(_id: NodeId): MemTransport {
    return new MemTransport(this)
  }
}

/** One node's part of it. */
export class MemTransport implements Transport {
  protected readonly network: MemNetwork
  protected self: NodeId = 0
  protected handler: TransportHandler | null = null
  readonly #queued = new Map<NodeId, number>()

  constructor(network: MemNetwork) {
    this.network = network
  }

  start(self: NodeId, handler: TransportHandler): Promise<void> {
    this.self = self
    this.handler = handler
    this.network.running.set(self, this)
    return Promise.resolve()
  }

  send(messages: readonly PeerMessage[]): void {
    for (const message of messages) this.enqueue(message)
  }

  stop(): Promise<void> {
    if (this.network.running.get(this.self) === this) this.network.running.delete(this.self)
    this.handler = null
    return Promise.resolve()
  }

  /** Takes one message, or drops it. */
  protected enqueue(message: PeerMessage): void {
    const { to } = message
    const waiting = this.#queued.get(to) ?? 0
    if (waiting >= bound) return this.later(() => this.report(message, false))
    this.#queued.set(to, waiting + 1)
    this.later(() => {
      this.#queued.set(to, (this.#queued.get(to) ?? 0) - 1)
      this.carry(message)
    })
  }

  /** Brings it to the other side. */
  protected carry(message: PeerMessage): void {
    if (this.handler === null) return
    const target = this.network.running.get(message.to)
    target?.take(message)
    this.report(message, target !== undefined)
  }

  /** It has come over the network. */
  take(message: PeerMessage): void {
    this.handler?.receive(message)
  }

  /** Tells the node what became of it. */
  protected report({ type, to }: PeerMessage, isSent: boolean): void {
    if (!isSent) this.handler?.unreachable(to)
    if (type === 'MsgSnap') this.handler?.snapshotSent(to, isSent ? 'finish' : 'failure')
  }

  protected later(call: () => void): void {
    this.network.clock.later(call)
  }
}
