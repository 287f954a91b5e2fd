/** Storages with one mistake each, in snapshots, memberships and compaction. */

import type { ConfState, Entry, LogIndex, Snapshot, StoredConfState, Term, WriteBatch } from 'quorate'
import { JournalStorage } from './journal-storage.ts'
class SnapshotOfEmpty extends JournalStorage {
  override snapshot(): Snapshot {
    const found = super.snapshot()
    if (typeof found !== 'string') return found
    return { index: 0, term: 0, confState: super.confState().confState, data: new Uint8Array() }
  }
}

class NeverReady extends JournalStorage {
  override snapshot(): Snapshot | 'temporarily-unavailable' {
    return 'temporarily-unavailable'
  }
}

class KeepsLogBeyond extends JournalStorage {
  override append(batch: WriteBatch): void {
    const at = batch.snapshot?.index ?? Infinity
    const isInside = at < this.lastIndex() && at >= this.firstIndex() && batch.entries.length === 0
    const rest = isInside ? (this.entries(at + 1, this.lastIndex() + 1, Infinity) as readonly Entry[]) : []
    const term = batch.snapshot?.term ?? 1
    const kept = rest.map((entry) => Object.assign({}, entry, { term: Math.max(term, entry.term) }))
    super.append({ ...batch, entries: [...batch.entries, ...kept] })
  }
}

class SnapshotForgetsState extends JournalStorage {
  override append(batch: WriteBatch): void {
    super.append(batch.snapshot === null ? batch : { ...batch, hardState: null })
  }
}

class SnapshotForgetsEntries extends JournalStorage {
  override append(batch: WriteBatch): void {
    super.append(batch)
    const { snapshot, entries } = batch
    if (snapshot !== null && entries.length > 0)
      super.append({ hardState: null, entries: entries.slice(0, 1), snapshot: null, mustSync: true })
  }
}

class OldMembership extends JournalStorage {
  #first: StoredConfState | null = null

  override confState(): StoredConfState {
    this.#first ??= super.confState().index > 0 ? super.confState() : null
    return this.#first ?? super.confState()
  }
}

class LosesMembershipIndex extends JournalStorage {
  override confState(): StoredConfState {
    return { confState: super.confState().confState, index: this.firstIndex() - 1 }
  }
}

class OwnSnapshotCompacts extends JournalStorage {
  override createSnapshot(index: LogIndex, confState: ConfState, data: Uint8Array): Snapshot {
    const snapshot = super.createSnapshot(index, confState, data)
    super.compact(index)
    return snapshot
  }

  override compact(index: LogIndex): void {
    if (index >= this.firstIndex()) super.compact(index)
  }
}

class OwnSnapshotOfPresentTerm extends JournalStorage {
  override createSnapshot(index: LogIndex, confState: ConfState, data: Uint8Array): Snapshot {
    return { ...super.createSnapshot(index, confState, data), term: this.hardState()?.term ?? 0 }
  }
}

class NeedsEntryBehind extends JournalStorage {
  override createSnapshot(index: LogIndex, confState: ConfState, data: Uint8Array): Snapshot {
    if (index >= this.lastIndex()) throw new Error('there is no entry behind it')
    return super.createSnapshot(index, confState, data)
  }
}

class LastSnapshotCounts extends JournalStorage {
  #last: Snapshot | null = null

  override append(batch: WriteBatch): void {
    super.append(batch)
    if (batch.snapshot !== null) this.#last = null
  }

  override createSnapshot(index: LogIndex, confState: ConfState, data: Uint8Array): Snapshot {
    if (index > this.lastIndex()) return super.createSnapshot(index, confState, data)
    this.#last = { index, term: 1, confState, data }
    this.#last = super.createSnapshot(index, confState, data)
    return this.#last
  }

  override snapshot(): Snapshot | 'temporarily-unavailable' {
    return this.#last ?? super.snapshot()
  }
}

class SnapshotOfTheFuture extends JournalStorage {
  override createSnapshot(index: LogIndex, confState: ConfState, data: Uint8Array): Snapshot {
    if (index <= this.lastIndex()) return super.createSnapshot(index, confState, data)
    const snapshot = { index, term: 9, confState, data }
    super.append({ hardState: null, entries: [], snapshot, mustSync: true })
    return snapshot
  }
}

class OlderSnapshotInstalls extends JournalStorage {
  #older: Snapshot | null = null

  override append(batch: WriteBatch): void {
    try {
      super.append(batch)
      if (batch.snapshot !== null) this.#older = null
    } catch (error) {
      this.#older = batch.snapshot
      throw error
    }
  }

  override snapshot(): Snapshot | 'temporarily-unavailable' {
    return this.#older ?? super.snapshot()
  }
}

class SavesNoMembership extends JournalStorage {
  override saveConfState(_confState: ConfState, _index: LogIndex): void {}
}

class SavedMembershipStays extends JournalStorage {
  #saved: StoredConfState | null = null

  override saveConfState(confState: ConfState, index: LogIndex): void {
    super.saveConfState(confState, index)
    this.#saved = { confState, index }
  }

  override confState(): StoredConfState {
    return this.#saved ?? super.confState()
  }
}

class SnapshotBeatsMembership extends JournalStorage {
  #isBeaten = false

  override createSnapshot(index: LogIndex, confState: ConfState, data: Uint8Array): Snapshot {
    this.#isBeaten = true
    return super.createSnapshot(index, confState, data)
  }

  override confState(): StoredConfState {
    const snapshot = this.snapshot()
    if (!this.#isBeaten || typeof snapshot === 'string') return super.confState()
    return { confState: snapshot.confState, index: snapshot.index }
  }
}

class CompactionLosesMembership extends JournalStorage {
  #saved = true

  override compact(index: LogIndex): void {
    super.compact(index)
    this.#saved = false
  }

  override confState(): StoredConfState {
    const snapshot = this.snapshot()
    if (this.#saved || typeof snapshot === 'string') return super.confState()
    return { confState: snapshot.confState, index: snapshot.index }
  }
}

class CompactsTooLittle extends JournalStorage {
  override compact(index: LogIndex): void {
    if (index - 1 >= this.firstIndex()) super.compact(index - 1)
  }
}

class CompactsNothing extends JournalStorage {
  override compact(_index: LogIndex): void {}
}

class CompactsBeyondSnapshot extends JournalStorage {
  #claimed: Snapshot | 'temporarily-unavailable' | null = null

  override snapshot(): Snapshot | 'temporarily-unavailable' {
    return this.#claimed ?? super.snapshot()
  }

  override compact(index: LogIndex): void {
    const snapshot = this.snapshot()
    if (typeof snapshot !== 'string' && index > snapshot.index && index <= (this.hardState()?.commit ?? 0)) {
      this.#claimed = snapshot
      super.createSnapshot(index, snapshot.confState, snapshot.data)
    }
    super.compact(index)
  }
}

class CompactsAllToNothing extends JournalStorage {
  #isEmpty = false

  override compact(index: LogIndex): void {
    super.compact(index)
    this.#isEmpty = this.lastIndex() < this.firstIndex()
  }

  override append(batch: WriteBatch): void {
    super.append(batch)
    if (batch.entries.length > 0 || batch.snapshot !== null) this.#isEmpty = false
  }

  override term(index: LogIndex): Term | 'compacted' | 'unavailable' {
    return this.#isEmpty && index === this.lastIndex() ? 'compacted' : super.term(index)
  }
}

class CompactionGoesBack extends JournalStorage {
  #back = 0

  override compact(index: LogIndex): void {
    if (index < this.firstIndex() - 1) this.#back = 1
    super.compact(index)
  }

  override firstIndex(): LogIndex {
    return super.firstIndex() - this.#back
  }
}

/** The mistakes: name, class, and a test that must fail. */
export const brokenSnapshots: readonly (readonly [string, new () => JournalStorage, string])[] = [
  ['an empty storage has a snapshot', SnapshotOfEmpty, 'an empty storage has no snapshot to give'],
  [
    'a snapshot is never ready',
    NeverReady,
    'a snapshot of its own is answered, with the term of its entry, and stored',
  ],
  [
    'what lies beyond a snapshot stays',
    KeepsLogBeyond,
    'a snapshot in the middle takes the place of the whole log, what lies beyond it too',
  ],
  [
    'the hard state beside a snapshot is lost',
    SnapshotForgetsState,
    'the hard state of the same batch is stored with a snapshot',
  ],
  [
    'of the entries beside a snapshot only the first is written',
    SnapshotForgetsEntries,
    'entries of the same batch follow its snapshot',
  ],
  ['the first membership stays', OldMembership, 'every form of membership is kept'],
  [
    'the index of the membership is that of the log',
    LosesMembershipIndex,
    'a membership that was saved gives way to a newer snapshot of its own',
  ],
  [
    'a snapshot of its own compacts the log',
    OwnSnapshotCompacts,
    'a snapshot of its own leaves the log as it is',
  ],
  [
    'a snapshot of its own is of the present term',
    OwnSnapshotOfPresentTerm,
    'a snapshot of its own is answered, with the term of its entry, and stored',
  ],
  [
    'a snapshot of its own needs an entry behind it',
    NeedsEntryBehind,
    'a snapshot of its own may be of the last entry',
  ],
  [
    'the last snapshot is taken for the newest',
    LastSnapshotCounts,
    'an older snapshot of its own does not take the place of a newer one',
  ],
  [
    'a snapshot of its own may be of what is not there',
    SnapshotOfTheFuture,
    'a snapshot of what is not stored is not made',
  ],
  [
    'a snapshot that is refused is the one that is answered',
    OlderSnapshotInstalls,
    'an older snapshot does not take the place of a newer one',
  ],
  [
    'a membership is not saved',
    SavesNoMembership,
    'a membership that is saved by itself is the one to go on from',
  ],
  [
    'a saved membership is never replaced',
    SavedMembershipStays,
    'a membership that was saved gives way to a newer snapshot of a leader',
  ],
  [
    'an older snapshot replaces a saved membership',
    SnapshotBeatsMembership,
    'a membership that was saved is not lost to an older snapshot',
  ],
  [
    'compacting loses a saved membership',
    CompactionLosesMembership,
    'a membership that was saved is kept while the log goes on and is compacted',
  ],
  [
    'compacting leaves one entry too many',
    CompactsTooLittle,
    'compacting drops the beginning of the log, and nothing else',
  ],
  ['compacting does nothing', CompactsNothing, 'compacting drops the beginning of the log, and nothing else'],
  [
    'compacting goes beyond the snapshot',
    CompactsBeyondSnapshot,
    'nothing is dropped that no snapshot stands in for',
  ],
  [
    'the term is lost when all is compacted',
    CompactsAllToNothing,
    'the whole log can be dropped, and goes on behind',
  ],
  [
    'compacting less brings an entry back',
    CompactionGoesBack,
    'compacting what is compacted already brings nothing back',
  ],
]
