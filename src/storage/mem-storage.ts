/**
 * A storage in memory, for tests, examples and simulations: what it holds is as durable as the process.
 * Everything is O(1) amortised per entry: appending, cutting off the end, dropping the beginning.
 */

import { describeValue, UsageError } from '../core/errors.ts'
import { canonicalConfState, emptyConfState } from '../core/conf-state.ts'
import { countWithin } from '../core/entry-size.ts'
import type { Compacted, StoredConfState, Unavailable } from '../core/log/log-reader.ts'
import type { Bytes, ConfState, Entry, HardState, LogIndex, Snapshot, Term } from '../core/types.ts'
import { confStateFlaw, isBytes, isCount } from '../core/validity.ts'
import {
  argumentError,
  checkIndex,
  type FirstMembers,
  flawOf,
  membersFlaw,
  properBatch,
} from './check-argument.ts'
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
    const { hardState, entries, snapshot } = properBatch(batch)
    const stored = this.#snapshot?.index ?? 0
    if (snapshot !== null && snapshot.index <= stored) throw outOfDate(snapshot.index, stored)
    this.#checkContiguous(entries, snapshot?.index ?? this.lastIndex())
    this.#checkTerm(entries, snapshot)
    if (snapshot !== null) this.#install(snapshot)
    if (entries.length > 0) this.#replaceTail(entries)
    if (hardState !== null) this.#hardState = hardState
  }

  /** @throws UsageError if `index` is not stored, or not beyond the last snapshot, or `confState` is no proper one */
  createSnapshot(index: LogIndex, confState: ConfState, data: Uint8Array): Snapshot {
    if (!isCount(index))
      throw argumentError(
        `Expected \`index\` to be a safe integer >= 0, got ${describeValue(index)}`,
        'Pass the applied index',
        index,
      )
    if (index <= (this.#snapshot?.index ?? 0)) throw outOfDate(index, this.#snapshot?.index ?? 0)
    const term = this.term(index)
    // Not against the stored commit index: with asynchronous writes an entry may be applied before that is written.
    if (typeof term === 'string')
      throw new UsageError(
        'ERR_UNAVAILABLE',
        `Expected \`index\` to be a stored one, got ${index} with a log that ends at ${this.lastIndex()}`,
        'Pass the applied index',
        index,
      )
    const flaw = flawOf(
      () => confStateFlaw(confState) ?? (isBytes(data) ? null : 'the data is no Uint8Array'),
    )
    if (flaw !== null)
      throw argumentError(
        `Expected a proper snapshot, but ${flaw}`,
        'Pass what applyConfChange or status answered, and bytes',
        confState,
      )
    this.#snapshot = { index, term, confState: canonicalConfState(confState), data }
    return this.#snapshot
  }

  /** @throws UsageError if `index` is not stored, or `confState` is no proper one */
  saveConfState(confState: ConfState, index: LogIndex): void {
    const flaw = isCount(index) ? flawOf(() => confStateFlaw(confState)) : 'the index is no safe integer'
    if (flaw !== null)
      throw argumentError(
        `Expected a proper membership, but ${flaw}`,
        'Pass what applyConfChange or skipConfChange answered',
        confState,
      )
    if (index > this.lastIndex())
      throw new UsageError(
        'ERR_UNAVAILABLE',
        `Expected \`index\` to be a stored one, got ${index} with a log that ends at ${this.lastIndex()}`,
        'Pass the index of the entry',
        index,
      )
    this.#confState = { confState: canonicalConfState(confState), index }
  }

  /** @throws UsageError if `index` is compacted already, or no snapshot stands in for it */
  compact(index: LogIndex): void {
    if (!isCount(index))
      throw argumentError(
        `Expected \`index\` to be a safe integer >= 0, got ${describeValue(index)}`,
        'Pass the index of a stored entry',
        index,
      )
    if (index <= this.#compacted.index)
      throw new UsageError(
        'ERR_COMPACTED',
        `Expected \`index\` to be beyond what is compacted, got ${index} with ${this.#compacted.index} compacted`,
        'There is nothing to do',
        index,
      )
    const term = this.term(index)
    if (typeof term === 'string')
      throw new UsageError(
        'ERR_UNAVAILABLE',
        `Expected \`index\` to be a stored one, got ${index} with a log that ends at ${this.lastIndex()}`,
        'Pass a smaller one',
        index,
      )
    if (index > (this.#snapshot?.index ?? 0))
      throw argumentError(
        `Expected \`index\` to be at most that of the snapshot, ${this.#snapshot?.index ?? 0}, got ${index}`,
        'Call createSnapshot first, or nobody could be brought up to date any more',
        index,
      )
    this.#dropHead(this.#slotOf(index) + 1)
    this.#compacted = { index, term }
  }

  #slotOf(index: LogIndex): number {
    return this.#head + index - this.#compacted.index - 1
  }

  #checkContiguous(entries: readonly Entry[], last: LogIndex): void {
    const first = entries[0]?.index ?? 0
    if (first > last + 1)
      throw argumentError(
        `Expected entries from index ${last + 1} on or before, got one at ${first}: a gap`,
        'Append every Ready, in order',
        first,
      )
    for (let i = 1; i < entries.length; i++) {
      if (entries[i]?.index !== first + i)
        throw argumentError(
          `Expected entry ${first + i} behind ${first + i - 1}, got ${describeValue(entries[i]?.index)}`,
          'Append the entries of a Ready as they are',
          entries,
        )
    }
  }

  /** Terms never fall from one entry to the next. What a hard state says is not for a storage to judge. */
  #checkTerm(entries: readonly Entry[], snapshot: Snapshot | null): void {
    const base = snapshot ?? this.#compacted
    // What lies before that is not stored.
    const first = entries[Math.max(0, base.index + 1 - (entries[0]?.index ?? 0))]
    if (first === undefined) return
    const known = first.index === base.index + 1 ? base.term : this.term(first.index - 1)
    const before = typeof known === 'string' ? 0 : known
    if (first.term < before)
      throw argumentError(
        `Expected entry ${first.index} to be of term ${before} at least, as the one before, got ${first.term}`,
        'Append every Ready, in order',
        first,
      )
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

function outOfDate(index: LogIndex, stored: LogIndex): UsageError {
  return new UsageError(
    'ERR_SNAPSHOT_OUT_OF_DATE',
    `Expected a snapshot beyond index ${stored}, got one at ${index}`,
    'Keep the stored one: it is newer',
    index,
  )
}
