/** What the dashboard knows: what every node says, once a second, and what has changed between two times. */

import type { Seen } from '../commands/cluster.ts'
import { quantile } from '../server/meter.ts'
import type { NodeStatus } from '../server/status.ts'

/** What happened in the cluster within one second, or so. */
export interface Moment {
  readonly operationsPerSecond: number
  /** Milliseconds; `null` if there were no operations. */
  readonly p50: number | null
  readonly p99: number | null
  readonly elections: number
  readonly committedPerSecond: number
  /** The share of messages between nodes that could be sent; `null` without any. */
  readonly rpcSuccess: number | null
}

/** How many moments are kept. */
const kept = 60

interface Totals {
  readonly operations: number
  readonly buckets: readonly number[]
  readonly elections: number
  readonly sent: number
  readonly dropped: number
}

/** Moments, the newest last. */
export class Moments {
  readonly list: Moment[] = []
  #before: {
    readonly at: number
    readonly nodes: ReadonlyMap<number, Totals>
    readonly commit: number
  } | null = null

  /** Takes in what was seen at this time, in milliseconds. */
  add(seen: readonly Seen[], at: number): void {
    const statuses = seen.flatMap(({ status }) => (status === null ? [] : [status]))
    const nodes = new Map(statuses.map((status) => [status.id, totalsOf(status)]))
    const commit = Math.max(0, ...statuses.map((status) => status.commit))
    const before = this.#before
    this.#before = { at, nodes, commit: Math.max(commit, before?.commit ?? 0) }
    if (before === null || at <= before.at) return
    const seconds = (at - before.at) / 1000
    const changes = [...nodes].flatMap(([id, now]) => {
      const then = before.nodes.get(id)
      // A node that has started again counts from 0.
      return then === undefined || now.sent < then.sent ? [] : [difference(now, then)]
    })
    const sum = (of: (totals: Totals) => number): number => changes.reduce((total, one) => total + of(one), 0)
    const buckets = (changes[0]?.buckets ?? []).map((_, i) => sum((one) => one.buckets[i] ?? 0))
    const [sent, dropped] = [sum((one) => one.sent), sum((one) => one.dropped)]
    this.list.push({
      operationsPerSecond: sum((one) => one.operations) / seconds,
      p50: quantile(buckets, 0.5),
      p99: quantile(buckets, 0.99),
      elections: sum((one) => one.elections),
      committedPerSecond: Math.max(commit - before.commit, 0) / seconds,
      rpcSuccess: sent + dropped === 0 ? null : sent / (sent + dropped),
    })
    if (this.list.length > kept) this.list.shift()
  }
}

function totalsOf({ counts, peers }: NodeStatus): Totals {
  const kinds = Object.values(counts.operations)
  return {
    operations: kinds.reduce((sum, { ok, failed }) => sum + ok + failed, 0),
    buckets: (kinds[0]?.buckets ?? []).map((_, i) =>
      kinds.reduce((sum, { buckets }) => sum + (buckets[i] ?? 0), 0),
    ),
    elections: counts.elections,
    sent: peers.reduce((sum, { sentMessages }) => sum + sentMessages, 0),
    dropped: peers.reduce((sum, { droppedMessages }) => sum + droppedMessages, 0),
  }
}

function difference(now: Totals, then: Totals): Totals {
  return {
    operations: now.operations - then.operations,
    buckets: now.buckets.map((count, i) => count - (then.buckets[i] ?? 0)),
    elections: now.elections - then.elections,
    sent: now.sent - then.sent,
    dropped: Math.max(now.dropped - then.dropped, 0),
  }
}
