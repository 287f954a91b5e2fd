/** What a storage is in the plainest form: arrays and records, and no thought of speed or of disks. To compare with. */

import { emptyConfState } from '../../core/conf-state.ts'
import type { ConfState, Entry, EntryId, HardState, LogIndex, Snapshot } from '../../core/types.ts'
import type { WriteBatch } from '../../storage/storage.ts'
import type { Contents } from './sample.ts'

/** The contract, executed. It is only ever asked for what the contract allows. */
export class Model {
  hardState: HardState | null = null
  snapshot: Snapshot | null = null
  /** The entry before the first one. */
  before: EntryId = { index: 0, term: 0 }
  entries: readonly Entry[] = []
  #saved: { readonly confState: ConfState; readonly index: LogIndex } | null = null

  get lastIndex(): LogIndex {
    return this.before.index + this.entries.length
  }

  get commit(): LogIndex {
    return Math.max(this.hardState?.commit ?? 0, this.snapshot?.index ?? 0)
  }

  get confState(): { readonly confState: ConfState; readonly index: LogIndex } {
    const { confState, index } = this.snapshot ?? { confState: emptyConfState, index: 0 }
    return this.#saved !== null && this.#saved.index > index ? this.#saved : { confState, index }
  }

  /** The term of a stored entry, or of the one before the first. */
  term(index: LogIndex): number {
    return index === this.before.index ? this.before.term : (this.#entry(index)?.term ?? 0)
  }

  append({ hardState, entries, snapshot }: WriteBatch): void {
    if (snapshot !== null) {
      this.snapshot = snapshot
      this.before = { index: snapshot.index, term: snapshot.term }
      this.entries = []
    }
    const first = entries[0]?.index ?? this.lastIndex + 1
    this.entries = [...this.entries.slice(0, first - this.before.index - 1), ...entries]
    if (hardState !== null) this.hardState = hardState
  }

  createSnapshot(index: LogIndex, confState: ConfState, data: Uint8Array): Snapshot {
    this.snapshot = { index, term: this.term(index), confState, data }
    return this.snapshot
  }

  saveConfState(confState: ConfState, index: LogIndex): void {
    this.#saved = { confState, index }
  }

  compact(index: LogIndex): void {
    const before = { index, term: this.term(index) }
    this.entries = this.entries.slice(index - this.before.index)
    this.before = before
  }

  /** The same, to go on from while this one stays. */
  fork(): Model {
    const fork = new Model()
    fork.hardState = this.hardState
    fork.snapshot = this.snapshot
    fork.before = this.before
    fork.entries = this.entries
    fork.#saved = this.#saved
    return fork
  }

  /** What a storage has to answer. */
  contents(): Contents {
    const { before, entries } = this
    return {
      firstIndex: before.index + 1,
      lastIndex: this.lastIndex,
      terms: [before.term, ...entries.map(({ term }) => term)],
      entries,
      snapshot: this.snapshot ?? 'temporarily-unavailable',
      hardState: this.hardState,
      confState: this.confState,
    }
  }

  #entry(index: LogIndex): Entry | undefined {
    return this.entries[index - this.before.index - 1]
  }
}
