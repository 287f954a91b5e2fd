/** A closed loop: so many connections, each of which sends the next request when the last is answered. */

import { type Address, formatAddress } from '../arguments.ts'
import { NodeClient } from '../client/client.ts'

/** What to do. */
export interface LoadOptions {
  readonly nodes: readonly Address[]
  readonly connections: number
  readonly seconds: number
  readonly valueBytes: number
  /** So many different keys are written. */
  readonly keys: number
  readonly stop: AbortSignal
}

/** What came out. Times are milliseconds. */
export interface LoadReport {
  readonly connections: number
  readonly seconds: number
  readonly puts: number
  readonly failed: number
  readonly putsPerSecond: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Puts values for a while. The first tenth of the time is not counted: connections are made then, and code gets warm. */
export async function runLoad(options: LoadOptions): Promise<LoadReport> {
  const { nodes, connections, seconds, valueBytes, keys, stop } = options
  const begin = performance.now() + seconds * 100
  const end = begin + seconds * 1000
  const value = new Uint8Array(valueBytes).fill(0x78)
  const latencies: number[] = []
  let failed = 0
  const clients = nodes.map((node) => new NodeClient(node, connections))
  const loop = async (connection: number): Promise<void> => {
    const client = clients[connection % clients.length] as NodeClient
    for (let i = connection; !stop.aborted; i += connections) {
      const sent = performance.now()
      if (sent >= end) return
      const path = `/kv/bench-${i % keys}`
      const isDone = await client.ask({ method: 'PUT', path, body: value }, 10_000).then(
        ({ status }) => status < 300,
        () => false,
      )
      const now = performance.now()
      if (!isDone) await new Promise((resolve) => setTimeout(resolve, 20))
      if (sent < begin || now > end) continue
      if (isDone) latencies.push(now - sent)
      else failed++
    }
  }
  await Promise.all(Array.from({ length: connections }, (_, connection) => loop(connection)))
  for (const client of clients) client.close()
  return reportOf(latencies, failed, connections, Math.min(performance.now() - begin, seconds * 1000) / 1000)
}

function reportOf(latencies: number[], failed: number, connections: number, seconds: number): LoadReport {
  latencies.sort((a, b) => a - b)
  const at = (share: number): number =>
    round(latencies[Math.min(Math.floor(latencies.length * share), latencies.length - 1)] ?? 0)
  return {
    connections,
    seconds: round(seconds),
    puts: latencies.length,
    failed,
    putsPerSecond: seconds > 0 ? Math.round(latencies.length / seconds) : 0,
    p50: at(0.5),
    p99: at(0.99),
    max: at(1),
  }
}

const round = (value: number): number => Math.round(value * 100) / 100

/** For people. */
export function formatReport(report: LoadReport, nodes: readonly Address[]): readonly string[] {
  const { connections, seconds, puts, failed, putsPerSecond, p50, p99, max } = report
  return [
    `${connections} connections to ${nodes.map(formatAddress).join(', ')} for ${seconds} s`,
    `${puts} puts, ${putsPerSecond} per second, ${failed} failed`,
    `latency: half within ${p50} ms, 99 % within ${p99} ms, the slowest ${max} ms`,
  ]
}
