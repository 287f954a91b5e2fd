/** Takes in one snapshot: its bytes go to the store as they come, and the peer waits while the store does. */

import { describeCause } from '../../core/errors.ts'
import type { MsgSnap } from '../../core/messages.ts'
import type { NodeId, Snapshot } from '../../core/types.ts'
import { ChunkQueue } from './chunk-queue.ts'
import type { Connection } from './connection.ts'
import { FrameType } from './frame.ts'
import type { Site } from './site.ts'
import type { Tally } from './tally.ts'
import type { TransportError } from './transport-error.ts'

export class SnapshotReceiver {
  readonly #site: Site
  readonly #peer: NodeId
  readonly #tally: Tally
  readonly #connection: Connection
  readonly #queue: ChunkQueue
  #message: MsgSnap | null = null
  #size = 0
  #received = 0
  #isOver = false
  #hasFailed = false
  /** Ends when nothing of it is under way any more. */
  done: Promise<void> = Promise.resolve()

  constructor(site: Site, peer: NodeId, tally: Tally, connection: Connection) {
    this.#site = site
    this.#peer = peer
    this.#tally = tally
    this.#connection = connection
    this.#queue = new ChunkQueue(() => connection.resume())
  }

  frame(type: number, payload: Buffer): void {
    if (this.#isOver) return
    if (type === FrameType.snapshot) this.#begin(payload)
    else if (this.#message === null) this.#fail('its bytes came before it')
    else if (type === FrameType.chunk) this.#take(payload)
    else if (this.#received === this.#size) {
      this.#isOver = true
      this.#queue.end()
    } else this.#fail(`it ended after ${this.#received} bytes of ${this.#size}`)
  }

  /** The connection has ended: whoever reads the bytes hears that these were not all. */
  closed(error: TransportError): void {
    // What has arrived as a whole is taken in all the same.
    if (this.#isOver) return
    this.#isOver = true
    this.#hasFailed = true
    this.#queue.fail(error)
  }

  #begin(payload: Buffer): void {
    if (this.#message !== null || payload.length < 9) return this.#fail('it did not begin as a snapshot does')
    const { codec, snapshots, maxSnapshotBytes } = this.#site.options
    const isStored = payload[0] === 1
    this.#size = Number(payload.readBigUInt64LE(1))
    try {
      const message = codec.decode(payload.subarray(9))
      if (message.type !== 'MsgSnap' || message.to !== this.#site.self)
        return this.#fail(`it is a ${message.type} for node ${message.to}`)
      this.#message = message
    } catch (cause) {
      return this.#fail(`its message cannot be read: ${describeCause(cause)}`)
    }
    if (isStored && snapshots === null)
      return this.#fail('it comes from a store for snapshots, and this node has none')
    if (!isStored && snapshots !== null && this.#size > 0)
      return this.#fail('it does not come from a store for snapshots, and this node has one')
    if (!isStored && this.#size > maxSnapshotBytes)
      return this.#fail(
        `it claims ${this.#size} bytes, and ${maxSnapshotBytes} are the limit without a store`,
      )
    this.done = this.#finish(this.#message, isStored)
  }

  #take(payload: Buffer): void {
    this.#received += payload.length
    if (this.#received > this.#size) return this.#fail(`more came than the ${this.#size} bytes it claims`)
    if (!this.#queue.push(payload)) this.#connection.pause()
  }

  async #finish(message: MsgSnap, isStored: boolean): Promise<void> {
    const { snapshots } = this.#site.options
    let snapshot: Snapshot
    try {
      snapshot =
        isStored && snapshots !== null
          ? await snapshots.receive(message.snapshot, this.#queue)
          : { ...message.snapshot, data: await collect(this.#queue) }
    } catch (cause) {
      return this.#fail(describeCause(cause))
    }
    const isTaken = this.#site.receive({ ...message, snapshot }, this.#peer)
    this.#tally.received(this.#size)
    this.#answer(isTaken ? null : 'the node that it is for did not take it')
  }

  #fail(why: string): void {
    if (this.#hasFailed) return
    this.#isOver = true
    this.#hasFailed = true
    this.#site.reportMessage(
      `A snapshot from node ${this.#peer} could not be taken in: ${why}`,
      'Look at the disk, and use the same `snapshots` and limits on all nodes',
      this.#peer,
    )
    this.#queue.fail(new Error(why))
    this.#answer(why)
  }

  /** The peer closes the connection when it has read this. */
  #answer(why: string | null): void {
    // What still comes is read and thrown away, or the answer would never be read either.
    this.#connection.resume()
    const text = Buffer.from(why ?? '', 'utf8').subarray(0, 500)
    this.#connection.send(FrameType.outcome, Buffer.concat([Buffer.of(why === null ? 0 : 1), text]))
  }
}

/** All the bytes in one piece: no more memory is taken than has arrived, whatever the peer claims. */
async function collect(queue: ChunkQueue): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of queue) chunks.push(chunk)
  const { buffer, byteOffset, length } = Buffer.concat(chunks)
  return new Uint8Array(buffer, byteOffset, length)
}
