import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Entry, HardState, Snapshot, Term } from '../../../src/core/types.ts'
import { Dice } from '../../../src/sim/dice.ts'
import { Disk, DiskError } from '../../../src/sim/disk.ts'
import type { FaultRates } from '../../../src/sim/faults.ts'
import { type DiskRecord, Image } from '../../../src/sim/image.ts'
import { entriesOf, entry, snapshotAt, termsOf } from '../../support/entries.ts'
import { always, faultsWith } from './calm.ts'

const start = snapshotAt(1, 1)

/** A formatted disk that has been started. */
function diskWith(some: Partial<FaultRates> = {}, key = 1): Disk {
  const disk = new Disk(1, new Dice(key), faultsWith(some))
  disk.format(start)
  disk.recover()
  return disk
}

function write(entries: readonly Entry[], hardState: HardState | null = null): DiskRecord {
  return { kind: 'write', hardState, entries, snapshot: null }
}

/** What an image holds, as plain data. */
function contentOf(image: Image): unknown {
  const { hardState, snapshot, firstIndex, lastIndex } = image
  const all = image.entries(firstIndex, lastIndex + 1, Infinity)
  return { hardState, snapshot, before: image.term(firstIndex - 1), firstIndex, all }
}

/** What is there after these records. */
function after(records: readonly DiskRecord[]): unknown {
  const image = new Image()
  image.apply({ kind: 'write', hardState: null, entries: [], snapshot: start })
  for (const record of records) image.apply(record)
  return contentOf(image)
}

function termsSeen(disk: Disk): Term[] {
  const all = disk.entries(disk.firstIndex(), disk.lastIndex() + 1, Infinity)
  return typeof all === 'string' ? [] : termsOf(all)
}

describe('what is written', () => {
  test('is seen at once and not durable until it is synced', () => {
    const disk = diskWith()
    disk.write(write(entriesOf([1, 1], 2), { term: 1, vote: 3, commit: 2 }))

    expect(disk.lastIndex()).toBe(3)
    expect(disk.hardState()).toEqual({ term: 1, vote: 3, commit: 2 })
    expect(disk.durable.lastIndex).toBe(1)
    expect(disk.durable.hardState).toBeNull()

    disk.sync(disk.written)
    expect(disk.durable.lastIndex).toBe(3)
    expect(disk.durable.hardState).toEqual({ term: 1, vote: 3, commit: 2 })
  })

  test('before a sync began is made durable by it, and nothing later', () => {
    const disk = diskWith()
    disk.write(write([entry(2, 1)]))
    const { written } = disk
    disk.write(write([entry(3, 1)]))
    disk.sync(written)

    expect(disk.durable.lastIndex).toBe(2)
    expect(disk.seen.lastIndex).toBe(3)
  })

  test('is not made durable by a sync of what is durable already', () => {
    const disk = diskWith()
    disk.write(write([entry(2, 1)]))
    disk.sync(disk.written)
    disk.write(write([entry(3, 1)]))
    disk.sync(1)

    expect(disk.durable.lastIndex).toBe(2)
  })

  test('and overwritten before the sync is durable in the order in which it was written', () => {
    const disk = diskWith()
    disk.write(write(entriesOf([1, 1, 1], 2)))
    disk.write(write([entry(3, 2)]))
    disk.sync(disk.written)

    expect(termsOf(disk.durable.entries(2, 4, Infinity) as Entry[])).toEqual([1, 2])
    expect(disk.durable.last).toEqual({ index: 3, term: 2 })
  })

  test('is counted for ever, so that a sync from before a crash does nothing after it', () => {
    const disk = diskWith()
    disk.write(write([entry(2, 1)]))
    const { written } = disk
    disk.crash()
    disk.recover()
    const next = disk.lastIndex() + 1
    disk.write(write([entry(next, 2)]))
    disk.sync(written)

    expect(disk.written).toBe(2)
    expect(disk.durable.lastIndex).toBe(next - 1)
  })
})

describe('after a crash', () => {
  test('of what was not synced any beginning may be there, from nothing to all of it', () => {
    const left = new Set<number>()
    for (let key = 0; key < 100; key++) {
      const disk = diskWith({}, key)
      for (const index of [2, 3, 4]) disk.write(write([entry(index, 1)]))
      disk.crash()
      left.add(disk.lastIndex())
      expect(disk.durable.lastIndex).toBe(disk.lastIndex())
      expect(disk.recover()).toBe(disk.lastIndex() < 4 ? 'torn' : 'intact')
    }
    expect([...left].sort((a, b) => a - b)).toEqual([1, 2, 3, 4])
  })

  test('a tail is found torn once: it is cut off by whoever finds it', () => {
    const torn = Array.from({ length: 20 }, (_, key) => diskWith({}, key)).filter((disk) => {
      disk.write(write([entry(2, 1)]))
      disk.crash()
      return disk.lastIndex() === 1
    })
    expect(torn.length).toBeGreaterThan(0)
    for (const disk of torn) expect([disk.recover(), disk.recover()]).toEqual(['torn', 'intact'])
  })

  test('without a write since the sync, nothing is torn', () => {
    const disk = diskWith()
    disk.write(write([entry(2, 1)]))
    disk.sync(disk.written)
    disk.crash()

    expect(disk.recover()).toBe('intact')
    expect(disk.lastIndex()).toBe(2)
  })

  test('what the process sees and what is durable go separate ways again', () => {
    const disk = diskWith()
    disk.crash()
    disk.recover()
    disk.write(write([entry(2, 3)]))

    expect(disk.seen.lastIndex).toBe(2)
    expect(disk.durable.lastIndex).toBe(1)
  })

  test('a record that has turned bad is refused, however often one tries', () => {
    const disk = diskWith()
    disk.crash()
    disk.rot()
    expect([disk.recover(), disk.recover()]).toEqual(['refused', 'refused'])
  })
})

describe('a sync that fails', () => {
  /** A disk whose next sync fails, and whose others do not. */
  function failsOnce(key: number): Disk {
    const faults = faultsWith({ failedSync: always })
    const disk = new Disk(1, new Dice(key), faults)
    disk.format(start)
    disk.write(write([entry(2, 1)]))
    expect(() => {
      disk.sync(disk.written)
    }).toThrow(DiskError)
    expect(faults.counts.get('failedSync')).toBe(1)
    faults.stop()
    return disk
  }

  test('makes nothing durable, and leaves to the process what it sees', () => {
    const disk = failsOnce(1)
    expect(disk.durable.lastIndex).toBe(1)
    expect(disk.seen.lastIndex).toBe(2)
  })

  test('leaves a hole: of what comes behind it nothing is there after a crash, synced or not', () => {
    for (let key = 0; key < 20; key++) {
      const disk = failsOnce(key)
      disk.write(write([entry(3, 1)]))
      disk.sync(disk.written)
      disk.write(write([entry(4, 1)]))
      expect(disk.durable.lastIndex).toBe(1)
      disk.crash()

      expect(disk.recover()).toBe('torn')
      expect(disk.lastIndex()).toBe(1)
    }
  })

  test('does no harm beyond the next crash', () => {
    const disk = failsOnce(1)
    disk.crash()
    disk.recover()
    disk.write(write([entry(2, 2)]))
    disk.sync(disk.written)

    expect(disk.durable.last).toEqual({ index: 2, term: 2 })
  })
})

describe('reading', () => {
  test('fails as the operating system fails, for entries and not for what is kept in memory', () => {
    const disk = diskWith({ readError: always })
    expect(() => disk.entries(1, 2, Infinity)).toThrow(DiskError)
    expect(disk.term(1)).toBe(1)
    expect(disk.confState()).toEqual({ confState: start.confState, index: 1 })
  })

  test('gives what was written, as far as it was asked for', () => {
    const disk = diskWith()
    disk.write(write(entriesOf([1, 2, 3], 2)))

    expect(termsSeen(disk)).toEqual([1, 2, 3])
    expect(termsOf(disk.entries(3, 4, Infinity) as Entry[])).toEqual([2])
    expect(termsOf(disk.entries(2, 5, 0) as Entry[])).toEqual([1])
  })

  test('a snapshot may take its time while the node runs, but not when it starts', () => {
    const disk = new Disk(1, new Dice(1), faultsWith({ noSnapshot: always }))
    disk.format(start)
    expect(disk.snapshot()).toBe(start)
    disk.recover()
    expect(disk.snapshot()).toBe('temporarily-unavailable')
    disk.crash()
    expect(disk.snapshot()).toBe(start)
  })

  test('there is no snapshot on a disk that nobody has formatted', () => {
    const disk = new Disk(1, new Dice(1), faultsWith())
    expect(disk.snapshot()).toBe('temporarily-unavailable')
    expect(disk.confState().confState.voters).toEqual([])
    expect([disk.firstIndex(), disk.lastIndex(), disk.term(0)]).toEqual([1, 0, 0])
  })
})

/** What a node does to its disk; the numbers are made to fit the log that is there. */
const step = fc.oneof(
  fc.record({ do: fc.constant('append' as const), back: fc.nat(3), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant('vote' as const) }),
  fc.record({ do: fc.constant('snapshot' as const), back: fc.nat(2) }),
  fc.record({ do: fc.constant('install' as const), ahead: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant('sync' as const), back: fc.nat(3) }),
)

test('after any writes and syncs and a crash there is a beginning of what was written, with all that was synced', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), fc.integer(), (steps, key) => {
      const disk = diskWith({}, key)
      const records: DiskRecord[] = []
      let synced = 0
      const put = (record: DiskRecord): void => {
        records.push(record)
        disk.write(record)
      }
      for (const [i, what] of steps.entries()) {
        const term = 2 + i
        const { firstIndex, lastIndex } = disk.seen
        if (what.do === 'append') {
          const first = Math.max(firstIndex, lastIndex + 1 - what.back)
          put(
            write(
              entriesOf(
                Array.from({ length: what.count }, () => term),
                first,
              ),
            ),
          )
        } else if (what.do === 'vote') put(write([], { term, vote: 1, commit: 0 }))
        else if (what.do === 'install') {
          const snapshot: Snapshot = snapshotAt(lastIndex + what.ahead, term)
          put({ kind: 'write', hardState: { term, vote: null, commit: 0 }, entries: [], snapshot })
        } else if (what.do === 'snapshot') {
          const index = Math.max(firstIndex - 1, lastIndex - what.back)
          put({ kind: 'snapshot', snapshot: snapshotAt(index, disk.seen.term(index) as Term) })
          put({ kind: 'compact', index })
        } else {
          const upTo = Math.max(0, disk.written - what.back)
          disk.sync(upTo)
          synced = Math.max(synced, upTo)
        }
        expect(contentOf(disk.seen)).toEqual(after(records))
        expect(contentOf(disk.durable)).toEqual(after(records.slice(0, synced)))
      }
      disk.crash()

      const found = contentOf(disk.seen)
      const possible = Array.from({ length: records.length - synced + 1 }, (_, more) =>
        JSON.stringify(after(records.slice(0, synced + more))),
      )
      expect(possible).toContain(JSON.stringify(found))
      expect(contentOf(disk.durable)).toEqual(found)
      if (disk.recover() === 'intact') expect(found).toEqual(after(records))
    }),
    { numRuns: 200 },
  )
})
