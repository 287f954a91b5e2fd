/** What stands in the log: a command, or what has to do with client sessions, told apart by the first byte (thesis §6.3). */

import { Cursor, Parts } from './bytes.ts'

/** The number of a session: the index of the entry that opened it. */
export type SessionId = number

/** Where a command of a session stands. */
export interface SessionMark {
  readonly session: SessionId
  /** The command's number within its session, counted from 1. */
  readonly sequence: number
  /** All up to this number the client has the answers of: they need not be kept any more. */
  readonly acknowledged: number
}

/** What an entry's data says. */
export type Envelope =
  | { readonly type: 'command'; readonly mark: SessionMark | null; readonly command: Uint8Array }
  | { readonly type: 'openSession' }
  | { readonly type: 'closeSession'; readonly session: SessionId }

const plain = 0
const marked = 1
const open = 2
const close = 3

/** A command, with the mark of its session if it belongs to one. */
export function sealCommand(command: Uint8Array, mark: SessionMark | null): Uint8Array {
  if (mark === null) {
    const bytes = new Uint8Array(command.length + 1)
    bytes.set(command, 1)
    return bytes
  }
  const { session, sequence, acknowledged } = mark
  return new Parts().number(marked).number(session).number(sequence).number(acknowledged).raw(command).done()
}

/** "Open a session." */
export function sealOpen(): Uint8Array {
  return Uint8Array.of(open)
}

/** "Forget this session." */
export function sealClose(session: SessionId): Uint8Array {
  return new Parts().number(close).number(session).done()
}

/** Throws RangeError if it is none, or one of a later version. */
export function unseal(data: Uint8Array): Envelope {
  const cursor = new Cursor(data)
  const kind = cursor.number()
  switch (kind) {
    case plain:
      return { type: 'command', mark: null, command: cursor.rest() }
    case marked: {
      const [session, sequence, acknowledged] = [cursor.number(), cursor.number(), cursor.number()]
      return { type: 'command', mark: { session, sequence, acknowledged }, command: cursor.rest() }
    }
    case open:
      return { type: 'openSession' }
    case close:
      return { type: 'closeSession', session: cursor.number() }
    default:
      throw new RangeError(`kind ${kind} of an entry is not known`)
  }
}
