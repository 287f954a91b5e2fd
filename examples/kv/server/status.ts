/** One node at a glance, in JSON and for Prometheus. */

import type { Status } from 'quorate'
import type { TcpPeerStatus } from 'quorate/tcp'
import { bounds, type Counts, type Operation, type OperationCounts } from './meter.ts'
import type { Service } from './service.ts'

/** The answer to `GET /status`. */
export interface NodeStatus {
  readonly id: number
  /** Of the process. */
  readonly pid: number
  readonly role: Status['role']
  readonly leader: number | null
  readonly term: number
  readonly commit: number
  readonly applied: number
  readonly firstIndex: number
  readonly lastIndex: number
  readonly voters: readonly number[]
  readonly learners: readonly number[]
  /** On the leader, how far each member is. */
  readonly progress: Status['progress']
  readonly keys: number
  readonly bytes: number
  readonly uptimeSeconds: number
  readonly memoryBytes: number
  readonly peers: readonly TcpPeerStatus[]
  readonly counts: Counts
  /** With `?digest=1`: equal on nodes that have applied the same. */
  readonly digest?: string
}

export function statusOf(service: Service, withDigest: boolean): NodeStatus {
  const { node, machine, transport, meter, startedAt } = service
  const status = node.status()
  const { id, role, leader, term, commit, applied, firstIndex, lastIndex, confState, progress } = status
  return {
    id,
    pid: process.pid,
    role,
    leader,
    term,
    commit,
    applied,
    firstIndex,
    lastIndex,
    voters: [...new Set([...confState.voters, ...confState.votersOutgoing])].sort((a, b) => a - b),
    learners: confState.learners,
    progress,
    keys: machine.size,
    bytes: machine.bytes,
    uptimeSeconds: Math.round((performance.now() - startedAt) / 100) / 10,
    memoryBytes: process.memoryUsage.rss(),
    peers: transport.status(),
    counts: meter.counts,
    ...(withDigest ? { digest: machine.digest() } : {}),
  }
}

interface Sample {
  readonly labels?: string
  readonly value: number
  /** Put behind the name of the metric: `_bucket`, say. */
  readonly suffix?: string
}

/** The same in Prometheus' text format. */
export function metricsOf(service: Service): string {
  const status = statusOf(service, false)
  const { counts, peers } = status
  const perPeer = (value: (peer: TcpPeerStatus) => number): Sample[] =>
    peers.map((peer) => ({ labels: `peer="${peer.id}"`, value: value(peer) }))
  return [
    metric('up_seconds', 'gauge', 'Seconds since the node started', [{ value: status.uptimeSeconds }]),
    metric('term', 'gauge', 'The current term', [{ value: status.term }]),
    metric('is_leader', 'gauge', '1 on the leader', [{ value: status.role === 'leader' ? 1 : 0 }]),
    metric('has_leader', 'gauge', '1 if this node knows a leader', [
      { value: status.leader === null ? 0 : 1 },
    ]),
    metric('commit_index', 'gauge', 'Highest entry known to be committed', [{ value: status.commit }]),
    metric('applied_index', 'gauge', 'Highest entry that was applied', [{ value: status.applied }]),
    metric('log_entries', 'gauge', 'Entries in the log', [
      { value: status.lastIndex - status.firstIndex + 1 },
    ]),
    metric('voters', 'gauge', 'Members that vote', [{ value: status.voters.length }]),
    metric('learners', 'gauge', 'Members that do not vote', [{ value: status.learners.length }]),
    metric('keys', 'gauge', 'Keys in the store', [{ value: status.keys }]),
    metric('store_bytes', 'gauge', 'Bytes of keys and values', [{ value: status.bytes }]),
    metric('memory_bytes', 'gauge', 'Resident memory', [{ value: status.memoryBytes }]),
    metric('elections_total', 'counter', 'Elections this node stood for', [{ value: counts.elections }]),
    metric('leader_changes_total', 'counter', 'Leaders this node has seen', [
      { value: counts.leaderChanges },
    ]),
    metric('snapshots_taken_total', 'counter', 'Snapshots made', [{ value: counts.snapshotsTaken }]),
    metric('snapshots_installed_total', 'counter', 'Snapshots taken in', [
      { value: counts.snapshotsInstalled },
    ]),
    metric(
      'peer_connected',
      'gauge',
      '1 if there is a connection',
      perPeer(({ isConnected }) => (isConnected ? 1 : 0)),
    ),
    metric(
      'peer_messages_sent_total',
      'counter',
      'Messages sent',
      perPeer(({ sentMessages }) => sentMessages),
    ),
    metric(
      'peer_messages_received_total',
      'counter',
      'Messages received',
      perPeer(({ receivedMessages }) => receivedMessages),
    ),
    metric(
      'peer_messages_dropped_total',
      'counter',
      'Messages not sent',
      perPeer(({ droppedMessages }) => droppedMessages),
    ),
    metric(
      'peer_queue_bytes',
      'gauge',
      'Bytes that wait to be sent',
      perPeer(({ queuedBytes }) => queuedBytes),
    ),
    ...operationMetrics(counts.operations),
  ].join('')
}

function operationMetrics(operations: Counts['operations']): readonly string[] {
  const kinds = Object.keys(operations) as Operation[]
  const requests = kinds.flatMap((operation) => [
    { labels: `operation="${operation}",outcome="ok"`, value: operations[operation].ok },
    { labels: `operation="${operation}",outcome="failed"`, value: operations[operation].failed },
  ])
  const durations = kinds.flatMap((operation) => histogram(operation, operations[operation]))
  return [
    metric('requests_total', 'counter', 'Requests of clients', requests),
    metric('request_duration_seconds', 'histogram', 'Time to answer a client', durations),
  ]
}

function histogram(operation: Operation, { buckets, sum }: OperationCounts): Sample[] {
  const label = `operation="${operation}"`
  let below = 0
  const samples = buckets.map((count, at): Sample => {
    below += count
    const bound = bounds[at]
    const le = bound === undefined ? '+Inf' : `${bound / 1000}`
    return { suffix: '_bucket', labels: `${label},le="${le}"`, value: below }
  })
  samples.push({ suffix: '_sum', labels: label, value: sum / 1000 })
  samples.push({ suffix: '_count', labels: label, value: below })
  return samples
}

function metric(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(
    ({ labels, value, suffix = '' }) =>
      `quorate_kv_${name}${suffix}${labels === undefined ? '' : `{${labels}}`} ${value}\n`,
  )
  return `# HELP quorate_kv_${name} ${help}\n# TYPE quorate_kv_${name} ${type}\n${lines.join('')}`
}
