/** Storages with one mistake each, in what a batch does. */

import type { Entry, HardState, WriteBatch } from 'quorate'
import { JournalStorage } from './journal-storage.ts'
class EmptiesBatch extends JournalStorage {
  override append(batch: WriteBatch): void {
    super.append({ ...batch, entries: [...batch.entries] })
    if (batch.entries.length > 3) (batch.entries as Entry[]).length = 0
  }
}

class StateFirst extends JournalStorage {
  override append(batch: WriteBatch): void {
    super.append({ hardState: batch.hardState, entries: [], snapshot: null, mustSync: batch.mustSync })
    super.append({ ...batch, hardState: null })
  }
}

class SnapshotFirst extends JournalStorage {
  override append(batch: WriteBatch): void {
    if (batch.snapshot !== null && batch.entries.length > 0)
      super.append({ ...batch, hardState: null, entries: [] })
    super.append(batch.entries.length > 0 ? { ...batch, snapshot: null } : batch)
  }
}

class WritesUpToGap extends JournalStorage {
  override append(batch: WriteBatch): void {
    const first = batch.entries[0]?.index ?? 0
    const gap = batch.entries.findIndex(({ index }, at) => index !== first + at)
    if (gap > 0) super.append({ ...batch, entries: batch.entries.slice(0, gap) })
    super.append(batch)
  }
}

class Forgiving extends JournalStorage {
  override append(batch: WriteBatch): void {
    try {
      super.append(batch)
    } catch {
      // As if it had never been.
    }
  }
}

class Sorting extends JournalStorage {
  override append(batch: WriteBatch): void {
    super.append({ ...batch, entries: batch.entries.toSorted((a, b) => a.index - b.index) })
  }
}

class BeginsAnywhere extends JournalStorage {
  override append(batch: WriteBatch): void {
    const first = batch.entries[0]?.index ?? 0
    if (this.lastIndex() > 0 || batch.snapshot !== null || first < 2) return super.append(batch)
    super.append({
      ...batch,
      entries: batch.entries.map((entry, at) => Object.assign({}, entry, { index: at + 1 })),
    })
  }
}

class LateReader extends JournalStorage {
  readonly #late: WriteBatch[] = []

  override append(batch: WriteBatch): void {
    if (!batch.mustSync && batch.snapshot === null) this.#late.push(batch)
    else for (const one of [...this.#late.splice(0), batch]) super.append(one)
  }
}

class LosesAtBorders extends JournalStorage {
  override append(batch: WriteBatch): void {
    const entries = batch.entries.map((entry) =>
      entry.index % 5000 === 0 ? { ...entry, type: 'EntryNormal' as const, data: null } : entry,
    )
    super.append({ ...batch, entries })
  }
}

class ForgetsState extends JournalStorage {
  override append(batch: WriteBatch): void {
    super.append({ ...batch, hardState: batch.entries.length > 0 ? null : batch.hardState })
  }
}

class ErasesState extends JournalStorage {
  #isThere = false

  override append(batch: WriteBatch): void {
    super.append(batch)
    this.#isThere = batch.hardState !== null
  }

  override hardState(): HardState | null {
    return this.#isThere ? super.hardState() : null
  }
}

class MergesVote extends JournalStorage {
  override append(batch: WriteBatch): void {
    const { hardState } = batch
    const vote = hardState?.vote ?? this.hardState()?.vote ?? null
    super.append({ ...batch, hardState: hardState === null ? null : { ...hardState, vote } })
  }
}

class StateWithoutCommit extends JournalStorage {
  override append(batch: WriteBatch): void {
    const isSame =
      batch.hardState?.term === this.hardState()?.term && batch.hardState?.vote === this.hardState()?.vote
    super.append({ ...batch, hardState: isSame ? null : batch.hardState })
  }
}

class NoVoteIsZero extends JournalStorage {
  override hardState(): HardState | null {
    const state = super.hardState()
    return state?.vote === null ? { ...state, vote: 0 } : state
  }
}

class StateOfEmpty extends JournalStorage {
  override hardState(): HardState {
    return super.hardState() ?? { term: 0, vote: null, commit: 0 }
  }
}

class OneState extends JournalStorage {
  readonly #state = { term: 0, vote: null, commit: 0 }

  override hardState(): HardState | null {
    const state = super.hardState()
    return state === null ? null : Object.assign(this.#state, state)
  }
}

/** The mistakes: name, class, and a test that must fail. */
export const brokenWrites: readonly (readonly [string, new () => JournalStorage, string])[] = [
  [
    'a batch is emptied by who writes it',
    EmptiesBatch,
    'a batch is left as it was, with everything in it: it is shared',
  ],
  [
    'a hard state is written before the entries are looked at',
    StateFirst,
    'a batch with a gap behind the end is refused, and nothing of it is stored',
  ],
  [
    'a snapshot is installed before the entries are looked at',
    SnapshotFirst,
    'a batch with a gap behind its snapshot is refused, and nothing of it is stored',
  ],
  [
    'entries are written up to a gap',
    WritesUpToGap,
    'a batch with a gap within its entries is refused, and nothing of it is stored',
  ],
  [
    'what does not fit is passed over in silence',
    Forgiving,
    'a batch with a gap behind the end is refused, and nothing of it is stored',
  ],
  [
    'entries are put in order',
    Sorting,
    'a batch with entries in falling order is refused, and nothing of it is stored',
  ],
  [
    'an empty storage gives entries new indexes',
    BeginsAnywhere,
    'an empty storage refuses entries that do not begin at 1',
  ],
  [
    'what is not synced cannot be read yet',
    LateReader,
    'what need not be durable yet can be read at once all the same',
  ],
  ['every 5000th entry is lost', LosesAtBorders, 'ten thousand entries in a thousand batches are all there'],
  [
    'a hard state is lost where there are entries',
    ForgetsState,
    'hard state and entries of one batch are both there',
  ],
  ['no hard state erases the stored one', ErasesState, 'a batch without a hard state leaves the stored one'],
  [
    'a vote for nobody leaves the vote of an earlier term',
    MergesVote,
    'a hard state replaces the one before as a whole, and nothing else',
  ],
  [
    'a new commit index alone is not written',
    StateWithoutCommit,
    'a hard state replaces the one before as a whole, and nothing else',
  ],
  ['a vote for nobody is one for 0', NoVoteIsZero, 'the first hard state may say that nobody was voted for'],
  ['an empty storage has a hard state', StateOfEmpty, 'an empty storage has no hard state'],
  [
    'the hard state is one object that changes',
    OneState,
    'what was answered stays as it was, whatever is written later',
  ],
]
