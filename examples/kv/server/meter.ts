/** Counts of what this node did, since it started. Whoever wants rates takes them twice. */

import type { KvNode } from './kv-node.ts'

/** Kinds of requests that are timed. */
export type Operation = 'get' | 'put' | 'delete'

/** Upper bounds of the buckets of latencies, in milliseconds, each 1.25 times the one before: from 0.1 to some 10,000. */
export const bounds: readonly number[] = Array.from({ length: 53 }, (_, i) =>
  Number((0.1 * 1.25 ** i).toPrecision(3)),
)

/** Counts of one kind of request. */
export interface OperationCounts {
  /** Answered with a success, a 404 or a 412. */
  ok: number
  /** Answered with anything else. */
  failed: number
  /** Milliseconds, all together. */
  sum: number
  /** How many took up to the bound of the same place; the last is for those beyond. */
  readonly buckets: number[]
}

/** All that a node counts. */
export interface Counts {
  readonly operations: Readonly<Record<Operation, OperationCounts>>
  elections: number
  leaderChanges: number
  snapshotsTaken: number
  snapshotsInstalled: number
}

const fresh = (): OperationCounts => ({
  ok: 0,
  failed: 0,
  sum: 0,
  buckets: Array.from({ length: bounds.length + 1 }, () => 0),
})

/** Keeps the counts. */
export class Meter {
  readonly counts: Counts = {
    operations: { get: fresh(), put: fresh(), delete: fresh() },
    elections: 0,
    leaderChanges: 0,
    snapshotsTaken: 0,
    snapshotsInstalled: 0,
  }

  /** Listens to what the node tells. */
  watch(node: KvNode): void {
    node.on('electionStarted', ({ preVote }) => {
      if (!preVote) this.counts.elections++
    })
    node.on('leaderElected', () => this.counts.leaderChanges++)
    node.on('snapshotTaken', () => this.counts.snapshotsTaken++)
    node.on('snapshotInstalled', () => this.counts.snapshotsInstalled++)
  }

  /** A request is answered. */
  done(operation: Operation, status: number, ms: number): void {
    const counts = this.counts.operations[operation]
    if (status < 400 || status === 404 || status === 412) counts.ok++
    else counts.failed++
    counts.sum += ms
    const at = ms <= 0.1 ? 0 : Math.ceil(Math.log(ms / 0.1) / Math.log(1.25) - 1e-9)
    const bucket = Math.min(at, bounds.length)
    counts.buckets[bucket] = (counts.buckets[bucket] ?? 0) + 1
  }
}

/** The latency that a share of all was not above, from buckets; `null` without any. */
export function quantile(buckets: readonly number[], share: number): number | null {
  const total = buckets.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  let left = Math.ceil(total * share)
  for (const [at, count] of buckets.entries()) {
    left -= count
    if (left <= 0) return bounds[at] ?? (bounds.at(-1) as number)
  }
  return bounds.at(-1) as number
}
