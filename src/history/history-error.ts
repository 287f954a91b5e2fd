/** What is thrown about a history that cannot be checked. */

/** A history is not well formed. Nothing was checked. */
export class HistoryError extends Error {
  static override readonly name = 'HistoryError'
  override readonly name = 'HistoryError'
  /** Stable; tell errors apart by it. */
  readonly code = 'ERR_HISTORY'
  /** The line of the file, from 1 on; `null` if the history did not come from a file. */
  readonly line: number | null
  /** The position in the history, from 0 on; `null` for a line that is not JSON. */
  readonly index: number | null
  /** The value that was refused. */
  readonly value: unknown
  /** What to do about it, in a sentence. It is the end of the message too. */
  readonly fix: string

  constructor(place: Place, what: string, fix: string, value: unknown, cause?: unknown) {
    super(`${describePlace(place)}: ${what}. ${fix}`, cause === undefined ? undefined : { cause })
    this.line = place.line
    this.index = place.index
    this.value = value
    this.fix = fix
  }
}

/** Where in a history something is: a line of a file, or a position in an array. */
export interface Place {
  readonly line: number | null
  readonly index: number | null
}

/** `line 3`, or `operation 2` for what came from no file. */
export function describePlace({ line, index }: Place): string {
  return line === null ? `operation ${index ?? 0}` : `line ${line}`
}
