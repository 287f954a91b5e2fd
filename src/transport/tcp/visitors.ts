/** The connections that peers have made: one of each kind per peer, and only from the latest process that is that peer. */

import type { Socket } from 'node:net'
import type { NodeId } from '../../core/types.ts'
import { Connection } from './connection.ts'
import { FrameType, messageLimits, snapshotLimits } from './frame.ts'
import type { Hello, LaneName, Refusal } from './handshake.ts'
import { Inbound } from './inbound.ts'
import type { Site } from './site.ts'
import { SnapshotReceiver } from './snapshot-receiver.ts'
import type { Tally } from './tally.ts'
import { connectionError, type TransportError } from './transport-error.ts'

/** Connections at most, of all peers: without TLS anybody may make up ids. */
const maxVisitors = 1024

interface Visitor {
  readonly peer: NodeId
  readonly lane: LaneName
  readonly incarnation: number
  readonly connection: Connection
  readonly receiver: SnapshotReceiver | null
}

export class Visitors {
  readonly #site: Site
  readonly #tallyOf: (peer: NodeId) => Tally
  readonly #here = new Set<Visitor>()
  /** Snapshots that are being put away. */
  readonly #unfinished = new Set<Promise<void>>()

  constructor(site: Site, tallyOf: (peer: NodeId) => Tally) {
    this.#site = site
    this.#tallyOf = tallyOf
  }

  /** Why somebody is not let in though he is who he says; `null` if he is. */
  refusal({ from, incarnation }: Hello): { status: Refusal; text: string; fix: string } | null {
    for (const visitor of this.#here)
      if (visitor.peer === from && visitor.incarnation > incarnation)
        return {
          status: 'superseded',
          text: `A process that was started later is node ${from}, and is connected`,
          fix: 'Stop the older process: an id belongs to one node only',
        }
    if (this.#here.size >= maxVisitors)
      return {
        status: 'busy',
        text: `There are ${maxVisitors} connections already`,
        fix: 'See who connects to this port',
      }
    return null
  }

  /** Takes a connection over. One of the same kind, or of an earlier process of that node, is dead or soon will be. */
  enter(hello: Hello, socket: Socket, head: Buffer): void {
    const { from: peer, lane, incarnation } = hello
    for (const other of this.#here)
      if (other.peer === peer && (other.lane === lane || other.incarnation < incarnation))
        this.#leave(other, superseded(peer))
    const { maxMessageBytes, pingInterval, frameTimeout } = this.#site.options
    const isSnapshot = lane === 'snapshot'
    const rules = {
      limits: isSnapshot ? snapshotLimits : messageLimits(maxMessageBytes),
      // While the store is slow, nothing is read, and a ping would have no answer.
      beat: isSnapshot ? FrameType.pong : null,
      pingInterval,
      frameTimeout,
    }
    const owner = {
      frame: (type: number, payload: Buffer) => sink.frame(type, payload),
      closed: (error: TransportError) => this.#leave(visitor, error),
    }
    const connection = new Connection(socket, rules, owner, undefined, head)
    const tally = this.#tallyOf(peer)
    const receiver = isSnapshot ? new SnapshotReceiver(this.#site, peer, tally, connection) : null
    const sink = receiver ?? new Inbound(this.#site, peer, tally, connection)
    const visitor: Visitor = { peer, lane, incarnation, connection, receiver }
    this.#here.add(visitor)
  }

  /** Closes all connections, and ends when nothing that came over them is under way any more. */
  async stop(reason: TransportError): Promise<void> {
    for (const visitor of this.#here) this.#leave(visitor, reason)
    await Promise.allSettled(this.#unfinished)
  }

  #leave(visitor: Visitor, error: TransportError): void {
    this.#here.delete(visitor)
    visitor.connection.close()
    if (visitor.receiver === null) return
    visitor.receiver.closed(error)
    const { done } = visitor.receiver
    this.#unfinished.add(done)
    void done.finally(() => this.#unfinished.delete(done))
  }
}

function superseded(peer: NodeId): TransportError {
  return connectionError(`Node ${peer} has connected anew`, 'Nothing needs to be done')
}
