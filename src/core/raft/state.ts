/** The state of one node: a plain record that the functions of this folder work on. What it must be like: invariants.ts. */

import type { RaftLog } from '../log/raft-log.ts'
import type { ResolvedRaftOptions } from '../options.ts'
import type { TraceEvent } from '../trace.ts'
import type { ConfState, LogIndex, NodeId, ReadState, Term } from '../types.ts'
import type { Outbox } from './outbox.ts'
import type { Role } from './role.ts'

/** One node. */
export interface Raft {
  readonly id: NodeId
  readonly options: ResolvedRaftOptions
  readonly log: RaftLog
  readonly outbox: Outbox
  term: Term
  /** Whom this node voted for in `term`. */
  vote: NodeId | null
  /** Assigned in transitions.ts only. */
  role: Role
  /** The membership as of the last applied change (thesis §4.1). Assigned in membership.ts only. */
  config: ConfState
  /** The index as of which `config` is the membership: changes up to there are part of it already. */
  configIndex: LogIndex
  /** The membership as of what the application has applied. Behind `config` while a snapshot waits to be installed. */
  appliedConfig: ConfState
  appliedConfigIndex: LogIndex
  /** Reads that are confirmed and not handed out yet. */
  readStates: ReadState[]
  /** Reads of this node that ended with its leadership and are not reported yet. */
  droppedReads: Uint8Array[]
  /** Ticks since the start. */
  ticks: number
  /** With lease reads: the tick up to which this node has promised to elect nobody else, itself included. */
  promisedUntil: number
  /** Ticks since the leader was heard from, or since an election began; on a leader since quorum activity was checked. */
  electionElapsed: number
  /** On a leader, ticks since the last heartbeats. */
  heartbeatElapsed: number
  /** Ticks after which this node stands for election, drawn anew whenever `electionElapsed` begins anew with a change of role. */
  randomizedElectionTimeout: number
  /** For raft-rs' election priority: voters turn down candidates of less. */
  priority: number
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

/** Tells the trace, if there is one. Callers on the hot path look themselves first, so as not to build the event. */
export function tell(raft: Raft, event: DistributiveOmit<TraceEvent, 'node' | 'term'>): void {
  raft.options.trace?.({ node: raft.id, term: raft.term, ...event })
}

/** The leader this node knows of. */
export function leaderOf(raft: Raft): NodeId | null {
  if (raft.role.name === 'follower') return raft.role.leader
  return raft.role.name === 'leader' ? raft.id : null
}

/** Gives up the leader that a follower knows of, in the same term. Lease reads rest on its not being done. */
export function forgetLeader(raft: Raft): void {
  if (raft.role.name !== 'follower' || raft.role.leader === null || raft.options.readOnly === 'lease-based')
    return
  raft.role.leader = null
  tell(raft, { type: 'leaderChanged', leader: null })
}
