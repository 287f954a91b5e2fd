/**
 * A storage in memory, for tests, examples and simulations: what it holds is as durable as the process.
 * Everything is O(1) amortised per entry: appending, cutting off the end, dropping the beginning.
 */

import { canonicalConfState, emptyConfState } from '../core/conf-state.ts'
import { countWithin } from '../core/entry-size.ts'
import type { Compacted, StoredConfState, Unavailable } from '../core/log/log-reader.ts'
import type { Bytes, ConfState, Entry, HardState, LogIndex, Snapshot, Term } from '../core/types.ts'
import { argumentError, checkIndex, type FirstMembers, flawOf, membersFlaw } from './check-argument.ts'
import { checkCompact, checkConfState, checkOwnSnapshot, fittingBatch, type Outline } from './check-fit.ts'
import type { Storage, WriteBatch } from './storage.ts'

/** The log of one node, in an array. */
export class MemStorage implements Storage {
  #hardState: HardState | null = null
  #snapshot: Snapshot | null = null
  /** A membership that was saved by itself; `null` if none was. */
  #confState: StoredConfState | null = null
  /** The entry before the first one that is held. */
  #compacted: { readonly index: LogIndex; readonly term: Term } = { index: 0, term: 0 }
  // Slots before #head are empty: dropping the beginning moves #head, and only now and then the array is cut.
  #slots: (Entry | undefined)[] = []
  #head = 0
  readonly #outline: Outline = {
    snapshotIndex: () => this.#snapshot?.index ?? 0,
    compacted: () => this.#compacted,
    lastIndex: () => this.lastIndex(),
    term: (index) => this.term(index),
  }

  /**
   * The storage of a first member of a new group. It begins with a snapshot of the membership at index 1, so that whoever
   * joins later, with an empty storage, is sent that and never believes to be alone.
   */
  static bootstrap(members: FirstMembers): MemStorage {
    const storage = new MemStorage()
    const flaw = flawOf(() => membersFlaw(members))
    if (flaw !== null)
      throw argumentError(
        `Expected proper first members, but ${flaw}`,
        'List each node once, with an id >= 1',
        members,
      )
    const { voters, learners = [] } = members
    const confState = { ...emptyConfState, voters, learners }
    storage.append({
      hardState: null,
      entries: [],
      snapshot: { index: 1, term: 1, confState: canonicalConfState(confState), data: new Uint8Array() },
      mustSync: true,
    })
    return storage
  }

  hardState(): HardState | null {
    return this.#hardState
  }

  confState(): StoredConfState {
    const { confState, index } = this.#snapshot ?? { confState: emptyConfState, index: 0 }
    return this.#confState !== null && this.#confState.index > index ? this.#confState : { confState, index }
  }

  firstIndex(): LogIndex {
    return this.#compacted.index + 1
  }

  lastIndex(): LogIndex {
    return this.#compacted.index + this.#slots.length - this.#head
  }

  term(index: LogIndex): Term | Compacted | Unavailable {
    checkIndex('index', index)
    if (index > this.#compacted.index) return this.#slots[this.#slotOf(index)]?.term ?? 'unavailable'
    return index === this.#compacted.index ? this.#compacted.term : 'compacted'
  }

  entries(lo: LogIndex, hi: LogIndex, maxSize: Bytes): readonly Entry[] | Compacted | Unavailable {
    checkIndex('lo', lo)
    checkIndex('hi', hi)
    if (lo <= this.#compacted.index) return 'compacted'
    if (hi > this.lastIndex() + 1) return 'unavailable'
    const from = this.#slotOf(lo)
    // First how many, then the copy: who asks for little of much must not pay for all of it.
    const slots = this.#slots as Entry[]
    return slots.slice(from, from + countWithin(slots, maxSize, from, this.#slotOf(hi)))
  }

  snapshot(): Snapshot | 'temporarily-unavailable' {
    return this.#snapshot ?? 'temporarily-unavailable'
  }

  /** @throws UsageError if entries leave a gap or fall in term, or the snapshot is no newer than the stored one; nothing has changed then */
  append(batch: WriteBatch): void {
    const { hardState, entries, snapshot } = fittingBatch(this.#outline, batch)
    if (snapshot !== null) this.#install(snapshot)
    if (entries.length > 0) this.#replaceTail(entries)
    if (hardState !== null) this.#hardState = hardState
  }

  /** @throws UsageError if `index` is not stored, or not beyond the last snapshot, or `confState` is no proper one */
  createSnapshot(index: LogIndex, confState: ConfState, data: Uint8Array): Snapshot {
    const term = checkOwnSnapshot(this.#outline, index, confState, data)
    this.#snapshot = { index, term, confState: canonicalConfState(confState), data }
    return this.#snapshot
  }

  /** @throws UsageError if `index` is not stored, or `confState` is no proper one */
  saveConfState(confState: ConfState, index: LogIndex): void {
    checkConfState(this.#outline, confState, index)
    this.#confState = { confState: canonicalConfState(confState), index }
  }

  /** @throws UsageError if `index` is compacted already, or no snapshot stands in for it */
  compact(index: LogIndex): void {
    const term = checkCompact(this.#outline, index)
    this.#dropHead(this.#slotOf(index) + 1)
    this.#compacted = { index, term }
  }

  #slotOf(index: LogIndex): number {
    return this.#head + index - this.#compacted.index - 1
  }

  #install(snapshot: Snapshot): void {
    this.#snapshot = snapshot
    this.#confState = null
    this.#compacted = { index: snapshot.index, term: snapshot.term }
    this.#slots = []
    this.#head = 0
  }

  #replaceTail(entries: readonly Entry[]): void {
    const first = (entries[0] as Entry).index
    // A late write may begin before what has been compacted since: that part of it is in the snapshot.
    const skipped = Math.max(0, this.#compacted.index + 1 - first)
    if (skipped >= entries.length) return
    const slot = this.#slotOf(first + skipped)
    if (slot < this.#slots.length) this.#slots.length = slot
    for (let i = skipped; i < entries.length; i++) this.#slots.push(entries[i])
  }

  #dropHead(head: number): void {
    if (head === this.#slots.length) {
      this.#slots = []
      this.#head = 0
      return
    }
    // Let the entries go now; move the rest down only when that is less than what was dropped since the last time.
    this.#slots.fill(undefined, this.#head, head)
    this.#head = head
    if (2 * head < this.#slots.length) return
    this.#slots = this.#slots.slice(head)
    this.#head = 0
  }
}
