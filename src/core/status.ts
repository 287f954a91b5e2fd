/** A node at a glance, for people, dashboards and tests: plain data, a copy, safe to keep and to turn into JSON. */

import type { Raft } from './raft/state.ts'
import { leaderOf } from './raft/state.ts'
import type { Progress } from './tracker/progress.ts'
import type { Bytes, ConfState, LogIndex, NodeId, RoleName, Term } from './types.ts'

/** How a leader sees one member. */
export interface ProgressStatus {
  readonly id: NodeId
  readonly state: 'StateProbe' | 'StateReplicate' | 'StateSnapshot'
  /** The last entry known to be equal in both logs. */
  readonly match: LogIndex
  /** The next entry to send. */
  readonly next: LogIndex
  readonly isLearner: boolean
  /** Is nothing sent to it until something is heard? */
  readonly paused: boolean
  /** Heard from since quorum activity was last checked. */
  readonly recentActive: boolean
  /** The index of a snapshot on its way; `null` outside of StateSnapshot. */
  readonly pendingSnapshot: LogIndex | null
  /** MsgApps on their way, their payload bytes, and whether that is the limit. */
  readonly inflight: { readonly count: number; readonly bytes: Bytes; readonly full: boolean }
  /** The number of this tracking of the member in the present term; `null` with `referenceBehaviour`. */
  readonly session: number | null
}

/** What a node is and knows. */
export interface Status {
  readonly id: NodeId
  readonly role: RoleName
  readonly term: Term
  readonly vote: NodeId | null
  readonly leader: NodeId | null
  readonly commit: LogIndex
  readonly applied: LogIndex
  readonly firstIndex: LogIndex
  readonly lastIndex: LogIndex
  /** The membership as of the last applied change: what belongs into a snapshot at `applied`, between two Readys. */
  readonly confState: ConfState
  /** The index of the last change that `confState` has in it, or of the snapshot that brought it. */
  readonly confIndex: LogIndex
  /** Ticks since the leader was heard from, or since an election began. */
  readonly electionElapsed: number
  /** Ticks after which this node stands for election. */
  readonly randomizedElectionTimeout: number
  /** Who has answered a candidate, and how; empty in other roles. */
  readonly votes: readonly { readonly id: NodeId; readonly granted: boolean }[]
  /** On a leader, each member by ascending id, itself included; empty in other roles. */
  readonly progress: readonly ProgressStatus[]
  /** On a leader, whom leadership is being handed to. */
  readonly transferee: NodeId | null
  /** On a leader, the payload bytes that are proposed and not applied. */
  readonly uncommittedSize: Bytes
}

/** The status of now. */
export function statusOf(raft: Raft): Status {
  const { role, log } = raft
  return {
    id: raft.id,
    role: role.name,
    term: raft.term,
    vote: raft.vote,
    leader: leaderOf(raft),
    commit: log.committed,
    applied: log.applied,
    firstIndex: log.firstIndex,
    lastIndex: log.lastIndex,
    confState: raft.options.referenceBehaviour ? raft.config : raft.appliedConfig,
    confIndex: raft.options.referenceBehaviour ? raft.configIndex : raft.appliedConfigIndex,
    electionElapsed: raft.electionElapsed,
    randomizedElectionTimeout: raft.randomizedElectionTimeout,
    votes: 'votes' in role ? [...role.votes].map(([id, granted]) => ({ id, granted })) : [],
    progress: role.name === 'leader' ? role.progress.all.map(progressStatus) : [],
    transferee: role.name === 'leader' ? role.transferee : null,
    uncommittedSize: role.name === 'leader' ? role.uncommittedSize : 0,
  }
}

function progressStatus(progress: Progress): ProgressStatus {
  const { id, state, match, next, isLearner, paused, recentActive, session } = progress
  const inflights = state.name === 'StateReplicate' ? state.inflights : null
  return {
    id,
    state: state.name,
    match,
    next,
    isLearner,
    paused,
    recentActive,
    pendingSnapshot: state.name === 'StateSnapshot' ? state.pendingSnapshot : null,
    inflight: { count: inflights?.count ?? 0, bytes: inflights?.bytes ?? 0, full: inflights?.full ?? false },
    session,
  }
}
