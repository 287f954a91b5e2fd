/**
 * Everything this library throws. Each error has a stable `code`, says what was expected and what came, and how to mend it.
 * Outcomes that are to be expected (a proposal without a leader, a compacted index) are values, not errors.
 */

import type { LogIndex } from './types.ts'

/** The stable codes, for `switch (error.code)`: they survive minification and a second copy of the package. */
export type RaftErrorCode =
  | 'ERR_INVALID_OPTION'
  | 'ERR_INVALID_ARGUMENT'
  | 'ERR_INVALID_MESSAGE'
  | 'ERR_LOCAL_MESSAGE'
  | 'ERR_UNKNOWN_PEER'
  | 'ERR_EMPTY_PROPOSAL'
  | 'ERR_ALREADY_BOOTSTRAPPED'
  | 'ERR_CONF_CHANGE'
  | 'ERR_READY_MISUSE'
  | 'ERR_REENTRANT'
  | 'ERR_COMPACTED'
  | 'ERR_UNAVAILABLE'
  | 'ERR_SNAPSHOT_OUT_OF_DATE'
  | 'ERR_LOG_LOST'
  | 'ERR_STORAGE'
  | 'ERR_CODEC'
  | 'ERR_INVARIANT'
  | 'ERR_REFUSED'
  | 'ERR_OUTCOME_UNKNOWN'
  | 'ERR_STATE_MACHINE'
  | 'ERR_TRANSPORT_LISTEN'
  | 'ERR_TRANSPORT_INSECURE'
  | 'ERR_TRANSPORT_HANDSHAKE'
  | 'ERR_TRANSPORT_CONNECTION'
  | 'ERR_TRANSPORT_MESSAGE'
  | 'ERR_TRANSPORT_HANDLER'
  | 'ERR_TRANSPORT_NO_ANSWER'
  | 'ERR_TRANSPORT_STOPPED'
  | 'ERR_WAL_CORRUPT'
  | 'ERR_WAL_FOREIGN'
  | 'ERR_WAL_VERSION'
  | 'ERR_WAL_LOCKED'
  | 'ERR_WAL_FULL'
  | 'ERR_WAL_FAILED'
  | 'ERR_WAL_CLOSED'
  | 'ERR_WAL_BUSY'

/** What every error of this library is. */
export class RaftError extends Error {
  static override readonly name: string = 'RaftError'
  override readonly name: string = 'RaftError'
  /** Stable and documented; tell errors apart by it. */
  readonly code: RaftErrorCode
  /** What to do about it, in a sentence. It is the end of the message too. */
  readonly fix: string
  /** The value that was refused, where there is one. */
  readonly value: unknown

  constructor(code: RaftErrorCode, what: string, fix: string, value?: unknown, cause?: unknown) {
    super(`${what}. ${fix}`, cause === undefined ? undefined : { cause })
    this.code = code
    this.fix = fix
    this.value = value
  }
}

/** An option is unknown, out of range, or contradicts another (`ERR_INVALID_OPTION`). */
export class OptionsError extends RaftError {
  static override readonly name = 'OptionsError'
  override readonly name = 'OptionsError'
  /** The option's name. */
  readonly option: string

  constructor(option: string, expected: string, value: unknown, fix?: string) {
    const what = `Expected option \`${option}\` to be ${expected}, got ${describeValue(value)}`
    super('ERR_INVALID_OPTION', what, fix ?? `Pass another \`${option}\` or leave it out`, value)
    this.option = option
  }
}

/** A call was made with an argument, or at a time, that it does not allow. Nothing has changed. */
export class UsageError extends RaftError {
  static override readonly name = 'UsageError'
  override readonly name = 'UsageError'
}

/**
 * A message that is not to be taken in; nothing has changed. `ERR_UNKNOWN_PEER` is part of life, a late answer of a member that
 * was removed: drop it. `ERR_INVALID_MESSAGE`, `ERR_LOCAL_MESSAGE` and `ERR_EMPTY_PROPOSAL` no correct peer sends.
 */
export class MessageError extends RaftError {
  static override readonly name = 'MessageError'
  override readonly name = 'MessageError'
}

/** A membership change that cannot be made from the present configuration (`ERR_CONF_CHANGE`). Nothing has changed. */
export class ConfChangeError extends RaftError {
  static override readonly name = 'ConfChangeError'
  override readonly name = 'ConfChangeError'
  /** Which rule forbids it. */
  readonly rule: ConfChangeRule

  constructor(rule: ConfChangeRule, value: unknown) {
    const text = confChangeRules[rule]
    super('ERR_CONF_CHANGE', text.what, text.fix, value)
    this.rule = rule
  }
}

/** Why a membership change is impossible. */
export type ConfChangeRule =
  | 'already-joint'
  | 'not-joint'
  | 'no-voters-before'
  | 'no-voters-left'
  | 'simple-in-joint'
  | 'more-than-one-voter'

const confChangeRules: Readonly<Record<ConfChangeRule, { what: string; fix: string }>> = {
  'already-joint': {
    what: 'The configuration is joint already',
    fix: 'Leave it first: propose a change without changes',
  },
  'not-joint': {
    what: 'There is no joint configuration to leave',
    fix: 'Propose an empty change only in a joint configuration',
  },
  'no-voters-before': {
    what: 'A configuration without voters cannot become joint',
    fix: 'Bootstrap the first voter, then change the membership',
  },
  'no-voters-left': {
    what: 'The change removes every voter',
    fix: 'Keep at least one voter: a group without voters can never decide anything again',
  },
  'simple-in-joint': {
    what: 'A simple change is not possible in a joint configuration',
    fix: 'Leave the joint configuration first: propose a change without changes',
  },
  'more-than-one-voter': {
    what: 'A simple change may add or remove one voter only',
    fix: 'Use transition `implicit` or `explicit`, or make the changes one after the other',
  },
}

/** The order ready, append, send, apply, advance was not kept (`ERR_READY_MISUSE`). Nothing has changed. */
export class ReadyMisuseError extends RaftError {
  static override readonly name = 'ReadyMisuseError'
  override readonly name = 'ReadyMisuseError'

  constructor(what: string, fix: string) {
    super('ERR_READY_MISUSE', what, fix)
  }
}

/**
 * Fatal: the leader knows that this node held entries which it does not have any more (`ERR_LOG_LOST`).
 * Its disk lost durable data, so its votes and acknowledgements can no longer be believed; the node stops.
 */
export class LogLostError extends RaftError {
  static override readonly name = 'LogLostError'
  override readonly name = 'LogLostError'
  readonly commit: LogIndex
  readonly lastIndex: LogIndex

  constructor(commit: LogIndex, lastIndex: LogIndex) {
    super(
      'ERR_LOG_LOST',
      `The leader knows this node to hold the log up to ${commit}, but its log ends at ${lastIndex}: durable entries were lost`,
      'Do not restart it on this storage: remove the member and add a new one under a new id',
      commit,
    )
    this.commit = commit
    this.lastIndex = lastIndex
  }
}

/** Fatal: storage failed, or answered what cannot be (`ERR_STORAGE`). The node stops; every later call throws this again. */
export class StorageError extends RaftError {
  static override readonly name = 'StorageError'
  override readonly name = 'StorageError'

  constructor(what: string, value?: unknown, cause?: unknown) {
    super(
      'ERR_STORAGE',
      what,
      'Stop this node, repair or replace its storage, then start a new RawNode on it',
      value,
      cause,
    )
  }
}

/** Fatal: a property that Raft guarantees does not hold (`ERR_INVARIANT`). A bug in this library or data altered under it. */
export class InvariantError extends RaftError {
  static override readonly name = 'InvariantError'
  override readonly name = 'InvariantError'

  constructor(property: string, cause?: unknown) {
    super(
      'ERR_INVARIANT',
      `Invariant broken: ${property}`,
      'Stop this node and report it with the trace that led here',
      undefined,
      cause,
    )
  }
}

/** A value as it reads best in a message: `5 (number)`, `"x" (string)`, `null`. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `${JSON.stringify(shortened(value))} (string)`
    case 'number':
    case 'bigint':
    case 'boolean':
      return `${shortened(String(value))} (${typeof value})`
    case 'object':
      return value === null ? 'null' : describeObject(value)
    case 'undefined':
      return 'undefined'
    case 'function':
    case 'symbol':
      return `a ${typeof value}`
  }
}

/** What was thrown, in words. Whatever it is: to look at it must not throw again. */
export function describeCause(cause: unknown): string {
  try {
    // Errors of another realm have a message too.
    const { message } = cause as { readonly message?: unknown }
    if (typeof message === 'string') return message
  } catch {
    // A getter that throws, a proxy, or nothing at all.
  }
  return describeValue(cause)
}

/** Is it one of this library's own errors? */
export function isRaftError(value: unknown): value is RaftError {
  try {
    return value instanceof RaftError
  } catch {
    return false // a proxy
  }
}

const fatalCodes: ReadonlySet<string> = new Set(['ERR_LOG_LOST', 'ERR_STORAGE', 'ERR_INVARIANT'])

/** Is it the end of a node? After any other error the node is as it was. */
export function isFatal({ code }: RaftError): boolean {
  return fatalCodes.has(code)
}

/** What was thrown in the middle of a call: by the trace, the random function, or this library itself, if it is not one of ours. */
export function asRaftError(error: unknown): RaftError {
  if (isRaftError(error)) return error
  return new InvariantError(
    `nothing throws in the middle of a call, but something did: ${describeCause(error)}`,
    error,
  )
}

function describeObject(value: object): string {
  try {
    return Array.isArray(value) ? `an array of ${value.length}` : 'an object'
  } catch {
    return 'an object that cannot be read' // a proxy
  }
}

/** A message is for people: of a value that is long its beginning tells enough, and `error.value` has all of it. */
function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
