/**
 * The transport alone, on loopback, from one process to another: messages are encoded beforehand and not decoded, so that what
 * is measured is frames, checksums, writes and reads. The receiver says once per turn of its event loop how many have come.
 */

import { type ChildProcess, fork } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import type { PeerMessage, TransportHandler } from 'quorate'
import { type MessageCodec, TcpTransport } from 'quorate/tcp'
import { median, spread } from './statistics.ts'

/** One line of the result. */
export interface TcpResult {
  readonly bench: 'tcp'
  readonly message: string
  /** Bytes of a message, encoded. */
  readonly messageBytes: number
  /** Messages that are sent before one has been acknowledged. */
  readonly outstanding: number
  /** Medians over the runs. */
  readonly messagesPerSecond: number
  readonly megabytesPerSecond: number
  /** Of the sender. */
  readonly cpuMicrosPerMessage: number
  /** Half the range of the runs, in percent of the median. */
  readonly spreadPercent: number
}

interface Load {
  readonly message: 'heartbeat' | 'append 64 x 100'
  readonly outstanding: number
}

const loads: readonly Load[] = [
  { message: 'heartbeat', outstanding: 1 },
  { message: 'heartbeat', outstanding: 64 },
  { message: 'heartbeat', outstanding: 1024 },
  { message: 'append 64 x 100', outstanding: 1 },
  { message: 'append 64 x 100', outstanding: 16 },
  { message: 'append 64 x 100', outstanding: 256 },
]
/** As in the protobuf encoding: a few numbers, and for each entry its data, index and term. */
const bytesOf = { heartbeat: 14, 'append 64 x 100': 20 + 64 * 110 }
const secondsPerRun = 0.5
const runs = 5

const beat: PeerMessage = { type: 'MsgHeartbeat', from: 1, to: 2, term: 1, commit: 0, context: null }
const append: PeerMessage = {
  type: 'MsgApp',
  from: 1,
  to: 2,
  term: 1,
  session: null,
  prevLogIndex: 0,
  prevLogTerm: 0,
  entries: [],
  commit: 0,
}
const encoded = {
  heartbeat: new Uint8Array(bytesOf.heartbeat),
  append: new Uint8Array(bytesOf['append 64 x 100']),
}

/** Acknowledgements are real: they say a number. */
const codec: MessageCodec = {
  encode(message) {
    if (message.type === 'MsgApp') return encoded.append
    if (message.to === 2) return encoded.heartbeat
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleLE(message.type === 'MsgHeartbeat' ? message.term : 0)
    return bytes
  },
  decode(bytes) {
    if (bytes.length !== 8) return bytes.length === bytesOf.heartbeat ? beat : append
    const term = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true)
    return { type: 'MsgHeartbeat', from: 2, to: 1, term, commit: 0, context: null }
  },
}

/** Measures each load in turn and hands the results on one by one. */
export async function benchTcp(report: (result: TcpResult) => void): Promise<void> {
  let acknowledged: (count: number) => void = () => {}
  const sender = new TcpTransport({ cluster: 'bench', listen: { port: 0 }, peers: new Map(), codec })
  await sender.start(1, {
    ...silent,
    receive: (message) => acknowledged('term' in message ? message.term : 0),
  })
  const child = fork(fileURLToPath(import.meta.url), ['tcp-receiver', String(sender.address?.port)])
  try {
    const port = await portOf(child)
    sender.setPeer(2, { host: '127.0.0.1', port })
    let total = 0
    for (const load of loads) {
      const run = (): Promise<Run> =>
        measure(sender, load, total, (next) => {
          acknowledged = next
        })
      const results: Run[] = []
      for (let i = 0; i <= runs; i++) {
        const result = await run()
        total += result.count
        // The first one warms up.
        if (i > 0) results.push(result)
      }
      report(summary(load, results))
    }
  } finally {
    child.kill()
    await sender.stop()
  }
}

/** The other process. */
export async function receiveTcp(port: number): Promise<void> {
  let count = 0
  let isDue = false
  const peers = new Map([[1, { host: '127.0.0.1', port }]])
  const receiver = new TcpTransport({ cluster: 'bench', listen: { port: 0 }, peers, codec })
  const acknowledge = (): void => {
    isDue = false
    receiver.send([{ type: 'MsgHeartbeat', from: 2, to: 1, term: count, commit: 0, context: null }])
  }
  await receiver.start(2, {
    ...silent,
    receive: () => {
      count++
      if (isDue) return
      isDue = true
      setImmediate(acknowledge)
    },
  })
  process.on('disconnect', () => process.exit())
  process.send?.(receiver.address?.port)
}

const silent: TransportHandler = {
  receive: () => {},
  unreachable: (peer) => {
    throw new Error(`node ${peer} cannot be reached`)
  },
  snapshotSent: () => {},
}

interface Run {
  readonly count: number
  readonly seconds: number
  readonly cpuMicros: number
}

/** Keeps so many under way for a while, and ends when all have been acknowledged. */
function measure(
  sender: TcpTransport,
  { message, outstanding }: Load,
  before: number,
  onAcknowledged: (call: (count: number) => void) => void,
): Promise<Run> {
  return new Promise((resolve) => {
    const one = message === 'heartbeat' ? beat : append
    const start = performance.now()
    const cpu = process.cpuUsage()
    let sent = 0
    const send = (count: number): void => {
      sent += count
      sender.send(Array.from({ length: count }, () => one))
    }
    onAcknowledged((count) => {
      const open = sent - (count - before)
      const seconds = (performance.now() - start) / 1000
      if (seconds < secondsPerRun) send(outstanding - open)
      else if (open === 0) {
        const { user, system } = process.cpuUsage(cpu)
        resolve({ count: sent, seconds, cpuMicros: user + system })
      }
    })
    send(outstanding)
  })
}

function summary({ message, outstanding }: Load, results: readonly Run[]): TcpResult {
  const rates = results.map(({ count, seconds }) => count / seconds)
  const rate = median(rates)
  const cpu = median(results.map(({ count, cpuMicros }) => cpuMicros / count))
  return {
    bench: 'tcp',
    message,
    messageBytes: bytesOf[message],
    outstanding,
    messagesPerSecond: Math.round(rate),
    megabytesPerSecond: Math.round((rate * bytesOf[message]) / 1e5) / 10,
    cpuMicrosPerMessage: Math.round(cpu * 100) / 100,
    spreadPercent: Math.round(spread(rates) * 100),
  }
}

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('message', (port) => resolve(Number(port)))
    child.once('exit', (code) => reject(new Error(`The receiver ended with ${code}`)))
  })
}
