/**
 * The storage of a scripted node. It is not MemStorage, because scripts compact the log wherever they like, and because
 * `snapshot()` answers what the application has made last, whatever the log begins with.
 */

import {
  type Bytes,
  type Compacted,
  type ConfState,
  type Entry,
  entrySize,
  type EntryId,
  type HardState,
  type LogIndex,
  type LogReader,
  type Snapshot,
  type StoredConfState,
  type Term,
  type Unavailable,
  UsageError,
} from 'quorate'

/** The membership of a node that knows of none. */
export const nobody: ConfState = {
  voters: [],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
}

/** The durable state of one node. */
export class ScriptStorage implements LogReader {
  readonly #history: readonly Snapshot[]
  #hardState: HardState | null = null
  /** The entry before the first that is held. */
  #base: EntryId = { term: 0, index: 0 }
  #entries: Entry[] = []
  #installed: LogIndex = 0
  /** Every membership there was and since when, for a restart. */
  #configs: StoredConfState[] = [{ confState: nobody, index: 0 }]

  /** @param history - the snapshots that the application has made, the newest last */
  constructor(history: readonly Snapshot[]) {
    this.#history = history
  }

  hardState(): HardState | null {
    return this.#hardState
  }

  confState(): StoredConfState {
    const { index } = this.#base
    const last = this.#configs.findLast((config) => config.index <= index)
    return { confState: last?.confState ?? nobody, index }
  }

  firstIndex(): LogIndex {
    return this.#base.index + 1
  }

  lastIndex(): LogIndex {
    return this.#base.index + this.#entries.length
  }

  term(index: LogIndex): Term | Compacted | Unavailable {
    if (index < this.#base.index) return 'compacted'
    if (index === this.#base.index) return this.#base.term
    return this.#entries[index - this.#base.index - 1]?.term ?? 'unavailable'
  }

  entries(lo: LogIndex, hi: LogIndex, maxSize: Bytes): readonly Entry[] | Compacted | Unavailable {
    if (lo <= this.#base.index) return 'compacted'
    if (hi > this.lastIndex() + 1) return 'unavailable'
    const entries = this.all().slice(lo - this.#base.index - 1, hi - this.#base.index - 1)
    let size = 0
    const end = entries.findIndex((entry, i) => (size += entrySize(entry)) > maxSize && i > 0)
    return end < 0 ? entries : entries.slice(0, end)
  }

  snapshot(): Snapshot | 'temporarily-unavailable' {
    return this.#history.at(-1) ?? 'temporarily-unavailable'
  }

  /** All entries that are held. */
  all(): readonly Entry[] {
    return this.#entries
  }

  setHardState(hardState: HardState): void {
    this.#hardState = hardState
  }

  /** Writes entries; what is held from the first of them on gives way, and those that are compacted already are left out. */
  append(entries: readonly Entry[]): void {
    const kept = entries.filter(({ index }) => index > this.#base.index)
    const first = kept[0]?.index
    if (first === undefined) return
    if (first > this.lastIndex() + 1) throw new Error(`a gap: ${first} behind ${this.lastIndex()}`)
    this.#entries = [...this.#entries.slice(0, first - this.#base.index - 1), ...kept]
  }

  /** Puts a snapshot in place of the whole log. */
  install({ index, term, confState }: Snapshot): void {
    if (index <= this.#installed)
      throw new UsageError('ERR_SNAPSHOT_OUT_OF_DATE', `There is a snapshot at ${this.#installed}`, '', index)
    this.#installed = index
    this.#base = { term, index }
    this.#entries = []
    this.setConfig(index, confState)
  }

  /** The membership from entry `index` on. */
  setConfig(index: LogIndex, confState: ConfState): void {
    this.#configs = [...this.#configs.filter((config) => config.index < index), { confState, index }]
  }

  /** Drops all entries up to `index`. */
  compact(index: LogIndex): void {
    if (index <= this.#base.index)
      throw new UsageError('ERR_COMPACTED', `Everything up to ${this.#base.index} is compacted`, '', index)
    const term = this.term(index)
    if (typeof term !== 'number')
      throw new UsageError('ERR_UNAVAILABLE', `The log ends at ${this.lastIndex()}`, '', index)
    this.#entries = this.#entries.slice(index - this.#base.index)
    this.#base = { term, index }
  }
}
