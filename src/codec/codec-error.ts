/** The one error of the codec. */

import { describeValue, RaftError } from '../core/errors.ts'

/**
 * Bytes that are no message, entry or state of this format, or a value that has no place in it (`ERR_CODEC`). Nothing has
 * changed: who reads drops the bytes, and what was to be written is not there in part.
 */
export class CodecError extends RaftError {
  static override readonly name = 'CodecError'
  override readonly name = 'CodecError'
  /** Where in the bytes that were to be read; `null` when something was to be written. */
  readonly offset: number | null

  constructor(what: string, fix: string, offset: number | null, value?: unknown, cause?: unknown) {
    super('ERR_CODEC', what, fix, value, cause)
    this.offset = offset
  }
}

/** What cannot be read: says where, and what was expected there. */
export function unreadable(expected: string, offset: number, value?: unknown): CodecError {
  const got = value === undefined ? '' : `, got ${describeValue(value)}`
  return new CodecError(
    `Expected ${expected} at byte ${offset}${got}`,
    'Drop these bytes and look at where they come from: they are damaged, or of another format',
    offset,
    value,
  )
}

/** What cannot be written. */
export function unwritable(expected: string, value: unknown, cause?: unknown): CodecError {
  return new CodecError(
    `Expected ${expected}, got ${describeValue(value)}`,
    'Pass what this library hands out, or what its types allow',
    null,
    value,
    cause,
  )
}
