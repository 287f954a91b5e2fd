/** Everything that goes to one peer: small messages and entries on connections of their own, snapshots, questions. */

import { describeCause } from '../../core/errors.ts'
import type { PeerMessage } from '../../core/messages.ts'
import type { NodeId } from '../../core/types.ts'
import { FrameType } from './frame.ts'
import { Lane } from './lane.ts'
import { Questions } from './questions.ts'
import type { Site } from './site.ts'
import { SnapshotSender } from './snapshot-sender.ts'
import type { TcpPeerStatus } from './status.ts'
import type { Tally } from './tally.ts'
import type { TransportError } from './transport-error.ts'

/** What is longer goes the way of the entries: it would hold up heartbeats. */
const maxSmall = 64 * 1024

export class Peer {
  readonly id: NodeId
  readonly #site: Site
  readonly #tally: Tally
  readonly #control: Lane
  readonly #bulk: Lane
  readonly #questions: Questions
  readonly #snapshots: SnapshotSender
  #lastError: TransportError | null = null
  /** The last failure that an operator was told of: the same one again, at every attempt, says nothing new. */
  #reported = ''

  constructor(site: Site, id: NodeId, tally: Tally) {
    this.id = id
    this.#site = site
    this.#tally = tally
    this.#questions = new Questions(id, site.options.requestTimeout)
    this.#control = new Lane(site, id, 'control', this.#laneOwner(false))
    this.#bulk = new Lane(site, id, 'bulk', this.#laneOwner(true))
    this.#snapshots = new SnapshotSender(site, id, (error) => {
      if (error !== null) this.#note(error)
    })
  }

  /** Connects before there is anything to send: a node that comes back is found sooner. */
  keep(): void {
    this.#control.keep()
  }

  wake(): void {
    this.#control.wake()
    this.#bulk.wake()
  }

  send(message: PeerMessage): void {
    if (message.type === 'MsgSnap') return this.#snapshots.send(message)
    const isBulk = message.type === 'MsgApp' || message.type === 'MsgProp'
    const lane = isBulk ? this.#bulk : this.#control
    if (lane.isWaiting) return this.#drop(lane)
    const payload = this.#encode(message)
    if (payload === null) return this.#drop(lane)
    const fitting = payload.length > maxSmall ? this.#bulk : lane
    if (fitting.send(FrameType.message, payload)) this.#tally.sent(payload.length)
    else this.#tally.dropped++
  }

  ask(question: Uint8Array, signal: AbortSignal | undefined): Promise<Uint8Array> {
    return this.#questions.ask(question, signal, (payload) => {
      const isTaken = this.#bulk.send(FrameType.question, payload)
      if (isTaken) this.#tally.sent(payload.length)
      return isTaken
    })
  }

  /** Its address has changed. */
  reset(error: TransportError): void {
    this.#control.reset(error)
    this.#bulk.reset(error)
    this.#snapshots.stop(error)
  }

  /** Ends when what was sent has left, or had its time. */
  async stop(reason: TransportError): Promise<void> {
    const left = [this.#control.stop(), this.#bulk.stop()]
    this.#questions.failAll(reason, true)
    this.#snapshots.stop(reason)
    await Promise.all(left)
  }

  status(): TcpPeerStatus {
    const { sentMessages, sentBytes, receivedMessages, receivedBytes, dropped } = this.#tally
    return {
      id: this.id,
      address: this.#address(),
      isConnected: this.#control.isOpen || this.#bulk.isOpen,
      queuedBytes: this.#control.queuedBytes + this.#bulk.queuedBytes,
      sentMessages,
      sentBytes,
      receivedMessages,
      receivedBytes,
      droppedMessages: dropped,
      questions: this.#questions.size,
      snapshot: this.#snapshots.progress,
      roundTrip: this.#control.roundTrip ?? this.#bulk.roundTrip,
      lastError: this.#lastError?.message ?? null,
    }
  }

  #address(): TcpPeerStatus['address'] {
    try {
      return this.#site.book.find(this.id) ?? null
    } catch {
      return null
    }
  }

  #laneOwner(hasQuestions: boolean): ConstructorParameters<typeof Lane>[3] {
    return {
      frame: (_, payload) => {
        this.#tally.received(payload.length)
        this.#questions.answered(payload)
      },
      broken: (error, wasOpen) => {
        this.#note(error)
        if (hasQuestions) this.#questions.failAll(error, wasOpen)
      },
      unreachable: () => this.#site.unreachable(this.id),
    }
  }

  /** A peer that is away is part of life. One that turns us down, or is not the one we mean, needs somebody to look. */
  #note(error: TransportError): void {
    this.#lastError = error
    if (error.code === 'ERR_TRANSPORT_CONNECTION' || error.message === this.#reported) return
    this.#reported = error.message
    this.#site.report(error, this.id)
  }

  #drop(lane: Lane): void {
    this.#tally.dropped++
    lane.drop()
  }

  #encode(message: PeerMessage): Uint8Array | null {
    const { codec, maxMessageBytes } = this.#site.options
    const fix = 'Propose less at a time, or raise `maxMessageBytes` on all nodes above `maxSizePerMsg`'
    try {
      const payload = codec.encode(message)
      if (payload.length <= maxMessageBytes) return payload
      const what = `A ${message.type} has ${payload.length} bytes, and ${maxMessageBytes} is the limit`
      this.#site.reportMessage(what, fix, this.id)
    } catch (cause) {
      const what = `A ${message.type} cannot be encoded: ${describeCause(cause)}`
      this.#site.reportMessage(what, 'See that it is a message of this library', this.id, cause)
    }
    return null
  }
}
