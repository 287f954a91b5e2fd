/** The core alone: committed entries per second and bytes allocated per entry, at several numbers of proposals under way. */

import { performance } from 'node:perf_hooks'
import { bytesPer } from './allocation.ts'
import { Cluster, type Load } from './cluster.ts'
import { median, spread } from './statistics.ts'

/** One line of the result. */
export interface CoreResult {
  readonly bench: 'core'
  readonly nodes: number
  readonly outstanding: number
  readonly payloadBytes: number
  readonly coalesceAppends: boolean
  /** Median over the runs. */
  readonly entriesPerSecond: number
  /** Half the range of the runs, in percent of the median. */
  readonly spreadPercent: number
  /** Allocated over all nodes, payload aside. */
  readonly bytesPerEntry: number
}

const warmUpEntries = 60_000
const secondsPerRun = 0.4
const runs = 5

/** Measures each load in turn and hands the results on one by one. */
export function benchCore(report: (result: CoreResult) => void): void {
  for (const coalesceAppends of [true, false]) {
    for (const outstanding of [1, 16, 64, 256, 1024])
      report(measure({ nodes: 3, outstanding, payloadBytes: 100, coalesceAppends, compactEvery: 10_000 }))
  }
}

function measure(load: Load): CoreResult {
  const cluster = new Cluster(load)
  cluster.run(warmUpEntries)
  const rates: number[] = []
  for (let i = 0; i < runs; i++) rates.push(rateOf(cluster))
  return {
    bench: 'core',
    nodes: load.nodes,
    outstanding: load.outstanding,
    payloadBytes: load.payloadBytes,
    coalesceAppends: load.coalesceAppends,
    entriesPerSecond: Math.round(median(rates)),
    spreadPercent: Math.round(spread(rates) * 100),
    bytesPerEntry: Math.round(
      bytesPer((entries) => {
        cluster.run(entries)
      }),
    ),
  }
}

function rateOf(cluster: Cluster): number {
  const chunk = 5_000
  const start = performance.now()
  let entries = 0
  let seconds = 0
  while (seconds < secondsPerRun) {
    cluster.run(chunk)
    entries += chunk
    seconds = (performance.now() - start) / 1000
  }
  return entries / seconds
}
