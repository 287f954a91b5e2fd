/** Applies what is committed to the state machine, once each, and says what came of it (§5.3, thesis §6.3). */

import type { ConfState, EntryNormal, LogIndex } from '../core/types.ts'
import { unseal, type SessionId, type SessionMark } from './envelope.ts'
import { StateMachineError } from './errors.ts'
import type { Sessions } from './sessions.ts'
import type { Codec, StateMachine } from './state-machine.ts'

/** What an applied entry has come to. */
export type Outcome<Result> =
  | { readonly type: 'result'; readonly result: Result }
  | { readonly type: 'session'; readonly session: SessionId }
  /** A command of a session that is not open, or whose answer is not kept any more. */
  | { readonly type: 'no-session' }
  | { readonly type: 'membership'; readonly confState: ConfState }
  /** A membership change that was not possible from the membership of then. */
  | { readonly type: 'impossible'; readonly why: string }
  | { readonly type: 'nothing' }

/** The state machine, and the sessions beside it. */
export class Applier<Command, Result, Query, Answer> {
  readonly #machine: StateMachine<Command, Result, Query, Answer>
  readonly #commands: Codec<Command>
  readonly #results: Codec<Result>
  readonly #sessions: Sessions

  constructor(
    machine: StateMachine<Command, Result, Query, Answer>,
    codecs: { readonly command: Codec<Command>; readonly result: Codec<Result> },
    sessions: Sessions,
  ) {
    this.#machine = machine
    this.#commands = codecs.command
    this.#results = codecs.result
    this.#sessions = sessions
  }

  /** Applies the entry. Throws StateMachineError if that fails: then nothing may follow. */
  apply({ index, term, data }: EntryNormal): Outcome<Result> {
    if (data === null) return { type: 'nothing' }
    let envelope
    try {
      envelope = unseal(data)
    } catch (cause) {
      throw new StateMachineError(`entry ${index}, which no version of this driver has written`, cause)
    }
    switch (envelope.type) {
      case 'openSession':
        this.#sessions.open(index)
        return { type: 'session', session: index }
      case 'closeSession':
        this.#sessions.close(envelope.session)
        return { type: 'nothing' }
      case 'command':
        return envelope.mark === null
          ? { type: 'result', result: this.#run(envelope.command, { index, term }) }
          : this.#runOnce(envelope.mark, envelope.command, { index, term })
    }
  }

  query(query: Query): Answer {
    if (this.#machine.query === undefined)
      throw new StateMachineError('query', new Error('there is no such method'))
    return this.#machine.query(query)
  }

  #runOnce(mark: SessionMark, command: Uint8Array, at: { index: LogIndex; term: number }): Outcome<Result> {
    const recalled = this.#sessions.recall(mark)
    if (recalled.type === 'unknown') return { type: 'no-session' }
    if (recalled.type === 'answered') return { type: 'result', result: this.#results.decode(recalled.answer) }
    const result = this.#run(command, at)
    this.#sessions.remember(mark, this.#results.encode(result))
    return { type: 'result', result }
  }

  #run(bytes: Uint8Array, at: { index: LogIndex; term: number }): Result {
    try {
      return this.#machine.apply(this.#commands.decode(bytes), at)
    } catch (cause) {
      throw new StateMachineError(`apply, at index ${at.index}`, cause)
    }
  }
}
