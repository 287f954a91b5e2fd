/** A storage with a disk that is a list: what was done, one line each, and up to which line it is durable. */

import { type ConfState, type LogIndex, MemStorage, type Snapshot, type WriteBatch } from 'quorate'

/** One thing that was done, to do again. */
export type Line = (storage: MemStorage) => void

/** Opened again it does all lines anew. */
export class JournalStorage extends MemStorage {
  lines: Line[] = []
  durable = 0
  #isReplaying = false

  /** Opens what `lines` hold. */
  replay(lines: readonly Line[]): this {
    this.#isReplaying = true
    for (const line of lines) line(this)
    this.#isReplaying = false
    this.lines = [...lines]
    this.durable = lines.length
    return this
  }

  override append(batch: WriteBatch): void {
    super.append(batch)
    this.note((storage) => {
      storage.append(batch)
    })
    if (batch.mustSync || batch.snapshot !== null) this.sync()
  }

  override createSnapshot(index: LogIndex, confState: ConfState, data: Uint8Array): Snapshot {
    const snapshot = super.createSnapshot(index, confState, data)
    this.note((storage) => {
      storage.createSnapshot(index, confState, data)
    })
    return snapshot
  }

  override saveConfState(confState: ConfState, index: LogIndex): void {
    super.saveConfState(confState, index)
    this.note((storage) => {
      storage.saveConfState(confState, index)
    })
  }

  override compact(index: LogIndex): void {
    super.compact(index)
    this.note((storage) => {
      storage.compact(index)
    })
  }

  /** Writes a line. */
  protected note(line: Line): void {
    if (!this.#isReplaying) this.lines.push(line)
  }

  /** Makes all lines durable. */
  protected sync(): void {
    this.durable = this.lines.length
  }
}

/** What the suite needs of a storage with a journal: restarts, power cuts, and those in the middle of a batch. */
export function functionsOf<Kind extends JournalStorage>(make: () => Kind) {
  return {
    create: make,
    reopen: (storage: Kind): Kind => make().replay(storage.lines),
    crash: (storage: Kind): Kind => make().replay(storage.lines.slice(0, storage.durable)),
    // The steps of a batch: its lines, and the sync.
    crashDuring: (storage: Kind, batch: WriteBatch, steps: number): Kind | null => {
      const before = storage.lines.length
      storage.append(batch)
      const written = storage.lines.length - before
      if (steps > written) return null
      return make().replay(storage.lines.slice(0, before + steps))
    },
  }
}
