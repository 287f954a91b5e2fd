/** The log as its records tell it, one after the other. */

import type { Entry, LogIndex } from '../../core/types.ts'
import { ByteReader, MalformedError } from './bytes.ts'
import { emptyState, type LogState, stateAfter } from './log-state.ts'
import { type Operation, readOperations } from './operation.ts'

/** What has been read so far. */
export class Replay {
  #state: LogState = emptyState
  /** As it was before the last record. */
  #before: LogState = emptyState
  /** The index of the first of #entries; `null` before the first record. What is before it was in segments that are gone. */
  #first: LogIndex | null = null
  #entries: Entry[] = []
  #base: LogIndex = 0

  /** Where the log ended when the segment began that was read last. */
  get base(): LogIndex {
    return this.#base
  }

  get state(): LogState {
    return this.#state
  }

  get before(): LogState {
    return this.#before
  }

  /** @throws MalformedError if it is none, or does not fit to what was before */
  apply(payload: Uint8Array): void {
    this.#before = this.#state
    for (const operation of readOperations(new ByteReader(payload))) this.#do(operation)
  }

  /** The entries that are left. */
  entries(): Entry[] {
    const skipped = this.#state.compacted.index + 1 - (this.#first ?? 1)
    return skipped > 0 ? this.#entries.slice(skipped) : this.#entries
  }

  /** Entries that no snapshot stands in for, and that no segment holds; `null` if there are none. */
  gap(): { readonly from: LogIndex; readonly to: LogIndex } | null {
    const from = this.#state.compacted.index + 1
    const to = (this.#first ?? 1) - 1
    return from <= to ? { from, to } : null
  }

  #do(operation: Operation): void {
    if (operation.type === 'base') this.#checkBase(operation)
    else if (this.#first === null)
      throw new MalformedError('the first record does not say where the log stands')
    this.#state = stateAfter(this.#state, operation)
    if (operation.type === 'entries') this.#replaceTail(operation.entries)
    if (operation.type !== 'install') return
    this.#entries = []
    this.#first = operation.mark.index + 1
  }

  #checkBase({ compacted, last }: Operation & { readonly type: 'base' }): void {
    this.#first ??= last + 1
    this.#base = last
    if (this.#before === emptyState) return
    const { state } = this
    if (state.compacted.index === compacted.index && state.last === last) return
    throw new MalformedError(
      `a segment begins behind entry ${last} with ${compacted.index} compacted, and the log before ends at ${state.last} with ${state.compacted.index} compacted`,
    )
  }

  #replaceTail(entries: readonly Entry[]): void {
    const { compacted } = this.#state
    const skipped = Math.max(0, compacted.index + 1 - (entries[0]?.index ?? 0))
    if (skipped >= entries.length) return
    const from = (entries[skipped] as Entry).index
    const first = this.#first as LogIndex
    if (from > first + this.#entries.length)
      throw new MalformedError(`entry ${from} follows entry ${first + this.#entries.length - 1}: a gap`)
    if (from <= first) {
      this.#entries = []
      this.#first = from
    } else this.#entries.length = from - first
    for (let i = skipped; i < entries.length; i++) this.#entries.push(entries[i] as Entry)
  }
}
