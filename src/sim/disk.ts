/**
 * A disk with a log of records on it. What is written is seen at once and is there after a crash only if it was synced; of
 * the rest a beginning may survive, cut in the middle of a record. Written in the order in which it is to be read again.
 */

import type { Compacted, LogReader, StoredConfState, Unavailable } from '../core/log/log-reader.ts'
import type { Bytes, Entry, HardState, LogIndex, NodeId, Snapshot, Term } from '../core/types.ts'
import type { Dice } from './dice.ts'
import type { Faults } from './faults.ts'
import { type DiskRecord, Image } from './image.ts'

/** The operating system says that it cannot be read or written. */
export class DiskError extends Error {
  override readonly name = 'DiskError'
}

/** What a node finds when it starts. */
export type Recovery =
  | 'intact'
  /** The last record was cut off. It had not been synced, so nobody was promised anything about it. */
  | 'torn'
  /** A record is damaged that others rely on: the node must not start. */
  | 'refused'

/** The disk of one node. It is read by RawNode, and written by whoever runs the Ready loop. */
export class Disk implements LogReader {
  readonly #owner: NodeId
  readonly #dice: Dice
  readonly #faults: Faults
  #memory = new Image()
  readonly #durable = new Image()
  /** What is written and not synced. */
  #pending: DiskRecord[] = []
  #written = 0
  #isTorn = false
  #isRotten = false
  /** A sync has failed: what was to be synced is marked as clean and will never be written (fsync semantics of Linux). */
  #hasHole = false
  #isRunning = false

  constructor(owner: NodeId, dice: Dice, faults: Faults) {
    this.#owner = owner
    this.#dice = dice
    this.#faults = faults
  }

  /** What would be there after a power cut, at least. */
  get durable(): Image {
    return this.#durable
  }

  /** What the process sees. */
  get seen(): Image {
    return this.#memory
  }

  /** How many records were written, ever: a sync makes those durable that were written before it began. */
  get written(): number {
    return this.#written
  }

  /** What is on it before anything has happened. */
  format(snapshot: Snapshot): void {
    const record: DiskRecord = { kind: 'write', hardState: null, entries: [], snapshot }
    this.#memory.apply(record)
    this.#durable.apply(record)
  }

  /** Writes one record. */
  write(record: DiskRecord): void {
    this.#memory.apply(record)
    this.#pending.push(record)
    this.#written++
  }

  /** Everything up to the record of this number is durable now. */
  sync(upTo: number): void {
    if (this.#faults.hits('failedSync', this.#dice, this.#owner)) {
      this.#hasHole = true
      throw new DiskError('EIO: fsync')
    }
    const count = upTo - (this.#written - this.#pending.length)
    if (count <= 0) return
    // Records behind a hole cannot be read again: each is checked against the one before it.
    const records = this.#pending.splice(0, count)
    if (!this.#hasHole) for (const record of records) this.#durable.apply(record)
  }

  /** The machine loses its power, or the process dies: of what was not synced a beginning survives. */
  crash(): void {
    this.#isRunning = false
    const survivors = this.#hasHole ? 0 : this.#dice.below(this.#pending.length + 1)
    this.#isTorn = survivors < this.#pending.length
    for (const record of this.#pending.slice(0, survivors)) this.#durable.apply(record)
    this.#pending = []
    this.#hasHole = false
    this.#memory = this.#durable.clone()
  }

  /** A record that was durable turns bad. */
  rot(): void {
    this.#isRotten = true
  }

  /** Looks through the log from its beginning, as a node does when it starts. */
  recover(): Recovery {
    if (this.#isRotten) return 'refused'
    this.#isRunning = true
    const wasTorn = this.#isTorn
    this.#isTorn = false
    return wasTorn ? 'torn' : 'intact'
  }

  hardState(): HardState | null {
    return this.#memory.hardState
  }

  confState(): StoredConfState {
    return this.#memory.confState
  }

  firstIndex(): LogIndex {
    return this.#memory.firstIndex
  }

  lastIndex(): LogIndex {
    return this.#memory.lastIndex
  }

  term(index: LogIndex): Term | Compacted | Unavailable {
    return this.#memory.term(index)
  }

  entries(lo: LogIndex, hi: LogIndex, maxSize: Bytes): readonly Entry[] | Compacted | Unavailable {
    if (this.#faults.hits('readError', this.#dice, this.#owner)) throw new DiskError('EIO: read')
    return this.#memory.entries(lo, hi, maxSize)
  }

  snapshot(): Snapshot | 'temporarily-unavailable' {
    if (this.#isRunning && this.#faults.hits('noSnapshot', this.#dice, this.#owner))
      return 'temporarily-unavailable'
    return this.#memory.snapshot ?? 'temporarily-unavailable'
  }
}
