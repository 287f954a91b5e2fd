/** Carries messages over TCP, with TLS or inside one machine. docs/TRANSPORT.md says how, down to the bytes. */

import { describeValue, OptionsError, UsageError } from '../../core/errors.ts'
import type { PeerMessage } from '../../core/messages.ts'
import type { NodeId } from '../../core/types.ts'
import { isNodeId } from '../../core/validity.ts'
import type { Transport, TransportHandler } from '../transport.ts'
import { checkAddress, forget, maxStrangers, parseAddress, type PeerAddress } from './address.ts'
import type { Hello } from './handshake.ts'
import { Listener } from './listener.ts'
import { Peer } from './peer.ts'
import { Site } from './site.ts'
import type { TcpPeerStatus } from './status.ts'
import { Tally } from './tally.ts'
import {
  checkSecure,
  checkTls,
  resolveTcpOptions,
  type TcpOptions,
  type TcpTlsOptions,
} from './tcp-options.ts'
import { connectionError, noAnswer, notRunning } from './transport-error.ts'
import { Visitors } from './visitors.ts'

/**
 * A {@link Transport} over TCP. Each node connects to each other one: messages go out over the connections that a node has made
 * itself, and only answers come back over them. There is one for what is small (heartbeats, votes), one for entries and
 * questions, and one for each snapshot while it is sent.
 */
export class TcpTransport implements Transport {
  readonly #site: Site
  readonly #peers = new Map<NodeId, Peer>()
  readonly #tallies = new Map<NodeId, Tally>()
  readonly #visitors: Visitors
  #listener: Listener | null = null
  #state: 'new' | 'running' | 'stopped' = 'new'
  #stopped: Promise<void> | null = null

  /**
   * @throws OptionsError if an option is unknown or out of range
   * @throws TransportError (`ERR_TRANSPORT_INSECURE`) if it would listen or connect beyond this machine without TLS
   */
  constructor(options: TcpOptions) {
    this.#site = new Site(resolveTcpOptions(options))
    this.#visitors = new Visitors(this.#site, (id) => this.#tallyOf(id))
  }

  /** Where it listens; `null` until it does. The port is the real one, also where the options say 0. */
  get address(): PeerAddress | null {
    return this.#site.listening
  }

  /**
   * Listens, and connects to the peers that are known.
   * @throws TransportError (`ERR_TRANSPORT_LISTEN`) if it cannot listen there; it can then be started again
   * @throws UsageError (`ERR_INVALID_ARGUMENT`) if `self` is no node id, or it has been started before
   */
  async start(self: NodeId, handler: TransportHandler): Promise<void> {
    if (!isNodeId(self)) throw argument('`self` to be a node id', self, 'Pass a safe integer >= 1')
    if (this.#state !== 'new')
      throw argument('a transport that has not been started', this.#state, 'Make a new one for each start')
    this.#state = 'running'
    const site = this.#site
    site.self = self
    site.handler = handler
    const listener = new Listener(
      site,
      (hello) => this.#visitors.refusal(hello),
      (hello, socket, head) => {
        this.#met(hello, socket.remoteAddress ?? '')
        this.#visitors.enter(hello, socket, head)
      },
    )
    try {
      site.listening = await listener.listen(site.options.listen)
    } catch (error) {
      this.#state = 'new'
      site.handler = null
      throw error
    }
    this.#listener = listener
    // `setPeer` may have been called meanwhile, and `stop` too.
    if (this.#isRunning()) for (const id of site.book.ids()) if (id !== self) this.#peerOf(id).keep()
  }

  /**
   * Sends each to its `to`. After `stop` it does nothing.
   * @throws TransportError (`ERR_TRANSPORT_STOPPED`) before `start`
   */
  send(messages: readonly PeerMessage[]): void {
    if (this.#state === 'new') throw notRunning('The transport has not been started')
    if (this.#state === 'stopped') return
    for (const message of messages) {
      if (message.to === this.#site.self) this.#refuseSelf(message)
      else this.#peerOf(message.to).send(message)
    }
  }

  /**
   * @throws TransportError (`ERR_TRANSPORT_NO_ANSWER`) if the peer cannot be reached, has no answer, or has not answered in time;
   * its `mayHaveArrived` says whether the question may have been acted on
   * @throws whatever `signal` was aborted with
   */
  request(to: NodeId, question: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    if (this.#state !== 'running') return Promise.reject(notRunning('The transport is not running'))
    const { maxMessageBytes } = this.#site.options
    if (question.length > maxMessageBytes)
      return Promise.reject(
        argument(
          `a question of at most ${maxMessageBytes} bytes`,
          question.length,
          'Ask less, or raise `maxMessageBytes` on all nodes',
        ),
      )
    if (to === this.#site.self)
      return Promise.reject(noAnswer('A node does not ask itself', 'Ask another one', false))
    return this.#peerOf(to).ask(question, signal)
  }

  /** Ends all connections. What was sent gets a moment to leave. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  /**
   * From now on `id` is at `address`: an object, or text like `10.0.0.1:7000`. Connections to another address end.
   * @throws OptionsError if it is no address
   * @throws TransportError (`ERR_TRANSPORT_INSECURE`) if it is beyond this machine and there is no TLS
   */
  setPeer(id: NodeId, given: PeerAddress | string): void {
    if (!isNodeId(id)) throw argument('`id` to be a node id', id, 'Pass a safe integer >= 1')
    const address = typeof given === 'string' ? parseAddress(given) : given
    checkAddress('address', address)
    checkSecure(this.#site.options, address.host, `A connection to node ${id}`)
    const { book, self } = this.#site
    const peer = this.#peers.get(id)
    const before = peer?.status().address
    book.set(id, { host: address.host, port: address.port })
    if (!this.#isRunning() || id === self) return
    if (before?.host !== address.host || before.port !== address.port)
      peer?.reset(connectionError(`Node ${id} has another address`, 'Nothing needs to be done'))
    this.#peerOf(id).keep()
  }

  /** Forgets where `id` is, and ends the connections to it. Those that it makes itself are still taken. */
  removePeer(id: NodeId): void {
    this.#site.book.remove(id)
    void this.#peers.get(id)?.stop(connectionError(`Node ${id} was removed`, 'Nothing needs to be done'))
    this.#peers.delete(id)
  }

  /**
   * Connections that are made from now on, in both directions, use these certificates; those that there are go on.
   * @throws OptionsError if something is missing, or the transport was made without TLS
   */
  setTls(tls: TcpTlsOptions): void {
    if (this.#site.tls === null)
      throw new OptionsError('tls', 'set from the beginning', tls, 'Make a transport with `tls`')
    checkTls(tls)
    this.#listener?.setTls(tls)
    this.#site.tls = tls
  }

  /** How things stand with each peer that is known, in the order of their ids. */
  status(): readonly TcpPeerStatus[] {
    return [...this.#peers.values()].map((peer) => peer.status()).sort((a, b) => a.id - b.id)
  }

  #isRunning(): boolean {
    return this.#state === 'running'
  }

  async #stop(): Promise<void> {
    this.#state = 'stopped'
    this.#site.handler = null
    const error = notRunning('The transport was stopped')
    const left = Array.from(this.#peers.values(), (peer) => peer.stop(error))
    await Promise.all([...left, this.#visitors.stop(error), this.#listener?.close()])
  }

  /** A peer has connected: it is there, and has said where. */
  #met(hello: Hello, remoteAddress: string): void {
    const host = hello.host === '' ? remoteAddress.replace(/^::ffff:/i, '') : hello.host
    if (hello.port > 0 && host !== '') this.#site.book.learn(hello.from, { host, port: hello.port })
    this.#peers.get(hello.from)?.wake()
  }

  #peerOf(id: NodeId): Peer {
    let peer = this.#peers.get(id)
    if (peer === undefined) {
      peer = new Peer(this.#site, id, this.#tallyOf(id))
      this.#peers.set(id, peer)
    }
    return peer
  }

  #tallyOf(id: NodeId): Tally {
    let tally = this.#tallies.get(id)
    if (tally === undefined) {
      tally = new Tally()
      forget(this.#tallies, maxStrangers)
      this.#tallies.set(id, tally)
    }
    return tally
  }

  #refuseSelf({ type, to }: PeerMessage): void {
    this.#site.reportMessage(`A ${type} is for this node itself`, 'Step it into the node', to)
    if (type === 'MsgSnap') this.#site.snapshotSent(to, 'failure')
  }
}

function argument(expected: string, value: unknown, fix: string): UsageError {
  return new UsageError(
    'ERR_INVALID_ARGUMENT',
    `Expected ${expected}, got ${describeValue(value)}`,
    fix,
    value,
  )
}
