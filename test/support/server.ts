/**
 * One server of a test cluster: a RawNode, the storage that survives a crash, and a state machine. It works off its Readys
 * one small phase at a time, so that a crash, a tick or a message can come between any two of them.
 */

import {
  type ConfChangeEntry,
  type Entry,
  type HardState,
  type MemStorage,
  type Message,
  type MsgStorageAppend,
  type MsgStorageApply,
  type NodeId,
  type PeerMessage,
  type RaftOptions,
  RawNode,
  type Ready,
  type Snapshot,
  type TraceEvent,
} from 'quorate'
import { Machine } from './machine.ts'

/** What a server is told to do with its node; what makes it a certain server comes from elsewhere. */
export type NodeOptions = Partial<Omit<RaftOptions, 'id' | 'storage' | 'trace' | 'applied'>>

/** Whoever watches a server. */
export interface Observer {
  /** The node has been made, from what storage holds. */
  started(server: Server): void
  traced(server: Server, event: TraceEvent): void
  /** A call to the node has returned. */
  called(server: Server): void
  sent(server: Server, message: PeerMessage): void
  applied(server: Server, entry: Entry): void
  restored(server: Server, snapshot: Snapshot): void
  read(server: Server, context: Uint8Array, index: number): void
}

/** Where in the work on a Ready a server is. */
type Phase = 'idle' | 'taken' | 'spoken' | 'written' | 'promised' | 'applied'

/** A server, running or crashed. */
export class Server {
  readonly id: NodeId
  readonly storage: MemStorage
  readonly machine = new Machine()
  /** Counts the starts: a node that comes back is another one. */
  life = 0
  /** A lazy server that writes asynchronously applies nothing before it is told to. */
  isLazy = false
  readonly #options: NodeOptions
  readonly #durableMachine: boolean
  readonly #observer: Observer
  #node: RawNode | null = null
  #phase: Phase = 'idle'
  #ready: Ready | null = null
  #appends: MsgStorageAppend[] = []
  #applies: MsgStorageApply[] = []
  #appendWritten = false
  #applyDone = false
  #synced: HardState | null = null

  constructor(
    id: NodeId,
    storage: MemStorage,
    options: NodeOptions,
    durableMachine: boolean,
    observer: Observer,
  ) {
    this.id = id
    this.storage = storage
    this.#options = options
    this.#durableMachine = durableMachine
    this.#observer = observer
  }

  get isUp(): boolean {
    return this.#node !== null
  }

  /** The running node. */
  get node(): RawNode {
    if (this.#node === null) throw new Error(`server ${this.id} is down`)
    return this.#node
  }

  /** Starts it with what its storage holds. */
  start(): void {
    if (this.#node !== null) return
    this.life++
    this.#synced = this.storage.hardState()
    const { storage, machine, id } = this
    const kept = storage.hardState()?.commit ?? 0
    const resumes = this.#durableMachine && machine.index >= storage.firstIndex() - 1 && machine.index <= kept
    if (!resumes) machine.restore(storage.snapshot())
    this.#node = new RawNode({
      ...this.#options,
      id,
      storage,
      applied: resumes ? machine.index : undefined,
      trace: (event) => this.#observer.traced(this, event),
    })
    this.#observer.started(this)
  }

  /** Loses everything that was not written; what was written and not synced too, if `losesUnsynced`. */
  crash(losesUnsynced = false): void {
    this.#node = null
    this.#phase = 'idle'
    this.#ready = null
    this.#appends = []
    this.#applies = []
    this.#appendWritten = false
    this.#applyDone = false
    const synced = this.#synced
    if (losesUnsynced && !this.#durableMachine && synced !== null && synced !== this.storage.hardState())
      this.storage.append({ hardState: synced, entries: [], snapshot: null, mustSync: true })
  }

  /** Calls the node, and lets the observer look at it afterwards. */
  call<T>(action: (node: RawNode) => T): T {
    const { node } = this
    try {
      return action(node)
    } finally {
      this.#observer.called(this)
    }
  }

  /** One phase of whatever there is to do. `choice` picks one of the queues of a node that writes asynchronously. */
  work(choice = 0): boolean {
    if (this.#node === null) return false
    if (this.#options.asyncStorageWrites !== true) return this.#workInOrder()
    const queues = [() => this.#take(), () => this.#workOnAppends(), () => this.#workOnApplies()]
    for (let i = 0; i < queues.length; i++) if (queues[(i + choice) % queues.length]?.() === true) return true
    return false
  }

  /** Everything there is to do. */
  finish(): boolean {
    let worked = false
    while (this.isLazy ? this.#workOnWrites() : this.work()) worked = true
    return worked
  }

  /** Takes a snapshot of the state machine and drops the log up to `kept` entries before it. Answers whether it could. */
  compact(kept: number): boolean {
    const { storage, machine, node } = this
    const stored = storage.confState().index
    const index = Math.min(machine.index, storage.hardState()?.commit ?? 0)
    if (index !== machine.index || index <= stored) return false
    storage.createSnapshot(index, machine.confState ?? node.status().confState, machine.save())
    // Only what the node knows to be applied may go.
    const upTo = Math.min(index, node.status().applied) - kept
    if (upTo >= storage.firstIndex()) storage.compact(upTo)
    return true
  }

  #workOnWrites(): boolean {
    if (this.#node === null) return false
    if (this.#options.asyncStorageWrites !== true) return this.#workInOrder()
    return this.#take() || this.#workOnAppends()
  }

  #workInOrder(): boolean {
    const ready = this.#ready
    if (ready === null) {
      if (!this.call((node) => node.hasReady())) return false
      this.#ready = this.call((node) => node.ready())
      this.#phase = 'taken'
      return true
    }
    this.#phase = this.#workOn(ready, this.#phase)
    if (this.#phase === 'idle') this.#ready = null
    return true
  }

  #workOn(ready: Ready, phase: Phase): Phase {
    switch (phase) {
      case 'taken':
        this.#send(ready.messages)
        return 'spoken'
      case 'spoken':
        this.storage.append(ready)
        if (ready.mustSync || ready.snapshot !== null) this.#synced = this.storage.hardState()
        return 'written'
      case 'written':
        this.#send(ready.persistedMessages)
        return 'promised'
      case 'promised':
        if (ready.snapshot !== null) this.#restore(ready.snapshot)
        this.#applyAll(ready.committedEntries)
        this.#hear(ready)
        return 'applied'
      case 'applied':
      case 'idle':
        this.call((node) => node.advance(ready))
        return 'idle'
    }
  }

  #take(): boolean {
    if (!this.call((node) => node.hasReady())) return false
    const ready = this.call((node) => node.ready())
    this.#send(ready.messages)
    this.#hear(ready)
    if (ready.storageAppend !== null) this.#appends.push(ready.storageAppend)
    if (ready.storageApply !== null) this.#applies.push(ready.storageApply)
    return true
  }

  #workOnAppends(): boolean {
    const write = this.#appends[0]
    if (write === undefined) return false
    if (!this.#appendWritten) {
      this.storage.append({ ...write, mustSync: write.responses.length > 0 })
      if (write.responses.length > 0) this.#synced = this.storage.hardState()
      if (write.snapshot !== null) this.#restore(write.snapshot)
      this.#appendWritten = true
      return true
    }
    this.#appends.shift()
    this.#appendWritten = false
    for (const response of write.responses) this.#respond(response)
    return true
  }

  #workOnApplies(): boolean {
    const apply = this.#applies[0]
    if (apply === undefined) return false
    if (!this.#applyDone) {
      this.#applyAll(apply.entries)
      this.#applyDone = true
      return true
    }
    this.#applies.shift()
    this.#applyDone = false
    for (const response of apply.responses) this.#respond(response)
    return true
  }

  #respond(response: Message): void {
    if (response.to === this.id) this.call((node) => node.step(response))
    else this.#send([response as PeerMessage])
  }

  #send(messages: readonly PeerMessage[]): void {
    for (const message of messages) this.#observer.sent(this, message)
  }

  #hear({ readStates }: Ready): void {
    for (const { context, index } of readStates) this.#observer.read(this, context, index)
  }

  #restore(snapshot: Snapshot): void {
    this.#observer.restored(this, snapshot)
    this.machine.restore(snapshot)
  }

  #applyAll(entries: readonly Entry[]): void {
    for (const entry of entries) {
      // With asynchronous applies a snapshot may have overtaken them.
      if (entry.index <= this.machine.index && this.#options.asyncStorageWrites === true) {
        if (entry.type !== 'EntryNormal') this.#change(entry)
        continue
      }
      this.#observer.applied(this, entry)
      this.machine.apply(entry)
      if (entry.type !== 'EntryNormal') this.machine.confState = this.#change(entry)
    }
  }

  #change(entry: ConfChangeEntry) {
    return this.call((node) => node.applyConfChange(entry))
  }
}
