/**
 * What clients did to a replicated service, as they saw it: one record per operation. Everything here is about single keys,
 * each of them a register or a list, since what is linearizable key by key is linearizable as a whole.
 */

/** What a register or an element of a list holds. Two are the same if `===` says so. */
export type Value = string | number | boolean | null

/** What all operations have. */
export interface OperationBase {
  /** Who did it. A client has one operation at a time; after one of unknown outcome it goes on under another name. */
  readonly client: string | number
  /** What it was done to. A key is a register or a list, for the whole history. */
  readonly key: string
  /**
   * When the client sent it: a finite number, in any unit, from one clock or counter for all clients.
   * One operation precedes another only if its `returned` is **less** than the other's `invoked`, so count finely.
   */
  readonly invoked: number
  /** When the client had the answer, not before `invoked`. `null`: it never had one; it may take effect at any time, or never. */
  readonly returned: number | null
  /** The service said that it did not happen, and will not. An operation that is `failed` and seen nevertheless is a violation. */
  readonly failed?: boolean
  /** Anything of your own; nobody looks at it. */
  readonly note?: unknown
}

/** Reads a register, which holds `null` at first. */
export interface ReadOperation extends OperationBase {
  readonly kind: 'read'
  /** What was read. Left out if the outcome is unknown, or the operation failed. */
  readonly output?: Value
}

/** Writes a register. */
export interface WriteOperation extends OperationBase {
  readonly kind: 'write'
  readonly input: Value
}

/** Writes a register if it holds a given value. */
export interface CasOperation extends OperationBase {
  readonly kind: 'cas'
  readonly input: { readonly from: Value; readonly to: Value }
  /** Whether it held `from`, and so was written; `false` is an answer too, not a failure. Left out as for `read`. */
  readonly output?: boolean
}

/** Puts an element at the end of a list, which is empty at first. */
export interface AppendOperation extends OperationBase {
  readonly kind: 'append'
  readonly input: Value
}

/** Reads a whole list. */
export interface ReadListOperation extends OperationBase {
  readonly kind: 'read-list'
  /** All elements, from the first to the last. Left out as for `read`. */
  readonly output?: readonly Value[]
}

/** One operation of one client, by `kind`. */
export type Operation = ReadOperation | WriteOperation | CasOperation | AppendOperation | ReadListOperation

/** The five kinds. */
export type OperationKind = Operation['kind']

/** What a key is, by the kinds of operations on it. */
export type KeyType = 'register' | 'list'

/** Which operations belong to which type of key. */
export const keyTypes: Readonly<Record<OperationKind, KeyType>> = {
  read: 'register',
  write: 'register',
  cas: 'register',
  append: 'list',
  'read-list': 'list',
}

/** An operation as a person would write it down: `write "a"`, `cas 1 to 2: no`, `read-list: [1, 2]`. */
export function describeOperation(operation: Operation): string {
  const { kind } = operation
  switch (kind) {
    case 'read':
      return operation.output === undefined ? kind : `${kind}: ${show(operation.output)}`
    case 'write':
    case 'append':
      return `${kind} ${show(operation.input)}`
    case 'cas': {
      const { from, to } = operation.input
      const answer = operation.output === undefined ? '' : `: ${operation.output ? 'yes' : 'no'}`
      return `${kind} ${show(from)} to ${show(to)}${answer}`
    }
    case 'read-list':
      return operation.output === undefined ? kind : `${kind}: ${showList(operation.output)}`
  }
}

/** A value, shortened. */
export function show(value: Value): string {
  const text = JSON.stringify(value)
  return text.length > 24 ? `${text.slice(0, 23)}…` : text
}

/** A list, of which the end matters most. */
export function showList(values: readonly Value[]): string {
  const shown = values.slice(-6).map(show).join(', ')
  return values.length > 6 ? `[… ${values.length - 6} more, ${shown}]` : `[${shown}]`
}
