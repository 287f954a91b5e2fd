/** What goes wrong between nodes, with a stable code. */

import { RaftError, type RaftErrorCode } from '../../core/errors.ts'

/** The codes of a {@link TransportError}. */
export type TransportErrorCode = Extract<RaftErrorCode, `ERR_TRANSPORT_${string}`>

/**
 * Something between two nodes did not work. By `code`:
 *
 * - `ERR_TRANSPORT_LISTEN`: the address to listen on is taken, or is none of this machine's.
 * - `ERR_TRANSPORT_INSECURE`: a connection without TLS to or from another machine, which nobody has asked for.
 * - `ERR_TRANSPORT_HANDSHAKE`: the other side is somebody else than was meant, or speaks another language.
 * - `ERR_TRANSPORT_CONNECTION`: a connection could not be made, broke, fell silent, or carried what it must not.
 * - `ERR_TRANSPORT_MESSAGE`: one message could not be sent or read; the connection goes on.
 * - `ERR_TRANSPORT_HANDLER`: the handler of this node threw when it was told something.
 * - `ERR_TRANSPORT_NO_ANSWER`: a question has no answer; `mayHaveArrived` says whether it may have been acted on.
 * - `ERR_TRANSPORT_STOPPED`: the transport has not been started, or was stopped.
 */
export class TransportError extends RaftError {
  static override readonly name = 'TransportError'
  override readonly name = 'TransportError'
  declare readonly code: TransportErrorCode
  /** Of a question: `false` if it certainly has not reached anybody. */
  readonly mayHaveArrived: boolean

  constructor(
    code: TransportErrorCode,
    what: string,
    fix: string,
    more: { readonly cause?: unknown; readonly value?: unknown; readonly mayHaveArrived?: boolean } = {},
  ) {
    super(code, what, fix, more.value, more.cause)
    this.mayHaveArrived = more.mayHaveArrived ?? false
  }
}

/** A connection that ended in a way it should not have. */
export function connectionError(what: string, fix: string, cause?: unknown): TransportError {
  return new TransportError('ERR_TRANSPORT_CONNECTION', what, fix, { cause })
}

/** The two sides do not belong together. */
export function handshakeError(what: string, fix: string, cause?: unknown): TransportError {
  return new TransportError('ERR_TRANSPORT_HANDSHAKE', what, fix, { cause })
}

/** A question that has no answer. */
export function noAnswer(what: string, fix: string, mayHaveArrived: boolean): TransportError {
  return new TransportError('ERR_TRANSPORT_NO_ANSWER', what, fix, { mayHaveArrived })
}

/** A call at a time when nothing is carried. */
export function notRunning(what: string): TransportError {
  return new TransportError('ERR_TRANSPORT_STOPPED', what, 'Use it between `start` and `stop`')
}
