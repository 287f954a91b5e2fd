/** A running node, from the inside: the core with its clock, its disk, its network and its state machine. */

import { describeCause, isRaftError, MessageError, ConfChangeError } from '../core/errors.ts'
import type { PeerMessage } from '../core/messages.ts'
import { RawNode } from '../core/raw-node.ts'
import type { Ready } from '../core/ready.ts'
import type { ConfChangeEntry, Entry, LogIndex, NodeId, Snapshot, Term } from '../core/types.ts'
import type { AsyncStorage } from '../storage/storage.ts'
import type { TransportHandler } from '../transport/transport.ts'
import { announceTrace } from './announce-trace.ts'
import { Applier, type Outcome } from './applier.ts'
import { bootstrap } from './bootstrap.ts'
import { Calls } from './call.ts'
import { RefusedError } from './errors.ts'
import { Announcer } from './events.ts'
import { addressesIn } from './membership.ts'
import type { LogLine, ResolvedNodeOptions } from './options.ts'
import { AppliedWaiters, Proposals } from './proposals.ts'
import { Reads } from './reads.ts'
import { ReadyLoop } from './ready-loop.ts'
import { Sessions } from './sessions.ts'
import { type Addresses, asAsync, Snapshots } from './snapshots.ts'
import { Ticker } from './ticker.ts'

/** One promise for all who wait for the same thing. */
class Signal {
  give: () => void = () => {}
  readonly given = new Promise<void>((resolve) => (this.give = resolve))
}

/** What a node is made of while it runs. */
export class Engine<Command, Result, Query, Answer> implements TransportHandler {
  readonly options: ResolvedNodeOptions<Command, Result, Query, Answer>
  readonly raw: RawNode
  readonly calls: Calls
  readonly proposals: Proposals<Outcome<Result>> = new Proposals()
  readonly applied: AppliedWaiters = new AppliedWaiters()
  readonly reads: Reads
  readonly applier: Applier<Command, Result, Query, Answer>
  readonly announcer: Announcer
  readonly addresses: Addresses = new Map()
  /** Resolves when the node has stopped because it was asked to; rejects when something made it stop. */
  readonly stopped: Promise<void>
  /** Set by the requests, which answer what peers ask. */
  onQuestion: (peer: NodeId, question: Uint8Array) => Promise<Uint8Array> = () =>
    Promise.reject(new RefusedError('stopped', 'This node does not answer questions yet'))
  readonly #storage: AsyncStorage
  readonly #snapshots: Snapshots
  readonly #loop: ReadyLoop
  readonly #ticker: Ticker
  readonly #snapshotsOnTheWay = { entries: 0, bytes: 0, isTaking: false }
  #leader: NodeId | null = null
  #leaderChange = new Signal()
  #batch: (() => void)[] = []
  #state: 'running' | 'draining' | 'stopped' = 'running'
  #end: { resolve: () => void; reject: (error: Error) => void } = { resolve: () => {}, reject: () => {} }

  private constructor(options: ResolvedNodeOptions<Command, Result, Query, Answer>) {
    this.options = options
    const { id, now } = options
    this.#storage = asAsync(options.storage)
    const sessions = new Sessions()
    this.calls = new Calls(now, options.timeoutMs)
    this.applier = new Applier(options.stateMachine, options.codecs, sessions)
    this.#snapshots = new Snapshots(
      options.stateMachine,
      sessions,
      this.addresses,
      this.#storage,
      options.snapshotStore,
    )
    // What tells the contexts of this life from those of an earlier one.
    this.reads = new Reads(Math.random())
    this.announcer = new Announcer(id, now, (error) => {
      this.log('error', `a listener threw: ${describeCause(error)}`, error)
    })
    this.stopped = new Promise((resolve, reject) => (this.#end = { resolve, reject }))
    // Whoever does not look at it has been told by an event and by every call.
    this.stopped.catch(() => {})
    this.raw = new RawNode({
      ...options.raft,
      id,
      storage: this.#storage,
      electionTick: options.electionTick,
      heartbeatTick: options.heartbeatTick,
      readOnly: options.leases ? 'lease-based' : 'safe',
      maxUncommittedSize: options.maxPendingBytes,
      asyncStorageWrites: true,
      // A forwarded MsgProp has no answer: the driver asks the leader itself, and gets one.
      disableProposalForwarding: true,
      random: options.raft.random ?? Math.random,
      trace: (event) => {
        announceTrace(this.announcer, event)
      },
    })
    this.#loop = new ReadyLoop(this.raw, this.#storage, this, now)
    this.#ticker = new Ticker(
      now,
      options.tickMs,
      () => {
        this.#tick()
      },
      // A leader must not miss a tick: its lease and its look at the quorum rest on them. Everybody else has been asleep, and first
      // looks at what has come in meanwhile before it takes the leader for dead.
      () =>
        this.raw.status().role === 'leader' ? 2 * options.electionTick : Math.ceil(options.electionTick / 2),
    )
  }

  /** Brings a node up: what its storage holds, then its clock and its network. */
  static async start<C, R, Q, A>(options: ResolvedNodeOptions<C, R, Q, A>): Promise<Engine<C, R, Q, A>> {
    if (options.bootstrap !== null) await bootstrap(options)
    const engine = new Engine(options)
    const snapshot = asAsync(options.storage).snapshot()
    if (snapshot !== 'temporarily-unavailable' && snapshot.index > 0) {
      await engine.#snapshots.restore(snapshot)
      engine.applied.advance(snapshot.index)
    }
    engine.#tellAddresses()
    await options.transport.start(options.id, engine)
    engine.#ticker.start()
    engine.wake()
    return engine
  }

  get isRunning(): boolean {
    return this.#state === 'running'
  }

  get leader(): NodeId | null {
    return this.#leader
  }

  log(level: LogLine['level'], message: string, error?: unknown): void {
    try {
      this.options.log({ level, message, node: this.options.id, ...(error === undefined ? {} : { error }) })
    } catch {
      // Where it would be told there is nobody left to tell.
    }
  }

  wake(): void {
    this.#loop.wake()
  }

  /** Before anything of a caller is looked at: has the node an ear for it, and what time is it? */
  enter(): void {
    if (this.#state !== 'running') throw new RefusedError('stopped', `Node ${this.options.id} has stopped`)
    this.#ticker.catchUp()
  }

  /** Resolves when somebody else leads, or nobody, or somebody again. */
  leaderChange(): Promise<void> {
    return this.#leaderChange.given
  }

  /** Is called at the beginning of the next pass, once for all who ask until then. */
  beforeNextPass(act: () => void): void {
    this.#batch.push(act)
    this.wake()
  }

  /** Makes a snapshot of the state of now, unless there is one already. */
  async takeSnapshot(): Promise<{ readonly index: LogIndex; readonly term: Term } | null> {
    const { applied, confState, firstIndex } = this.raw.status()
    const newest = this.#storage.snapshot()
    if (newest !== 'temporarily-unavailable' && newest.index >= applied) return newest
    if (applied < firstIndex || this.#snapshotsOnTheWay.isTaking) return null
    const way = this.#snapshotsOnTheWay
    way.isTaking = true
    way.entries = 0
    way.bytes = 0
    try {
      const snapshot = await this.#snapshots.take(
        applied,
        confState,
        this.options.snapshots?.keepEntries ?? 0,
      )
      this.announcer.note('snapshotTaken', { index: snapshot.index, term: snapshot.term })
      this.announcer.flush()
      return snapshot
    } catch (error) {
      this.fail(error)
      throw error
    } finally {
      way.isTaking = false
    }
  }

  /**
   * Ends it. Nothing new is taken; who waits already is served for a while longer; what is being written is finished.
   * @param patience - milliseconds for those who wait
   */
  async stop(patience: number): Promise<void> {
    if (this.#state !== 'running') return this.stopped.catch(() => {})
    this.#state = 'draining'
    const end = this.options.now() + patience
    while (this.#isDraining() && this.calls.size > 0 && this.options.now() < end)
      await new Promise((resolve) => setTimeout(resolve, this.options.tickMs))
    if (!this.#isDraining()) return this.stopped.catch(() => {})
    this.#ticker.stop()
    this.#finish(new RefusedError('stopped', `Node ${this.options.id} has stopped`))
    // The answers that this has brought about leave before the network ends.
    await this.#loop.stop()
    await this.options.transport.stop()
    this.#end.resolve()
  }

  /** It may have failed while it was waited for something. */
  #isDraining(): boolean {
    return this.#state === 'draining'
  }

  // What the network tells.

  receive(message: PeerMessage): void {
    if (this.#state === 'stopped') return
    try {
      this.#ticker.catchUp()
      if (this.announcer.isHeard('messageReceived')) this.announcer.note('messageReceived', { message })
      this.raw.step(message)
    } catch (error) {
      if (!(error instanceof MessageError)) return this.fail(error)
      if (error.code !== 'ERR_UNKNOWN_PEER') this.log('warn', error.message, error)
    }
    this.wake()
  }

  unreachable(peer: NodeId): void {
    if (this.#state !== 'stopped') this.raw.reportUnreachable(peer)
  }

  snapshotSent(peer: NodeId, outcome: 'finish' | 'failure'): void {
    if (this.#state === 'stopped') return
    this.raw.reportSnapshot(peer, outcome)
    this.wake()
  }

  answer(peer: NodeId, question: Uint8Array): Promise<Uint8Array> {
    return this.onQuestion(peer, question)
  }

  // What the Ready loop has to have done.

  send(messages: readonly PeerMessage[]): void {
    if (this.announcer.isHeard('messageSent'))
      for (const message of messages) this.announcer.note('messageSent', { message })
    this.options.transport.send(messages)
  }

  prepare(): void {
    if (this.#batch.length === 0) return
    const batch = this.#batch
    this.#batch = []
    for (const act of batch) act()
  }

  apply(entries: readonly Entry[]): void {
    let bytes = 0
    for (const entry of entries) {
      const { index, term } = entry
      if (entry.type === 'EntryNormal') {
        bytes += entry.data?.length ?? 0
        this.proposals.applied(index, term, this.applier.apply(entry))
      } else {
        this.proposals.applied(index, term, this.#change(entry))
      }
    }
    const last = entries[entries.length - 1] as Entry
    this.#snapshotsOnTheWay.entries += entries.length
    this.#snapshotsOnTheWay.bytes += bytes
    this.applied.advance(last.index)
    if (this.announcer.isHeard('applied')) this.announcer.note('applied', { index: last.index })
  }

  async restore(snapshot: Snapshot): Promise<void> {
    await this.#snapshots.restore(snapshot)
    this.#tellAddresses()
    this.proposals.replacedTo(snapshot.index)
    this.applied.advance(snapshot.index)
    this.announcer.note('snapshotInstalled', { index: snapshot.index, term: snapshot.term })
  }

  readStates({ readStates, droppedReads }: Pick<Ready, 'readStates' | 'droppedReads'>): void {
    for (const { context, index } of readStates) this.reads.confirmed(context, index)
    for (const context of droppedReads) this.reads.dropped(context)
  }

  softState({ leader }: NonNullable<Ready['softState']>): void {
    if (leader === this.#leader) return
    this.#leader = leader
    // Whoever was asked may be nobody any more.
    this.reads.askAgain(Infinity)
    this.#leaderChange.give()
    this.#leaderChange = new Signal()
  }

  settled(): void {
    this.announcer.flush()
    const { snapshots } = this.options
    const { entries, bytes, isTaking } = this.#snapshotsOnTheWay
    if (snapshots === null || isTaking) return
    if (entries >= snapshots.everyEntries || bytes >= snapshots.everyBytes)
      void this.takeSnapshot().catch(() => {})
  }

  /** Something has happened after which nothing can be relied on. */
  fail(error: unknown): void {
    if (this.#state === 'stopped') return
    this.#state = 'stopped'
    const cause = isRaftError(error) ? error : new Error(describeCause(error), { cause: error })
    this.log('error', `node ${this.options.id} stops: ${cause.message}`, error)
    this.#ticker.stop()
    void this.#shutDown()
    this.announcer.note('fatal', { error: cause })
    this.announcer.flush()
    this.#finish(
      new RefusedError('stopped', `Node ${this.options.id} has stopped: ${cause.message}`, null, cause),
    )
    this.#end.reject(cause)
  }

  /** Whatever else goes wrong on the way down is less than what was the reason for it. */
  async #shutDown(): Promise<void> {
    await Promise.allSettled([this.#loop.stop(), this.options.transport.stop()])
  }

  #finish(why: RefusedError): void {
    this.#state = 'stopped'
    this.calls.stop(why)
    this.softState({ leader: null, role: 'follower' })
  }

  #change(entry: ConfChangeEntry): Outcome<Result> {
    try {
      const confState = this.raw.applyConfChange(entry)
      if (entry.change !== null)
        for (const [id, address] of addressesIn(entry.change.context)) this.addresses.set(id, address)
      const { voters, votersOutgoing, learners } = confState
      const members = new Set([...voters, ...votersOutgoing, ...learners])
      for (const id of this.addresses.keys()) if (!members.has(id)) this.addresses.delete(id)
      this.#tellAddresses()
      this.announcer.note('membershipChanged', { confState, index: entry.index })
      return { type: 'membership', confState }
    } catch (error) {
      if (!(error instanceof ConfChangeError)) throw error
      this.raw.skipConfChange(entry)
      return { type: 'impossible', why: error.message }
    }
  }

  #tellAddresses(): void {
    for (const [id, address] of this.addresses) {
      if (id === this.options.id) continue
      try {
        this.options.transport.setPeer?.(id, address)
      } catch (error) {
        // It is in everybody's log: whoever proposed it has to propose another one, and meanwhile nobody stops for it.
        this.log('warn', `node ${id} has no proper address, "${address}": ${describeCause(error)}`, error)
      }
    }
  }

  #tick(): void {
    try {
      const { options } = this
      const now = options.now()
      this.calls.expire()
      this.reads.askAgain(now - options.tickMs * options.electionTick)
      if (!this.#isDiskStuck(now)) this.raw.tick()
      this.wake()
    } catch (error) {
      this.fail(error)
    }
  }

  /**
   * A leader whose disk does not answer cannot add to its own log, yet its heartbeats would keep everybody loyal. It hands over; and if
   * that does not help within as much time again, it falls silent, so that the others elect somebody else.
   */
  #isDiskStuck(now: number): boolean {
    const since = this.#loop.writingSince
    const { maxWriteMs } = this.options
    if (since === null || now - since < maxWriteMs) return false
    const { role, progress, transferee } = this.raw.status()
    if (role !== 'leader') return false
    if (now - since >= 2 * maxWriteMs) return true
    const best = progress
      .filter(({ id, isLearner, recentActive }) => id !== this.options.id && !isLearner && recentActive)
      .toSorted((a, b) => b.match - a.match)[0]
    if (best !== undefined && transferee === null) {
      this.log('warn', `a write takes more than ${maxWriteMs} ms: handing leadership to node ${best.id}`)
      this.raw.transferLeadership(best.id)
    }
    return false
  }
}
