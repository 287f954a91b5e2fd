/** What one node asks another on behalf of its callers, and the answers: beside the protocol, over `Transport.request`. */

import type { LogIndex, NodeId, Term } from '../core/types.ts'
import { Cursor, Parts } from './bytes.ts'
import type { MembershipChange } from './membership.ts'
import { OutcomeUnknownError, RefusedError, type RefusalReason } from './errors.ts'

/** A question to the leader. */
export type Question =
  /** "Propose this entry, and answer with what came of it." */
  | { readonly type: 'propose'; readonly data: Uint8Array }
  | {
      readonly type: 'changeMembership'
      readonly change: MembershipChange
      readonly ifIndex: LogIndex | null
      readonly timeoutMs: number
    }
  | { readonly type: 'transfer'; readonly target: NodeId | null; readonly timeoutMs: number }

const propose = 0
const control = 1

export function encodeQuestion(question: Question): Uint8Array {
  const parts = new Parts()
  if (question.type === 'propose') return parts.number(propose).raw(question.data).done()
  return parts.number(control).text(JSON.stringify(question)).done()
}

/** Throws where it is none. */
export function decodeQuestion(bytes: Uint8Array): Question {
  const cursor = new Cursor(bytes)
  const kind = cursor.number()
  if (kind === propose) return { type: 'propose', data: cursor.rest() }
  if (kind !== control) throw new RangeError(`kind ${kind} of a question is not known`)
  return JSON.parse(cursor.text()) as Question
}

/** What came of a proposal, with the result as bytes. */
export interface Proposed {
  readonly index: LogIndex
  readonly term: Term
  readonly session: number | null
  readonly result: Uint8Array
}

const answered = 0
const refused = 1
const unknown = 2

export function encodeAnswer(body: Uint8Array): Uint8Array {
  return new Parts().number(answered).raw(body).done()
}

export function encodeProposed({ index, term, session, result }: Proposed): Uint8Array {
  return new Parts()
    .number(index)
    .number(term)
    .number(session ?? 0)
    .raw(result)
    .done()
}

export function decodeProposed(body: Uint8Array): Proposed {
  const cursor = new Cursor(body)
  const [index, term, session] = [cursor.number(), cursor.number(), cursor.number()]
  return { index, term, session: session === 0 ? null : session, result: cursor.rest() }
}

/** What an error becomes on its way to who has asked. Whatever is no refusal, nobody knows the outcome of. */
export function encodeError(error: unknown): Uint8Array {
  if (error instanceof RefusedError) {
    const { reason, message, leader } = error
    return new Parts()
      .number(refused)
      .text(reason)
      .text(message)
      .number(leader ?? 0)
      .done()
  }
  return new Parts()
    .number(unknown)
    .text(error instanceof Error ? error.message : String(error))
    .done()
}

/** The body of an answer. Throws the refusal, or that the outcome is unknown. */
export function decodeAnswer(bytes: Uint8Array, asked: NodeId): Uint8Array {
  const cursor = new Cursor(bytes)
  switch (cursor.number()) {
    case answered:
      return cursor.rest()
    case refused: {
      const reason = cursor.text() as RefusalReason
      const message = cursor.text()
      const leader = cursor.number()
      throw new RefusedError(reason, `Node ${asked} refused: ${message}`, leader === 0 ? null : leader)
    }
    default:
      throw new OutcomeUnknownError(`Node ${asked} does not know: ${cursor.text()}`)
  }
}
