/** RaftNode: a node that runs by itself, with promises in front and the synchronous core inside. */

import { UsageError } from '../core/errors.ts'
import type { Status } from '../core/status.ts'
import type { ConfState, LogIndex, NodeId, Term } from '../core/types.ts'
import type { Call, CallOptions } from './call.ts'
import { Changes } from './changes.ts'
import { Engine } from './engine.ts'
import { type SessionId, type SessionMark, sealClose, sealCommand, sealOpen } from './envelope.ts'
import { RefusedError } from './errors.ts'
import { eventStream, type NodeEvent, type NodeEvents } from './events.ts'
import type { MembershipChange } from './membership.ts'
import { type RaftNodeOptions, resolveNodeOptions } from './options.ts'
import { answerQuestion } from './answers.ts'
import { decodeProposed } from './questions.ts'
import { type Done, Requests } from './requests.ts'

/** A command that is applied, and the state machine's answer. */
export interface Applied<Result> {
  readonly result: Result
  /** Where in the log the command stands. */
  readonly index: LogIndex
  readonly term: Term
}

/** How a read is answered. */
export type Consistency =
  /** Sees every write that was finished before the read began, whoever asks whom (thesis §6.4). */
  | 'linearizable'
  /** The same as long as clocks run equally fast, without a message: option `leases`, else it is `linearizable`. */
  | 'lease'
  /** Whatever this node has applied: it may be old. */
  | 'local'

/** How a command is proposed. */
export interface ProposeOptions extends CallOptions {
  /** Its place in a session: with it the command is applied once, however often it is proposed. */
  readonly mark?: SessionMark | undefined
}

/** How a query is read. */
export interface ReadOptions extends CallOptions {
  /** @defaultValue 'linearizable' */
  readonly consistency?: Consistency | undefined
}

/** How the membership is changed. */
export interface ChangeOptions extends CallOptions {
  /** Only if the membership is still that of this index: `status().confIndex`. */
  readonly ifIndex?: LogIndex | null | undefined
}

/** How a node is stopped. */
export interface StopOptions {
  /**
   * First hand leadership over, if this node has it, so that nobody has to wait for an election.
   * @defaultValue true
   */
  readonly transfer?: boolean | undefined
  /**
   * Milliseconds for that, and again for those who wait.
   * @defaultValue 1,000
   */
  readonly timeoutMs?: number | undefined
}

/** How events are read. */
export interface EventOptions {
  /**
   * Events that are kept for a reader that is slower than the node; beyond, the oldest are lost, which shows in `sequence`.
   * @defaultValue 1,024
   */
  readonly buffer?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** A node of a group. Make it with {@link RaftNode.start}. */
export class RaftNode<Command, Result, Query = never, Answer = never> {
  readonly #engine: Engine<Command, Result, Query, Answer>
  readonly #requests: Requests<Command, Result, Query, Answer>
  readonly #changes: Changes<Command, Result, Query, Answer>

  private constructor(engine: Engine<Command, Result, Query, Answer>) {
    this.#engine = engine
    this.#requests = new Requests(engine)
    this.#changes = new Changes(engine, this.#requests)
    engine.onQuestion = (_peer, question) => answerQuestion(question, engine, this.#requests, this.#changes)
  }

  /**
   * Starts a node: for the first time, or on what its storage holds.
   * @throws OptionsError if an option is unknown, out of range or contradicts another
   * @throws StorageError if the storage fails, or holds what does not fit together
   * @throws StateMachineError if the state machine cannot be restored
   */
  static async start<Command, Result, Query = never, Answer = never>(
    options: RaftNodeOptions<Command, Result, Query, Answer>,
  ): Promise<RaftNode<Command, Result, Query, Answer>> {
    return new RaftNode(await Engine.start(resolveNodeOptions(options)))
  }

  /** This node's identity. */
  get id(): NodeId {
    return this.#engine.options.id
  }

  /** Who leads, as far as this node knows; `null` if it does not. */
  get leader(): NodeId | null {
    return this.#engine.leader
  }

  /** Resolves when the node has stopped; rejects with the reason if it was not asked to. */
  get stopped(): Promise<void> {
    return this.#engine.stopped
  }

  /**
   * Has a command replicated and applied. Resolves with the answer of the state machine: of this node's if it leads, else of the
   * leader's.
   * @throws RefusedError if nothing has happened, so that it may be tried again
   * @throws OutcomeUnknownError if it may have been applied, or may be yet
   * @throws UsageError if it is larger than `maxCommandBytes`
   */
  async propose(command: Command, options: ProposeOptions = {}): Promise<Applied<Result>> {
    const bytes = this.#engine.options.codecs.command.encode(command)
    const { maxCommandBytes } = this.#engine.options
    if (bytes.length > maxCommandBytes)
      throw new UsageError(
        'ERR_INVALID_ARGUMENT',
        `Expected a command of at most ${maxCommandBytes} bytes, got one of ${bytes.length}`,
        'Propose less at a time, or raise `maxCommandBytes` on every node',
        command,
      )
    const { outcome, index, term } = await this.#propose(
      sealCommand(bytes, options.mark ?? null),
      this.#engine.calls.begin(options),
    )
    if (outcome.type === 'result') return { result: outcome.result, index, term }
    throw new RefusedError(
      'no-session',
      `Session ${options.mark?.session} is not open, or has that answer already`,
    )
  }

  /** Opens a session, in which commands are applied once, however often they are proposed (thesis §6.3). */
  async openSession(options: CallOptions = {}): Promise<SessionId> {
    const { index } = await this.#propose(sealOpen(), this.#engine.calls.begin(options))
    return index
  }

  /** Closes a session: its commands are not recognised any more. Those that are never closed are forgotten, the oldest first. */
  async closeSession(session: SessionId, options: CallOptions = {}): Promise<void> {
    await this.#propose(sealClose(session), this.#engine.calls.begin(options))
  }

  /**
   * Asks this node's state machine, once it is as far as the read has to see.
   * @throws RefusedError if no leader confirms in time
   */
  async read(query: Query, { consistency = 'linearizable', ...options }: ReadOptions = {}): Promise<Answer> {
    this.#engine.enter()
    if (consistency !== 'local') await this.#seeing(consistency, this.#engine.calls.begin(options))
    return this.#engine.applier.query(query)
  }

  /** Resolves when this node's state machine has seen every write that was finished before the call; with the index of the last. */
  barrier(options: CallOptions = {}): Promise<LogIndex> {
    return this.#seeing('linearizable', this.#engine.calls.begin(options))
  }

  /** Resolves when this node has applied everything up to `index`. */
  async waitForApplied(index: LogIndex, options: CallOptions = {}): Promise<void> {
    this.#engine.enter()
    const call = this.#engine.calls.begin(options)
    await call.before(this.#engine.applied.reached(index), `Index ${index} is not applied yet`)
  }

  /** Resolves with who leads, as soon as somebody does. */
  async waitForLeader(options: CallOptions = {}): Promise<NodeId> {
    const call = this.#engine.calls.begin(options)
    for (;;) {
      this.#engine.enter()
      const { leader } = this.#engine
      if (leader !== null) return leader
      await call.before(this.#engine.leaderChange(), 'Nobody has been elected')
    }
  }

  /**
   * Changes who belongs to the group. What takes several steps, such as a new voter that first catches up as a learner, is done when this
   * resolves; given up in between, it may stand halfway.
   * @returns the membership then
   */
  async changeMembership(
    change: MembershipChange,
    { ifIndex = null, ...options }: ChangeOptions = {},
  ): Promise<ConfState> {
    const call = this.#engine.calls.begin(options)
    return this.#requests.onLeader(
      call,
      () => ({ type: 'changeMembership', change, ifIndex, timeoutMs: call.limit }),
      () => this.#changes.changeHere(change, ifIndex, call),
      (body) => JSON.parse(new TextDecoder().decode(body)) as ConfState,
    )
  }

  /** Hands leadership to `target`, or to the voter that is furthest. @returns who leads then */
  async transferLeadership(target?: NodeId, options: CallOptions = {}): Promise<NodeId> {
    const call = this.#engine.calls.begin(options)
    const chosen = target ?? null
    return this.#requests.onLeader(
      call,
      () => ({ type: 'transfer', target: chosen, timeoutMs: call.limit }),
      () => this.#changes.transferHere(chosen, call),
      (body) => Number(new TextDecoder().decode(body)),
    )
  }

  /** Makes a snapshot now. @returns of which index; `null` if there is nothing new, or one is being made already */
  async snapshot(): Promise<{ readonly index: LogIndex; readonly term: Term } | null> {
    this.#engine.enter()
    return this.#engine.takeSnapshot()
  }

  /** The node at a glance. */
  status(): Status {
    return this.#engine.raw.status()
  }

  /** Where members can be reached, as far as it came with changes of the membership. */
  addresses(): ReadonlyMap<NodeId, string> {
    return new Map(this.#engine.addresses)
  }

  /** Calls `listener` for each event of a type, between two pieces of work. What it throws is logged. */
  on<Type extends keyof NodeEvents>(
    type: Type,
    listener: (event: Extract<NodeEvent, { readonly type: Type }>) => void,
  ): this {
    this.#engine.announcer.on(type, listener)
    return this
  }

  /** Calls `listener` for the next event of a type. */
  once<Type extends keyof NodeEvents>(
    type: Type,
    listener: (event: Extract<NodeEvent, { readonly type: Type }>) => void,
  ): this {
    this.#engine.announcer.once(type, listener)
    return this
  }

  /** Takes a listener away. */
  off<Type extends keyof NodeEvents>(
    type: Type,
    listener: (event: Extract<NodeEvent, { readonly type: Type }>) => void,
  ): this {
    this.#engine.announcer.off(type, listener)
    return this
  }

  /**
   * Every event from now on, in order.
   */
  events({ buffer = 1024, signal }: EventOptions = {}): AsyncGenerator<NodeEvent> {
    return eventStream(this.#engine.announcer, buffer, this.#engine.stopped, signal)
  }

  /**
   * Stops the node. Nothing new is taken, and who waits already has a second; what waits then is refused, or its outcome is
   * unknown. What is being written is finished.
   */
  async stop({ transfer = true, timeoutMs = 1000 }: StopOptions = {}): Promise<void> {
    if (transfer && this.#engine.isRunning && this.#engine.leader === this.id) {
      const call = this.#engine.calls.begin({ timeoutMs })
      // If nobody can take over, the others elect somebody all the same.
      await this.#changes.transferHere(null, call).catch(() => null)
    }
    await this.#engine.stop(timeoutMs)
  }

  async #seeing(consistency: Consistency, call: Call): Promise<LogIndex> {
    const index = await this.#requests.readIndex(call, consistency === 'linearizable')
    await call.before(this.#engine.applied.reached(index), `Index ${index} is not applied yet`)
    return index
  }

  #propose(data: Uint8Array, call: Call): Promise<Done<Result>> {
    return this.#requests.propose(data, call, (body) => {
      const { index, term, session, result } = decodeProposed(body)
      if (session !== null) return { outcome: { type: 'session', session }, index, term }
      return {
        outcome: { type: 'result', result: this.#engine.options.codecs.result.decode(result) },
        index,
        term,
      }
    })
  }
}
