/** What a test of a transport works on: nodes that send, and take down whatever reaches them. */

import type { PeerMessage } from '../../core/messages.ts'
import type { NodeId } from '../../core/types.ts'
import type { Transport, TransportHandler } from '../../transport/transport.ts'
import { ConformanceError } from '../assert.ts'
import { difference, show } from '../difference.ts'
import type { Case } from '../register.ts'
import { type Eventually, type Steps, waitFor } from '../steps.ts'

/** A network of the user, for the nodes of one test. */
export interface TransportNetwork {
  /**
   * The transport of node `id`, not yet started, that reaches the others. Asked again for the same node when its transport was
   * stopped: the new one takes its place, under the same address.
   */
  readonly open: (id: NodeId) => Eventually<Transport>
  /** Takes the network down. All its transports have been stopped. */
  readonly destroy?: (() => Eventually<void>) | undefined
}

/** The functions and times of the user. */
export interface TransportFunctions {
  /** A network for nodes of these ids. */
  readonly create: (ids: readonly NodeId[]) => Eventually<TransportNetwork>
  /**
   * Lets so many milliseconds pass: `setTimeout` of `node:timers/promises` is one. It is yours so that the suite needs no clock;
   * a network with a simulated one advances that.
   */
  readonly wait: (milliseconds: number) => PromiseLike<unknown>
}

/** How long tests wait, in milliseconds. */
export interface Times {
  /** For something that has to happen. */
  readonly patience: number
  /** For something that must not. */
  readonly quiet: number
}

/** One node: who it is, how it sends, and what it was told. */
export class Peer implements TransportHandler {
  readonly id: NodeId
  readonly transport: Transport
  /** What it does, from within the handler, when it has received something. */
  react: () => void = () => {}
  readonly received: PeerMessage[] = []
  readonly unreachables: NodeId[] = []
  readonly snapshots: { readonly peer: NodeId; readonly outcome: string }[] = []
  readonly #bench: TransportBench

  constructor(id: NodeId, transport: Transport, bench: TransportBench) {
    this.id = id
    this.transport = transport
    this.#bench = bench
  }

  /** How often it was told anything. */
  get told(): number {
    return this.received.length + this.unreachables.length + this.snapshots.length
  }

  /** Sends, and looks whether anybody is called from within. */
  send(messages: readonly PeerMessage[]): void {
    this.#bench.send(this, messages)
  }

  receive(message: PeerMessage): void {
    this.received.push(message)
    this.#bench.checkCall(`receive of node ${this.id}`)
    this.#bench.checkReceived(this, message)
    this.react()
  }

  unreachable(peer: NodeId): void {
    this.unreachables.push(peer)
    this.#bench.checkCall(`unreachable of node ${this.id}`)
  }

  snapshotSent(peer: NodeId, outcome: 'finish' | 'failure'): void {
    this.snapshots.push({ peer, outcome })
    this.#bench.checkCall(`snapshotSent of node ${this.id}`)
  }
}

/** The nodes of one test. Whatever any test sends must arrive as it was sent, and where it was meant for. */
export class TransportBench {
  readonly times: Times
  readonly overload: number
  readonly #functions: TransportFunctions
  #network: TransportNetwork | null = null
  readonly #running = new Set<Peer>()
  readonly #sent = new Map<NodeId, PeerMessage[]>()
  #isSending = false
  /** What a handler was called with, or when, and should not have been: transports may swallow what a handler throws. */
  #flaw: ConformanceError | null = null

  constructor(functions: TransportFunctions, times: Times, overload: number) {
    this.#functions = functions
    this.times = times
    this.overload = overload
  }

  /** Nodes with these ids, of which only those of `started` are there. */
  *peers(ids: readonly NodeId[], started: readonly NodeId[] = ids): Steps<readonly Peer[]> {
    this.#network = yield* waitFor(this.#functions.create(ids))
    const peers: Peer[] = []
    for (const id of started) peers.push(yield* this.start(id))
    return peers
  }

  /** Starts a node: for the first time, or again. */
  *start(id: NodeId): Steps<Peer> {
    const network = this.#network as TransportNetwork
    const peer = new Peer(id, yield* waitFor(network.open(id)), this)
    this.#running.add(peer)
    yield* waitFor(peer.transport.start(id, peer))
    return peer
  }

  /** Stops a node. */
  *stop(peer: Peer): Steps {
    this.#running.delete(peer)
    yield* waitFor(peer.transport.stop())
  }

  /** Lets time pass until it is so, and fails if that takes too long. `meanwhile` is done now and then. */
  *until(what: string, isTrue: () => boolean, meanwhile: () => void = () => {}): Steps {
    let passed = 0
    let sinceLast = 0
    for (let pause = 1; !isTrue(); pause = Math.min(2 * pause, 16)) {
      this.check()
      if (passed >= this.times.patience)
        throw new ConformanceError(
          `Expected ${what} within ${this.times.patience} ms, got nothing of the kind`,
        )
      yield* waitFor(this.#functions.wait(pause))
      passed += pause
      sinceLast += pause
      if (sinceLast < this.times.patience / 8) continue
      sinceLast = 0
      if (!isTrue()) meanwhile()
    }
    this.check()
  }

  /** Lets pass what time it takes for something that should not happen. */
  *calm(): Steps {
    yield* waitFor(this.#functions.wait(this.times.quiet))
    this.check()
  }

  /** Sends until all have arrived: a network may lose messages, and Raft sends them again. */
  *arrive(from: Peer, to: Peer, messages: readonly PeerMessage[]): Steps {
    let missing = messages
    const look = (): boolean => {
      missing = missing.filter((message) => !to.received.some((one) => difference(one, message) === null))
      return missing.length === 0
    }
    from.send(messages)
    const what = (): string =>
      `${missing.length} of ${messages.length} messages to arrive, such as ${show(missing[0])}`
    try {
      yield* this.until('all messages to arrive', look, () => {
        from.send(missing)
      })
    } catch (error) {
      this.check()
      throw new ConformanceError(`Expected ${what()} at node ${to.id}`, undefined, undefined, error)
    }
  }

  send({ transport }: Peer, messages: readonly PeerMessage[]): void {
    for (const message of messages) this.#sentTo(message.to).push(message)
    this.#isSending = true
    try {
      transport.send(messages)
    } finally {
      this.#isSending = false
    }
    this.check()
  }

  /** Takes note of a message that is sent without `send`. */
  allow(message: PeerMessage): void {
    this.#sentTo(message.to).push(message)
  }

  /** Fails if a handler was called as it must not be. */
  check(): void {
    if (this.#flaw !== null) throw this.#flaw
  }

  checkCall(what: string): void {
    if (this.#isSending)
      this.#flaw ??= new ConformanceError(`Expected ${what} to be called later, got a call from within send`)
  }

  /** Only what was sent, and to this node. The same may come twice. */
  checkReceived({ id }: Peer, message: PeerMessage): void {
    if (this.#flaw !== null || this.#sentTo(id).some((sent) => difference(message, sent) === null)) return
    const nearest = this.#sentTo(id).find(({ type }) => type === (message as PeerMessage | undefined)?.type)
    const found = nearest === undefined ? null : difference(message, nearest)
    const where =
      found === null ? '' : `; one that was sent differs in ${found.path}: ${show(found.expected)}`
    this.#flaw = new ConformanceError(
      `Expected node ${id} to receive only what was sent to it, got ${show(message)}${where}`,
      message,
      nearest,
    )
  }

  /** Stops everybody and takes the network down. */
  *clear(): Steps {
    for (const peer of this.#running) yield* this.stop(peer)
    yield* waitFor(this.#network?.destroy?.())
  }

  #sentTo(id: NodeId): PeerMessage[] {
    const sent = this.#sent.get(id) ?? []
    this.#sent.set(id, sent)
    return sent
  }
}

/** A test of the transport suite. */
export type TransportCase = Case<TransportBench>
