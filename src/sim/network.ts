/** The network: each direction of each pair of nodes is a link of its own, with its own misfortunes (reliability model 2.1). */

import type { PeerMessage } from '../core/messages.ts'
import type { NodeId } from '../core/types.ts'
import type { Agenda, Micros } from './agenda.ts'
import { Dice } from './dice.ts'
import type { Faults } from './faults.ts'
import type { Setup } from './setup.ts'

/** What becomes of a message. */
export interface Delivery {
  /** It arrives at `to`, which need not be whom it was meant for. */
  arrive(to: NodeId, message: PeerMessage): void
  /** It is lost. */
  lost(message: PeerMessage): void
}

interface Link {
  readonly dice: Dice
  /** Messages under way. */
  load: number
  /** With FIFO: when the last of them arrives. */
  lastArrival: Micros
  /** Nothing arrives before. */
  clogged: Micros
  /** Raised when the connection is reset: what is under way from before is lost. */
  epoch: number
}

/** Carries messages between nodes. */
export class Network {
  readonly #agenda: Agenda
  readonly #setup: Setup
  readonly #faults: Faults
  readonly #dice: Dice
  readonly #delivery: Delivery
  readonly #links = new Map<number, Link>()
  /** Who hears whom: a direction that is in here is cut. */
  #cut: ReadonlySet<number> = new Set()
  /** Nodes that nobody hears and that hear nobody. */
  readonly #isolated = new Set<NodeId>()
  /** A type of message that gets lost everywhere. */
  #filtered: PeerMessage['type'] | null = null

  constructor(agenda: Agenda, setup: Setup, faults: Faults, delivery: Delivery) {
    this.#agenda = agenda
    this.#setup = setup
    this.#faults = faults
    this.#dice = new Dice(setup.seed).fork('network')
    this.#delivery = delivery
  }

  /** Sends a message on its way. */
  send(message: PeerMessage, sender: NodeId): void {
    const link = this.#link(sender, message.to)
    const { dice } = link
    if (!this.isOpen(sender, message.to) || message.type === this.#filtered)
      return this.#delivery.lost(message)
    if (link.load >= this.#setup.linkCapacity || this.#hits('drop', link, sender, message.to))
      return this.#delivery.lost(message)
    this.#carry(link, sender, message, this.#delay(link, sender, message.to))
    if (this.#hits('duplicate', link, sender, message.to))
      this.#carry(link, sender, message, this.#delay(link, sender, message.to))
    if (this.#hits('replay', link, sender, message.to))
      this.#carry(link, sender, message, dice.wait(100 * 1000 * (1 + this.#setup.meanDelayMs)))
  }

  /** Can `to` hear `from`? */
  isOpen(from: NodeId, to: NodeId): boolean {
    return !this.#cut.has(linkKey(from, to)) && !this.#isolated.has(from) && !this.#isolated.has(to)
  }

  /** Only these directions are cut from now on. */
  cut(directions: Iterable<readonly [from: NodeId, to: NodeId]>): void {
    const cut = new Set<number>()
    for (const [from, to] of directions) cut.add(linkKey(from, to))
    this.#cut = cut
  }

  /** Nobody hears `id` any more, nor it anybody; or again. */
  isolate(id: NodeId, isolated: boolean): void {
    if (isolated) this.#isolated.add(id)
    else this.#isolated.delete(id)
  }

  /** Loses all messages of a type; `null` for none. */
  filter(type: PeerMessage['type'] | null): void {
    this.#filtered = type
  }

  /** Nothing arrives on this link for a while, then everything. */
  clog(from: NodeId, to: NodeId, micros: Micros): void {
    this.#link(from, to).clogged = this.#agenda.now + micros
  }

  /** What is under way between the two is lost. */
  reset(a: NodeId, b: NodeId): void {
    for (const link of [this.#link(a, b), this.#link(b, a)]) {
      link.epoch++
      // Nothing is left that what comes next would have to wait for.
      link.lastArrival = 0
    }
  }

  /** Mends everything. */
  heal(): void {
    this.#cut = new Set()
    this.#isolated.clear()
    this.#filtered = null
    for (const link of this.#links.values()) link.clogged = 0
  }

  #carry(link: Link, sender: NodeId, message: PeerMessage, delay: Micros): void {
    const { now } = this.#agenda
    let arrival = Math.max(now + delay, link.clogged)
    if (this.#setup.fifo && delay < 1_000_000) {
      arrival = Math.max(arrival, link.lastArrival)
      link.lastArrival = arrival
    }
    const { epoch } = link
    link.load++
    this.#agenda.after(arrival - now, () => {
      link.load--
      // What was cut while it was under way is lost with the connection.
      if (link.epoch !== epoch || !this.isOpen(sender, message.to)) return this.#delivery.lost(message)
      const to = this.#hits('misroute', link, sender, message.to) ? this.#other(link, message.to) : message.to
      this.#delivery.arrive(to, message)
    })
  }

  #delay(link: Link, from: NodeId, to: NodeId): Micros {
    const { minDelayMs, meanDelayMs } = this.#setup
    const usual = minDelayMs * 1000 + link.dice.wait(meanDelayMs * 1000)
    return this.#hits('straggle', link, from, to) ? 50 * usual : usual
  }

  #other(link: Link, id: NodeId): NodeId {
    return 1 + ((id - 1 + link.dice.between(1, 6)) % 7)
  }

  #hits(
    kind: 'drop' | 'duplicate' | 'replay' | 'straggle' | 'misroute',
    link: Link,
    from: NodeId,
    to: NodeId,
  ): boolean {
    return this.#faults.hits(kind, link.dice, from, to)
  }

  #link(from: NodeId, to: NodeId): Link {
    const key = linkKey(from, to)
    let link = this.#links.get(key)
    if (link === undefined) {
      link = { dice: this.#dice.fork('link', from, to), load: 0, lastArrival: 0, clogged: 0, epoch: 0 }
      this.#links.set(key, link)
    }
    return link
  }
}

function linkKey(from: NodeId, to: NodeId): number {
  return from * 4096 + to
}
