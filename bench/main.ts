/** `npm run bench -- [core|codec] [--json]`: measures, and prints a table or one JSON object per line. */

import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { benchCodec, type CodecResult } from './codec.bench.ts'
import { benchCore, type CoreResult } from './core.bench.ts'

const usage = 'Usage: npm run bench -- [core|codec] [--json]'

function main(): void {
  const options = {
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.help) return console.log(usage)
  const [name = 'core', ...rest] = positionals
  if ((name !== 'core' && name !== 'codec') || rest.length > 0)
    throw new Error(`There is no bench "${positionals.join(' ')}"`)
  // bytesPerEntry is what the heap grows by without a collection in between.
  if (name === 'core' && globalThis.gc === undefined)
    throw new Error('Run it through "npm run bench", which passes --expose-gc')
  if (!values.json) console.log(`${machine()}\n\n${name === 'core' ? header : codecHeader}`)
  if (name === 'codec')
    return benchCodec((result) => {
      console.log(values.json ? JSON.stringify(result) : codecRow(result))
    })
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

const codecHeader = '  entries  operation  codec                  ns/message   spread  x quorate'

function codecRow(result: CodecResult): string {
  const { codec, operation, entries, payloadBytes, nsPerMessage, spreadPercent, timesQuorate } = result
  return [
    (entries === 0 ? 'none' : `${entries} x ${payloadBytes}`).padStart(9),
    `  ${operation}     `,
    codec.padEnd(20),
    nsPerMessage.toLocaleString('en-US').padStart(13),
    `± ${spreadPercent} %`.padStart(9),
    timesQuorate.toFixed(2).padStart(11),
  ].join('')
}

try {
  main()
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  console.error(usage)
  process.exitCode = 2
}
