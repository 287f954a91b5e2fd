/**
 * A cluster in memory for tests that read like the paper: nothing happens unless a test says so, and always in the same
 * order. Nodes are RawNodes on MemStorages, with the options of the plain algorithm: no pre-vote, no check-quorum.
 */

import {
  type ConfChange,
  type ConfChangeEntry,
  type Entry,
  type Message,
  MemStorage,
  MessageError,
  type NodeId,
  type PeerMessage,
  type RaftOptions,
  RawNode,
  type Ready,
  type Snapshot,
  type TraceEvent,
} from 'quorate'

import { type Match, PaperNetwork } from './paper-network.ts'
import { bytes, commands, machine, newServer, type Server, store, textOf, v1 } from './paper-server.ts'

export interface ClusterOptions extends Omit<Partial<RaftOptions>, 'id' | 'storage'> {
  /** The voters: how many, or which. */
  readonly nodes?: number | readonly NodeId[]
  readonly learners?: readonly NodeId[]
  /** Storages of nodes that do not start empty. */
  readonly storages?: ReadonlyMap<NodeId, MemStorage>
  /** What is different on one node. */
  readonly only?: (id: NodeId) => Partial<RaftOptions>
}

type Sent<T extends PeerMessage['type']> = Extract<PeerMessage, { type: T }>

const always = () => true

/** Servers on a network. `stabilize` runs them until nothing moves; everything finer is there for tests that need it. */
export class PaperCluster extends PaperNetwork {
  /** What is done about a committed membership change. */
  onConfChange = (node: RawNode, entry: ConfChangeEntry): unknown => node.applyConfChange(entry)
  readonly #options: ClusterOptions
  readonly #servers = new Map<NodeId, Server>()

  constructor(options: ClusterOptions = {}) {
    super()
    this.#options = options
    const { nodes = 3, learners = [], storages } = options
    const voters = typeof nodes === 'number' ? Array.from({ length: nodes }, (_, i) => i + 1) : nodes
    for (const id of [...voters, ...learners])
      this.add(id, storages?.get(id) ?? MemStorage.bootstrap({ voters, learners }))
  }

  /** Starts one more server, which nobody knows yet. */
  add(id: NodeId, storage = new MemStorage()): RawNode {
    this.#servers.set(id, newServer(storage))
    return this.restart(id)
  }

  /** Starts a server on what its storage holds. */
  restart(id: NodeId, changed: Partial<RaftOptions> = {}): RawNode {
    const server = this.#server(id)
    const { nodes: _nodes, learners: _learners, storages: _storages, only, ...given } = this.#options
    const trace = (event: TraceEvent) => void server.trace.push(event)
    const plain = { preVote: false, checkQuorum: false, random: () => 0.99, invariants: true, trace }
    const options = { ...plain, ...given, ...only?.(id), ...changed, id, storage: server.storage }
    server.node = new RawNode(options)
    server.isAsync = options.asyncStorageWrites ?? false
    server.reads = []
    // Told how much it had applied, it has kept it; else it begins again with the snapshot.
    const snapshot = server.storage.snapshot()
    if (changed.applied === undefined)
      server.applied = snapshot === 'temporarily-unavailable' ? [] : machine(snapshot)
    return server.node
  }

  /** Ends a server: it may have taken a Ready, and written it or not, and sent only what may leave before that. */
  crash(id: NodeId, point: 'idle' | 'before-write' | 'after-write' = 'idle'): void {
    const server = this.#server(id)
    if (point !== 'idle') {
      const ready = this.node(id).ready()
      this.send(ready.messages)
      if (point === 'after-write') for (const job of [...server.appends, ready]) store(server, job)
    }
    Object.assign(server, { node: null, appends: [], applies: [] })
  }

  node(id: NodeId): RawNode {
    const { node } = this.#server(id)
    if (node === null) throw new Error(`node ${id} is down`)
    return node
  }

  storage = (id: NodeId) => this.#server(id).storage
  status = (id: NodeId) => this.node(id).status()
  role = (id: NodeId) => this.status(id).role
  term = (id: NodeId) => this.status(id).term
  /** What `id` has applied, its reads as `context@index` or `context dropped`, and what it has told the trace. */
  applied = (id: NodeId): readonly string[] => this.#server(id).applied
  reads = (id: NodeId): readonly string[] => this.#server(id).reads
  trace = (id: NodeId): readonly TraceEvent[] => this.#server(id).trace
  /** The durable log of `id` behind its snapshot: entries, their terms, and the commands among them. */
  entries(id: NodeId): readonly Entry[] {
    const { storage } = this.#server(id)
    if (storage.lastIndex() < storage.firstIndex()) return []
    return storage.entries(storage.firstIndex(), storage.lastIndex() + 1, Infinity) as readonly Entry[]
  }
  terms = (id: NodeId) => this.entries(id).map(({ term }) => term)
  log = (id: NodeId) => commands(this.entries(id))
  /** What was sent of one type. */
  sentOf<T extends PeerMessage['type']>(
    type: T,
    match: (m: Sent<T>) => boolean = always,
  ): readonly Sent<T>[] {
    return this.sent.filter((m): m is Sent<T> => m.type === type).filter((m) => match(m))
  }

  propose = (id: NodeId, command: string) => this.node(id).propose(bytes(command))
  change = (id: NodeId, change: ConfChange) => this.node(id).proposeConfChange(change)
  read = (id: NodeId, context: string) => this.node(id).readIndex(bytes(context))
  tick(id: NodeId, times = 1): void {
    for (let i = 0; i < times; i++) this.node(id).tick()
  }

  /** Makes `id` leader, after ticking those it can reach until none of them feels bound to another leader. */
  elect(id: NodeId): void {
    if (this.#options.checkQuorum === true)
      for (const [peer, { node }] of this.#servers)
        if (this.connects(id, peer) && node?.status().role === 'follower')
          this.tick(peer, this.#options.electionTick ?? 10)
    this.node(id).campaign()
    this.stabilize()
    if (this.role(id) !== 'leader') throw new Error(`node ${id} was not elected`)
  }

  /** Starts a server that is empty, and has the leader make it a member. */
  join(id: NodeId, leader: NodeId, type: 'AddNode' | 'AddLearnerNode' = 'AddLearnerNode'): void {
    this.add(id)
    this.change(leader, v1(type, id))
    this.stabilize()
  }

  /** Delivers one message now. An answer of somebody who is no member is refused, and then dropped as a transport would. */
  step(message: Message): void {
    try {
      this.#server(message.to).node?.step(message)
    } catch (error) {
      if (!(error instanceof MessageError && error.code === 'ERR_UNKNOWN_PEER')) throw error
    }
  }

  /** Ready after Ready and message after message until nothing moves, among `ids` or all. */
  stabilize(...ids: NodeId[]): void {
    const among = ids.length === 0 ? [...this.#servers.keys()] : ids
    for (let rounds = 0, moved = true; moved; rounds++) {
      if (rounds > 1000) throw new Error('the cluster does not come to rest')
      moved = false
      for (const id of among) while (this.pump(id)) moved = true
      moved = this.deliver((m) => among.includes(m.to)) > 0 || moved
    }
  }

  /** Delivers what is on the wire now and matches. Answers how many messages that were. */
  deliver(match: Match = always): number {
    const due = this.take(match)
    for (const m of due) if (this.connects(m.from, m.to)) this.step(m)
    return due.length
  }

  /** Works off one Ready of `id`, and one job of each queue that is not stalled. Answers whether there was anything to do. */
  pump(id: NodeId): boolean {
    const { node, stalled } = this.#server(id)
    if (node === null) return false
    const due = node.hasReady()
    if (due) this.handle(id, node.ready())
    const wrote = !stalled.has('appends') && this.write(id)
    return (!stalled.has('applies') && this.apply(id)) || wrote || due
  }

  /** Sends, writes and applies what a Ready says, and advances; with asyncStorageWrites it goes into the two queues. */
  handle(id: NodeId, ready: Ready): void {
    const server = this.#server(id)
    this.send(ready.messages)
    for (const { context, index } of ready.readStates) server.reads.push(`${textOf(context)}@${index}`)
    for (const context of ready.droppedReads) server.reads.push(`${textOf(context)} dropped`)
    if (ready.storageAppend !== null) server.appends.push(ready.storageAppend)
    if (ready.storageApply !== null) server.applies.push(ready.storageApply)
    if (server.isAsync) return
    store(server, ready)
    this.send(ready.persistedMessages)
    this.#apply(server, ready.committedEntries)
    this.node(id).advance(ready)
  }

  /** With asyncStorageWrites: does the next write, stalled or not, and delivers what waited for it. */
  write(id: NodeId): boolean {
    const job = this.#server(id).appends.shift()
    if (job === undefined) return false
    store(this.#server(id), job)
    for (const m of job.responses)
      if (m.type === 'MsgStorageAppendResp' || m.to === id) this.step(m)
      else this.send([m])
    return true
  }

  /** The same for the next entries to apply. */
  apply(id: NodeId): boolean {
    const job = this.#server(id).applies.shift()
    if (job === undefined) return false
    this.#apply(this.#server(id), job.entries)
    for (const m of job.responses) this.step(m)
    return true
  }

  /** The queues of `id` that stand still. */
  stalled = (id: NodeId) => this.#server(id).stalled

  /** Makes a snapshot of what `id` has applied, and drops its log up to there, or to `compactTo`; 0 drops nothing. */
  snapshot(id: NodeId, compactTo = this.status(id).applied): Snapshot {
    const { applied: index, confState } = this.status(id)
    const { storage, applied } = this.#server(id)
    const snapshot = storage.createSnapshot(index, confState, bytes(JSON.stringify(applied)))
    if (compactTo > 0) storage.compact(compactTo)
    return snapshot
  }

  #apply(server: Server, entries: readonly Entry[]): void {
    for (const entry of entries) {
      server.applied.push(...commands([entry]))
      if (entry.type !== 'EntryNormal' && server.node !== null) this.onConfChange(server.node, entry)
    }
  }

  #server(id: NodeId): Server {
    const server = this.#servers.get(id)
    if (server === undefined) throw new Error(`there is no node ${id}`)
    return server
  }
}
