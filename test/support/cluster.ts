/**
 * A cluster in memory in which nothing happens by itself: messages wait on the wire, Readys wait to be worked off, and time
 * stands still until somebody ticks. Every call is checked against the properties of figure 3 (safety.ts).
 */

import {
  type ConfChange,
  MemStorage,
  MessageError,
  type NodeId,
  type PeerMessage,
  type RoleName,
  type TraceEvent,
} from 'quorate'
import { bytes } from './entries.ts'
import { Safety } from './safety.ts'
import { type NodeOptions, type Observer, Server } from './server.ts'

/** What a cluster is made of. Servers beyond the first members wait, empty, to be added. */
export interface ClusterOptions {
  readonly voters: number
  readonly learners?: number
  readonly spares?: number
  readonly options?: NodeOptions
  /** Options of single servers, by id. */
  readonly each?: (id: NodeId) => NodeOptions
  /** Do all clocks run equally fast, and does nobody stand for election before its time? Lease reads are right only then. */
  readonly lockstep?: boolean
  /** Does the state machine survive a crash, so that a node starts with `applied`? */
  readonly durableMachine?: (id: NodeId) => boolean
  readonly onTrace?: (event: TraceEvent) => void
}

/** Servers, and the wire between them. */
export class Cluster {
  readonly servers: readonly Server[]
  readonly lockstep: boolean
  readonly safety = new Safety(1)
  /** Messages on their way, in the order they were sent. */
  readonly wire: PeerMessage[] = []
  readonly #cut = new Set<NodeId>()

  constructor({ voters, learners = 0, spares = 0, ...rest }: ClusterOptions) {
    this.lockstep = rest.lockstep ?? false
    const observer = this.#watch(rest.onTrace)
    const ids = Array.from({ length: voters + learners + spares }, (_, i) => i + 1)
    const members = { voters: ids.slice(0, voters), learners: ids.slice(voters, voters + learners) }
    this.servers = ids.map((id) => {
      const storage = id <= voters + learners ? MemStorage.bootstrap(members) : new MemStorage()
      const options = {
        electionTick: 5,
        heartbeatTick: 1,
        ...rest.options,
        ...rest.each?.(id),
        invariants: true,
      }
      return new Server(id, storage, options, rest.durableMachine?.(id) ?? false, observer)
    })
    for (const server of this.servers) server.start()
  }

  server(id: NodeId): Server {
    const server = this.servers[id - 1]
    if (server === undefined) throw new Error(`there is no server ${id}`)
    return server
  }

  role(id: NodeId): RoleName {
    return this.server(id).node.status().role
  }

  /** The commands that server `id` has applied. */
  log(id: NodeId): readonly string[] {
    return this.server(id).machine.commands
  }

  /** The running leader of the latest term. */
  leader(): Server | null {
    let leader: Server | null = null
    for (const server of this.servers) {
      if (!server.isUp || server.node.status().role !== 'leader') continue
      if (leader === null || server.node.status().term > leader.node.status().term) leader = server
    }
    return leader
  }

  /** Makes `id` stand for election, and lets everything settle. */
  elect(id: NodeId): void {
    this.server(id).call((node) => node.campaign())
    this.settle()
  }

  propose(id: NodeId, command: string) {
    return this.server(id).call((node) => node.propose(bytes(command)))
  }

  change(id: NodeId, change: ConfChange) {
    return this.server(id).call((node) => node.proposeConfChange(change))
  }

  /** Asks for a read, which has to see all that is committed by now. */
  read(id: NodeId, context: string) {
    this.safety.expectRead(context)
    return this.server(id).call((node) => node.readIndex(bytes(context)))
  }

  tick(times = 1, rounds = Infinity): void {
    for (let i = 0; i < times; i++) {
      for (const server of this.servers) if (server.isUp) server.call((node) => node.tick())
      this.settle(rounds)
    }
  }

  /** These servers reach only each other, and so do the others. */
  partition(...ids: readonly NodeId[]): void {
    for (const id of ids) this.#cut.add(id)
  }

  /** Everybody reaches everybody again. */
  heal(): void {
    this.#cut.clear()
  }

  /** Works and delivers until there is nothing left to do, or `rounds` are over. */
  settle(rounds = Infinity): void {
    for (let round = 0; round < rounds; round++) {
      let worked = false
      for (const server of this.servers) worked = server.finish() || worked
      if (this.wire.length === 0 && !worked) return
      for (const message of this.wire.splice(0)) this.carry(message)
    }
  }

  /** Brings one message to where it is meant for, unless something is in the way. */
  carry(message: PeerMessage): void {
    const target = this.server(message.to)
    const arrives = target.isUp && this.#cut.has(message.from) === this.#cut.has(message.to)
    if (message.type === 'MsgSnap') this.#reportSnapshot(message, arrives)
    if (!arrives) return
    try {
      target.call((node) => node.step(message))
    } catch (error) {
      // What a node that has been removed still answers is to be dropped.
      if (!(error instanceof MessageError) || error.code !== 'ERR_UNKNOWN_PEER') throw error
    }
  }

  /** A message is lost on the way. */
  lose(message: PeerMessage): void {
    if (message.type === 'MsgSnap') this.#reportSnapshot(message, false)
  }

  #watch(onTrace?: (event: TraceEvent) => void): Observer {
    const { safety, wire } = this
    return {
      started: (server) => safety.started(server),
      traced(server, event) {
        safety.traced(server, event)
        onTrace?.(event)
      },
      called: (server) => safety.called(server),
      sent(server, message) {
        safety.sent(server, message)
        wire.push(message)
      },
      applied: (server, entry) => safety.applied(server, entry),
      restored: (server, snapshot) => safety.restored(server, snapshot),
      read: (server, context, index) => safety.read(server, context, index),
    }
  }

  #reportSnapshot({ from, to }: PeerMessage, arrived: boolean): void {
    const sender = this.server(from)
    if (sender.isUp) sender.call((node) => node.reportSnapshot(to, arrived ? 'finish' : 'failure'))
  }
}
