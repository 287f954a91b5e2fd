/**
 * The part of the log that is not yet known to be durable: a tail of entries, and a snapshot that is to be installed.
 * It may overlap what storage already holds, and then it counts: it is what storage is about to be overwritten with.
 *
 *     storage  1 2 3 4 5
 *     entries        4 5 6 7      offset = 4, offsetInProgress = 6: the writes of 4 and 5 are under way
 */

import { countWithin } from '../entry-size.ts'
import { invariant } from '../invariant.ts'
import type { Bytes, Entry, EntryId, LogIndex, Snapshot, Term } from '../types.ts'

/** Entries and a snapshot on their way to storage. */
export class Unstable {
  // What is before #head is stable: to drop the beginning moves #head, and only now and then the array is cut.
  #entries: Entry[] = []
  #head = 0
  #offset: LogIndex
  #offsetInProgress: LogIndex
  #stableTerm: Term | null
  #snapshot: Snapshot | null = null
  #snapshotInProgress = false

  /**
   * @param offset - the index of the first entry that storage does not hold
   * @param stableTerm - the term of the one before it
   */
  constructor(offset: LogIndex, stableTerm: Term) {
    this.#stableTerm = stableTerm
    this.#offset = offset
    this.#offsetInProgress = offset
  }

  /** The index of the first unstable entry, or that it would have. */
  get offset(): LogIndex {
    return this.#offset
  }

  /** The term of the last entry below `offset`; `null` where that is not known, which it is whenever nothing is unstable. */
  get stableTerm(): Term | null {
    return this.#stableTerm
  }

  /** No entry below `offset` is of a later term: from one entry to the next, terms never fall. */
  get maxStableTerm(): Term {
    return this.#stableTerm ?? (this.#entries[this.#head] as Entry).term
  }

  /** The snapshot to install, handed out already or not; `null` if there is none. */
  get snapshot(): Snapshot | null {
    return this.#snapshot
  }

  /** Are there entries that are not durable, handed out already or not? */
  get hasEntries(): boolean {
    return this.#entries.length > this.#head
  }

  /** Are there entries that have not been handed out yet? */
  get hasNextEntries(): boolean {
    return this.#end > this.#offsetInProgress
  }

  /** Is there a snapshot that has not been handed out yet? */
  get hasNextSnapshot(): boolean {
    return this.#snapshot !== null && !this.#snapshotInProgress
  }

  /** The entries to write next. The array is the caller's. */
  nextEntries(): readonly Entry[] {
    return this.#entries.slice(this.#slotOf(this.#offsetInProgress))
  }

  /** The snapshot to write next; `null` if there is none. */
  nextSnapshot(): Snapshot | null {
    return this.#snapshotInProgress ? null : this.#snapshot
  }

  /** The first index of the log, if a snapshot decides it. */
  firstIndex(): LogIndex | null {
    return this.#snapshot === null ? null : this.#snapshot.index + 1
  }

  /** The last index of the log, if it lies here. */
  lastIndex(): LogIndex | null {
    if (this.hasEntries) return this.#end - 1
    return this.#snapshot === null ? null : this.#snapshot.index
  }

  /** The term of entry `index`, if it lies here. */
  term(index: LogIndex): Term | null {
    if (index >= this.#offset) return this.#entries[this.#slotOf(index)]?.term ?? null
    return this.#snapshot?.index === index ? this.#snapshot.term : null
  }

  /** Entries `[lo, hi)`, all of which must lie here, up to `maxSize` bytes but at least one. The array is the caller's. */
  slice(lo: LogIndex, hi: LogIndex, maxSize: Bytes): Entry[] {
    invariant(lo >= this.#offset && hi <= this.#end, 'a slice of the unstable log lies in it')
    const from = this.#slotOf(lo)
    return this.#entries.slice(from, from + countWithin(this.#entries, maxSize, from, this.#slotOf(hi)))
  }

  /** Everything here has been handed out to be written. */
  acceptInProgress(): void {
    this.#offsetInProgress = this.#end
    if (this.#snapshot !== null) this.#snapshotInProgress = true
  }

  /**
   * Storage holds everything up to `id`. Index and term must both match: an answer about an entry that has been
   * overwritten since says nothing about the one that is there now (etcd-io/raft, the append ABA race).
   */
  stableTo(id: EntryId): void {
    if (id.index < this.#offset || this.term(id.index) !== id.term) return
    this.#dropHead(this.#slotOf(id.index + 1))
    this.#offset = id.index + 1
    this.#stableTerm = id.term
    if (this.#offsetInProgress < this.#offset) this.#offsetInProgress = this.#offset
  }

  /** Storage has installed the snapshot of `index`, unless another has taken its place meanwhile. */
  stableSnapTo(index: LogIndex): void {
    if (this.#snapshot?.index !== index) return
    this.#snapshot = null
    this.#snapshotInProgress = false
  }

  /** The whole log gives way to `snapshot`. */
  restore(snapshot: Snapshot): void {
    this.#offset = snapshot.index + 1
    this.#stableTerm = snapshot.term
    this.#offsetInProgress = this.#offset
    this.#clear()
    this.#snapshot = snapshot
    this.#snapshotInProgress = false
  }

  /** Puts `entries` in place of everything from the index of the first of them on. They must not leave a gap. */
  truncateAndAppend(entries: readonly Entry[]): void {
    const first = entries[0]
    if (first === undefined) return
    const end = this.#end
    invariant(first.index <= end, 'entries are appended without a gap')
    if (first.index <= this.#offset) {
      if (first.index < this.#offset) this.#stableTerm = null
      this.#offset = first.index
      this.#clear()
    } else if (first.index < end) {
      this.#entries.length = this.#slotOf(first.index)
    }
    for (const entry of entries) this.#entries.push(entry)
    // Writes that are under way beyond this point are void: what replaces them has yet to be handed out.
    if (first.index < this.#offsetInProgress) this.#offsetInProgress = first.index
  }

  /** One beyond the last entry. */
  get #end(): LogIndex {
    return this.#offset + this.#entries.length - this.#head
  }

  #slotOf(index: LogIndex): number {
    return this.#head + index - this.#offset
  }

  #clear(): void {
    this.#entries = []
    this.#head = 0
  }

  #dropHead(head: number): void {
    // Mostly the whole tail becomes durable at once.
    if (head === this.#entries.length) return this.#clear()
    this.#head = head
    // What is left moves down only when that is less than what was dropped since the last time.
    if (2 * head < this.#entries.length) return
    this.#entries = this.#entries.slice(head)
    this.#head = 0
  }
}
