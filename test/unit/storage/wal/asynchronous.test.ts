import { MemStorage, UsageError } from 'quorate'
import type { WalStorage } from 'quorate/wal'
import { describe, expect, test } from 'vitest'
import { confState, snapshotAt } from '../../../support/entries.ts'
import { batchOf, contentsOf, entriesFrom, entryOf, openOn } from '../../../support/wal.ts'
import { systemError, WalDisk } from '../../../support/wal-disk.ts'

/** How many syncs of data the disk has seen. */
function syncsOf(disk: WalDisk): number {
  return disk.counts.get('syncData') ?? 0
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return (error as { code?: unknown }).code
  }
  return 'resolved'
}

function reopened(disk: WalDisk): WalStorage {
  return openOn(disk.afterPowerCut())
}

describe('asynchronous writes', () => {
  test('show when they are durable, and not before', async () => {
    const disk = new WalDisk()
    const storage = openOn(disk)
    const written = storage.write(batchOf({ entries: entriesFrom(1, 3, 1) }))
    expect(storage.lastIndex()).toBe(0)
    expect(reopened(disk).lastIndex()).toBe(0)
    await written
    expect(storage.lastIndex()).toBe(3)
    expect(contentsOf(reopened(disk))).toBe(contentsOf(storage))
  })

  test('that are asked for while one is under way share the next sync', async () => {
    const disk = new WalDisk()
    const storage = openOn(disk)
    const before = syncsOf(disk)
    const order: number[] = []
    const first = storage.write(batchOf({ entries: [entryOf(1, 1)] })).then(() => order.push(1))
    // Until it is under way.
    while (syncsOf(disk) === before) await new Promise(setImmediate)
    const others = [2, 3, 4, 5, 6].map((index) =>
      storage.write(batchOf({ entries: [entryOf(index, 1)] })).then(() => order.push(index)),
    )
    await Promise.all([first, ...others])
    expect(order).toEqual([1, 2, 3, 4, 5, 6])
    expect(syncsOf(disk) - before).toBe(2)
    expect(contentsOf(reopened(disk))).toBe(contentsOf(storage))
  })

  test('may replace what others, that are not durable yet, will have written', async () => {
    const disk = new WalDisk()
    const storage = openOn(disk)
    await Promise.all([
      storage.write(batchOf({ entries: entriesFrom(1, 5, 1) })),
      storage.write(batchOf({ entries: entriesFrom(3, 4, 2) })),
      storage.write(batchOf({ entries: entriesFrom(5, 6, 3), hardState: { term: 3, vote: 2, commit: 2 } })),
    ])
    const terms = [1, 2, 3, 4, 5, 6].map((index) => storage.term(index))
    expect(terms).toEqual([1, 1, 2, 2, 3, 3])
    expect(contentsOf(reopened(disk))).toBe(contentsOf(storage))
  })

  test('that do not fit to what was asked for are refused, and the others are made', async () => {
    const storage = openOn(new WalDisk())
    const first = storage.write(batchOf({ entries: entriesFrom(1, 5, 4) }))
    const gap = codeOf(storage.write(batchOf({ entries: [entryOf(7, 4)] })))
    const fallen = codeOf(storage.write(batchOf({ entries: [entryOf(6, 3)] })))
    const next = storage.write(batchOf({ entries: [entryOf(6, 4)] }))
    await Promise.all([first, next])
    expect([await gap, await fallen]).toEqual(['ERR_INVALID_ARGUMENT', 'ERR_INVALID_ARGUMENT'])
    expect(storage.lastIndex()).toBe(6)
  })

  test('that need not be durable are shown at once, or when what comes before them is durable', async () => {
    const disk = new WalDisk()
    const storage = openOn(disk)
    const before = syncsOf(disk)
    const lazy = { hardState: { term: 2, vote: null, commit: 0 }, mustSync: false }
    await storage.write(batchOf(lazy))
    expect([storage.hardState()?.term, syncsOf(disk) - before]).toEqual([2, 0])
    const order: string[] = []
    await Promise.all([
      storage.write(batchOf({ entries: [entryOf(1, 2)] })).then(() => order.push('durable')),
      storage
        .write(batchOf({ hardState: { term: 2, vote: null, commit: 1 }, mustSync: false }))
        .then(() => order.push('lazy')),
    ])
    expect(order).toEqual(['durable', 'lazy'])
    expect(storage.hardState()?.commit).toBe(1)
  })

  test('a snapshot, a membership and a compaction among them keep their order', async () => {
    const disk = new WalDisk()
    const storage = openOn(disk)
    await storage.write(batchOf({ entries: entriesFrom(1, 9, 1) }))
    const large = new Uint8Array(40_000).fill(7)
    const own = storage.writeSnapshot(5, confState({ voters: [1, 2] }), large)
    const membership = storage.writeConfState(confState({ voters: [1, 3] }), 8)
    const after = storage.write(batchOf({ entries: entriesFrom(10, 11, 2) }))
    expect(storage.snapshot()).toBe('temporarily-unavailable')
    expect(await own).toBe(storage.snapshot())
    storage.compact(5)
    expect(storage.firstIndex()).toBe(6)
    await Promise.all([membership, after])
    await storage.write(batchOf({ snapshot: snapshotAt(20, 3), entries: [entryOf(21, 3)] }))
    expect([storage.firstIndex(), storage.lastIndex()]).toEqual([21, 21])
    await storage.close()
    expect(contentsOf(openOn(disk.afterPowerCut()))).toBe(contentsOf(storage))
    expect([...disk.files().keys()].filter((name) => name.endsWith('.snap'))).toEqual([])
  })

  test('a synchronous call among them is a mistake, and changes nothing', async () => {
    const storage = openOn(new WalDisk())
    const written = storage.write(batchOf({ entries: [entryOf(1, 1)] }))
    const busy = expect.objectContaining({ code: 'ERR_WAL_BUSY' }) as Error
    const batch = batchOf({ entries: [entryOf(1, 1), entryOf(2, 1)] })
    expect(() => {
      storage.append(batch)
    }).toThrow(busy)
    expect(() => storage.createSnapshot(1, confState({}), new Uint8Array())).toThrow(UsageError)
    expect(() => {
      storage.saveConfState(confState({}), 0)
    }).toThrow(UsageError)
    await written
    expect(storage.lastIndex()).toBe(1)
    storage.append(batch)
    expect(storage.lastIndex()).toBe(2)
  })

  test('all of them fail with the first one, and whatever is asked for afterwards', async () => {
    const disk = new WalDisk()
    const storage = openOn(disk)
    await storage.write(batchOf({ entries: [entryOf(1, 1)] }))
    disk.fault = (call) => {
      if (call.op !== 'syncData') return undefined
      disk.fault = () => undefined
      throw systemError('EIO')
    }
    const codes = [2, 3].map((index) => codeOf(storage.write(batchOf({ entries: [entryOf(index, 1)] }))))
    await Promise.resolve()
    const late = codeOf(storage.write(batchOf({ entries: [entryOf(4, 1)] })))
    expect(await Promise.all([...codes, late])).toEqual([
      'ERR_WAL_FAILED',
      'ERR_WAL_FAILED',
      'ERR_WAL_FAILED',
    ])
    const syncs = syncsOf(disk)
    expect(await codeOf(storage.write(batchOf({})))).toBe('ERR_WAL_FAILED')
    expect(syncsOf(disk)).toBe(syncs)
    expect(storage.lastIndex()).toBe(1)
    await storage.close()
  })

  test('closing waits for them', async () => {
    const disk = new WalDisk()
    const storage = openOn(disk)
    const order: string[] = []
    const written = storage.write(batchOf({ entries: [entryOf(1, 1)] })).then(() => order.push('written'))
    await storage.close().then(() => order.push('closed'))
    await written
    expect(order).toEqual(['written', 'closed'])
    expect(await codeOf(storage.write(batchOf({})))).toBe('ERR_WAL_CLOSED')
    expect(reopened(disk).lastIndex()).toBe(1)
  })

  test('many of them, through many segments, come to what a storage in memory holds', async () => {
    const disk = new WalDisk()
    const storage = openOn(disk)
    const memory = new MemStorage()
    const written: Promise<void>[] = []
    for (let index = 1; index <= 400; index++) {
      const batch = batchOf({
        entries: [entryOf(index, 1 + Math.floor(index / 50), 300)],
        mustSync: index % 3 > 0,
      })
      memory.append(batch)
      written.push(storage.write(batch))
      if (index % 7 === 0) await Promise.all(written)
    }
    await Promise.all(written)
    expect(contentsOf(storage)).toBe(contentsOf(memory))
    await storage.close()
    expect(contentsOf(openOn(disk.afterPowerCut()))).toBe(contentsOf(memory))
    expect([...disk.files().keys()].filter((name) => name.endsWith('.wal')).length).toBeGreaterThan(10)
  })
})
