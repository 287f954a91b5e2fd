/** Each result as a line of a table, for people. */

import type { CodecResult } from './codec.bench.ts'
import type { CoreResult } from './core.bench.ts'
import type { TcpResult } from './tcp.bench.ts'
import type { WalResult } from './wal.bench.ts'

/** A table: its heading, and a line for a result. */
export interface Table<Result> {
  readonly header: string
  readonly row: (result: Result) => string
}

export const coreTable: Table<CoreResult> = {
  header: '  nodes  outstanding  coalesced      entries/s   spread   bytes/entry',
  row: ({ nodes, outstanding, coalesceAppends, entriesPerSecond, spreadPercent, bytesPerEntry }) =>
    [
      String(nodes).padStart(7),
      String(outstanding).padStart(13),
      (coalesceAppends ? 'yes' : 'no').padStart(11),
      entriesPerSecond.toLocaleString('en-US').padStart(15),
      `± ${spreadPercent} %`.padStart(9),
      bytesPerEntry.toLocaleString('en-US').padStart(14),
    ].join(''),
}

export const codecTable: Table<CodecResult> = {
  header: '  entries  operation  codec                  ns/message   spread  x quorate',
  row: ({ codec, operation, entries, payloadBytes, nsPerMessage, spreadPercent, timesQuorate }) =>
    [
      (entries === 0 ? 'none' : `${entries} x ${payloadBytes}`).padStart(9),
      `  ${operation}     `,
      codec.padEnd(20),
      nsPerMessage.toLocaleString('en-US').padStart(13),
      `± ${spreadPercent} %`.padStart(9),
      timesQuorate.toFixed(2).padStart(11),
    ].join(''),
}

export const tcpTable: Table<TcpResult> = {
  header: '  message            bytes  outstanding     messages/s      MB/s   spread   sender CPU',
  row: (result) =>
    [
      `  ${result.message}`.padEnd(18),
      String(result.messageBytes).padStart(8),
      String(result.outstanding).padStart(13),
      result.messagesPerSecond.toLocaleString('en-US').padStart(15),
      result.megabytesPerSecond.toLocaleString('en-US').padStart(10),
      `± ${result.spreadPercent} %`.padStart(9),
      `${result.cpuMicrosPerMessage} µs`.padStart(13),
    ].join(''),
}

export const walTable: Table<WalResult> = {
  header: 'a log on disk, beside a bare preallocated file that is written with the same calls, and lmdb',
  row: (result) => {
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
  },
}
