/** What callers ask of a node, whoever leads: done here if this node leads, else by asking the leader; tried again while nothing has happened yet. */

import type { DropReason } from '../core/trace.ts'
import type { LogIndex, NodeId, Term } from '../core/types.ts'
import type { Outcome } from './applier.ts'
import type { Call } from './call.ts'
import type { Engine } from './engine.ts'
import { OutcomeUnknownError, RefusedError, type RefusalReason } from './errors.ts'
import { decodeAnswer, encodeQuestion, type Question } from './questions.ts'

/** An entry that was applied, and what came of it. */
export interface Done<Result> {
  readonly outcome: Outcome<Result>
  readonly index: LogIndex
  readonly term: Term
}

/** What a leader may answer that has just been replaced: somebody else will do. */
const passing: ReadonlySet<RefusalReason> = new Set([
  'no-leader',
  'not-leader',
  'leadership-lost',
  'transferring',
  'stopped',
])

/** Proposals and reads. */
export class Requests<Command, Result, Query, Answer> {
  readonly #engine: Engine<Command, Result, Query, Answer>
  readonly #gathering: { lease: Promise<LogIndex | null> | null; round: Promise<LogIndex | null> | null } = {
    lease: null,
    round: null,
  }

  constructor(engine: Engine<Command, Result, Query, Answer>) {
    this.#engine = engine
  }

  /**
   * Does `here` on the leader: if that is this node. Else asks the leader, and answers what `there` makes of its answer. `here` answers
   * null if it could not, and nothing has happened: then it is tried again.
   */
  async onLeader<T>(
    call: Call,
    question: () => Question,
    here: () => Promise<T | null>,
    there: (body: Uint8Array) => T,
  ): Promise<T> {
    const engine = this.#engine
    const { id, forward, transport } = engine.options
    for (;;) {
      engine.enter()
      const { leader } = engine
      if (leader === id) {
        const done = await here()
        if (done !== null) return done
      } else if (leader !== null) {
        if (!forward || transport.request === undefined)
          throw new RefusedError('not-leader', `Node ${id} does not lead, node ${leader} does`, leader)
        const done = await this.#ask(call, leader, question(), there)
        if (done !== null) return done
      }
      await this.pause(call, 'No leader has taken the request')
    }
  }

  /** Has an entry replicated and applied, wherever the leader is. */
  propose(data: Uint8Array, call: Call, there: (body: Uint8Array) => Done<Result>): Promise<Done<Result>> {
    return this.onLeader(
      call,
      () => ({ type: 'propose', data }),
      () => this.proposeHere(data, call),
      there,
    )
  }

  /** On the leader: null if it was not taken, or is in no log that lasts. */
  async proposeHere(data: Uint8Array, call: Call): Promise<Done<Result> | null> {
    const { raw, proposals, options } = this.#engine
    const taken = raw.propose(data)
    if (taken.index === undefined) {
      this.#throwIfLasting(taken.dropped)
      return null
    }
    const { index, term } = taken
    this.#engine.wake()
    const fate = await call.after(proposals.fateOf(index, term), `The command was appended at index ${index}`)
    if (fate.type === 'applied') return { outcome: fate.outcome, index, term }
    if (fate.type === 'lost') return null
    throw new OutcomeUnknownError(
      `A snapshot has replaced index ${index} on node ${options.id} before it was applied`,
    )
  }

  /** The index that a read has to see which begins now (thesis §6.4). */
  async readIndex(call: Call, byRound: boolean): Promise<LogIndex> {
    for (;;) {
      this.#engine.enter()
      const index = await call.before(this.#gather(byRound), 'No leader has confirmed the read')
      if (index !== null) return index
      await this.pause(call, 'No leader has confirmed the read')
    }
  }

  /** Until the leader changes, or a moment has passed. */
  async pause(call: Call, what: string): Promise<void> {
    const { tickMs } = this.#engine.options
    let timer: ReturnType<typeof setTimeout> | undefined
    const moment = new Promise<void>((resolve) => (timer = setTimeout(resolve, 2 * tickMs)))
    try {
      await call.before(Promise.race([this.#engine.leaderChange(), moment]), what)
    } finally {
      clearTimeout(timer)
    }
  }

  /** All reads that come in before the next pass of the loop share one question to the leader. */
  #gather(byRound: boolean): Promise<LogIndex | null> {
    const kind = byRound ? 'round' : 'lease'
    const gathering = this.#gathering
    gathering[kind] ??= new Promise((resolve) => {
      this.#engine.beforeNextPass(() => {
        gathering[kind] = null
        const { reads, raw, options } = this.#engine
        const { context, index } = reads.open(options.now())
        void index.then(resolve)
        if (raw.readIndex(context, byRound).dropped !== undefined) reads.dropped(context)
      })
    })
    return gathering[kind]
  }

  async #ask<T>(
    call: Call,
    leader: NodeId,
    question: Question,
    there: (body: Uint8Array) => T,
  ): Promise<T | null> {
    const { transport } = this.#engine.options
    const what = `Node ${leader} was asked`
    let answer: Uint8Array
    try {
      const asked = transport.request?.(leader, encodeQuestion(question), call.signal ?? undefined)
      answer = await call.after(asked as Promise<Uint8Array>, what)
    } catch (error) {
      if (error instanceof OutcomeUnknownError) throw error
      // A transport may know that the question never left.
      if ((error as { readonly mayHaveArrived?: unknown }).mayHaveArrived === false) return null
      throw new OutcomeUnknownError(`${what}, and no answer came`, error)
    }
    try {
      return there(decodeAnswer(answer, leader))
    } catch (error) {
      if (error instanceof RefusedError && passing.has(error.reason)) return null
      throw error
    }
  }

  #throwIfLasting(dropped: DropReason | undefined): void {
    if (dropped === 'overloaded' || dropped === 'log-full')
      throw new RefusedError(
        'overloaded',
        dropped === 'log-full' ? 'The log is full' : 'The leader has too much waiting to be committed',
        this.#engine.leader,
      )
  }
}
