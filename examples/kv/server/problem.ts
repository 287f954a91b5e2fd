/** What a client is told when it does not get what it asked for: a status, and JSON with what, a code, and what to do about it. */

import { OutcomeUnknownError, RaftError, RefusedError, type RefusalReason } from 'quorate'

/** An answer that is no success. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly fix: string
  /** More for the body. */
  readonly details: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    code: string,
    what: string,
    fix: string,
    more: {
      readonly details?: Readonly<Record<string, unknown>>
      readonly headers?: Readonly<Record<string, string>>
      readonly cause?: unknown
    } = {},
  ) {
    super(what, { cause: more.cause })
    this.status = status
    this.code = code
    this.fix = fix
    this.details = more.details ?? {}
    this.headers = more.headers ?? {}
  }

  body(): Record<string, unknown> {
    return { error: this.message, code: this.code, fix: this.fix, ...this.details }
  }
}

/** The request is not as it should be. */
export function badRequest(code: string, what: string, fix: string): Problem {
  return new Problem(400, code, what, fix)
}

/** Refusals that somebody has to decide about; all others pass by themselves. */
const lasting: Partial<Record<RefusalReason, number>> = {
  'change-pending': 409,
  'membership-changed': 412,
  'learner-behind': 409,
  'impossible-change': 409,
  'quorum-at-risk': 409,
  'bad-target': 409,
  'no-session': 410,
}

/** What became of a request to the node. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof RefusedError) {
    const { code, fix, reason, leader } = error
    const message = whatOf(error)
    const details = { reason, leader, applied: 'no' }
    const status = lasting[reason]
    if (status !== undefined) return new Problem(status, code, message, fix, { details })
    return new Problem(503, code, message, fix, { details, headers: { 'retry-after': '1' }, cause: error })
  }
  if (error instanceof OutcomeUnknownError)
    return new Problem(
      504,
      error.code,
      whatOf(error),
      'It may have been done, or be done yet. Read before you repeat it, or write with If-Match',
      { details: { applied: 'unknown' }, cause: error },
    )
  if (error instanceof RaftError && error.code === 'ERR_INVALID_ARGUMENT')
    return new Problem(400, error.code, whatOf(error), error.fix, { cause: error })
  const what = error instanceof Error ? error.message : String(error)
  return new Problem(500, 'ERR_INTERNAL', `The node has failed: ${what}`, 'Look into the log of this node', {
    cause: error,
  })
}

/** The message without the advice at its end, which has a field of its own. */
function whatOf({ message, fix }: RaftError): string {
  return message.endsWith(`. ${fix}`) ? message.slice(0, -fix.length - 2) : message
}
