/** `npm run bench -- [core | wal] [--json]`: measures, and prints a table or one JSON object per line. */

import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { benchCore, type CoreResult } from './core.bench.ts'
import { benchWal, type WalResult } from './wal.bench.ts'

const usage = 'Usage: npm run bench -- [core | wal] [--json]'

async function main(): Promise<void> {
  const options = {
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.help) return console.log(usage)
  const [name = 'core', ...rest] = positionals
  if (!['core', 'wal'].includes(name) || rest.length > 0)
    throw new Error(`There is no bench "${positionals.join(' ')}"`)
  const print =
    <Result>(format: (result: Result) => string) =>
    (result: Result): void => {
      console.log(values.json ? JSON.stringify(result) : format(result))
    }
  if (!values.json) console.log(machine())
  if (name === 'wal') return benchWal(print(walRow))
  // bytesPerEntry is what the heap grows by without a collection in between.
  if (globalThis.gc === undefined) throw new Error('Run it through "npm run bench", which passes --expose-gc')
  if (!values.json) console.log(`\n${header}`)
  benchCore(print(row))
}

function machine(): string {
  const [first] = cpus()
  const memory = Math.round(totalmem() / 1024 ** 3)
  return `Node ${process.version}, ${cpus().length} x ${first?.model ?? 'unknown processor'}, ${memory} GiB`
}

const header = '  nodes  outstanding  coalesced      entries/s   spread   bytes/entry'

function row(result: CoreResult): string {
  const { nodes, outstanding, coalesceAppends, entriesPerSecond, spreadPercent, bytesPerEntry } = result
  return [
    String(nodes).padStart(7),
    String(outstanding).padStart(13),
    (coalesceAppends ? 'yes' : 'no').padStart(11),
    entriesPerSecond.toLocaleString('en-US').padStart(15),
    `± ${spreadPercent} %`.padStart(9),
    bytesPerEntry.toLocaleString('en-US').padStart(14),
  ].join('')
}

function walRow(result: WalResult): string {
  if (result.what === 'open')
    return `\nopening ${result.entries.toLocaleString('en-US')} entries (${result.megabytes} MB): ${result.milliseconds} ms ± ${result.spreadPercent} %`
  const { calls, batchesPerSecond, bareFileBatchesPerSecond, ofBareFile, spreadPercent } = result
  const { lmdbBatchesPerSecond, timesLmdb } = result
  return [
    `\n${calls} batches of ${result.entriesPerBatch} entries of ${result.entryBytes} bytes, durable`,
    `  this log   ${batchesPerSecond.toLocaleString('en-US').padStart(8)} batches/s`,
    `  bare file  ${bareFileBatchesPerSecond.toLocaleString('en-US').padStart(8)} batches/s: this log has ${Math.round(ofBareFile * 100)} % of it ± ${spreadPercent} %`,
    timesLmdb === null
      ? '  lmdb is not installed'
      : `  lmdb       ${(lmdbBatchesPerSecond ?? 0).toLocaleString('en-US').padStart(8)} batches/s: this log has ${timesLmdb} times that`,
  ].join('\n')
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  console.error(usage)
  process.exitCode = 2
}
