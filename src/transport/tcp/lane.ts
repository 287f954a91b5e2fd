/**
 * The way to one peer for one kind of messages: a connection that is made when it is needed, and made again when it breaks.
 * While it is made, what is sent waits; after a failure it is dropped until the next attempt, since by then it would be stale.
 */

import type { NodeId } from '../../core/types.ts'
import { Backoff } from './backoff.ts'
import { Connection } from './connection.ts'
import { dial, type Dialled } from './dial.ts'
import { FrameBatch } from './frame-batch.ts'
import { answerLimits, FrameType, headerSize } from './frame.ts'
import type { LaneName } from './handshake.ts'
import type { Site } from './site.ts'
import { TransportError } from './transport-error.ts'

/** What a lane tells the peer that it belongs to. */
export interface LaneOwner {
  /** A frame came back. */
  frame(type: number, payload: Buffer): void
  /** What was sent and has not been answered never will be. `wasOpen`: some of it may have arrived. */
  broken(error: TransportError, wasOpen: boolean): void
  /** Something was dropped, or a connection broke: once for each failure. */
  unreachable(): void
}

type State =
  | { readonly name: 'idle' }
  | { readonly name: 'dialing'; readonly batch: FrameBatch; readonly cancel: () => void }
  | { readonly name: 'open'; readonly connection: Connection; readonly since: number }
  /** After a failure, until the timer ends. */
  | { readonly name: 'waiting'; readonly timer: NodeJS.Timeout }

const idle: State = { name: 'idle' }

export class Lane {
  readonly #site: Site
  readonly #peer: NodeId
  readonly #name: LaneName
  readonly #owner: LaneOwner
  readonly #backoff: Backoff
  #state: State = idle
  /** Whether to be connected even if there is nothing to send. */
  #isEager = false
  #wasUsed = false
  #hasTold = false

  constructor(site: Site, peer: NodeId, name: LaneName, owner: LaneOwner) {
    this.#site = site
    this.#peer = peer
    this.#name = name
    this.#owner = owner
    this.#backoff = new Backoff(site.options.backoff)
  }

  get isOpen(): boolean {
    return this.#state.name === 'open'
  }

  /** Is there no point in sending anything now? */
  get isWaiting(): boolean {
    return this.#state.name === 'waiting'
  }

  get queuedBytes(): number {
    const state = this.#state
    if (state.name === 'open') return state.connection.queuedBytes
    return state.name === 'dialing' ? state.batch.bytes : 0
  }

  get roundTrip(): number | null {
    return this.#state.name === 'open' ? this.#state.connection.roundTrip : null
  }

  /** Connects, and stays connected, from now on. */
  keep(): void {
    this.#isEager = true
    if (this.#state.name === 'idle') this.#dial()
  }

  /** Queues a frame; `false` if it was dropped. */
  send(type: FrameType, payload: Uint8Array): boolean {
    if (this.#state.name === 'idle') this.#dial()
    const state = this.#state
    const size = payload.length + headerSize
    if (state.name === 'waiting' || this.queuedBytes + size > this.#site.options.maxQueueBytes) {
      this.drop()
      return false
    }
    if (state.name === 'open') state.connection.send(type, payload)
    else if (state.name === 'dialing') state.batch.add(type, payload)
    this.#wasUsed = true
    return true
  }

  /** Something for this peer was dropped. */
  drop(): void {
    this.#wasUsed = true
    if (this.#hasTold) return
    this.#hasTold = true
    this.#owner.unreachable()
  }

  /** The peer has shown that it is there: no need to wait any longer. */
  wake(): void {
    if (this.#state.name !== 'waiting') return
    clearTimeout(this.#state.timer)
    this.#backoff.reset()
    this.#dial()
  }

  /** Ends what there is, and begins anew with the next message: the address has changed. */
  reset(error: TransportError): void {
    const wasOpen = this.#end()
    this.#backoff.reset()
    this.#owner.broken(error, wasOpen)
    if (this.#isEager) this.#dial()
  }

  /** Ends it; what was sent may still leave. */
  stop(): Promise<void> {
    this.#isEager = false
    const left = this.#state.name === 'open' ? this.#state.connection.finish() : Promise.resolve()
    this.#end()
    return left
  }

  #end(): boolean {
    const state = this.#state
    this.#state = idle
    if (state.name === 'open') state.connection.close()
    else if (state.name === 'dialing') state.cancel()
    else if (state.name === 'waiting') clearTimeout(state.timer)
    return state.name === 'open'
  }

  #dial(): void {
    const batch = new FrameBatch()
    const cancel = dial(this.#site, this.#peer, this.#name, (result) => {
      if (result instanceof TransportError) this.#failed(result, batch.bytes > 0)
      else this.#opened(result, batch)
    })
    this.#state = { name: 'dialing', batch, cancel }
    this.#wasUsed = false
  }

  #opened({ socket, head }: Dialled, batch: FrameBatch): void {
    const { maxMessageBytes, pingInterval, frameTimeout } = this.#site.options
    const rules = { limits: answerLimits(maxMessageBytes), beat: FrameType.ping, pingInterval, frameTimeout }
    const owner = {
      frame: (type: number, payload: Buffer) => this.#owner.frame(type, payload),
      drained: () => {
        this.#hasTold = false
      },
      closed: (error: TransportError) => this.#closed(error),
    }
    const connection = new Connection(socket, rules, owner, batch, head)
    this.#hasTold = false
    this.#state = { name: 'open', connection, since: performance.now() }
  }

  #closed(error: TransportError): void {
    const state = this.#state
    // A peer that takes connections and breaks them at once is not one to be dialled without a pause.
    if (state.name === 'open' && performance.now() - state.since > this.#site.options.backoff.max)
      this.#backoff.reset()
    this.#hasTold = true
    this.#wait()
    this.#owner.broken(error, true)
    this.#owner.unreachable()
  }

  #failed(error: TransportError, hadFrames: boolean): void {
    this.#wait()
    // Each attempt that fails is a failure of its own, told if it cost a message.
    this.#hasTold = hadFrames
    this.#owner.broken(error, false)
    if (hadFrames) this.#owner.unreachable()
  }

  #wait(): void {
    const timer = setTimeout(() => {
      this.#state = idle
      if (this.#isEager || this.#wasUsed) this.#dial()
    }, this.#backoff.wait())
    this.#state = { name: 'waiting', timer }
  }
}
