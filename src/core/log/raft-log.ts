/**
 * The replicated log of one node: what storage holds, the unstable tail above it, and how far it is committed and applied.
 *
 *     applied <= applying <= committed <= lastIndex
 *
 * `applying` is what has been handed out to be applied, `applied` what is known to be (§5.3, figure 2).
 */

import { invariant } from '../invariant.ts'
import { StorageError } from '../errors.ts'
import type { Bytes, Entry, EntryId, HardState, LogIndex, Snapshot, Term } from '../types.ts'
import { CheckedReader } from './checked-reader.ts'
import { countWithin } from '../entry-size.ts'
import type { Compacted, LogReader, StoredConfState, Unavailable } from './log-reader.ts'
import { Unstable } from './unstable.ts'

const noEntries: readonly Entry[] = Object.freeze([])

/** The log. It starts out with nothing committed beyond the storage's snapshot. */
export class RaftLog {
  readonly unstable: Unstable
  readonly #storage: CheckedReader
  readonly #maxApplyingSize: Bytes
  /** Where storage's log began when it was last looked at: that only goes forward. */
  #storedFirst: LogIndex
  #committed: LogIndex
  #applying: LogIndex
  #applied: LogIndex
  #applyingSize: Bytes = 0
  #applyingPaused = false
  /** With asynchronous writes: what is durably known to be committed. */
  #durableCommit: LogIndex = 0
  /** The membership change that waits for that; `Infinity` if none does. */
  #barrier: LogIndex = Infinity

  /**
   * @param storage - what is durable
   * @param maxApplyingSize - limit on the entries handed out and not yet applied, in bytes
   */
  constructor(storage: LogReader, maxApplyingSize: Bytes) {
    this.#storage = new CheckedReader(storage)
    this.#maxApplyingSize = maxApplyingSize
    const first = this.#storage.firstIndex()
    const last = this.#storage.lastIndex()
    if (last < first - 1)
      throw new StorageError(`Storage's log ends at ${last} before it begins at ${first}`, last)
    this.unstable = new Unstable(last + 1, this.#termAtStart(first, last))
    this.#committed = first - 1
    this.#applying = first - 1
    this.#applied = first - 1
    this.#storedFirst = first
  }

  get committed(): LogIndex {
    return this.#committed
  }

  get applying(): LogIndex {
    return this.#applying
  }

  get applied(): LogIndex {
    return this.#applied
  }

  /** The membership change that is not handed out before its being committed is durable; `null` if none waits. */
  get barrier(): LogIndex | null {
    return this.#barrier === Infinity ? null : this.#barrier
  }

  get firstIndex(): LogIndex {
    return this.unstable.firstIndex() ?? this.storedFirstIndex()
  }

  get lastIndex(): LogIndex {
    const unstable = this.unstable.lastIndex()
    if (unstable !== null) return unstable
    const index = this.#storage.lastIndex()
    const written = this.unstable.offset - 1
    if (index !== written)
      throw new StorageError(
        index < written
          ? `Storage's log ends at ${index}, before ${written}, which was written: entries were lost`
          : `Storage's log ends at ${index}, beyond ${written}, the last that was written`,
        index,
      )
    return index
  }

  get lastTerm(): Term {
    const index = this.lastIndex
    const term = this.term(index)
    if (typeof term === 'string')
      throw new StorageError(`Storage does not know the term of its last entry ${index}`, term)
    return term
  }

  /** The term of entry `index`, of the one before the first too. */
  term(index: LogIndex): Term | Compacted | Unavailable {
    const unstable = this.unstable.term(index)
    if (unstable !== null) return unstable
    // The entry before the first is gone, yet its term is known: the consistency check of the first one needs it.
    if (index + 1 < this.firstIndex) return 'compacted'
    if (index > this.lastIndex) return 'unavailable'
    const term = this.#storage.term(index)
    if (term === 'unavailable')
      throw new StorageError(`Storage does not know the term of entry ${index}, which its log holds`, index)
    if (term !== 'compacted') this.#checkTerm(index, term)
    return term
  }

  /** Believed, a wrong term would be told to others, and might win an election. What storage ends with is known here. */
  #checkTerm(index: LogIndex, term: Term): void {
    const { offset, stableTerm, maxStableTerm } = this.unstable
    const isEnd = index === offset - 1 && stableTerm !== null
    if (isEnd ? term === stableTerm : term <= maxStableTerm) return
    throw new StorageError(
      `Storage answered term(${index}) with ${term}, but ${isEnd ? stableTerm : `at most ${maxStableTerm}`} was written`,
      term,
    )
  }

  /** Is entry `index` of term `term`? */
  matches(index: LogIndex, term: Term): boolean {
    return this.term(index) === term
  }

  /** Entries from `lo` to the end, up to `maxSize` bytes, at least one unless there is none. */
  entriesFrom(lo: LogIndex, maxSize: Bytes): readonly Entry[] | Compacted {
    const last = this.lastIndex
    return lo > last ? noEntries : this.slice(lo, last + 1, maxSize)
  }

  /** Entries `[lo, hi)`, up to `maxSize` bytes but at least one. */
  slice(lo: LogIndex, hi: LogIndex, maxSize: Bytes): readonly Entry[] | Compacted {
    if (lo < this.firstIndex) return 'compacted'
    invariant(lo <= hi && hi <= this.lastIndex + 1, `[${lo}, ${hi}) lies in the log`)
    if (lo === hi) return noEntries
    const offset = this.unstable.offset
    if (lo >= offset) return this.unstable.slice(lo, hi, maxSize)

    const cut = Math.min(hi, offset)
    const stable = this.#storage.entries(lo, cut, maxSize)
    if (stable === 'compacted') return stable
    if (stable === 'unavailable')
      throw new StorageError(
        `Storage lacks entries of [${lo}, ${cut}) although its log reaches ${cut - 1}`,
        stable,
      )
    this.#checkTerms(stable, `entries(${lo}, ${cut})`)
    // Fewer than asked for: storage has reached the limit, and what comes after would leave a gap.
    if (hi <= offset || stable.length < cut - lo) return stable
    const entries = [...stable, ...this.unstable.slice(offset, hi, maxSize)]
    entries.length = countWithin(entries, maxSize)
    return entries
  }

  /** The snapshot to send to a follower that is too far behind (§7). */
  snapshot(): Snapshot | 'temporarily-unavailable' {
    const snapshot = this.unstable.snapshot ?? this.#storage.snapshot()
    if (snapshot === 'temporarily-unavailable') return snapshot
    const { index, term } = snapshot
    if (index === 0 || index > this.#committed)
      throw new StorageError(
        `Storage answered snapshot() with one at ${index}, with ${this.#committed} committed`,
        snapshot,
      )
    const known = this.term(index)
    if (typeof known === 'number' && known !== term)
      throw new StorageError(
        `Storage answered snapshot() with one of term ${term}, but its entry ${index} is of term ${known}`,
        snapshot,
      )
    return snapshot
  }

  /** What storage said when it was last asked: for the start, and for the check that a Ready was written. */
  storedHardState(): HardState | null {
    return this.#storage.hardState()
  }

  /** The index of the newest snapshot that storage itself holds; 0 for none. */
  storedSnapshotIndex(): LogIndex {
    const snapshot = this.#storage.snapshot()
    return snapshot === 'temporarily-unavailable' ? 0 : snapshot.index
  }

  /** The membership that storage starts from. */
  storedConfState(): StoredConfState {
    return this.#storage.confState()
  }

  /** The term storage itself gives for `index`, whatever the unstable tail says, and be it what it may: to compare, not to believe. */
  storedTerm(index: LogIndex): Term | Compacted | Unavailable {
    return index + 1 < this.storedFirstIndex() ? 'compacted' : this.#storage.term(index)
  }

  /** The first index of storage itself. */
  storedFirstIndex(): LogIndex {
    const index = this.#storage.firstIndex()
    // Beyond what is applied is too far as well, which shows when that is to be handed out (see nextCommitted).
    if (index < this.#storedFirst || index > this.lastIndex + 1)
      throw new StorageError(
        index < this.#storedFirst
          ? `Storage's log begins at ${index}, before ${this.#storedFirst}, where it began already`
          : `Storage's log begins at ${index}, but ends at ${this.lastIndex}: entries were lost`,
        index,
      )
    this.#storedFirst = index
    return index
  }

  /**
   * The first of `entries` that this log does not hold: one beyond its end, or one of another term. `null` if it holds all.
   * They must continue an entry that matches.
   */
  findConflict(entries: readonly Entry[]): LogIndex | null {
    for (const { index, term } of entries) if (!this.matches(index, term)) return index
    return null
  }

  /**
   * The last entry at or below `index` that may have come from a leader of `term` or before: its own term is not later.
   * Skips a whole conflicting term at once instead of one index per round trip (§5.3, thesis §3.5).
   * Where the log has been compacted the term is not known: 0.
   */
  findConflictByTerm(index: LogIndex, term: Term): EntryId {
    for (let at = index; at > 0; at--) {
      const own = this.term(at)
      if (typeof own === 'string') return { index: at, term: 0 }
      if (own <= term) return { index: at, term: own }
    }
    return { index: 0, term: 0 }
  }

  /** Adds entries at the end, or in place of everything from the first of them on. Committed ones are never replaced. */
  append(entries: readonly Entry[]): void {
    const first = entries[0]
    if (first === undefined) return
    invariant(
      first.index > this.#committed,
      `committed entry ${first.index} stays as it is (Leader Completeness, §5.4)`,
    )
    this.unstable.truncateAndAppend(entries)
  }

  /** Marks everything up to `index` as committed. Never goes back. */
  commitTo(index: LogIndex): boolean {
    if (index <= this.#committed) return false
    invariant(
      index <= this.lastIndex,
      `the commit index ${index} lies in the log, which ends at ${this.lastIndex}`,
    )
    this.#committed = index
    return true
  }

  /** Replaces the whole log by a snapshot. */
  restore(snapshot: Snapshot): void {
    this.unstable.restore(snapshot)
    this.#committed = snapshot.index
    this.#barrier = Infinity
  }

  /** Are there committed entries to hand out? */
  hasNextCommitted(allowUnstable: boolean): boolean {
    if (this.#applyingPaused || this.unstable.snapshot !== null) return false
    return this.#applying < Math.min(this.#maxAppliable(allowUnstable), this.#barrier - 1)
  }

  /**
   * The committed entries to apply next, within the limit on what may be under way.
   * None while a snapshot waits: it would not be clear which of the two comes first.
   * @param allowUnstable - hand out entries too that are not durable here, although they are on a majority
   */
  nextCommitted(allowUnstable: boolean): readonly Entry[] {
    if (!this.hasNextCommitted(allowUnstable)) return noEntries
    const lo = this.#applying + 1
    const entries = this.slice(
      lo,
      this.#maxAppliable(allowUnstable) + 1,
      this.#maxApplyingSize - this.#applyingSize,
    )
    if (entries === 'compacted')
      throw new StorageError(`Storage has compacted entry ${lo}, which is not applied yet`, lo)
    return allowUnstable ? entries : this.#upToBarrier(entries)
  }

  /** That entries up to `index` are committed is durable. */
  durableTo(index: LogIndex): void {
    this.#durableCommit = Math.max(this.#durableCommit, index)
    if (this.#barrier <= this.#durableCommit) this.#barrier = Infinity
  }

  /**
   * A membership that shows is one that a restart does not take back: others may rely on it, and stop who is removed. Where
   * writes and applies go their own ways, a change waits until it is durable that it is committed.
   */
  #upToBarrier(entries: readonly Entry[]): readonly Entry[] {
    const at = entries.findIndex(({ type, index }) => type !== 'EntryNormal' && index > this.#durableCommit)
    if (at < 0) return entries
    this.#barrier = (entries[at] as Entry).index
    return entries.slice(0, at)
  }

  /** Entries up to `index`, of `size` bytes, have been handed out to be applied. */
  acceptApplying(index: LogIndex, size: Bytes, allowUnstable: boolean): void {
    invariant(
      index >= this.#applying && index <= this.#committed,
      'only committed entries are applied (§5.3)',
    )
    this.#applying = index
    this.#applyingSize += size
    // Stop at the limit, and just before an entry that would go beyond it: else a large entry could be split off for ever.
    this.#applyingPaused =
      this.#applyingSize >= this.#maxApplyingSize || index < this.#maxAppliable(allowUnstable)
  }

  /** Entries up to `index`, of `size` bytes, have been applied. */
  appliedTo(index: LogIndex, size: Bytes): void {
    invariant(
      index >= this.#applied && index <= this.#committed,
      `applied index ${index} lies between ${this.#applied} and the commit index ${this.#committed}`,
    )
    this.#applied = index
    this.#applying = Math.max(this.#applying, index)
    this.#applyingSize = Math.max(0, this.#applyingSize - size)
    this.#applyingPaused = this.#applyingSize >= this.#maxApplyingSize
  }

  /** Is there a change of membership in `(applied, committed]`? */
  hasUnappliedConfChange(): boolean {
    // What is compacted is applied, even if that has not been said yet.
    for (let lo = Math.max(this.#applied + 1, this.firstIndex); lo <= this.#committed;) {
      const page = this.slice(lo, this.#committed + 1, this.#maxApplyingSize)
      if (page === 'compacted')
        throw new StorageError(`Storage has compacted entry ${lo}, which is not applied yet`, lo)
      for (const entry of page) if (entry.type !== 'EntryNormal') return true
      lo += page.length
    }
    return false
  }

  /** Entries of storage are of the terms that it says they have, and follow those before them. In between they do not fall. */
  #checkTerms(entries: readonly Entry[], call: string): void {
    const first = entries[0] as Entry
    const end = entries[entries.length - 1] as Entry
    const before = this.term(first.index - 1)
    if (this.term(end.index) === end.term && (typeof before === 'string' || first.term >= before)) return
    throw new StorageError(
      `Storage answered ${call} with terms ${first.term} to ${end.term}, which is not what term() answers`,
      entries,
    )
  }

  /** The term of the last entry, as the entry itself has it. */
  #termAtStart(first: LogIndex, last: LogIndex): Term {
    const term = this.#storage.term(last)
    if (typeof term === 'string')
      throw new StorageError(`Storage does not know the term of its last entry ${last}`, term)
    const entries = last < first ? noEntries : this.#storage.entries(last, last + 1, 0)
    const found = typeof entries === 'string' ? entries : (entries[0]?.term ?? term)
    if (found === term) return term
    throw new StorageError(
      `Storage answered term(${last}) with ${term}, but its last entry is of ${found}`,
      term,
    )
  }

  #maxAppliable(allowUnstable: boolean): LogIndex {
    return allowUnstable ? this.#committed : Math.min(this.#committed, this.unstable.offset - 1)
  }
}
