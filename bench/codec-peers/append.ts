/** An append as the other codecs take it: append.proto. */

/** A `bench.Entry`. */
interface AppendEntry {
  readonly term: number
  readonly index: number
  readonly data: Uint8Array
}

/** A `bench.Message`. */
export interface Append {
  readonly type: number
  readonly to: number
  readonly from: number
  readonly term: number
  readonly logTerm: number
  readonly index: number
  readonly entries: readonly AppendEntry[]
  readonly commit: number
}
