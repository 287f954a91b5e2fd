/** Storages with one mistake each, in what is left after a restart or a power cut. */

import type { ConfState, LogIndex, Snapshot, WriteBatch } from 'quorate'
import { JournalStorage, type Line } from './journal-storage.ts'

class ForgetsAll extends JournalStorage {
  override replay(_lines: readonly Line[]): this {
    return this
  }
}

class ForgetsLast extends JournalStorage {
  override replay(lines: readonly Line[]): this {
    return super.replay(lines.slice(0, -1))
  }
}

/** Skips some of what it has done when it is opened. */
abstract class Sieve extends JournalStorage {
  protected isOpening = false

  override replay(lines: readonly Line[]): this {
    this.isOpening = true
    super.replay(lines)
    this.isOpening = false
    return this
  }
}

class ForgetsVote extends Sieve {
  override append(batch: WriteBatch): void {
    const { hardState } = batch
    super.append(
      this.isOpening && hardState !== null ? { ...batch, hardState: { ...hardState, vote: null } } : batch,
    )
  }
}

class ForgetsHardState extends Sieve {
  override append(batch: WriteBatch): void {
    const isLost = this.isOpening && batch.snapshot === null
    super.append(isLost && batch.entries.length > 0 ? { ...batch, hardState: null } : batch)
  }
}

class BringsTailBack extends Sieve {
  override append(batch: WriteBatch): void {
    const [first, last] = [batch.entries[0]?.index ?? Infinity, batch.entries.at(-1)?.index ?? Infinity]
    const isConflict = batch.snapshot === null && first <= this.lastIndex() && last < this.lastIndex()
    super.append(this.isOpening && isConflict ? { ...batch, entries: [] } : batch)
  }
}

class BringsLogBack extends Sieve {
  override compact(index: LogIndex): void {
    if (!this.isOpening) super.compact(index)
  }
}

class ForgetsOwnSnapshot extends Sieve {
  override createSnapshot(index: LogIndex, confState: ConfState, data: Uint8Array): Snapshot {
    const empty = this.isOpening ? new Uint8Array() : data
    return super.createSnapshot(index, confState, empty)
  }
}

class ForgetsMembership extends Sieve {
  override saveConfState(confState: ConfState, index: LogIndex): void {
    if (!this.isOpening) super.saveConfState(confState, index)
  }
}

class ForgetsTermOfCompacted extends Sieve {
  #isOpened = false

  override replay(lines: readonly Line[]): this {
    super.replay(lines)
    this.#isOpened = true
    return this
  }

  override term(index: LogIndex): number | 'compacted' | 'unavailable' {
    return this.#isOpened && index > 0 && index < this.firstIndex() ? 'compacted' : super.term(index)
  }
}

class EmptyHasState extends Sieve {
  override replay(lines: readonly Line[]): this {
    super.replay(lines)
    if (lines.length === 0)
      this.append({
        hardState: { term: 0, vote: null, commit: 0 },
        entries: [],
        snapshot: null,
        mustSync: true,
      })
    return this
  }
}

class NotesBeforeChecking extends Sieve {
  override append(batch: WriteBatch): void {
    const { hardState } = batch
    if (!this.isOpening && hardState !== null)
      this.note((storage) => {
        storage.append({ hardState, entries: [], snapshot: null, mustSync: true })
      })
    super.append(batch)
  }
}

class StopsWriting extends JournalStorage {
  #isOpened = false

  override replay(lines: readonly Line[]): this {
    super.replay(lines)
    this.#isOpened = true
    return this
  }

  protected override note(line: Line): void {
    if (!this.#isOpened) super.note(line)
  }
}

class NeverSyncs extends JournalStorage {
  protected override sync(): void {}
}

class SyncsState extends JournalStorage {
  override append(batch: WriteBatch): void {
    super.append(batch.hardState === null && batch.snapshot === null ? { ...batch, mustSync: false } : batch)
  }
}

class SyncsNoVotes extends JournalStorage {
  override append(batch: WriteBatch): void {
    super.append(
      batch.entries.length === 0 && batch.snapshot === null ? { ...batch, mustSync: false } : batch,
    )
  }
}

/** Gives the power cut another past. */
abstract class OwnSync extends JournalStorage {
  override append(batch: WriteBatch): void {
    const before = this.durable
    super.append(batch)
    this.durable = this.syncTo(batch, before)
  }

  protected abstract syncTo(batch: WriteBatch, before: number): number
}

class SyncsNoSnapshots extends OwnSync {
  protected syncTo(batch: WriteBatch, before: number): number {
    return batch.snapshot !== null && !batch.mustSync ? before : this.durable
  }
}

class SkipsNothing extends JournalStorage {
  override append(batch: WriteBatch): void {
    if (batch.hardState !== null || batch.snapshot !== null || batch.entries.length > 0) super.append(batch)
  }
}

class SyncsOnlyItself extends JournalStorage {
  readonly #lazy: number[] = []

  override append(batch: WriteBatch): void {
    super.append(batch)
    if (batch.snapshot !== null) return
    if (!batch.mustSync) this.#lazy.push(this.lines.length - 1)
    else if (batch.entries.length > 0) this.durable = this.#lazy[0] ?? this.durable
  }
}

class LosesOneInTheMiddle extends JournalStorage {
  readonly #states: number[] = []

  override append(batch: WriteBatch): void {
    super.append(batch)
    const isLazyState = !batch.mustSync && batch.snapshot === null && batch.entries.length === 0
    if (isLazyState) this.#states.push(this.lines.length - 1)
    else if (!batch.mustSync && batch.snapshot === null)
      // Entries go to another file, that happens to be there already.
      for (const at of this.#states.splice(0)) this.lines[at] = () => {}
    if (!batch.mustSync && batch.snapshot === null && batch.entries.length > 0)
      this.durable = this.lines.length
  }
}

class TwoLines extends JournalStorage {
  override append(batch: WriteBatch): void {
    const hasBoth = batch.hardState !== null && batch.entries.length > 0 && batch.snapshot === null
    if (hasBoth) super.append({ ...batch, hardState: null })
    super.append(hasBoth ? { ...batch, entries: [] } : batch)
  }
}

class TermThenVote extends JournalStorage {
  override append(batch: WriteBatch): void {
    const { hardState } = batch
    const vote = this.hardState()?.vote ?? null
    if (hardState !== null && batch.entries.length === 0)
      super.append({ ...batch, hardState: { ...hardState, vote } })
    super.append(batch)
  }
}

class CutsThenWrites extends JournalStorage {
  override append(batch: WriteBatch): void {
    const first = batch.entries[0]
    if (first !== undefined && first.index <= this.lastIndex() && batch.snapshot === null)
      super.append({ ...batch, hardState: null, entries: [first] })
    super.append(batch)
  }
}

class SnapshotThenEntries extends JournalStorage {
  override append(batch: WriteBatch): void {
    const hasBoth = batch.snapshot !== null && batch.entries.length > 0
    if (hasBoth) super.append({ ...batch, entries: [], hardState: null })
    super.append(hasBoth ? { ...batch, snapshot: null } : batch)
  }
}

class CompactsBeforeSnapshot extends JournalStorage {
  #received: Snapshot | null = null
  #isOpened = false

  override replay(lines: readonly Line[]): this {
    super.replay(lines)
    this.#isOpened = true
    return this
  }

  override append(batch: WriteBatch): void {
    super.append(batch)
    this.#received = batch.snapshot ?? this.#received
  }

  override compact(index: LogIndex): void {
    super.compact(index)
    this.sync()
  }

  override snapshot(): Snapshot | 'temporarily-unavailable' {
    return (this.#isOpened ? this.#received : null) ?? super.snapshot()
  }
}

class WritesNoStateAnyMore extends JournalStorage {
  #isOpened = false

  override replay(lines: readonly Line[]): this {
    super.replay(lines)
    this.#isOpened = true
    return this
  }

  override append(batch: WriteBatch): void {
    if (!this.#isOpened || batch.entries.length > 0 || batch.snapshot !== null) super.append(batch)
  }
}

/** The mistakes: name, class, and a test that must fail. */
export const brokenDisks: readonly (readonly [string, new () => JournalStorage, string])[] = [
  ['a restart forgets everything', ForgetsAll, 'log, hard state and snapshot are there after a restart'],
  ['a restart forgets the last write', ForgetsLast, 'log, hard state and snapshot are there after a restart'],
  [
    'a restart forgets whom it voted for',
    ForgetsVote,
    'log, hard state and snapshot are there after a restart',
  ],
  [
    'a restart forgets hard states that came with entries',
    ForgetsHardState,
    'log, hard state and snapshot are there after a restart',
  ],
  [
    'a restart brings replaced entries back',
    BringsTailBack,
    'what was replaced does not come back with a restart',
  ],
  [
    'a restart brings compacted entries back',
    BringsLogBack,
    'what was compacted does not come back with a restart, and its term is still known',
  ],
  [
    'a restart forgets the data of its own snapshot',
    ForgetsOwnSnapshot,
    'what was compacted does not come back with a restart, and its term is still known',
  ],
  [
    'a restart forgets a saved membership',
    ForgetsMembership,
    'a membership that was saved is there after a restart',
  ],
  [
    'a restart forgets the term of what was compacted',
    ForgetsTermOfCompacted,
    'what was compacted does not come back with a restart, and its term is still known',
  ],
  [
    'a restart gives an empty storage a hard state',
    EmptyHasState,
    'an empty storage is empty after a restart',
  ],
  [
    'what is refused is in the journal',
    NotesBeforeChecking,
    'what was refused does not appear after a restart',
  ],
  [
    'nothing is written after a restart',
    StopsWriting,
    'a storage goes on after a restart as if there had been none',
  ],
  ['nothing is ever synced', NeverSyncs, 'a batch that must be durable is there after a power cut'],
  [
    'a batch of nothing is passed over',
    SkipsNothing,
    'a batch of nothing that must be durable makes those before it durable',
  ],
  ['entries alone are not synced', SyncsState, 'a batch that must be durable makes those before it durable'],
  [
    'hard states alone are not synced',
    SyncsNoVotes,
    'a term and a vote that must be durable are there after a power cut',
  ],
  [
    'a snapshot is synced only if mustSync says so',
    SyncsNoSnapshots,
    'a snapshot is durable, whatever mustSync says',
  ],
  [
    'a sync stops at what was not synced before',
    SyncsOnlyItself,
    'a batch that must be durable makes those before it durable',
  ],
  [
    'of what is not synced some is lost in the middle',
    LosesOneInTheMiddle,
    'what need not be durable is lost from the end, batch by batch',
  ],
  [
    'entries and hard state are written one after the other',
    TwoLines,
    'entries and a hard state in whose midst the power fails are there together or not at all',
  ],
  [
    'term and vote are written one after the other',
    TermThenVote,
    'a term and a vote in whose midst the power fails are never torn apart',
  ],
  [
    'a tail is cut off before the new one is written',
    CutsThenWrites,
    'entries that replace others, in whose midst the power fails, do so as a whole or not at all',
  ],
  [
    'a snapshot and the entries behind it are written one after the other',
    SnapshotThenEntries,
    'a snapshot in whose midst the power fails has taken the place of the whole log or of nothing',
  ],
  [
    'the log is compacted before the snapshot is durable',
    CompactsBeforeSnapshot,
    'after a power cut a snapshot stands in for whatever was compacted',
  ],
  [
    'hard states alone are not written after a restart',
    WritesNoStateAnyMore,
    'a term and a vote in whose midst the power fails are never torn apart',
  ],
]
