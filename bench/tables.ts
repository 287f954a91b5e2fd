/** Each result as a line of a table, for people. */

import type { CodecResult } from './codec.bench.ts'
import type { CoreResult } from './core.bench.ts'
import type { TcpResult } from './tcp.bench.ts'

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
