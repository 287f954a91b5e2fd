/**
 * Client sessions (thesis §6.3): which commands of which client were applied, and what was answered. It is part of the replicated
 * state, the same on every node and in every snapshot, so that a command that is repeated is recognised whoever leads then.
 */

import { Cursor, Parts } from './bytes.ts'
import type { SessionId, SessionMark } from './envelope.ts'

/** How many sessions are kept. With one more, that which was used longest ago is forgotten: on every node the same. */
const maxSessions = 10_000

interface Session {
  acknowledged: number
  /** The answers to what the client may still ask for again. */
  readonly answers: Map<number, Uint8Array>
}

/** What a command of a session comes to. */
export type Recalled =
  /** It has not been applied yet. */
  | { readonly type: 'new' }
  | { readonly type: 'answered'; readonly answer: Uint8Array }
  /** It was applied, and the client has said that it has the answer; or there is no such session (any more). */
  | { readonly type: 'unknown' }

/** All sessions that are open. */
export class Sessions {
  // By last use: who is used goes to the end.
  #open = new Map<SessionId, Session>()

  /** The entry at `index` opens one. */
  open(index: SessionId): void {
    this.#open.set(index, { acknowledged: 0, answers: new Map() })
    if (this.#open.size <= maxSessions) return
    const oldest = this.#open.keys().next()
    if (oldest.done !== true) this.#open.delete(oldest.value)
  }

  close(id: SessionId): void {
    this.#open.delete(id)
  }

  /** Looks a command up, and forgets what its client has the answers of. */
  recall({ session: id, sequence, acknowledged }: SessionMark): Recalled {
    const session = this.#open.get(id)
    if (session === undefined) return { type: 'unknown' }
    this.#open.delete(id)
    this.#open.set(id, session)
    if (acknowledged > session.acknowledged) {
      session.acknowledged = acknowledged
      for (const answered of session.answers.keys())
        if (answered <= acknowledged) session.answers.delete(answered)
    }
    if (sequence <= session.acknowledged) return { type: 'unknown' }
    const answer = session.answers.get(sequence)
    return answer === undefined ? { type: 'new' } : { type: 'answered', answer }
  }

  /** Keeps the answer to a command that was new. */
  remember({ session, sequence }: SessionMark, answer: Uint8Array): void {
    this.#open.get(session)?.answers.set(sequence, answer)
  }

  encode(): Uint8Array {
    const parts = new Parts().number(this.#open.size)
    for (const [id, { acknowledged, answers }] of this.#open) {
      parts.number(id).number(acknowledged).number(answers.size)
      for (const [sequence, answer] of answers) parts.number(sequence).bytes(answer)
    }
    return parts.done()
  }

  /** Takes the place of all that is there. Throws RangeError if the bytes are none of `encode`, and changes nothing then. */
  replace(bytes: Uint8Array): void {
    const cursor = new Cursor(bytes)
    const open = new Map<SessionId, Session>()
    for (let left = cursor.number(); left > 0; left--) {
      const [id, acknowledged] = [cursor.number(), cursor.number()]
      const answers = new Map<number, Uint8Array>()
      for (let more = cursor.number(); more > 0; more--) answers.set(cursor.number(), cursor.bytes().slice())
      open.set(id, { acknowledged, answers })
    }
    this.#open = open
  }
}
