/** The options of a running node: what each means, its unit, range and default. Checked once, at the start. */

import { OptionsError } from '../core/errors.ts'
import type { RaftOptions } from '../core/options.ts'
import type { NodeId } from '../core/types.ts'
import { isNodeId } from '../core/validity.ts'
import type { SnapshotStore } from '../storage/snapshot-store.ts'
import type { AsyncStorage, Storage } from '../storage/storage.ts'
import type { Transport } from '../transport/transport.ts'
import { jsonCodec } from './codecs.ts'
import type { Codec, StateMachine } from './state-machine.ts'
import type { Now } from './ticker.ts'

/** The first members of a group. */
export interface FirstVoters {
  /** The ids of all of them, the same on each. */
  readonly voters: readonly NodeId[]
  /** Where they can be reached, for transports that ask for addresses. */
  readonly addresses?: Readonly<Record<number, string>> | undefined
}

/** How commands, results, queries and answers travel. */
export interface Codecs<Command, Result> {
  readonly command: Codec<Command>
  readonly result: Codec<Result>
}

/** When this node makes snapshots of its own. */
export interface SnapshotPolicy {
  /**
   * After so many applied entries. >= 1.
   * @defaultValue 10_000
   */
  readonly everyEntries?: number | undefined
  /**
   * Or after so many bytes of applied commands, whichever comes first. >= 1.
   * @defaultValue 64 MiB
   */
  readonly everyBytes?: number | undefined
  /**
   * Entries that are left in the log behind a snapshot, so that who is only a little late needs no snapshot. >= 0.
   * @defaultValue 1_000
   */
  readonly keepEntries?: number | undefined
}

/** One line of a log. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly node: NodeId
  readonly error?: unknown
}

/** What a running node is made of. */
export interface RaftNodeOptions<Command, Result, Query, Answer> {
  /** This node's identity: a safe integer >= 1, never reused, not even when its disk was wiped. */
  readonly id: NodeId
  readonly stateMachine: StateMachine<Command, Result, Query, Answer>
  /** Where the log is kept. It must outlive the process: a `MemStorage` is for tests. */
  readonly storage: AsyncStorage | Storage
  readonly transport: Transport
  /** For snapshots that are too large for memory and messages. The transport must have the same. */
  readonly snapshotStore?: SnapshotStore | undefined
  /**
   * The first start of a new group: the same on each of its first members. Where the storage holds something already it is left
   * aside. Without it an empty node waits until a leader adds it to a group that runs.
   */
  readonly bootstrap?: FirstVoters | undefined
  /**
   * How commands and results become bytes. The same on every node.
   * @defaultValue JSON
   */
  readonly codecs?: Partial<Codecs<Command, Result>> | undefined
  /**
   * Milliseconds between heartbeats. >= 1.
   * @defaultValue 50
   */
  readonly heartbeatMs?: number | undefined
  /**
   * Milliseconds without a leader after which a node stands for election: each time a number from this to twice this is drawn
   * (§5.2, thesis §9.3). At least three times `heartbeatMs`, and well beyond what a message and a write take.
   * @defaultValue 150
   */
  readonly electionMs?: number | undefined
  /**
   * Allow reads by the leader's lease, without asking anybody: right as long as clocks run equally fast (thesis §6.4.1). The same on
   * every node, with the same `electionMs`.
   * @defaultValue false
   */
  readonly leases?: boolean | undefined
  /**
   * When to make snapshots; `false` for never by itself.
   * @defaultValue see {@link SnapshotPolicy}
   */
  readonly snapshots?: SnapshotPolicy | false | undefined
  /**
   * Pass on to the leader what is asked of another node.
   * @defaultValue true
   */
  readonly forward?: boolean | undefined
  /**
   * Milliseconds that a request waits by default. > 0.
   * @defaultValue 5_000
   */
  readonly timeoutMs?: number | undefined
  /**
   * Largest command, in bytes. >= 1.
   * @defaultValue 1 MiB
   */
  readonly maxCommandBytes?: number | undefined
  /**
   * Bytes of commands that a leader lets wait to be committed before it refuses more. >= 1.
   * @defaultValue 64 MiB
   */
  readonly maxPendingBytes?: number | undefined
  /**
   * Milliseconds that one write may take before a leader hands leadership to somebody with a quicker disk. > 0; `Infinity` for never.
   * @defaultValue ten times `electionMs`
   */
  readonly maxWriteMs?: number | undefined
  /** Is handed lines about what an operator may want to know. */
  readonly log?: ((line: LogLine) => void) | undefined
  /** The options of the protocol itself, for who knows what they do. */
  readonly raft?:
    | Pick<
        RaftOptions,
        | 'preVote'
        | 'checkQuorum'
        | 'maxSizePerMsg'
        | 'maxCommittedSizePerReady'
        | 'maxInflightMsgs'
        | 'maxInflightBytes'
        | 'priority'
        | 'random'
        | 'invariants'
      >
    | undefined
  /** Milliseconds of a clock that never goes back, for tests. */
  readonly now?: Now | undefined
}

/** The same with every default filled in. */
export interface ResolvedNodeOptions<Command, Result, Query, Answer> {
  readonly id: NodeId
  readonly stateMachine: StateMachine<Command, Result, Query, Answer>
  readonly storage: AsyncStorage | Storage
  readonly transport: Transport
  readonly snapshotStore: SnapshotStore | null
  readonly bootstrap: FirstVoters | null
  readonly codecs: Codecs<Command, Result>
  readonly tickMs: number
  readonly heartbeatTick: number
  readonly electionTick: number
  readonly leases: boolean
  readonly snapshots: Required<{ [K in keyof SnapshotPolicy]: number }> | null
  readonly forward: boolean
  readonly timeoutMs: number
  readonly maxCommandBytes: number
  readonly maxPendingBytes: number
  readonly maxWriteMs: number
  readonly log: (line: LogLine) => void
  readonly raft: NonNullable<RaftNodeOptions<Command, Result, Query, Answer>['raft']>
  readonly now: Now
}

const MIB = 1024 * 1024
/** A heartbeat is so many ticks: a timer that is late by one of them does not make it late. */
const ticksPerHeartbeat = 5

const names: ReadonlySet<string> = new Set(
  (
    'id stateMachine storage transport snapshotStore bootstrap codecs heartbeatMs electionMs leases snapshots forward ' +
    'timeoutMs maxCommandBytes maxPendingBytes maxWriteMs log raft now'
  ).split(' '),
)

/** Fills in defaults and checks each option, then those that depend on each other. Throws {@link OptionsError}. */
export function resolveNodeOptions<C, R, Q, A>(
  given: RaftNodeOptions<C, R, Q, A>,
): ResolvedNodeOptions<C, R, Q, A> {
  if (typeof given !== 'object' || (given as unknown) === null)
    throw new OptionsError(
      'options',
      'an object',
      given,
      'Pass at least { id, stateMachine, storage, transport }',
    )
  const unknown = Object.keys(given).find((name) => !names.has(name))
  if (unknown !== undefined)
    throw new OptionsError(
      unknown,
      'no option at all: there is none of that name',
      given,
      'Mind the spelling',
    )
  if (!isNodeId(given.id)) throw new OptionsError('id', 'a safe integer >= 1', given.id)
  checkPart('stateMachine', given.stateMachine, ['apply', 'snapshot', 'restore'])
  checkPart('storage', given.storage, ['hardState', 'term', 'entries', 'snapshot', 'compact'])
  checkPart('transport', given.transport, ['start', 'send', 'stop'])
  const heartbeatMs = above0('heartbeatMs', given.heartbeatMs ?? 50)
  const electionMs = above0('electionMs', given.electionMs ?? 150)
  if (electionMs < 3 * heartbeatMs)
    throw new OptionsError('electionMs', `at least three times heartbeatMs, ${3 * heartbeatMs}`, electionMs)
  const tickMs = heartbeatMs / ticksPerHeartbeat
  return {
    id: given.id,
    stateMachine: given.stateMachine,
    storage: given.storage,
    transport: given.transport,
    snapshotStore: given.snapshotStore ?? null,
    bootstrap: checkVoters(given.bootstrap ?? null),
    codecs: { command: given.codecs?.command ?? jsonCodec(), result: given.codecs?.result ?? jsonCodec() },
    tickMs,
    heartbeatTick: ticksPerHeartbeat,
    electionTick: Math.round(electionMs / tickMs),
    leases: given.leases ?? false,
    snapshots: given.snapshots === false ? null : resolvePolicy(given.snapshots ?? {}),
    forward: given.forward ?? true,
    timeoutMs: above0('timeoutMs', given.timeoutMs ?? 5000),
    maxCommandBytes: whole('maxCommandBytes', given.maxCommandBytes ?? MIB, 1),
    maxPendingBytes: whole('maxPendingBytes', given.maxPendingBytes ?? 64 * MIB, 1),
    maxWriteMs: above0('maxWriteMs', given.maxWriteMs ?? 10 * electionMs),
    log: given.log ?? (() => {}),
    raft: given.raft ?? {},
    now: given.now ?? (() => performance.now()),
  }
}

function resolvePolicy({ everyEntries, everyBytes, keepEntries }: SnapshotPolicy) {
  return {
    everyEntries: whole('snapshots.everyEntries', everyEntries ?? 10_000, 1),
    everyBytes: whole('snapshots.everyBytes', everyBytes ?? 64 * MIB, 1),
    keepEntries: whole('snapshots.keepEntries', keepEntries ?? 1000, 0),
  }
}

function checkVoters(first: FirstVoters | null): FirstVoters | null {
  if (first === null) return null
  const { voters } = first
  const isProper =
    Array.isArray(voters) &&
    voters.length > 0 &&
    voters.every(isNodeId) &&
    new Set(voters).size === voters.length
  if (!isProper) throw new OptionsError('bootstrap.voters', 'the ids of the first members, each once', voters)
  return first
}

function checkPart(name: string, part: unknown, methods: readonly string[]): void {
  const missing = methods.find(
    (method) => typeof (part as Record<string, unknown> | null | undefined)?.[method] !== 'function',
  )
  if (missing !== undefined) throw new OptionsError(name, `an object with a method ${missing}`, part)
}

function above0(name: string, value: unknown): number {
  if (typeof value === 'number' && value > 0) return value
  throw new OptionsError(name, 'a number > 0', value)
}

function whole(name: string, value: unknown, min: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value
  throw new OptionsError(name, `a whole number >= ${min}`, value)
}
