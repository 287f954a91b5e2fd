/** The log on disk keeps the contract, through both of its faces. */

import type { WriteBatch } from 'quorate'
import { storageSuite } from 'quorate/testing'
import { WalStorage } from 'quorate/wal'
import { describe, test } from 'vitest'
import { PowerCut, WalDisk } from '../support/wal-disk.ts'

const disks = new WeakMap<WalStorage, WalDisk>()

function open(fileSystem: WalDisk): WalStorage {
  const storage = WalStorage.openSync({
    directory: '/wal',
    cluster: 'suite',
    node: 1,
    segmentSize: 16 * 1024,
    fileSystem,
  })
  disks.set(storage, fileSystem)
  return storage
}

function diskOf(storage: WalStorage): WalDisk {
  return disks.get(storage) as WalDisk
}

describe('WalStorage', () => {
  storageSuite({
    test,
    create: () => open(new WalDisk()),
    async reopen(storage) {
      await storage.close()
      return open(diskOf(storage))
    },
    crash: (storage) => open(diskOf(storage).afterPowerCut()),
    crashDuring(storage, batch, steps) {
      const disk = diskOf(storage)
      if (!isCutOff(storage, disk, batch, steps)) return null
      // By turns nothing, everything, and every second sector of what was not durable is left.
      const survivals = [() => false, () => true, () => (sector: number) => sector % 2 === steps % 2]
      return open(disk.afterPowerCut(survivals[steps % 3]))
    },
  })
})

function isCutOff(storage: WalStorage, disk: WalDisk, batch: WriteBatch, steps: number): boolean {
  disk.budget = steps
  try {
    storage.append(batch)
  } catch (error) {
    if ((error as Error).cause instanceof PowerCut) return true
    throw error
  }
  disk.budget = Infinity
  return false
}
