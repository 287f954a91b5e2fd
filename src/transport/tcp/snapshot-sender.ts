/**
 * Sends snapshots to one peer, one after the other, each over a connection of its own: heartbeats and entries pass by on
 * theirs. Of each it tells exactly once how it ended.
 */

import { describeCause } from '../../core/errors.ts'
import type { MsgSnap } from '../../core/messages.ts'
import type { NodeId } from '../../core/types.ts'
import { Connection } from './connection.ts'
import { dial, type Dialled } from './dial.ts'
import { FrameType, maxChunk, outcomeLimits } from './frame.ts'
import type { Site } from './site.ts'
import { connectionError, TransportError } from './transport-error.ts'

/** Snapshots that wait for one peer, at most: each would be out of date by the time it is its turn. */
const maxWaiting = 4
/** Bytes that are read ahead of the socket. */
const ahead = 512 * 1024
const none = new Uint8Array()

/** How far a snapshot is on its way. */
export interface SnapshotProgress {
  readonly sentBytes: number
  readonly totalBytes: number
}

export class SnapshotSender {
  readonly #site: Site
  readonly #peer: NodeId
  readonly #noted: (error: TransportError | null) => void
  #waiting: MsgSnap[] = []
  #isBusy = false
  #cancel: (error: TransportError) => void = () => {}
  #progress: SnapshotProgress | null = null

  /** @param noted - told how each transfer ended, for the status */
  constructor(site: Site, peer: NodeId, noted: (error: TransportError | null) => void) {
    this.#site = site
    this.#peer = peer
    this.#noted = noted
  }

  get progress(): SnapshotProgress | null {
    return this.#progress
  }

  /** Queues a snapshot, or reports at once that it was not sent. */
  send(message: MsgSnap): void {
    if (this.#waiting.length >= maxWaiting) return this.#site.snapshotSent(this.#peer, 'failure')
    this.#waiting.push(message)
    if (!this.#isBusy) void this.#work()
  }

  /** Ends what is under way, and what waits: as failures, which nobody is told of any more when the transport has stopped. */
  stop(error: TransportError): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const _ of waiting) this.#site.snapshotSent(this.#peer, 'failure')
    this.#cancel(error)
  }

  async #work(): Promise<void> {
    this.#isBusy = true
    for (let message = this.#waiting.shift(); message !== undefined; message = this.#waiting.shift()) {
      const error = await this.#transfer(message)
      this.#progress = null
      this.#cancel = () => {}
      this.#noted(error)
      this.#site.snapshotSent(this.#peer, error === null ? 'finish' : 'failure')
      // Whoever cannot be reached now cannot be for the next one either.
      if (error !== null) this.stop(error)
    }
    this.#isBusy = false
  }

  /** Sends one; `null` if it has arrived. It does not throw. */
  async #transfer(message: MsgSnap): Promise<TransportError | null> {
    let way: SnapshotWay | null = null
    try {
      const payload = this.#firstPayload(message)
      const dialled = await this.#dial()
      way = new SnapshotWay(this.#site, dialled)
      const opened = way
      this.#cancel = (error) => opened.fail(error)
      way.send(FrameType.snapshot, payload)
      await this.#stream(message, way)
      way.send(FrameType.end, none)
      await way.outcome()
      return null
    } catch (error) {
      return error instanceof TransportError ? error : unsent(this.#peer, error)
    } finally {
      way?.close()
    }
  }

  /** What goes before the bytes. Those of the snapshot are taken out of the message, except for a ticket. */
  #firstPayload(message: MsgSnap): Uint8Array {
    const { codec, snapshots, maxSnapshotBytes } = this.#site.options
    const { data } = message.snapshot
    // Without bytes there is no ticket either: a snapshot that only tells the first members.
    const isStored = snapshots !== null && data.length > 0
    const size = isStored ? snapshots.size(data) : data.length
    if (!isStored && size > maxSnapshotBytes)
      throw new TransportError(
        'ERR_TRANSPORT_MESSAGE',
        `A snapshot of ${size} bytes is longer than the ${maxSnapshotBytes} that are sent from memory`,
        'Pass a store for `snapshots`, or raise `maxSnapshotBytes` on all nodes',
      )
    const light = isStored ? message : { ...message, snapshot: { ...message.snapshot, data: none } }
    const encoded = codec.encode(light)
    const payload = Buffer.alloc(9 + encoded.length)
    payload[0] = isStored ? 1 : 0
    payload.writeBigUInt64LE(BigInt(size), 1)
    payload.set(encoded, 9)
    this.#progress = { sentBytes: 0, totalBytes: size }
    return payload
  }

  #dial(): Promise<Dialled> {
    return new Promise((resolve, reject) => {
      const cancel = dial(this.#site, this.#peer, 'snapshot', (result) => {
        if (result instanceof TransportError) reject(result)
        else resolve(result)
      })
      this.#cancel = (error) => {
        cancel()
        reject(error)
      }
    })
  }

  async #stream(message: MsgSnap, way: SnapshotWay): Promise<void> {
    const { snapshots } = this.#site.options
    const { data } = message.snapshot
    const total = this.#progress?.totalBytes ?? 0
    let sent = 0
    const pieces = snapshots === null || data.length === 0 ? [data] : snapshots.read(data)
    for await (const piece of pieces)
      for (let at = 0; at < piece.length; at += maxChunk) {
        const chunk = piece.subarray(at, at + maxChunk)
        sent += chunk.length
        if (sent > total) throw new RangeError(`the store has more than the ${total} bytes that it promised`)
        way.send(FrameType.chunk, chunk)
        this.#progress = { sentBytes: sent, totalBytes: total }
        await way.room()
      }
    if (sent < total)
      throw new RangeError(`the store has ${sent} bytes instead of the ${total} that it promised`)
  }
}

/** The connection of one snapshot. */
class SnapshotWay {
  readonly #connection: Connection
  #error: TransportError | null = null
  #isTaken = false
  #wake: () => void = () => {}

  constructor({ options }: Site, { socket, head }: Dialled) {
    const { pingInterval, frameTimeout } = options
    const rules = { limits: outcomeLimits, beat: FrameType.ping, pingInterval, frameTimeout }
    const owner = {
      frame: (_: number, payload: Buffer) => this.#ended(payload),
      drained: () => this.#wake(),
      closed: (error: TransportError) => this.fail(error),
    }
    this.#connection = new Connection(socket, rules, owner, undefined, head)
  }

  send(type: FrameType, payload: Uint8Array): void {
    this.#connection.send(type, payload)
  }

  /** Until more may be sent. */
  async room(): Promise<void> {
    while (this.#error === null && this.#connection.queuedBytes > ahead) await this.#next()
    if (this.#error !== null) throw this.#error
  }

  /** Until the peer has said how it ended. */
  async outcome(): Promise<void> {
    while (this.#error === null && !this.#isTaken) await this.#next()
    if (this.#error !== null) throw this.#error
  }

  fail(error: TransportError): void {
    this.#error ??= error
    this.close()
    this.#wake()
  }

  close(): void {
    this.#connection.close()
  }

  #ended(payload: Buffer): void {
    this.#isTaken = payload[0] === 0
    if (!this.#isTaken)
      this.#error = connectionError(
        `The peer could not take the snapshot in: ${payload.toString('utf8', 1)}`,
        'Look at the other node: its disk, and its option `snapshots`',
      )
    this.#wake()
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

function unsent(peer: NodeId, cause: unknown): TransportError {
  return new TransportError(
    'ERR_TRANSPORT_MESSAGE',
    `The snapshot for node ${peer} could not be sent: ${describeCause(cause)}`,
    'Look at the store for snapshots, and at the codec',
    { cause },
  )
}
