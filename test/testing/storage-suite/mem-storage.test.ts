/** The storages of this repository keep the contract. */

import { MemStorage } from 'quorate'
import { storageSuite } from 'quorate/testing'
import { describe, test } from 'vitest'
import { functionsOf, JournalStorage } from './journal-storage.ts'

describe('MemStorage', () => {
  storageSuite({
    test,
    create: () => new MemStorage(),
    skip: { reopen: 'MemStorage holds nothing over a restart' },
  })
})

describe('a storage with a journal', () => {
  storageSuite({ test, ...functionsOf(() => new JournalStorage()) })
})
