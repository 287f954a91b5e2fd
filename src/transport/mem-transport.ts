/**
 * A network inside one process, for tests, examples and services that are tried out: messages are shared by reference, and
 * delivered in order. It keeps the contract of a transport, and links can be cut.
 */

import { describeValue, OptionsError, UsageError } from '../core/errors.ts'
import type { MsgSnap, PeerMessage } from '../core/messages.ts'
import type { NodeId, Snapshot } from '../core/types.ts'
import { isNodeId } from '../core/validity.ts'
import type { SnapshotStore } from '../storage/snapshot-store.ts'
import type { Transport, TransportHandler } from './transport.ts'

/** How a {@link MemNetwork} carries messages. */
export interface MemNetworkOptions {
  /**
   * Calls back later, never at once: what delivers. With a longer `setTimeout` it is a network that takes its time; calls that
   * are made at different times may come in any order.
   * @defaultValue `setImmediate` where there is one, else `setTimeout`: other things in the process get their turn in between
   */
  readonly later?: ((call: () => void) => void) | undefined
  /**
   * Messages under way in one direction between two nodes; those beyond are dropped, and the peer reported as unreachable.
   * A whole number >= 1.
   * @defaultValue 10000
   */
  readonly maxQueued?: number | undefined
}

/** Who is there, and which links are cut. One for all nodes of a cluster. */
export class MemNetwork {
  readonly #running = new Map<NodeId, MemTransport>()
  readonly #cuts = new Set<string>()
  readonly #later: (call: () => void) => void
  /** As given in the options. */
  readonly maxQueued: number

  /** @throws OptionsError if an option is out of range */
  constructor(options: MemNetworkOptions = {}) {
    const { later = soon, maxQueued = 10_000 } = options
    if (typeof later !== 'function') throw new OptionsError('later', 'a function', later)
    if (!Number.isSafeInteger(maxQueued) || maxQueued < 1)
      throw new OptionsError('maxQueued', 'a whole number >= 1', maxQueued)
    this.#later = later
    this.maxQueued = maxQueued
  }

  /** Loses from now on whatever goes from one node to another, questions and answers too. Nobody is told of the loss. */
  cut(from: NodeId, to: NodeId): void {
    this.#cuts.add(`${from}>${to}`)
  }

  /** Cuts a node off from all that have started, in both directions. */
  isolate(id: NodeId): void {
    for (const other of this.#running.keys()) {
      if (other === id) continue
      this.cut(id, other)
      this.cut(other, id)
    }
  }

  /** Undoes all cuts. */
  heal(): void {
    this.#cuts.clear()
  }

  /** @internal */
  later(call: () => void): void {
    this.#later(call)
  }

  /** @internal */
  isCut(from: NodeId, to: NodeId): boolean {
    return this.#cuts.has(`${from}>${to}`)
  }

  /** @internal */
  find(id: NodeId): MemTransport | undefined {
    return this.#running.get(id)
  }

  /** @internal */
  enter(id: NodeId, transport: MemTransport): void {
    this.#running.set(id, transport)
  }

  /** @internal */
  leave(id: NodeId, transport: MemTransport): void {
    if (this.#running.get(id) === transport) this.#running.delete(id)
  }
}

/** One node's part of a {@link MemNetwork}. */
export class MemTransport implements Transport {
  readonly #network: MemNetwork
  readonly #snapshots: SnapshotStore | null
  readonly #queued = new Map<NodeId, number>()
  /** Ends the questions that wait when the transport stops. */
  readonly #waiting = new Set<(error: Error) => void>()
  #self: NodeId = 0
  #handler: TransportHandler | null = null

  /**
   * @param network - the network that all nodes share
   * @param snapshots - where the bytes of this node's snapshots are; without it they are in the snapshots themselves
   */
  constructor(network: MemNetwork, snapshots: SnapshotStore | null = null) {
    this.#network = network
    this.#snapshots = snapshots
  }

  /**
   * Takes the place of an earlier transport of this node, if there is one.
   * @throws UsageError (`ERR_INVALID_ARGUMENT`) if `self` is no node id, or it has started already
   */
  start(self: NodeId, handler: TransportHandler): Promise<void> {
    if (!isNodeId(self))
      return Promise.reject(
        new UsageError(
          'ERR_INVALID_ARGUMENT',
          `Expected \`self\` to be a node id, got ${describeValue(self)}`,
          'Pass a safe integer >= 1',
          self,
        ),
      )
    if (this.#handler !== null) return Promise.reject(usage('The transport has started already'))
    this.#self = self
    this.#handler = handler
    this.#network.enter(self, this)
    return Promise.resolve()
  }

  /** Sends each to its `to`. Before `start` and after `stop` it does nothing. */
  send(messages: readonly PeerMessage[]): void {
    for (const message of messages) this.#enqueue(message)
  }

  /** Rejects if there is nobody, or nobody who answers; the answer of a peer that is cut off never comes. */
  request(to: NodeId, question: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    if (this.#handler === null) return Promise.reject(usage('The transport is not running'))
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(asError(signal.reason))
      const settle = (end: () => void): void => {
        signal?.removeEventListener('abort', abort)
        this.#waiting.delete(fail)
        end()
      }
      const fail = (error: Error): void => settle(() => reject(error))
      const abort = (): void => fail(asError(signal?.reason))
      signal?.addEventListener('abort', abort, { once: true })
      this.#waiting.add(fail)
      this.#network.later(() => {
        void this.#ask(to, question, (answer) => settle(() => resolve(answer)), fail)
      })
    })
  }

  stop(): Promise<void> {
    this.#network.leave(this.#self, this)
    this.#handler = null
    for (const fail of this.#waiting) fail(usage('The transport was stopped'))
    return Promise.resolve()
  }

  #enqueue(message: PeerMessage): void {
    if (this.#handler === null) return
    const { to } = message
    const queued = this.#queued.get(to) ?? 0
    if (queued >= this.#network.maxQueued) return this.#network.later(() => this.#report(message, false))
    this.#queued.set(to, queued + 1)
    this.#network.later(() => {
      this.#queued.set(to, (this.#queued.get(to) ?? 1) - 1)
      this.#carry(message)
    })
  }

  #carry(message: PeerMessage): void {
    if (this.#handler === null) return
    if (this.#network.isCut(this.#self, message.to)) {
      // A cut is silent, except that who sends a snapshot must hear how it ended.
      if (message.type === 'MsgSnap') this.#handler.snapshotSent(message.to, 'failure')
      return
    }
    const target = this.#network.find(message.to)
    if (target === undefined) return this.#report(message, false)
    if (message.type === 'MsgSnap') return void this.#carrySnapshot(message, target)
    target.#take(message)
  }

  async #carrySnapshot(message: MsgSnap, target: MemTransport): Promise<void> {
    let isSent = false
    try {
      const snapshot = await this.#copied(message.snapshot, target)
      isSent = target.#handler !== null && !this.#network.isCut(this.#self, message.to)
      if (isSent) target.#take(snapshot === message.snapshot ? message : { ...message, snapshot })
    } catch {
      // One of the two stores has failed, or only one node has a store: as a network that lost it.
    }
    this.#report(message, isSent)
  }

  /** The snapshot as the other node is to see it: its bytes are in the other's store. */
  async #copied(snapshot: Snapshot, target: MemTransport): Promise<Snapshot> {
    // Without bytes there is no ticket either: a snapshot that only tells the first members.
    if (snapshot.data.length === 0 || (this.#snapshots === null && target.#snapshots === null))
      return snapshot
    if (this.#snapshots === null || target.#snapshots === null)
      throw usage('One of the two nodes has a store for snapshots, and the other has none')
    return target.#snapshots.receive(snapshot, this.#snapshots.read(snapshot.data))
  }

  /** A node that throws when it is told something is its own affair: neither the sender nor the network suffers. */
  #take(message: PeerMessage): void {
    try {
      this.#handler?.receive(message)
    } catch {
      // As if the message had been lost.
    }
  }

  async #ask(
    to: NodeId,
    question: Uint8Array,
    resolve: (answer: Uint8Array) => void,
    reject: (error: Error) => void,
  ): Promise<void> {
    if (this.#network.isCut(this.#self, to)) return
    try {
      const answer = this.#network.find(to)?.answerTo(this.#self, question)
      if (answer === undefined) return reject(usage(`Node ${to} is not there, or answers no questions`))
      const bytes = await answer
      if (!this.#network.isCut(to, this.#self)) resolve(bytes)
    } catch {
      // What it threw is not for its peers.
      reject(usage(`Node ${to} has no answer`))
    }
  }

  /** @internal */
  answerTo(peer: NodeId, question: Uint8Array): Promise<Uint8Array> | undefined {
    return this.#handler?.answer?.(peer, question)
  }

  #report({ type, to }: PeerMessage, isSent: boolean): void {
    if (!isSent) this.#handler?.unreachable(to)
    if (type === 'MsgSnap') this.#handler?.snapshotSent(to, isSent ? 'finish' : 'failure')
  }
}

/** Not a promise's callback: nodes that keep each other busy would let no timer of the process fire any more. */
function soon(call: () => void): void {
  const { setImmediate: immediate } = globalThis as { readonly setImmediate?: (call: () => void) => unknown }
  if (immediate === undefined) setTimeout(call, 0)
  else immediate(call)
}

function usage(what: string): UsageError {
  return new UsageError('ERR_TRANSPORT_NO_ANSWER', what, 'Start it, or ask another node')
}

function asError(value: unknown): Error {
  return value instanceof Error ? value : usage(`It was given up: ${describeValue(value)}`)
}
