/** A connection that a peer has made: its messages go to the node, and its questions are answered over it. */

import { describeCause } from '../../core/errors.ts'
import type { PeerMessage } from '../../core/messages.ts'
import type { NodeId } from '../../core/types.ts'
import type { Connection } from './connection.ts'
import { FrameType } from './frame.ts'
import type { Site } from './site.ts'
import type { Tally } from './tally.ts'

/** Questions of one peer that are being answered, at most; those beyond are not asked. */
const maxQuestions = 4096
const none = new Uint8Array()

export class Inbound {
  readonly #site: Site
  readonly #peer: NodeId
  readonly #tally: Tally
  readonly #connection: Connection
  #questions = 0
  #questionBytes = 0

  constructor(site: Site, peer: NodeId, tally: Tally, connection: Connection) {
    this.#site = site
    this.#peer = peer
    this.#tally = tally
    this.#connection = connection
  }

  frame(type: number, payload: Buffer): void {
    this.#tally.received(payload.length)
    if (type === FrameType.message) this.#receive(payload)
    else void this.#answer(payload)
  }

  /** A message that is no good is one that was lost: those that follow are none the worse for it. */
  #receive(payload: Buffer): void {
    let message: PeerMessage
    try {
      message = this.#site.options.codec.decode(payload)
    } catch (cause) {
      return this.#site.reportMessage(
        `A message of ${payload.length} bytes from node ${this.#peer} cannot be read: ${describeCause(cause)}`,
        'Run the same release on all nodes, or upgrade through releases that know each other',
        this.#peer,
        cause,
      )
    }
    if (message.to !== this.#site.self)
      return this.#site.reportMessage(
        `A ${message.type} from node ${this.#peer} is for node ${message.to}, and this is node ${this.#site.self}`,
        'See that the message reached the transport with the right `to`',
        this.#peer,
      )
    this.#site.receive(message, this.#peer)
  }

  async #answer(payload: Buffer): Promise<void> {
    if (payload.length < 4) return
    const number = payload.subarray(0, 4)
    const { handler, options } = this.#site
    let answer: Uint8Array | null = null
    // Bytes count as well: a peer must not fill the memory with what it asks.
    const hasRoom =
      this.#questions < maxQuestions && this.#questionBytes + payload.length <= options.maxQueueBytes
    if (handler?.answer !== undefined && hasRoom) {
      this.#questions++
      this.#questionBytes += payload.length
      try {
        answer = await handler.answer(this.#peer, payload.subarray(4))
      } catch {
        // What it threw is not for its peers, and a question without an answer is part of life.
      }
      this.#questions--
      this.#questionBytes -= payload.length
    }
    if (answer !== null && answer.length > options.maxMessageBytes) {
      this.#site.reportMessage(
        `An answer to node ${this.#peer} has ${answer.length} bytes, and ${options.maxMessageBytes} is the limit`,
        'Answer in fewer bytes, or raise `maxMessageBytes` on all nodes',
        this.#peer,
      )
      answer = null
    }
    // Who asks and does not read the answers gets no more of them than a queue holds.
    if (this.#connection.queuedBytes > options.maxQueueBytes) return
    const status = Buffer.of(answer === null ? 1 : 0)
    this.#connection.send(FrameType.answer, Buffer.concat([number, status, answer ?? none]))
  }
}
