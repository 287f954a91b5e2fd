import { OptionsError } from 'quorate'
import { WalStorage } from 'quorate/wal'
import { describe, expect, test } from 'vitest'
import { confState, snapshotAt } from '../../../support/entries.ts'
import { batchOf, contentsOf, entriesFrom, entryOf, openOn, walErrorOf } from '../../../support/wal.ts'
import { systemError, WalDisk } from '../../../support/wal-disk.ts'

function filled(disk: WalDisk): WalStorage {
  const storage = openOn(disk)
  storage.append(batchOf({ entries: entriesFrom(1, 5, 1), hardState: { term: 1, vote: 1, commit: 3 } }))
  return storage
}

describe('a write or a sync that fails', () => {
  test.each(['write', 'syncData'] as const)(
    'at %s ends the storage for good, and nothing is tried again',
    (op) => {
      const disk = new WalDisk()
      const storage = filled(disk)
      const before = contentsOf(storage)
      disk.fault = (call) => {
        if (call.op !== op) return undefined
        // Once only: as a sync of Linux, which succeeds the next time although the data are gone.
        disk.fault = () => undefined
        throw systemError('EIO')
      }
      const append = (): void => {
        storage.append(batchOf({ entries: [entryOf(6, 1)] }))
      }
      const error = walErrorOf(append)
      expect([error.code, (error.cause as NodeJS.ErrnoException).code]).toEqual(['ERR_WAL_FAILED', 'EIO'])
      const calls = JSON.stringify([...disk.counts])
      expect(walErrorOf(append)).toBe(error)
      expect(walErrorOf(() => storage.createSnapshot(3, confState({}), new Uint8Array()))).toBe(error)
      expect(JSON.stringify([...disk.counts])).toBe(calls)
      expect(contentsOf(storage)).toBe(before)
    },
  )

  test('leaves what can be read and is not on the disk, which is written again before anybody relies on it', () => {
    const disk = new WalDisk()
    const storage = filled(disk)
    disk.fault = (call) => {
      if (call.op === 'syncData') throw systemError('EIO')
      return undefined
    }
    expect(
      walErrorOf(() => {
        storage.append(batchOf({ entries: [entryOf(6, 1)] }))
      }).code,
    ).toBe('ERR_WAL_FAILED')
    const left = disk.afterFailedSync()
    const again = openOn(left)
    expect(again.lastIndex()).toBe(6)
    again.append(batchOf({ entries: [entryOf(7, 1)] }))
    expect(contentsOf(openOn(left.afterPowerCut()))).toBe(contentsOf(again))
  })

  test('a short write is gone on with until all is written', () => {
    const disk = new WalDisk()
    const storage = filled(disk)
    disk.fault = (call) => (call.op === 'write' ? Math.ceil(call.bytes.length / 2) : undefined)
    storage.append(batchOf({ entries: entriesFrom(6, 9, 2, 300) }))
    storage.append(batchOf({ entries: entriesFrom(10, 40, 2, 300) }))
    expect(contentsOf(openOn(disk.afterPowerCut()))).toBe(contentsOf(storage))
  })

  test('a disk that takes nothing and says nothing has failed', () => {
    const disk = new WalDisk()
    const storage = filled(disk)
    disk.fault = (call) => (call.op === 'write' ? 0 : undefined)
    expect(
      walErrorOf(() => {
        storage.append(batchOf({ entries: [entryOf(6, 1)] }))
      }).code,
    ).toBe('ERR_WAL_FAILED')
  })
})

describe('a full disk', () => {
  function full(disk: WalDisk): void {
    disk.fault = (call) => {
      if (call.op === 'open' && call.how === 'create') throw systemError('ENOSPC')
      return undefined
    }
  }

  /** Writes until there is no room, and answers how many entries there are then. */
  function fillUp(storage: WalStorage): number {
    for (let index = storage.lastIndex() + 1; ; index++) {
      try {
        storage.append(batchOf({ entries: [entryOf(index, 1, 500)] }))
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_WAL_FULL' })
        return index - 1
      }
    }
  }

  test('refuses entries and changes nothing, takes votes, and goes on when there is room', () => {
    const disk = new WalDisk()
    const storage = filled(disk)
    full(disk)
    const last = fillUp(storage)
    expect(storage.lastIndex()).toBe(last)
    for (let term = 2; term < 8; term++) storage.append(batchOf({ hardState: { term, vote: 2, commit: 3 } }))
    expect(
      walErrorOf(() => {
        storage.append(batchOf({ snapshot: { ...snapshotAt(99, 7), data: new Uint8Array(20_000) } }))
      }).code,
    ).toBe('ERR_WAL_FULL')
    expect(contentsOf(openOn(disk.afterPowerCut()))).toBe(contentsOf(storage))
    disk.fault = () => undefined
    storage.append(batchOf({ entries: entriesFrom(last + 1, last + 9, 7, 500) }))
    expect(contentsOf(openOn(disk.afterPowerCut()))).toBe(contentsOf(storage))
  })

  test('in the middle of a new file leaves nothing of it', () => {
    const disk = new WalDisk()
    const storage = filled(disk)
    const names = [...disk.files().keys()]
    let room = 3000
    disk.fault = (call) => {
      if (call.op !== 'write' || call.bytes.length < 4096) return undefined
      if (room <= 0) throw systemError('ENOSPC')
      room -= 1000
      return 1000
    }
    fillUp(storage)
    expect([...disk.files().keys()]).toEqual(names)
  })

  test('rejects what was asked for asynchronously, and goes on when there is room', async () => {
    const disk = new WalDisk()
    const storage = filled(disk)
    full(disk)
    const last = fillUp(storage)
    const results = await Promise.allSettled([
      storage.write(batchOf({ entries: [entryOf(last + 1, 1, 500)] })),
      storage.write(batchOf({ entries: [entryOf(last + 2, 1, 500)] })),
    ])
    expect(
      results.map((result) =>
        result.status === 'rejected' ? (result.reason as { code: string }).code : 'ok',
      ),
    ).toEqual(['ERR_WAL_FULL', 'ERR_WAL_FULL'])
    await storage.write(batchOf({ hardState: { term: 2, vote: 3, commit: 3 } }))
    disk.fault = () => undefined
    await storage.write(batchOf({ entries: [entryOf(last + 1, 2, 500)] }))
    expect(contentsOf(openOn(disk.afterPowerCut()))).toBe(contentsOf(storage))
  })
})

describe('opening', () => {
  test('of the log of another node or cluster is refused', () => {
    const disk = new WalDisk()
    filled(disk)
    for (const other of [{ node: 2 }, { cluster: 'other' }])
      expect(walErrorOf(() => openOn(disk.afterKill(), other)).code).toBe('ERR_WAL_FOREIGN')
  })

  test('twice, or closed and used, is refused', async () => {
    const disk = new WalDisk()
    const storage = filled(disk)
    expect(() => openOn(disk)).toThrow(/in use/)
    await storage.close()
    await storage.close()
    expect(
      walErrorOf(() => {
        storage.append(batchOf({}))
      }).code,
    ).toBe('ERR_WAL_CLOSED')
    expect(openOn(disk).lastIndex()).toBe(5)
  })

  test('again and again leaves no more files than once', async () => {
    const disk = new WalDisk()
    await filled(disk).close()
    const count = disk.files().size
    for (let i = 0; i < 10; i++) await openOn(disk).close()
    // The log of before, the last record in a file of its own, and the manifest.
    expect(disk.files().size).toBeLessThanOrEqual(count + 1)
  })

  test('that cannot read a file is refused, and so is a disk that fails', () => {
    for (const op of ['readFile', 'sync', 'rename', 'list'] as const) {
      const disk = new WalDisk()
      filled(disk)
      const left = disk.afterKill()
      left.fault = (call) => {
        if (call.op === op) throw systemError('EIO')
        return undefined
      }
      expect([op, walErrorOf(() => openOn(left)).code]).toEqual([
        op,
        op === 'readFile' ? 'ERR_WAL_CORRUPT' : 'ERR_WAL_FAILED',
      ])
    }
  })

  test('with a wrong option is refused', () => {
    const right = { directory: '/wal', cluster: 'test', node: 1, fileSystem: new WalDisk() }
    const wrong: object[] = [
      { directory: '' },
      { cluster: '' },
      { cluster: 'x'.repeat(201) },
      { node: 0 },
      { segmentSize: 100 },
      { tornTail: 'maybe' },
      { fileSystem: {} },
      { folder: '/wal' },
    ]
    for (const option of wrong)
      expect(() => WalStorage.openSync({ ...right, ...option })).toThrow(OptionsError)
  })
})
