import { describe, expect, test } from 'vitest'
import { Unstable } from '../../../src/core/log/unstable.ts'
import { entriesOf, entry, snapshotAt, termsOf } from '../../support/entries.ts'

/** Storage ends at 4; 5 and 6 of term 1 are unstable. */
function withTwo(): Unstable {
  const unstable = new Unstable(5, 1)
  unstable.truncateAndAppend(entriesOf([1, 1], 5))
  return unstable
}

/** From `offset` to the end. */
function all(unstable: Unstable) {
  return unstable.slice(unstable.offset, (unstable.lastIndex() ?? unstable.offset - 1) + 1, Infinity)
}

describe('an empty unstable log', () => {
  test('knows nothing of its own', () => {
    const unstable = new Unstable(5, 1)

    expect(unstable.offset).toBe(5)
    expect(unstable.firstIndex()).toBeNull()
    expect(unstable.lastIndex()).toBeNull()
    expect(unstable.term(4)).toBeNull()
    expect(unstable.term(5)).toBeNull()
    expect(unstable.hasEntries).toBe(false)
    expect(unstable.hasNextEntries).toBe(false)
    expect(unstable.hasNextSnapshot).toBe(false)
    expect(unstable.nextSnapshot()).toBeNull()
  })

  test('takes no notice of appending nothing', () => {
    const unstable = withTwo()
    unstable.truncateAndAppend([])
    expect(unstable.lastIndex()).toBe(6)
  })
})

describe('appending (§5.3)', () => {
  test('behind the end adds', () => {
    const unstable = withTwo()
    unstable.truncateAndAppend([entry(7, 2)])

    expect(termsOf(all(unstable))).toEqual([1, 1, 2])
    expect(unstable.lastIndex()).toBe(7)
    expect(unstable.term(7)).toBe(2)
  })

  test('from the first unstable entry on replaces all of them', () => {
    const unstable = withTwo()
    unstable.truncateAndAppend([entry(5, 2)])

    expect(unstable.offset).toBe(5)
    expect(termsOf(all(unstable))).toEqual([2])
  })

  test('from before the unstable entries on replaces what is durable too', () => {
    const unstable = withTwo()
    unstable.truncateAndAppend(entriesOf([2, 2], 4))

    expect(unstable.offset).toBe(4)
    expect(termsOf(all(unstable))).toEqual([2, 2])
  })

  test('in the middle cuts off what follows', () => {
    const unstable = withTwo()
    unstable.truncateAndAppend([entry(6, 2)])
    expect(termsOf(all(unstable))).toEqual([1, 2])

    unstable.truncateAndAppend([entry(6, 3)])
    expect(termsOf(all(unstable))).toEqual([1, 3])
  })

  test('with a gap is refused', () => {
    expect(() => withTwo().truncateAndAppend([entry(8, 2)])).toThrow(/without a gap/)
  })

  test('leaves arrays alone that were handed out before', () => {
    const unstable = withTwo()
    const handed = unstable.nextEntries()
    unstable.truncateAndAppend([entry(6, 9), entry(7, 9)])

    expect(termsOf(handed)).toEqual([1, 1])
  })
})

describe('entries on their way to storage', () => {
  test('are not handed out twice', () => {
    const unstable = withTwo()
    expect(termsOf(unstable.nextEntries())).toEqual([1, 1])
    unstable.acceptInProgress()

    expect(unstable.hasNextEntries).toBe(false)
    expect(unstable.nextEntries()).toEqual([])
    expect(unstable.hasEntries).toBe(true)
    unstable.truncateAndAppend([entry(7, 1)])
    expect(unstable.hasNextEntries).toBe(true)
    expect(unstable.nextEntries()).toEqual([entry(7, 1)])
  })

  test('are handed out again from where they have been replaced', () => {
    const unstable = withTwo()
    unstable.acceptInProgress()
    unstable.truncateAndAppend([entry(6, 2)])

    expect(unstable.nextEntries()).toEqual([entry(6, 2)])
  })

  test('are all handed out again when they are replaced from before', () => {
    const unstable = withTwo()
    unstable.acceptInProgress()
    unstable.truncateAndAppend(entriesOf([2, 2, 2], 4))

    expect(termsOf(unstable.nextEntries())).toEqual([2, 2, 2])
  })
})

describe('a write that is done', () => {
  test('makes the entries up to there stable', () => {
    const unstable = withTwo()
    unstable.acceptInProgress()
    unstable.stableTo({ term: 1, index: 5 })

    expect(unstable.offset).toBe(6)
    expect(termsOf(all(unstable))).toEqual([1])
    expect(unstable.hasNextEntries).toBe(false)
  })

  test('of the last entry leaves nothing', () => {
    const unstable = withTwo()
    unstable.acceptInProgress()
    unstable.stableTo({ term: 1, index: 6 })

    expect(unstable.offset).toBe(7)
    expect(unstable.hasEntries).toBe(false)
    expect(unstable.lastIndex()).toBeNull()
  })

  test('counts even if it was not asked for yet: a storage may be ahead', () => {
    const unstable = withTwo()
    unstable.stableTo({ term: 1, index: 5 })

    expect(termsOf(unstable.nextEntries())).toEqual([1])
  })

  test('says nothing of an entry that has been replaced meanwhile', () => {
    const unstable = withTwo()
    unstable.acceptInProgress()
    unstable.truncateAndAppend([entry(6, 2)])
    unstable.stableTo({ term: 1, index: 6 })

    expect(unstable.offset).toBe(5)
    expect(unstable.nextEntries()).toEqual([entry(6, 2)])
  })

  test.each([
    ['that is stable already', { term: 1, index: 4 }],
    ['that is not there', { term: 1, index: 7 }],
    ['of another term', { term: 2, index: 6 }],
  ])('says nothing about an entry %s', (_, id) => {
    const unstable = withTwo()
    unstable.stableTo(id)
    expect(unstable.offset).toBe(5)
    expect(termsOf(all(unstable))).toEqual([1, 1])
  })

  test('says nothing by the index of a pending snapshot', () => {
    const unstable = new Unstable(1, 0)
    unstable.restore(snapshotAt(9, 3))
    unstable.stableTo({ term: 3, index: 9 })

    expect(unstable.snapshot?.index).toBe(9)
    expect(unstable.offset).toBe(10)
  })
})

describe('a snapshot that is to be installed (§7)', () => {
  test('replaces everything', () => {
    const unstable = withTwo()
    unstable.restore(snapshotAt(9, 3))

    expect(unstable.firstIndex()).toBe(10)
    expect(unstable.lastIndex()).toBe(9)
    expect(unstable.term(9)).toBe(3)
    expect(unstable.term(5)).toBeNull()
    expect(unstable.hasEntries).toBe(false)
    expect(unstable.offset).toBe(10)
  })

  test('is followed by entries', () => {
    const unstable = new Unstable(1, 0)
    unstable.restore(snapshotAt(9, 3))
    unstable.truncateAndAppend([entry(10, 4)])

    expect(unstable.lastIndex()).toBe(10)
    expect(unstable.nextEntries()).toEqual([entry(10, 4)])
    expect(unstable.nextSnapshot()?.index).toBe(9)
  })

  test('is handed out once and stays until it is stored', () => {
    const unstable = new Unstable(1, 0)
    unstable.restore(snapshotAt(9, 3))
    expect(unstable.hasNextSnapshot).toBe(true)
    unstable.acceptInProgress()

    expect(unstable.hasNextSnapshot).toBe(false)
    expect(unstable.nextSnapshot()).toBeNull()
    expect(unstable.snapshot?.index).toBe(9)

    unstable.stableSnapTo(9)
    expect(unstable.snapshot).toBeNull()
    expect(unstable.firstIndex()).toBeNull()
  })

  test('is not stored by the writing of an earlier one', () => {
    const unstable = new Unstable(1, 0)
    unstable.restore(snapshotAt(9, 3))
    unstable.acceptInProgress()
    unstable.restore(snapshotAt(12, 3))
    unstable.stableSnapTo(9)

    expect(unstable.snapshot?.index).toBe(12)
    expect(unstable.hasNextSnapshot).toBe(true)
  })
})

test('a slice must lie in the unstable log', () => {
  expect(() => withTwo().slice(4, 6, Infinity)).toThrow(/lies in it/)
  expect(() => withTwo().slice(5, 8, Infinity)).toThrow(/lies in it/)
})
