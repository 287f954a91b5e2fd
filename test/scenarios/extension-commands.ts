/** What our own scripts can do beyond the language of the recorded ones. */

import type { SnapshotOutcome } from 'quorate'

import { limit, type NodeOption } from '../conformance-scripts/add-nodes.ts'
import { type Args, CommandError, parseCount, parseFlag } from '../conformance-scripts/args.ts'
import type { Cluster } from '../conformance-scripts/cluster.ts'
import type { Command, Extensions } from '../conformance-scripts/interaction-commands.ts'

/**
 * | command | meaning |
 * |---|---|
 * | `read-index i ctx` | ask i for a linearizable read; its ReadState shows in a Ready |
 * | `restart i applied=N` | start i over from what it has written; its application has kept the state as of N |
 * | `report-snapshot i j status=finish\|failure` | tell i how sending its snapshot to j went |
 */
const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['read-index', readIndex],
  ['restart', restart],
  ['report-snapshot', reportSnapshot],
])

const nodeOptions: ReadonlyMap<string, NodeOption> = new Map<string, NodeOption>([
  ['max-size-per-msg', ({ options }, value) => (options.maxSizePerMsg = parseCount(value))],
  ['max-uncommitted-size', ({ options }, value) => (options.maxUncommittedSize = limit(value))],
  ['max-inflight-bytes', ({ options }, value) => (options.maxInflightBytes = limit(value))],
  ['priority', ({ options }, value) => (options.priority = parseCount(value))],
  ['coalesce', ({ options }, value) => (options.coalesceAppends = parseFlag(value))],
  ['requests-after-persist', (plan, value) => (plan.requestsEarly = !parseFlag(value))],
])

/** All of it. */
export const extensions: Extensions = { commands, nodeOptions }

function readIndex(cluster: Cluster, args: Args): void {
  const context = new TextEncoder().encode(args.word(1, 'a context'))
  const { dropped } = cluster.node(args.id()).raw.readIndex(context)
  if (dropped !== undefined) throw new CommandError(`read dropped: ${dropped}`)
}

function restart(cluster: Cluster, args: Args): void {
  args.allow('applied')
  const id = args.id()
  const applied = args.option('applied')
  cluster.node(id).restart(applied === undefined ? undefined : parseCount(applied))
  cluster.forgetLocal(id)
}

function reportSnapshot(cluster: Cluster, args: Args): void {
  args.allow('status')
  cluster.node(args.id()).raw.reportSnapshot(args.id(1), parseStatus(args.option('status')))
}

function parseStatus(status: string | undefined): SnapshotOutcome {
  if (status === 'finish' || status === 'failure') return status
  throw new CommandError('expected status=finish or status=failure')
}
