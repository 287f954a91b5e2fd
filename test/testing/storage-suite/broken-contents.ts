/** Storages with one mistake each, in how they keep what an entry, a snapshot or a membership is made of. */

import type { Entry, HardState, LogIndex, StoredConfState, Term, WriteBatch } from 'quorate'
import { JournalStorage } from './journal-storage.ts'

/** Changes entries on their way in. */
abstract class Garbling extends JournalStorage {
  override append(batch: WriteBatch): void {
    const { entries, snapshot } = batch
    const garbled =
      snapshot === null ? null : { ...snapshot, data: this.garble(snapshot.data) ?? new Uint8Array() }
    super.append({ ...batch, entries: entries.map((entry) => this.garbleEntry(entry)), snapshot: garbled })
  }

  protected garbleEntry(entry: Entry): Entry {
    return entry.type === 'EntryNormal' && entry.data !== null
      ? { ...entry, data: this.garble(entry.data) }
      : entry
  }

  protected garble(data: Uint8Array): Uint8Array | null {
    return data
  }
}

class AsText extends Garbling {
  protected override garble(data: Uint8Array): Uint8Array {
    return new TextEncoder().encode(new TextDecoder().decode(data))
  }
}

class EmptyIsNone extends Garbling {
  protected override garble(data: Uint8Array): Uint8Array | null {
    return data.length === 0 ? null : data
  }
}

class NoneIsEmpty extends Garbling {
  protected override garbleEntry(entry: Entry): Entry {
    return entry.type === 'EntryNormal' && entry.data === null ? { ...entry, data: new Uint8Array() } : entry
  }
}

class WholeBuffer extends Garbling {
  protected override garble(data: Uint8Array): Uint8Array {
    return data.length === data.buffer.byteLength ? data : new Uint8Array(data.buffer)
  }
}

class StopsAtZero extends Garbling {
  protected override garble(data: Uint8Array): Uint8Array {
    const end = data.indexOf(0)
    return end > 0 ? data.slice(0, end) : data
  }
}

class CutsLarge extends Garbling {
  protected override garble(data: Uint8Array): Uint8Array {
    return data.slice(0, 2 ** 20 - 1)
  }
}

class LosesContext extends Garbling {
  protected override garbleEntry(entry: Entry): Entry {
    if (entry.type === 'EntryConfChange') return { ...entry, change: { ...entry.change, context: null } }
    return super.garbleEntry(entry)
  }
}

class LosesLeaveJoint extends Garbling {
  protected override garbleEntry(entry: Entry): Entry {
    if (entry.type !== 'EntryConfChangeV2' || entry.change !== null) return entry
    return { ...entry, change: { version: 2, transition: 'auto', changes: [], context: null } }
  }
}

class LosesTransition extends Garbling {
  protected override garbleEntry(entry: Entry): Entry {
    if (entry.type !== 'EntryConfChangeV2' || entry.change === null) return entry
    return { ...entry, change: { ...entry.change, transition: 'auto' } }
  }
}

class AddsColumn extends Garbling {
  protected override garbleEntry(entry: Entry): Entry {
    return Object.assign({ rowid: entry.index }, entry)
  }
}

class TermsOf32Bits extends JournalStorage {
  override term(index: LogIndex): Term | 'compacted' | 'unavailable' {
    const term = super.term(index)
    return typeof term === 'number' ? term >>> 0 : term
  }
}

class StateOf31Bits extends JournalStorage {
  override hardState(): HardState | null {
    const state = super.hardState()
    return state === null ? null : { ...state, commit: state.commit & 0x7fff_ffff }
  }
}

class IdsOf32Bits extends JournalStorage {
  override confState(): StoredConfState {
    const { confState, index } = super.confState()
    return { confState: { ...confState, voters: confState.voters.map((id) => id >>> 0) }, index }
  }
}

class SimpleMembership extends JournalStorage {
  override confState(): StoredConfState {
    const { confState, index } = super.confState()
    return { confState: { ...confState, votersOutgoing: [], learnersNext: [], autoLeave: false }, index }
  }
}

class MembershipOfEmpty extends JournalStorage {
  override confState(): StoredConfState {
    const { confState, index } = super.confState()
    return index === 0 ? { confState: { ...confState, voters: [1] }, index } : { confState, index }
  }
}

/** The mistakes: name, class, and a test that must fail. */
export const brokenContents: readonly (readonly [string, new () => JournalStorage, string])[] = [
  ['bytes go through text', AsText, 'every value of a byte is kept'],
  ['empty data becomes none', EmptyIsNone, 'no data and empty data are told apart'],
  ['no data becomes empty data', NoneIsEmpty, 'no data and empty data are told apart'],
  [
    'a part of a buffer is stored with its surroundings',
    WholeBuffer,
    'data that is a part of a larger buffer is kept without its surroundings',
  ],
  ['bytes end at a zero', StopsAtZero, 'every value of a byte is kept'],
  ['large data is cut off', CutsLarge, 'entries of a mebibyte are kept'],
  ['the context of a membership change is lost', LosesContext, 'every form of entry comes back as it was'],
  [
    'the end of a joint configuration becomes another change',
    LosesLeaveJoint,
    'every form of entry comes back as it was',
  ],
  [
    'the transition of a membership change is lost',
    LosesTransition,
    'every form of entry comes back as it was',
  ],
  ['an entry gets a property more', AddsColumn, 'every form of entry comes back as it was'],
  ['terms are of 32 bits', TermsOf32Bits, 'indexes and terms around 281474976710656 are kept'],
  ['a commit index is of 31 bits', StateOf31Bits, 'indexes and terms around 2147483648 are kept'],
  ['node ids are of 32 bits', IdsOf32Bits, 'every form of membership is kept'],
  ['a joint membership becomes a simple one', SimpleMembership, 'every form of membership is kept'],
  ['an empty storage has a member', MembershipOfEmpty, 'an empty storage has no members, as of index 0'],
]
