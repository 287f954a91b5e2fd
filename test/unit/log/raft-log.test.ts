import { MemStorage, StorageError } from 'quorate'
import { describe, expect, test } from 'vitest'
import { RaftLog } from '../../../src/core/log/raft-log.ts'
import { entriesOf, entry, snapshotAt, termsOf } from '../../support/entries.ts'

/** A storage with a snapshot at 3 of term 1, and entries 4 to 6 of terms 1, 2, 2. */
function storage(): MemStorage {
  const stored = new MemStorage()
  stored.append({ hardState: null, entries: [], snapshot: snapshotAt(3, 1), mustSync: true })
  stored.append({ hardState: null, entries: entriesOf([1, 2, 2], 4), snapshot: null, mustSync: true })
  return stored
}

/** The same, with entries 7 and 8 of term 3 that are not durable. */
function log(maxApplyingSize = Infinity): RaftLog {
  const raftLog = new RaftLog(storage(), maxApplyingSize)
  raftLog.append(entriesOf([3, 3], 7))
  return raftLog
}

describe('a new log', () => {
  test('begins behind the snapshot, with nothing committed beyond it', () => {
    const fresh = new RaftLog(storage(), Infinity)

    expect(fresh.firstIndex).toBe(4)
    expect(fresh.lastIndex).toBe(6)
    expect(fresh.lastTerm).toBe(2)
    expect([fresh.applied, fresh.applying, fresh.committed]).toEqual([3, 3, 3])
    expect(fresh.unstable.offset).toBe(7)
  })

  test('is refused where storage ends before it begins', () => {
    const wrong = Object.assign(storage(), { lastIndex: () => 2 })
    expect(() => new RaftLog(wrong, Infinity)).toThrow(StorageError)
  })
})

describe('the term of an entry', () => {
  test.each([
    ['below the one before the first is compacted', 2, 'compacted'],
    ['before the first is that of the snapshot', 3, 1],
    ['that is durable', 5, 2],
    ['that is not durable yet', 8, 3],
    ['beyond the end is unavailable', 9, 'unavailable'],
  ])('%s', (_, index, term) => {
    expect(log().term(index)).toBe(term)
  })

  test('is that of what replaces it, before storage knows', () => {
    const raftLog = log()
    raftLog.append([entry(5, 4)])

    expect(raftLog.term(5)).toBe(4)
    expect(raftLog.term(6)).toBe('unavailable')
    expect(raftLog.lastIndex).toBe(5)
    expect(raftLog.storedTerm(6)).toBe(2)
  })

  test('must be known to storage for its last entry', () => {
    const forgetful = Object.assign(storage(), { term: () => 'unavailable' as const })
    expect(() => new RaftLog(forgetful, Infinity).lastTerm).toThrow(StorageError)
  })
})

describe('reading entries', () => {
  test('from storage, from the unstable tail, and across both', () => {
    expect(termsOf(log().slice(4, 6, Infinity) as never)).toEqual([1, 2])
    expect(termsOf(log().slice(7, 9, Infinity) as never)).toEqual([3, 3])
    expect(termsOf(log().slice(5, 8, Infinity) as never)).toEqual([2, 2, 3])
    expect(log().slice(5, 5, Infinity)).toEqual([])
  })

  test('stops at the limit in bytes, but never before the first entry', () => {
    expect(log().slice(4, 9, 0)).toHaveLength(1)
    expect(log().slice(7, 9, 0)).toHaveLength(1)
    expect(log().slice(6, 9, 25)).toHaveLength(2)
  })

  test('does not continue in the unstable tail when storage has reached the limit', () => {
    expect(termsOf(log().slice(4, 9, 12) as never)).toEqual([1])
  })

  test('leaves no gap if storage answers less than it could', () => {
    const sparing = storage()
    const raftLog = new RaftLog(sparing, Infinity)
    sparing.entries = (lo: number) => [entry(lo, 1)]
    raftLog.append(entriesOf([3, 3], 7))
    expect(raftLog.slice(4, 9, Infinity)).toEqual([entry(4, 1)])
  })

  test('that are compacted or beyond the end', () => {
    expect(log().slice(3, 5, Infinity)).toBe('compacted')
    expect(log().entriesFrom(2, Infinity)).toBe('compacted')
    expect(log().entriesFrom(9, Infinity)).toEqual([])
    expect(() => log().slice(5, 10, Infinity)).toThrow(/lies in the log/)
  })

  test('that storage has compacted between two questions is an ordinary answer', () => {
    const racing = storage()
    const raftLog = new RaftLog(racing, Infinity)
    racing.entries = () => 'compacted'
    expect(raftLog.slice(4, 6, Infinity)).toBe('compacted')
  })

  test('that storage lacks within its log is a broken storage', () => {
    const lacking = storage()
    const raftLog = new RaftLog(lacking, Infinity)
    lacking.entries = () => 'unavailable'
    expect(() => raftLog.slice(4, 6, Infinity)).toThrow(StorageError)
  })
})

describe('where two logs part (§5.3)', () => {
  test.each([
    ['nothing new', [], null],
    ['all of it is there', entriesOf([2, 2, 3], 5), null],
    ['it goes beyond the end', entriesOf([3, 3], 8), 9],
    ['it differs in the middle', entriesOf([2, 4], 5), 6],
    ['it differs at once', entriesOf([4, 4], 4), 4],
  ])('%s', (_, entries, conflict) => {
    expect(log().findConflict(entries)).toBe(conflict)
  })

  test.each([
    ['the entry itself, if its term is not later', 8, 3, { term: 3, index: 8 }],
    ['the end of the last earlier term', 8, 2, { term: 2, index: 6 }],
    ['one before, term by term', 8, 1, { term: 1, index: 4 }],
    ['where the log is compacted the term is not known', 8, 0, { term: 0, index: 2 }],
    ['beyond the end neither', 12, 3, { term: 0, index: 12 }],
    ['at the very beginning', 0, 3, { term: 0, index: 0 }],
  ])('a hint names %s (thesis §3.5)', (_, index, term, hint) => {
    expect(log().findConflictByTerm(index, term)).toEqual(hint)
  })

  test('in an empty log nothing comes before the beginning', () => {
    const empty = new RaftLog(new MemStorage(), Infinity)
    empty.append(entriesOf([5, 5]))
    expect(empty.findConflictByTerm(2, 4)).toEqual({ term: 0, index: 0 })
  })
})

describe('committing (§5.3)', () => {
  test('goes forward only', () => {
    const raftLog = log()
    expect(raftLog.commitTo(5)).toBe(true)
    expect(raftLog.commitTo(4)).toBe(false)
    expect(raftLog.committed).toBe(5)
  })

  test('never goes beyond the log', () => {
    expect(() => log().commitTo(9)).toThrow(/lies in the log/)
  })

  test('forbids to replace what is committed (§5.4)', () => {
    const raftLog = log()
    raftLog.commitTo(5)
    expect(() => raftLog.append([entry(5, 9)])).toThrow(/Leader Completeness/)
    raftLog.append([])
    expect(raftLog.lastIndex).toBe(8)
  })
})

describe('applying', () => {
  test('hands out what is committed, and what is not durable only if that is allowed', () => {
    const raftLog = log()
    raftLog.commitTo(8)

    expect(termsOf(raftLog.nextCommitted(true))).toEqual([1, 2, 2, 3, 3])
    expect(termsOf(raftLog.nextCommitted(false))).toEqual([1, 2, 2])
    raftLog.unstable.stableTo({ term: 3, index: 7 })
  })

  test('hands nothing out twice', () => {
    const raftLog = log()
    raftLog.commitTo(6)
    raftLog.acceptApplying(6, 30, true)

    expect(raftLog.hasNextCommitted(true)).toBe(false)
    expect(raftLog.applied).toBe(3)
    raftLog.appliedTo(6, 30)
    expect(raftLog.applied).toBe(6)
    expect(raftLog.nextCommitted(true)).toEqual([])
  })

  test('stops at the limit on what is under way, and goes on when some of it is applied', () => {
    const raftLog = log(20)
    raftLog.commitTo(8)
    const first = raftLog.nextCommitted(true)
    expect(first.map(({ index }) => index)).toEqual([4, 5].slice(0, first.length))
    raftLog.acceptApplying(first.at(-1)!.index, 20, true)

    expect(raftLog.hasNextCommitted(true)).toBe(false)
    raftLog.appliedTo(first.at(-1)!.index, 20)
    expect(raftLog.hasNextCommitted(true)).toBe(true)
  })

  test('waits as long as anything had to be held back, even if the limit is not reached', () => {
    const raftLog = log(1000)
    raftLog.commitTo(8)
    raftLog.acceptApplying(6, 500, true)
    expect(raftLog.hasNextCommitted(true)).toBe(false)

    raftLog.appliedTo(5, 100)
    expect(raftLog.hasNextCommitted(true)).toBe(true)
    expect(raftLog.nextCommitted(true)[0]?.index).toBe(7)
  })

  test('waits until enough of what is under way is applied', () => {
    const raftLog = log(20)
    raftLog.commitTo(8)
    raftLog.acceptApplying(5, 30, true)
    raftLog.appliedTo(4, 5)
    expect(raftLog.hasNextCommitted(true)).toBe(false)
    raftLog.appliedTo(5, 25)
    expect(raftLog.hasNextCommitted(true)).toBe(true)
  })

  test('waits for a snapshot that is not installed: which comes first would not be clear', () => {
    const raftLog = log()
    raftLog.commitTo(5)
    raftLog.restore(snapshotAt(20, 4))

    expect(raftLog.hasNextCommitted(true)).toBe(false)
    expect(raftLog.nextCommitted(true)).toEqual([])
  })

  test('stays within what is committed', () => {
    expect(() => log().acceptApplying(4, 0, true)).toThrow(/only committed entries/)
    expect(() => log().appliedTo(4, 0)).toThrow(/applied index 4/)
    expect(() => log().appliedTo(2, 0)).toThrow(/applied index 2/)
  })

  test('fails if storage has dropped what is to be applied', () => {
    const stored = storage()
    const raftLog = new RaftLog(stored, Infinity)
    raftLog.commitTo(6)
    stored.append({
      hardState: { term: 2, vote: null, commit: 6 },
      entries: [],
      snapshot: null,
      mustSync: true,
    })
    stored.createSnapshot(5, snapshotAt(5, 2).confState, new Uint8Array())
    stored.compact(5)

    expect(() => raftLog.nextCommitted(true)).toThrow(StorageError)
  })
})

describe('membership changes that are committed and not applied', () => {
  const change = { version: 1, type: 'AddNode', nodeId: 4, context: null } as const

  test.each([1, Infinity])('are found, on whatever page of the log they are (of %d bytes)', (size) => {
    const raftLog = log(size)
    raftLog.append([{ type: 'EntryConfChange', term: 3, index: 9, change }])
    raftLog.commitTo(8)
    expect(raftLog.hasUnappliedConfChange()).toBe(false)

    raftLog.commitTo(9)
    expect(raftLog.hasUnappliedConfChange()).toBe(true)
  })

  test('are none once they are applied', () => {
    const raftLog = log()
    raftLog.append([{ type: 'EntryConfChangeV2', term: 3, index: 9, change: null }])
    raftLog.commitTo(9)
    raftLog.appliedTo(9, 0)

    expect(raftLog.hasUnappliedConfChange()).toBe(false)
  })
})

describe('a snapshot (§7)', () => {
  test('replaces the whole log, and all up to it is committed', () => {
    const raftLog = log()
    raftLog.restore(snapshotAt(20, 4))

    expect([raftLog.firstIndex, raftLog.lastIndex, raftLog.lastTerm, raftLog.committed]).toEqual([
      21, 20, 4, 20,
    ])
    expect(raftLog.term(20)).toBe(4)
    expect(raftLog.term(8)).toBe('compacted')
    expect(raftLog.snapshot()).toMatchObject({ index: 20 })
  })

  test('to send is the pending one, else what storage has', () => {
    expect(log().snapshot()).toMatchObject({ index: 3 })
    expect(new RaftLog(new MemStorage(), Infinity).snapshot()).toBe('temporarily-unavailable')
  })
})

describe('a storage that goes wrong while it is used', () => {
  /** A log whose storage answers one question with what `lie` makes of the truth, once it is told to. */
  function logOn<K extends 'firstIndex' | 'term' | 'snapshot'>(
    method: K,
    lie: (truth: ReturnType<MemStorage[K]>) => unknown,
  ) {
    const stored = storage()
    const ask = stored[method].bind(stored) as (...args: never[]) => ReturnType<MemStorage[K]>
    let lies = false
    const wrong = { [method]: (...args: never[]) => (lies ? lie(ask(...args)) : ask(...args)) }
    const raftLog = new RaftLog(Object.assign(stored, wrong), Infinity)
    lies = true
    return raftLog
  }

  test('is not believed another term of its last entry than the one that was written', () => {
    expect(() => logOn('term', () => 1).lastTerm).toThrow(/term\(6\) with 1, but 2 was written/)
    expect(() => logOn('term', () => 3).lastTerm).toThrow(StorageError)
  })

  test('is not believed a term beyond that of a later entry', () => {
    expect(() => logOn('term', () => 3).term(4)).toThrow(/term\(4\) with 3, but at most 2 was written/)
    const cut = logOn('term', () => 3)
    cut.append([entry(5, 2)])
    expect(() => cut.term(4)).toThrow(/at most 2 was written/)
  })

  test('is looked at again where something else was written behind it', () => {
    const stored = storage()
    const raftLog = new RaftLog(stored, Infinity)
    raftLog.append([entry(5, 3)])
    expect(raftLog.term(4)).toBe(1)
    stored.append({ hardState: null, entries: [entry(5, 2)], snapshot: null, mustSync: true })
    raftLog.unstable.stableTo({ index: 5, term: 3 })
    expect(() => raftLog.term(5)).toThrow(/with 2, but 3 was written/)
  })

  test('is known by the snapshot that replaces it', () => {
    const raftLog = logOn('term', () => 1)
    raftLog.restore(snapshotAt(20, 4))
    expect(raftLog.unstable.stableTerm).toBe(4)
    expect(raftLog.term(20)).toBe(4)
  })

  test('must answer entries of the terms that it says they have', () => {
    const stored = storage()
    const raftLog = new RaftLog(stored, Infinity)
    stored.entries = () => entriesOf([1, 1], 4)
    expect(() => raftLog.slice(4, 6, Infinity)).toThrow(/terms 1 to 1, which is not/)
  })

  test('must not answer entries that fall behind the term of the one before them', () => {
    const stored = storage()
    const raftLog = new RaftLog(stored, Infinity)
    stored.entries = () => entriesOf([1, 2], 6)
    raftLog.append(entriesOf([2, 2], 7))
    raftLog.unstable.stableTo({ index: 7, term: 2 })
    stored.append({ hardState: null, entries: entriesOf([2, 2], 7), snapshot: null, mustSync: true })
    expect(() => raftLog.slice(6, 8, Infinity)).toThrow(/terms 1 to 2, which is not/)
  })

  test('is refused at the start if its last entry is of another term than it says', () => {
    const stored = Object.assign(storage(), { term: () => 3 })
    expect(() => new RaftLog(stored, Infinity)).toThrow(/term\(6\) with 3, but its last entry is of 2/)
  })

  test('must not begin beyond its end', () => {
    const raftLog = logOn('firstIndex', (first) => first + 4)
    expect(() => raftLog.firstIndex).toThrow(/begins at 8, but ends at 6: entries were lost/)
    raftLog.append([entry(7, 3)])
    expect(raftLog.firstIndex).toBe(8)
  })

  test('must not begin again before where it began already', () => {
    const raftLog = logOn('firstIndex', (first) => first - 1)
    expect(() => raftLog.firstIndex).toThrow(/begins at 3, before 4, where it began already/)
  })

  test('must not answer with a snapshot of another term than its entry', () => {
    const raftLog = logOn('snapshot', () => snapshotAt(5, 1))
    raftLog.commitTo(6)
    expect(() => raftLog.snapshot()).toThrow(/one of term 1, but its entry 5 is of term 2/)
  })
})
