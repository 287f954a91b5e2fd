/** `npm run bench -- [core|tcp] [--json]`: measures, and prints a table or one JSON object per line. */

import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { benchCore, type CoreResult } from './core.bench.ts'
import { benchTcp, receiveTcp, type TcpResult } from './tcp.bench.ts'

const usage = 'Usage: npm run bench -- [core|tcp] [--json]'

async function main(): Promise<void> {
  const options = {
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.help) return console.log(usage)
  const [name = 'core', ...rest] = positionals
  // The other process of the bench `tcp`, which that starts itself.
  if (name === 'tcp-receiver') return receiveTcp(Number(rest[0]))
  if (name === 'tcp' && rest.length === 0) {
    if (!values.json) console.log(`${machine()}\n\n${tcpHeader}`)
    return benchTcp((result) => {
      console.log(values.json ? JSON.stringify(result) : tcpRow(result))
    })
  }
  if (name !== 'core' || rest.length > 0) throw new Error(`There is no bench "${positionals.join(' ')}"`)
  // bytesPerEntry is what the heap grows by without a collection in between.
  if (globalThis.gc === undefined) throw new Error('Run it through "npm run bench", which passes --expose-gc')
  if (!values.json) console.log(`${machine()}\n\n${header}`)
  benchCore((result) => {
    console.log(values.json ? JSON.stringify(result) : row(result))
  })
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

const tcpHeader = '  message            bytes  outstanding     messages/s      MB/s   spread   sender CPU'

function tcpRow(result: TcpResult): string {
  const { message, messageBytes, outstanding, messagesPerSecond, megabytesPerSecond } = result
  return [
    `  ${message}`.padEnd(18),
    String(messageBytes).padStart(8),
    String(outstanding).padStart(13),
    messagesPerSecond.toLocaleString('en-US').padStart(15),
    megabytesPerSecond.toLocaleString('en-US').padStart(10),
    `± ${result.spreadPercent} %`.padStart(9),
    `${result.cpuMicrosPerMessage} µs`.padStart(13),
  ].join('')
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  console.error(usage)
  process.exitCode = 2
}
