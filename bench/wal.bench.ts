/**
 * The log on disk: durable batches of 100 entries of 100 bytes, next to a bare file that was filled with zeros before and is written and
 * synced with the same calls, and next to lmdb, where it is installed. Each writes one
 * batch in turn, since a disk has its moods; the ratios are those of the medians of a hundred.
 */

import fs from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { EntryNormal, WriteBatch } from 'quorate'
import { WalStorage } from 'quorate/wal'
import { median, spread } from './statistics.ts'

/** One line of the result. */
export type WalResult = AppendResult | OpenResult

/** Batches, durable one after the other. */
export interface AppendResult {
  readonly bench: 'wal'
  readonly what: 'append'
  readonly calls: 'synchronous' | 'asynchronous'
  readonly entriesPerBatch: number
  readonly entryBytes: number
  /** Medians over the turns. */
  readonly batchesPerSecond: number
  readonly bareFileBatchesPerSecond: number
  /** `null` where lmdb is not installed. */
  readonly lmdbBatchesPerSecond: number | null
  /** Medians of the ratios of each turn. */
  readonly ofBareFile: number
  readonly timesLmdb: number | null
  /** Half the range of the first ratio, in percent of it. */
  readonly spreadPercent: number
}

/** Opening a log, until it can be read and written. */
export interface OpenResult {
  readonly bench: 'wal'
  readonly what: 'open'
  readonly entries: number
  readonly megabytes: number
  readonly milliseconds: number
  readonly spreadPercent: number
}

const entriesPerBatch = 100
const entryBytes = 100
const turns = 9
const batchesPerTurn = 100

/** Writes a batch that begins at an index, durably. */
type WriteOne = (first: number) => void | Promise<void>

interface Contender {
  readonly write: WriteOne
  close(): void | Promise<void>
}

/** Measures, and hands the results on one by one. */
export async function benchWal(report: (result: WalResult) => void): Promise<void> {
  const folder = fs.mkdtempSync(join(process.env['QUORATE_BENCH_DIR'] ?? tmpdir(), 'quorate-wal-'))
  try {
    report(await benchAppend(folder, 'synchronous'))
    report(await benchAppend(folder, 'asynchronous'))
    report(await benchOpen(join(folder, 'open')))
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

function batchAt(first: number): WriteBatch {
  const entries: EntryNormal[] = []
  for (let index = first; index < first + entriesPerBatch; index++)
    entries.push({ type: 'EntryNormal', term: 1, index, data: payload })
  return { hardState: { term: 1, vote: 1, commit: first - 1 }, entries, snapshot: null, mustSync: true }
}

const payload = Uint8Array.from({ length: entryBytes }, (_, at) => at + 1)

async function benchAppend(folder: string, calls: AppendResult['calls']): Promise<AppendResult> {
  const isSync = calls === 'synchronous'
  const wal = openWal(join(folder, `wal-${calls}`), isSync)
  const bare = openBare(join(folder, `bare-${calls}`), isSync)
  const lmdb = openLmdb(join(folder, `lmdb-${calls}`), isSync)
  const rates: { wal: number; bare: number; lmdb: number | null }[] = []
  for (let turn = -1; turn < turns; turn++) {
    const [ofWal = 0, ofBare = 0, ofLmdb] = await ratesOf(lmdb === null ? [wal, bare] : [wal, bare, lmdb])
    // The first one is to warm up.
    if (turn >= 0) rates.push({ wal: ofWal, bare: ofBare, lmdb: ofLmdb ?? null })
  }
  await wal.close()
  await bare.close()
  await lmdb?.close()
  const ratios = rates.map((rate) => rate.wal / rate.bare)
  return {
    bench: 'wal',
    what: 'append',
    calls,
    entriesPerBatch,
    entryBytes,
    batchesPerSecond: Math.round(median(rates.map((rate) => rate.wal))),
    bareFileBatchesPerSecond: Math.round(median(rates.map((rate) => rate.bare))),
    lmdbBatchesPerSecond: lmdb === null ? null : Math.round(median(rates.map((rate) => rate.lmdb ?? 0))),
    ofBareFile: rounded(median(ratios)),
    timesLmdb: lmdb === null ? null : rounded(median(rates.map((rate) => rate.wal / (rate.lmdb ?? 1)))),
    spreadPercent: Math.round(spread(ratios) * 100),
  }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

const nextIndex = new WeakMap<Contender, number>()

/** Batches per second, by the median of the times of one batch: each contender writes one in turn, so that all meet the same disk. */
async function ratesOf(contenders: readonly Contender[]): Promise<number[]> {
  const times = contenders.map((): number[] => [])
  for (let round = 0; round < batchesPerTurn; round++) {
    for (const [at, contender] of contenders.entries()) {
      const index = nextIndex.get(contender) ?? 1
      const start = performance.now()
      const written = contender.write(index)
      if (written !== undefined) await written
      times[at]?.push(performance.now() - start)
      nextIndex.set(contender, index + entriesPerBatch)
    }
  }
  return times.map((list) => 1000 / median(list))
}

function openWal(directory: string, isSync: boolean): Contender {
  const storage = WalStorage.openSync({ directory, cluster: 'bench', node: 1 })
  return {
    write: isSync
      ? (first) => {
          storage.append(batchAt(first))
        }
      : (first) => storage.write(batchAt(first)),
    close: () => storage.close(),
  }
}

/** What the disk can do: the same bytes, and nothing else. */
function openBare(path: string, isSync: boolean): Contender {
  const size = 64 * 2 ** 20
  const file = fs.openSync(path, 'w+')
  const zeros = new Uint8Array(2 ** 20)
  for (let at = 0; at < size; at += zeros.length) fs.writeSync(file, zeros, 0, zeros.length, at)
  fs.fsyncSync(file)
  const bytes = new Uint8Array(10_368).fill(1)
  let at = 0
  const next = (): number => {
    at = at + bytes.length > size - bytes.length ? 0 : at + bytes.length
    return at
  }
  return {
    write: isSync
      ? () => {
          fs.writeSync(file, bytes, 0, bytes.length, next())
          fs.fdatasyncSync(file)
        }
      : () => writeLater(file, bytes, next()),
    close: () => {
      fs.closeSync(file)
    },
  }
}

function writeLater(file: number, bytes: Uint8Array, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.write(file, bytes, 0, bytes.length, position, (unwritten) => {
      if (unwritten !== null) {
        reject(unwritten)
        return
      }
      fs.fdatasync(file, (unsynced) => {
        if (unsynced === null) resolve()
        else reject(unsynced)
      })
    })
  })
}

/** As much of lmdb as is used here. */
interface Lmdb {
  put(key: number, value: Uint8Array): unknown
  transactionSync(action: () => void): void
  transaction(action: () => void): Promise<void>
  close(): Promise<void>
}

/** With commits that are on the disk when they are done. */
function openLmdb(path: string, isSync: boolean): Contender | null {
  let open: (options: object) => Lmdb
  try {
    const require = createRequire(join(process.cwd(), 'package.json'))
    ;({ open } = require('lmdb') as { open: typeof open })
  } catch {
    return null
  }
  const db = open({ path, encoding: 'binary', keyEncoding: 'uint32', overlappingSync: false })
  const puts = (first: number) => (): void => {
    for (let index = first; index < first + entriesPerBatch; index++) db.put(index, payload)
  }
  return {
    write: isSync
      ? (first) => {
          db.transactionSync(puts(first))
        }
      : (first) => db.transaction(puts(first)),
    close: () => db.close(),
  }
}

async function benchOpen(directory: string): Promise<OpenResult> {
  const entries = 1_000_000
  const options = { directory, cluster: 'bench', node: 1 }
  const storage = WalStorage.openSync(options)
  // Not one sync for each batch: that is not what is measured here.
  for (let first = 1; first <= entries; first += entriesPerBatch)
    storage.append({ ...batchAt(first), mustSync: first % 10_000 === 1 })
  await storage.close()
  const times: number[] = []
  for (let i = 0; i < 5; i++) {
    const start = performance.now()
    const opened = WalStorage.openSync(options)
    times.push(performance.now() - start)
    if (opened.lastIndex() !== entries)
      throw new Error(`Expected ${entries} entries, got ${opened.lastIndex()}`)
    await opened.close()
  }
  return {
    bench: 'wal',
    what: 'open',
    entries,
    megabytes: Math.round(sizeOf(directory) / 1e6),
    milliseconds: Math.round(median(times)),
    spreadPercent: Math.round(spread(times) * 100),
  }
}

function sizeOf(directory: string): number {
  return fs.readdirSync(directory).reduce((sum, name) => sum + fs.statSync(join(directory, name)).size, 0)
}
