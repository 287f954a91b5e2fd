/** Storages with one mistake each, in what they hold of the log and answer of it. */

import {
  type Compacted,
  type Entry,
  entrySize,
  type LogIndex,
  payloadSize,
  type Term,
  type Unavailable,
  type WriteBatch,
} from 'quorate'
import { JournalStorage } from './journal-storage.ts'

type Slice = readonly Entry[] | Compacted | Unavailable

class WrongFirst extends JournalStorage {
  override firstIndex(): LogIndex {
    return Math.max(1, super.firstIndex() - 1)
  }
}

class FirstOfEmptyIsZero extends JournalStorage {
  override firstIndex(): LogIndex {
    return super.firstIndex() === 1 && super.lastIndex() === 0 ? 0 : super.firstIndex()
  }
}

class WrongLast extends JournalStorage {
  override lastIndex(): LogIndex {
    return super.lastIndex() < super.firstIndex() ? 0 : super.lastIndex()
  }
}

class KeepsTail extends JournalStorage {
  override append(batch: WriteBatch): void {
    const end = batch.entries.at(-1)?.index ?? Infinity
    const isConflict = batch.snapshot === null && end < this.lastIndex() && end >= this.firstIndex()
    const rest = isConflict ? (this.entries(end + 1, this.lastIndex() + 1, Infinity) as readonly Entry[]) : []
    const { term = 1 } = batch.entries.at(-1) ?? {}
    const kept = rest.map((entry) => Object.assign({}, entry, { term: Math.max(term, entry.term) }))
    super.append({ ...batch, entries: [...batch.entries, ...kept] })
  }
}

class WritesPartOfTail extends JournalStorage {
  override append(batch: WriteBatch): void {
    const isConflict = (batch.entries[0]?.index ?? Infinity) <= this.lastIndex() && batch.snapshot === null
    super.append({ ...batch, entries: isConflict ? batch.entries.slice(0, 1) : batch.entries })
  }
}

class IgnoresSame extends JournalStorage {
  override append(batch: WriteBatch): void {
    const isKnown = batch.entries.every(({ index, term }) => this.term(index) === term)
    super.append({ ...batch, entries: isKnown ? [] : batch.entries })
  }
}

class KeepsFirstEntry extends JournalStorage {
  override append(batch: WriteBatch): void {
    const isAll = batch.entries[0]?.index === this.firstIndex() && this.lastIndex() >= this.firstIndex()
    const isSame = batch.snapshot === null && isAll
    super.append({ ...batch, entries: isSame ? batch.entries.slice(1) : batch.entries })
  }
}

class StaleTerms extends JournalStorage {
  readonly #terms = new Map<LogIndex, Term>()

  override term(index: LogIndex): Term | Compacted | Unavailable {
    const term = super.term(index)
    if (typeof term === 'number') this.#terms.set(index, term)
    return term === 'unavailable' ? (this.#terms.get(index) ?? term) : term
  }
}

class ForgetsTermBefore extends JournalStorage {
  override term(index: LogIndex): Term | Compacted | Unavailable {
    return index > 0 && index < this.firstIndex() ? 'compacted' : super.term(index)
  }
}

class OldTerms extends JournalStorage {
  override term(index: LogIndex): Term | Compacted | Unavailable {
    const term = super.term(index)
    return term === 'compacted' ? 0 : term
  }
}

class UnknownTermsAreZero extends JournalStorage {
  override term(index: LogIndex): Term | Compacted | Unavailable {
    const term = super.term(index)
    return term === 'unavailable' ? 0 : term
  }
}

class ThrowsCompacted extends JournalStorage {
  override entries(lo: LogIndex, hi: LogIndex, maxSize: number): Slice {
    const found = super.entries(lo, hi, maxSize)
    if (found === 'compacted') throw new Error('compacted')
    return found
  }
}

class AnswersWhatThereIs extends JournalStorage {
  override entries(lo: LogIndex, hi: LogIndex, maxSize: number): Slice {
    return super.entries(lo, Math.max(lo, Math.min(hi, this.lastIndex() + 1)), maxSize)
  }
}

class IgnoresLimit extends JournalStorage {
  override entries(lo: LogIndex, hi: LogIndex, _maxSize: number): Slice {
    return super.entries(lo, hi, Infinity)
  }
}

/** Cuts by a measure of its own. */
abstract class OwnLimit extends JournalStorage {
  override entries(lo: LogIndex, hi: LogIndex, maxSize: number): Slice {
    const all = super.entries(lo, hi, Infinity)
    return typeof all === 'string' || maxSize === Infinity ? all : this.cut(all, maxSize)
  }

  protected abstract cut(all: readonly Entry[], maxSize: number): readonly Entry[]
}

class LimitsPayload extends OwnLimit {
  protected cut(all: readonly Entry[], maxSize: number): readonly Entry[] {
    let size = 0
    return all.filter((entry, at) => (size += payloadSize(entry)) <= maxSize || at === 0)
  }
}

class OneTooMany extends OwnLimit {
  protected cut(all: readonly Entry[], maxSize: number): readonly Entry[] {
    let size = 0
    return all.filter(
      (entry) => (size += entrySize(entry)) - entrySize(entry) < maxSize || size === entrySize(entry),
    )
  }
}

class NoneIfTooLarge extends OwnLimit {
  protected cut(all: readonly Entry[], maxSize: number): readonly Entry[] {
    let size = 0
    return all.filter((entry) => (size += entrySize(entry)) <= maxSize)
  }
}

class LimitFromTheBeginning extends JournalStorage {
  override entries(lo: LogIndex, hi: LogIndex, maxSize: number): Slice {
    const from = this.firstIndex()
    if (lo < from || hi > this.lastIndex() + 1 || maxSize === Infinity) return super.entries(lo, hi, maxSize)
    const all = super.entries(from, hi, maxSize) as readonly Entry[]
    return lo - from < all.length ? all.slice(lo - from) : super.entries(lo, hi, 0)
  }
}

class MoreWithLimit extends JournalStorage {
  override entries(lo: LogIndex, hi: LogIndex, maxSize: number): Slice {
    const isIn = lo >= this.firstIndex() && hi <= this.lastIndex() + 1 && maxSize !== Infinity
    return super.entries(lo, isIn ? this.lastIndex() + 1 : hi, maxSize)
  }
}

class SameArray extends JournalStorage {
  readonly #answers = new Map<string, Slice>()

  override append(batch: WriteBatch): void {
    super.append(batch)
    this.#answers.clear()
  }

  override compact(index: LogIndex): void {
    super.compact(index)
    this.#answers.clear()
  }

  override entries(lo: LogIndex, hi: LogIndex, maxSize: number): Slice {
    const key = [lo, hi, maxSize].join(' ')
    const found = this.#answers.get(key) ?? super.entries(lo, hi, maxSize)
    this.#answers.set(key, found)
    return found
  }
}

class LiveArray extends JournalStorage {
  readonly #page: Entry[] = []

  override entries(lo: LogIndex, hi: LogIndex, maxSize: number): Slice {
    const found = super.entries(lo, hi, maxSize)
    if (typeof found === 'string') return found
    this.#page.splice(0, Infinity, ...found)
    return this.#page
  }
}

class Backwards extends JournalStorage {
  override entries(lo: LogIndex, hi: LogIndex, maxSize: number): Slice {
    const found = super.entries(lo, hi, maxSize)
    return typeof found === 'string' ? found : found.toReversed()
  }
}

/** The mistakes: name, class, and a test that must fail. */
export const brokenLogs: readonly (readonly [string, new () => JournalStorage, string])[] = [
  [
    'firstIndex is one too low',
    WrongFirst,
    'the first and last index are those of the entries that are held',
  ],
  ['an empty storage begins at 0', FirstOfEmptyIsZero, 'an empty storage begins at index 1 and ends at 0'],
  ['lastIndex is 0 when there is no entry', WrongLast, 'the whole log can be dropped, and goes on behind'],
  [
    'what lies beyond replaced entries stays',
    KeepsTail,
    'entries in the middle replace what is there, and what lies beyond is gone',
  ],
  [
    'of entries that replace others only the first is written',
    WritesPartOfTail,
    'entries that replace a part of the log and go on beyond its end are all there',
  ],
  [
    'entries that are known already do not cut off what lies beyond',
    IgnoresSame,
    'what is replaced by the same again stays the same, but for what lies beyond',
  ],
  [
    'the first entry is never replaced',
    KeepsFirstEntry,
    'the whole log can be replaced from its first entry on',
  ],
  ['terms are remembered of entries that are gone', StaleTerms, 'a tail can be replaced again and again'],
  [
    'the term before the first entry is not known',
    ForgetsTermBefore,
    'the term of each entry is known, and of the one before the first',
  ],
  ['compacted terms are 0', OldTerms, 'a term further below is compacted'],
  ['terms beyond the end are 0', UnknownTermsAreZero, 'a term beyond the end is unavailable'],
  ['compacted entries throw', ThrowsCompacted, 'entries that begin before the first one are compacted'],
  [
    'beyond the end it answers what there is',
    AnswersWhatThereIs,
    'entries that go beyond the end are unavailable, not as many as there are',
  ],
  ['the limit is ignored', IgnoresLimit, 'as many entries are answered as fit the limit, by entrySize'],
  [
    'the limit is one of payloads',
    LimitsPayload,
    'as many entries are answered as fit the limit, by entrySize',
  ],
  [
    'one entry beyond the limit is answered',
    OneTooMany,
    'as many entries are answered as fit the limit, by entrySize',
  ],
  [
    'an entry larger than the limit is not answered',
    NoneIfTooLarge,
    'one entry is answered even where it is larger than the limit',
  ],
  [
    'the limit counts from the first entry of the log',
    LimitFromTheBeginning,
    'the limit counts from the first entry that was asked for',
  ],
  [
    'a limit lets more through than was asked for',
    MoreWithLimit,
    'no limit lets more through than was asked for',
  ],
  [
    'an array of entries is answered twice',
    SameArray,
    'an array of entries belongs to the caller, who may change it',
  ],
  [
    'an array of entries is used again',
    LiveArray,
    'what was answered stays as it was, whatever is written later',
  ],
  [
    'entries are answered in falling order',
    Backwards,
    'any part of the log is answered as it was written, in order',
  ],
]
