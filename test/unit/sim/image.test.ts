import { describe, expect, test } from 'vitest'
import type { Entry } from '../../../src/core/types.ts'
import { Image } from '../../../src/sim/image.ts'
import { entriesOf, entry, snapshotAt, termsOf } from '../../support/entries.ts'

/** Entries 1 to 5 of terms 1, 1, 2, 2, 3. */
function image(): Image {
  const fresh = new Image()
  append(fresh, entriesOf([1, 1, 2, 2, 3]))
  return fresh
}

function append(to: Image, entries: readonly Entry[]): void {
  to.apply({ kind: 'write', hardState: null, entries, snapshot: null })
}

function terms(of: Image): unknown {
  return termsOf(of.entries(of.firstIndex, of.lastIndex + 1, Infinity) as Entry[])
}

describe('a log on a disk', () => {
  test('tells the terms of what it holds, and what it does not', () => {
    const log = image()
    log.apply({ kind: 'compact', index: 2 })

    expect([1, 2, 3, 5, 6].map((index) => log.term(index))).toEqual(['compacted', 1, 2, 3, 'unavailable'])
    expect(log.entries(2, 4, Infinity)).toBe('compacted')
    expect(log.entries(3, 7, Infinity)).toBe('unavailable')
    expect([log.at(2), log.at(3)?.term, log.at(6)]).toEqual([undefined, 2, undefined])
    expect([log.firstIndex, log.lastIndex]).toEqual([3, 5])
  })

  test('ends with the last entry, or with what has been compacted if there is none behind it', () => {
    const log = image()
    expect(log.last).toEqual({ index: 5, term: 3 })
    log.apply({ kind: 'compact', index: 5 })
    expect(log.last).toEqual({ index: 5, term: 3 })
    expect(new Image().last).toEqual({ index: 0, term: 0 })
  })

  test('is cut off where an entry is overwritten', () => {
    const log = image()
    append(log, [entry(3, 4)])
    expect(terms(log)).toEqual([1, 1, 4])
  })

  test('takes of a late write what has not been compacted since', () => {
    const log = image()
    log.apply({ kind: 'compact', index: 3 })
    append(log, entriesOf([1, 1, 2, 5], 1))
    expect(terms(log)).toEqual([5])

    append(log, entriesOf([9, 9], 2))
    expect(terms(log)).toEqual([5])
  })

  test('cannot have a gap', () => {
    expect(() => {
      append(image(), [entry(7, 3)])
    }).toThrow('a gap before 7, the log ends at 5')
  })

  test('is not compacted beyond its end, nor twice', () => {
    const log = image()
    log.apply({ kind: 'compact', index: 6 })
    expect(log.firstIndex).toBe(1)
    log.apply({ kind: 'compact', index: 4 })
    log.apply({ kind: 'compact', index: 2 })
    expect(log.firstIndex).toBe(5)
    expect(terms(log)).toEqual([3])
  })
})

describe('a snapshot', () => {
  test('of another takes the place of the whole log, and entries may come with it', () => {
    const log = image()
    const snapshot = snapshotAt(9, 4)
    log.apply({ kind: 'write', hardState: null, entries: [entry(10, 4)], snapshot })

    expect([log.firstIndex, log.lastIndex, log.term(9)]).toEqual([10, 10, 4])
    expect(log.confState).toEqual({ confState: snapshot.confState, index: 9 })
  })

  test('of its own leaves the log as it is', () => {
    const log = image()
    log.apply({ kind: 'snapshot', snapshot: snapshotAt(4, 2) })

    expect(terms(log)).toEqual([1, 1, 2, 2, 3])
    expect(log.snapshot?.index).toBe(4)
  })
})

test('a hard state stays until there is another', () => {
  const log = image()
  log.apply({ kind: 'write', hardState: { term: 3, vote: 2, commit: 1 }, entries: [], snapshot: null })
  append(log, [entry(6, 3)])
  expect(log.hardState).toEqual({ term: 3, vote: 2, commit: 1 })
})

test('a copy goes its own way', () => {
  const log = image()
  const copy = log.clone()
  append(log, [entry(2, 9)])
  log.apply({ kind: 'compact', index: 1 })

  expect(terms(copy)).toEqual([1, 1, 2, 2, 3])
  expect(copy.firstIndex).toBe(1)
})

test('what an image holds is what it has, or has been compacted', () => {
  const log = image()
  log.apply({ kind: 'compact', index: 2 })

  expect(log.holds(1, 7)).toBe(true)
  expect([log.holds(2, 1), log.holds(2, 2)]).toEqual([true, false])
  expect([log.holds(5, 3), log.holds(5, 2), log.holds(6, 3)]).toEqual([true, false, false])
})
