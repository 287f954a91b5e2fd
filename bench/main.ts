/** `npm run bench -- [NAME] [--json]`: measures, and prints a table or one JSON object per line. */

import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { benchCodec } from './codec.bench.ts'
import { benchCore } from './core.bench.ts'
import { codecTable, coreTable, type Table, tcpTable, walTable } from './tables.ts'
import { benchTcp, receiveTcp } from './tcp.bench.ts'
import { benchWal } from './wal.bench.ts'

/** Measures, and hands each result to `tell`. */
type Bench<Result> = (tell: (result: Result) => void) => void | Promise<void>

const benches: Readonly<Record<string, (json: boolean) => void | Promise<void>>> = {
  core: (json) => measure(benchCore, coreTable, json),
  codec: (json) => measure(benchCodec, codecTable, json),
  tcp: (json) => measure(benchTcp, tcpTable, json),
  wal: (json) => measure(benchWal, walTable, json),
}

const usage = `Usage: npm run bench -- [${Object.keys(benches).join('|')}] [--json]`

async function main(): Promise<void> {
  const options = {
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.help) {
    console.log(usage)
    return
  }
  const [name = 'core', ...rest] = positionals
  // The other process of the bench `tcp`, which that starts itself.
  if (name === 'tcp-receiver') return receiveTcp(Number(rest[0]))
  const bench = Object.hasOwn(benches, name) && rest.length === 0 ? benches[name] : undefined
  if (bench === undefined) throw new Error(`There is no bench "${positionals.join(' ')}"`)
  // What is allocated is what the heap grows by without a collection in between.
  if (name === 'core' && globalThis.gc === undefined)
    throw new Error('Run it through "npm run bench", which passes --expose-gc')
  await bench(values.json)
}

function measure<Result>(
  bench: Bench<Result>,
  { header, row }: Table<Result>,
  json: boolean,
): void | Promise<void> {
  if (!json) console.log(`${machine()}\n\n${header}`)
  return bench((result) => {
    console.log(json ? JSON.stringify(result) : row(result))
  })
}

function machine(): string {
  const [first] = cpus()
  const memory = Math.round(totalmem() / 1024 ** 3)
  return `Node ${process.version}, ${cpus().length} x ${first?.model ?? 'unknown processor'}, ${memory} GiB`
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  console.error(usage)
  process.exitCode = 2
}
