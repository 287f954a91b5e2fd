/** What the tests of the log on disk have in common. */

import type { AsyncStorage, Entry, Storage, WriteBatch } from 'quorate'
import { WalError, type WalOptions, WalStorage } from 'quorate/wal'
import type { WalDisk } from './wal-disk.ts'

const directory = '/wal'

/** Opens the log on a disk in memory. */
export function openOn(disk: WalDisk, options: Partial<WalOptions> = {}): WalStorage {
  return WalStorage.openSync({
    directory,
    cluster: 'test',
    node: 1,
    segmentSize: 8192,
    fileSystem: disk,
    ...options,
  })
}

/** A batch with these parts, to be durable. */
export function batchOf(parts: Partial<WriteBatch>): WriteBatch {
  return { hardState: null, entries: [], snapshot: null, mustSync: true, ...parts }
}

/** An entry with so many bytes, which say where it stands. */
export function entryOf(index: number, term: number, size = 20): Entry {
  const data = new Uint8Array(size)
  for (let at = 0; at < size; at++) data[at] = (index * 31 + term * 7 + at) & 0xff
  return { type: 'EntryNormal', term, index, data }
}

/** Entries from `first` to `last`. */
export function entriesFrom(first: number, last: number, term: number, size = 20): Entry[] {
  return Array.from({ length: last - first + 1 }, (_, at) => entryOf(first + at, term, size))
}

/** All that a storage answers, as one text. */
export function contentsOf(storage: Storage | AsyncStorage): string {
  const [first, last] = [storage.firstIndex(), storage.lastIndex()]
  const contents = {
    first,
    last,
    before: storage.term(first - 1),
    hardState: storage.hardState(),
    confState: storage.confState(),
    snapshot: storage.snapshot(),
    entries: last < first ? [] : storage.entries(first, last + 1, Infinity),
  }
  return JSON.stringify(contents, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  )
}

/** The error that this throws; it must be one of the log's. */
export function walErrorOf(call: () => unknown): WalError {
  try {
    call()
  } catch (error) {
    if (error instanceof WalError) return error
    throw error
  }
  throw new Error('expected a WalError, and nothing was thrown')
}
