/** What a disk holds of one node's log at one moment: as the process sees it, or as a power cut would leave it. */

import { countWithin } from '../core/entry-size.ts'
import { emptyConfState } from '../core/conf-state.ts'
import type { Compacted, StoredConfState, Unavailable } from '../core/log/log-reader.ts'
import type { Bytes, Entry, EntryId, HardState, LogIndex, Snapshot, Term } from '../core/types.ts'

/** One record of the log. It is on disk as a whole or not at all. */
export type DiskRecord =
  | {
      readonly kind: 'write'
      readonly hardState: HardState | null
      readonly entries: readonly Entry[]
      readonly snapshot: Snapshot | null
    }
  /** A snapshot that this node has made itself. */
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly kind: 'compact'; readonly index: LogIndex }

/** Hard state, snapshot and entries. */
export class Image {
  hardState: HardState | null = null
  snapshot: Snapshot | null = null
  /** The entry before the first one that is held. */
  #base: { readonly index: LogIndex; readonly term: Term } = { index: 0, term: 0 }
  #entries: Entry[] = []

  /** A copy that goes its own way. */
  clone(): Image {
    const copy = new Image()
    copy.hardState = this.hardState
    copy.snapshot = this.snapshot
    copy.#base = this.#base
    copy.#entries = this.#entries.slice()
    return copy
  }

  get firstIndex(): LogIndex {
    return this.#base.index + 1
  }

  get lastIndex(): LogIndex {
    return this.#base.index + this.#entries.length
  }

  /** The last entry, or what the snapshot ends with. */
  get last(): EntryId {
    const { lastIndex } = this
    return { index: lastIndex, term: this.#entries.at(-1)?.term ?? this.#base.term }
  }

  /** The membership of the snapshot. */
  get confState(): StoredConfState {
    const { snapshot } = this
    return snapshot === null
      ? { confState: emptyConfState, index: 0 }
      : { confState: snapshot.confState, index: snapshot.index }
  }

  term(index: LogIndex): Term | Compacted | Unavailable {
    if (index < this.#base.index) return 'compacted'
    if (index === this.#base.index) return this.#base.term
    return this.#entries[index - this.#base.index - 1]?.term ?? 'unavailable'
  }

  /** Does it hold everything up to entry `index` of `term`, be it in a snapshot? */
  holds(index: LogIndex, term: Term): boolean {
    return index < this.firstIndex - 1 || this.term(index) === term
  }

  entries(lo: LogIndex, hi: LogIndex, maxSize: Bytes): readonly Entry[] | Compacted | Unavailable {
    if (lo < this.firstIndex) return 'compacted'
    if (hi > this.lastIndex + 1) return 'unavailable'
    const from = lo - this.firstIndex
    return this.#entries.slice(from, from + countWithin(this.#entries, maxSize, from, hi - this.firstIndex))
  }

  /** The entry at `index`, if it is there. */
  at(index: LogIndex): Entry | undefined {
    return this.#entries[index - this.firstIndex]
  }

  /** Takes in the next record. */
  apply(record: DiskRecord): void {
    if (record.kind === 'compact') this.#compact(record.index)
    else if (record.kind === 'snapshot') this.snapshot = record.snapshot
    else {
      if (record.snapshot !== null) this.#install(record.snapshot)
      if (record.entries.length > 0) this.#append(record.entries)
      if (record.hardState !== null) this.hardState = record.hardState
    }
  }

  /** Drops everything from `index` on. */
  truncate(index: LogIndex): void {
    this.#entries.length = Math.max(0, index - this.firstIndex)
  }

  #install(snapshot: Snapshot): void {
    this.snapshot = snapshot
    this.#base = { index: snapshot.index, term: snapshot.term }
    this.#entries = []
  }

  #append(entries: readonly Entry[]): void {
    const first = (entries[0] as Entry).index
    // A late write may begin before what has been compacted since.
    const skipped = Math.max(0, this.firstIndex - first)
    if (skipped >= entries.length) return
    const slot = first + skipped - this.firstIndex
    if (slot > this.#entries.length)
      throw new Error(`a gap before ${first}, the log ends at ${this.lastIndex}`)
    if (slot < this.#entries.length) this.truncate(first + skipped)
    for (let i = skipped; i < entries.length; i++) this.#entries.push(entries[i] as Entry)
  }

  #compact(index: LogIndex): void {
    const term = this.term(index)
    if (index < this.firstIndex || typeof term === 'string') return
    this.#entries = this.#entries.slice(index - this.#base.index)
    this.#base = { index, term }
  }
}
