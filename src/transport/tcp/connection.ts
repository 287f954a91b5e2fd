/**
 * One connection after its handshake: frames in and out, one write per turn of the event loop, signs of life, and deadlines.
 * Time is counted in ticks of a timer: after a stall of the whole process, what has arrived meanwhile is read before a peer is
 * held to have been silent.
 */

import type { Socket } from 'node:net'
import { FrameBatch } from './frame-batch.ts'
import { FrameReader } from './frame-reader.ts'
import { type FrameLimits, FrameType } from './frame.ts'
import { connectionError, type TransportError } from './transport-error.ts'

/** What a connection tells its owner; never from within one of the owner's calls. */
export interface ConnectionOwner {
  /** A frame that is neither ping nor pong. */
  frame(type: number, payload: Buffer): void
  /** All that was sent has been handed to the operating system, or nearly so. */
  drained?(): void
  /** It has ended, and not by `close`. Told once. */
  closed(error: TransportError): void
}

/** What holds on a connection. */
export interface ConnectionRules {
  readonly limits: FrameLimits
  /** What is sent now and then: a ping by who dials, and a pong where pings may lie unread. */
  readonly beat: typeof FrameType.ping | typeof FrameType.pong | null
  /** Milliseconds. */
  readonly pingInterval: number
  readonly frameTimeout: number
}

/** Milliseconds that a connection gets to carry what was sent before its end. */
const grace = 200

/** Bytes that may wait before a ping is left unanswered: life shows in them too. */
const maxPongs = 64 * 1024

/** Intervals without a sign of life after which a peer is given up. */
const patience = 4

export class Connection {
  readonly #socket: Socket
  readonly #rules: ConnectionRules
  readonly #owner: ConnectionOwner
  readonly #reader: FrameReader
  readonly #batch: FrameBatch
  readonly #tick: number
  readonly #timer: NodeJS.Timeout
  #isClosed = false
  #isPaused = false
  #isFlushDue = false
  #sincePing = 0
  #silence = 0
  #pings = 0
  #pingedAt = 0
  #roundTrip: number | null = null
  // What was so at the last tick.
  #read = 0
  #written = 0
  #frames = 0
  #frameAge = 0

  /**
   * @param batch - what is to be sent already
   * @param head - what has arrived behind the handshake
   */
  constructor(
    socket: Socket,
    rules: ConnectionRules,
    owner: ConnectionOwner,
    batch: FrameBatch = new FrameBatch(),
    head: Buffer = Buffer.alloc(0),
  ) {
    this.#socket = socket
    this.#rules = rules
    this.#owner = owner
    this.#batch = batch
    this.#reader = new FrameReader(rules.limits, (type, payload) => this.#take(type, payload))
    this.#tick = Math.max(5, Math.min(rules.pingInterval, Math.ceil(rules.frameTimeout / 2)))
    this.#timer = setInterval(() => this.#watch(), this.#tick)
    socket.on('data', (chunk: Buffer) => this.#push(chunk))
    socket.on('drain', () => this.#flush())
    socket.on('error', (cause) => this.#fail(broken(cause.message, cause)))
    socket.on('close', () => this.#fail(broken('the other side has closed it')))
    // Not within the constructor: its owner does not know it yet.
    setImmediate(() => {
      if (this.#isClosed) return
      // Closed before anybody listened.
      if (socket.destroyed) return this.#fail(broken('the other side has closed it'))
      if (head.length > 0) this.#push(head)
      if (!this.#isPaused) socket.resume()
    })
    if (batch.bytes > 0) this.#flushSoon()
    // The first answer says how far away the peer is, and that it is alive.
    if (rules.beat === FrameType.ping) this.#beat()
  }

  /** Bytes that wait here, the operating system's aside. */
  get queuedBytes(): number {
    return this.#batch.bytes + this.#socket.writableLength
  }

  /** Milliseconds from the last ping to its pong; `null` before the first. */
  get roundTrip(): number | null {
    return this.#roundTrip
  }

  /** Queues a frame. */
  send(type: FrameType, payload: Uint8Array): void {
    if (this.#isClosed) return
    this.#batch.add(type, payload)
    this.#flushSoon()
  }

  /** Reads nothing until `resume`: what the peer sends waits with the peer. */
  pause(): void {
    this.#isPaused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    if (!this.#isClosed) this.#socket.resume()
  }

  /** Ends it at once, and tells nobody. */
  close(): void {
    if (this.#shut()) this.#socket.destroy()
  }

  /** Ends it when what was sent has left, or after a moment, and tells nobody. */
  finish(): Promise<void> {
    this.#flush()
    const socket = this.#socket
    if (!this.#shut() || socket.destroyed) return Promise.resolve()
    return new Promise((resolve) => {
      // A peer that does not read must not keep it open.
      const timer = setTimeout(() => socket.destroy(), grace)
      socket.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      socket.destroySoon()
    })
  }

  #shut(): boolean {
    if (this.#isClosed) return false
    this.#isClosed = true
    clearInterval(this.#timer)
    this.#reader.close()
    return true
  }

  #fail(error: TransportError): void {
    if (!this.#shut()) return
    this.#socket.destroy()
    this.#owner.closed(error)
  }

  #push(chunk: Buffer): void {
    if (this.#isClosed) return
    try {
      this.#reader.push(chunk)
    } catch (error) {
      this.#fail(error as TransportError)
    }
  }

  #take(type: number, payload: Buffer): void {
    if (type === FrameType.ping) {
      // Who asks and does not read the answers gets no more of them.
      if (this.queuedBytes < maxPongs) this.send(FrameType.pong, payload)
      return
    }
    if (type !== FrameType.pong) return this.#owner.frame(type, payload)
    if (payload.length === 4 && payload.readUInt32LE(0) === this.#pings && this.#pings > 0)
      this.#roundTrip = performance.now() - this.#pingedAt
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    // Behind everything that the present turn of the event loop still does: all of it leaves as one.
    setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#isFlushDue = false
    // 'drain' comes back to it.
    if (this.#isClosed || this.#socket.writableNeedDrain) return
    const hasRoom = this.#batch.bytes === 0 || this.#write(this.#batch.take())
    if (hasRoom) this.#owner.drained?.()
  }

  /** `false` if that was enough for now. */
  #write(pieces: readonly Uint8Array[]): boolean {
    this.#socket.cork()
    for (const piece of pieces) this.#socket.write(piece)
    this.#socket.uncork()
    return !this.#socket.writableNeedDrain
  }

  #watch(): void {
    const error = this.#unfinishedFrame() ?? this.#tooSilent()
    if (error !== null) return this.#fail(error)
    this.#sincePing += this.#tick
    if (this.#rules.beat !== null && this.#sincePing >= this.#rules.pingInterval) this.#beat()
  }

  /** A frame that has begun has to arrive. While nothing is read, that is not the peer's fault. */
  #unfinishedFrame(): TransportError | null {
    const { begun, frames } = this.#reader
    const isSame = begun > 0 && frames === this.#frames && !this.#isPaused
    this.#frameAge = isSame ? this.#frameAge + this.#tick : 0
    this.#frames = frames
    const allowed = this.#rules.frameTimeout * Math.ceil(begun / 2 ** 20)
    if (!isSame || this.#frameAge <= allowed) return null
    return connectionError(
      `A frame of ${begun} bytes has begun and not ended within ${allowed} ms`,
      'Look at the network between the nodes, or raise `frameTimeout`',
    )
  }

  /** Bytes in either direction are a sign of life: a peer that reads slowly still reads. */
  #tooSilent(): TransportError | null {
    const { bytesRead, bytesWritten, writableLength } = this.#socket
    const written = bytesWritten - writableLength
    const hasMoved = bytesRead !== this.#read || written !== this.#written
    // What is written into a connection nobody reads from moves too, until the operating system holds enough of it. A ping
    // by itself is no sign of life.
    const isByPeer = bytesRead !== this.#read || (hasMoved && writableLength > 0)
    this.#silence = isByPeer || this.#isPaused ? 0 : this.#silence + this.#tick
    this.#read = bytesRead
    this.#written = written
    if (this.#silence < patience * this.#rules.pingInterval) return null
    return connectionError(
      `Nothing has been heard for ${this.#silence} ms`,
      'Look whether the node is alive, and at the network between the nodes',
    )
  }

  #beat(): void {
    this.#sincePing = 0
    const payload = Buffer.alloc(4)
    if (this.#rules.beat === FrameType.ping) {
      this.#pings = (this.#pings + 1) % 2 ** 32
      this.#pingedAt = performance.now()
      payload.writeUInt32LE(this.#pings, 0)
    }
    if (this.#rules.beat !== null) this.send(this.#rules.beat, payload)
  }
}

function broken(why: string, cause?: unknown): TransportError {
  return connectionError(
    `The connection broke: ${why}`,
    'It is made again; look at the other node if that goes on',
    cause,
  )
}
