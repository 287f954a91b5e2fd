/** A log as the paper has it (figure 2): entries with their terms, perhaps behind a snapshot that stands for the first ones (§7). */

import type { Entry, EntryId, LogIndex, Term } from '../../core/types.ts'
import type { Image } from '../image.ts'

/** The log of one server, in memory. It is never compacted here: what a snapshot stands for is the same entries. */
export class AbstractLog {
  #base: EntryId
  #entries: Entry[] = []

  constructor(base: EntryId) {
    this.#base = base
  }

  /** What a disk holds. */
  static of(image: Image): AbstractLog {
    const index = image.firstIndex - 1
    const term = image.term(index)
    const log = new AbstractLog({ index, term: typeof term === 'number' ? term : 0 })
    for (let i = image.firstIndex; i <= image.lastIndex; i++) log.#entries.push(image.at(i) as Entry)
    return log
  }

  get baseIndex(): LogIndex {
    return this.#base.index
  }

  get lastIndex(): LogIndex {
    return this.#base.index + this.#entries.length
  }

  get lastTerm(): Term {
    return this.#entries.at(-1)?.term ?? this.#base.term
  }

  get last(): EntryId {
    return { index: this.lastIndex, term: this.lastTerm }
  }

  /** The term at `index`; null where there is no entry, or where it is not known any more. */
  term(index: LogIndex): Term | null {
    if (index === this.#base.index) return this.#base.term
    return this.#entries[index - this.#base.index - 1]?.term ?? null
  }

  at(index: LogIndex): Entry | undefined {
    return this.#entries[index - this.#base.index - 1]
  }

  append(entries: readonly Entry[]): void {
    for (const entry of entries) this.#entries.push(entry)
  }

  /** Drops everything from `index` on. */
  truncate(index: LogIndex): void {
    this.#entries.length = Math.max(0, index - this.#base.index - 1)
  }

  /** A snapshot takes the place of all of it (§7). */
  reset(base: EntryId): void {
    this.#base = base
    this.#entries = []
  }

  /** The next membership change behind `index`, up to `to`. */
  nextChange(index: LogIndex, to: LogIndex): Exclude<Entry, { type: 'EntryNormal' }> | undefined {
    const end = Math.min(to, this.lastIndex)
    for (let i = Math.max(index, this.#base.index) + 1; i <= end; i++) {
      const entry = this.#entries[i - this.#base.index - 1] as Entry
      if (entry.type !== 'EntryNormal') return entry
    }
    return undefined
  }
}

/** §5.4.1: is the one log at least as up-to-date as the other? The later last term decides, then the length. */
export function atLeastAsUpToDate(one: EntryId, other: EntryId): boolean {
  return one.term === other.term ? one.index >= other.index : one.term > other.term
}

/** For messages: `term/index`. */
export function idText({ term, index }: EntryId): string {
  return `${term}/${index}`
}
