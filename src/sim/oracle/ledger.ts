/**
 * All that is known of the log, over all nodes: which entry was ever made at an index in a term, what came before it, and
 * what is committed. Each node's own log is kept as the list of its terms, which by Log Matching (§5.3) says it all.
 */

import type { Entry, LogIndex, NodeId, Term } from '../../core/types.ts'
import type { Image } from '../image.ts'

/** The terms of one node's log. */
export class ShadowLog {
  /** The entry before the first. */
  base: { readonly index: LogIndex; readonly term: Term } = { index: 0, term: 0 }
  readonly #terms: Term[] = []
  committed: LogIndex = 0
  applied: LogIndex = 0

  /** What a node starts with. */
  static of(image: Image): ShadowLog {
    const log = new ShadowLog()
    const { firstIndex, lastIndex } = image
    log.base = { index: firstIndex - 1, term: image.term(firstIndex - 1) as Term }
    for (let index = firstIndex; index <= lastIndex; index++) log.#terms.push(image.term(index) as Term)
    return log
  }

  get last(): LogIndex {
    return this.base.index + this.#terms.length
  }

  /** The term at `index`; null where nothing is held, be it because it is compacted. */
  term(index: LogIndex): Term | null {
    if (index === this.base.index) return this.base.term
    return this.#terms[index - this.base.index - 1] ?? null
  }

  push(term: Term): void {
    this.#terms.push(term)
  }

  /** Drops everything from `index` on. */
  truncate(index: LogIndex): void {
    this.#terms.length = Math.max(0, index - this.base.index - 1)
  }

  /** A snapshot takes the place of everything. */
  reset(index: LogIndex, term: Term): void {
    this.base = { index, term }
    this.#terms.length = 0
  }
}

interface Known {
  readonly content: unknown
  readonly previousTerm: Term | null
}

/** What is known of the log of the whole group. */
export class Ledger {
  readonly #known = new Map<number, Known>()
  /** By index: the term of the committed entry, and the term of the leader that committed it first. */
  readonly #committed: { readonly term: Term; readonly in: Term }[] = []
  /** The index before the first of `#committed`. */
  readonly #start: LogIndex
  readonly #leaders = new Map<Term, NodeId>()

  /** @param start - the index of the snapshot that the group begins with */
  constructor(start: LogIndex) {
    this.#start = start
  }

  /** The highest index that is committed anywhere. */
  get committed(): LogIndex {
    return this.#start + this.#committed.length
  }

  /** The term of a committed entry; null if none is committed there yet. */
  committedTerm(index: LogIndex): Term | null {
    if (index === this.#start) return 1
    return this.#committed[index - this.#start - 1]?.term ?? null
  }

  /** The next index is committed. */
  commit(term: Term, inTerm: Term): void {
    this.#committed.push({ term, in: inTerm })
  }

  /** The last index that was committed before `term`. */
  committedBefore(term: Term): LogIndex {
    let { committed } = this
    while (committed > this.#start && (this.#committed[committed - this.#start - 1]?.in ?? 0) >= term)
      committed--
    return committed
  }

  /** Notes an entry and what comes before it. Answers what is wrong if it was known to be another. */
  note(entry: Entry, previousTerm: Term | null): string | null {
    const key = entry.index * 0x100_0000 + entry.term
    const content = entry.type === 'EntryNormal' ? entry.data : entry.change
    const known = this.#known.get(key)
    if (known === undefined) {
      this.#known.set(key, { content, previousTerm })
      return null
    }
    if (known.content !== content) return `entry ${entry.term}/${entry.index} has two contents`
    if (known.previousTerm !== previousTerm && known.previousTerm !== null && previousTerm !== null)
      return `entry ${entry.term}/${entry.index} follows one of term ${known.previousTerm} and one of ${previousTerm}`
    return null
  }

  /** `id` leads `term`. Answers who else has led it. */
  lead(term: Term, id: NodeId): NodeId | null {
    const other = this.#leaders.get(term)
    this.#leaders.set(term, other ?? id)
    return other === undefined || other === id ? null : other
  }
}
