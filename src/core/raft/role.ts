/**
 * The four roles and the data that exists only in each of them (§5.1, figure 2). A change of role makes a new object,
 * so nothing of an old one is left over.
 */

import type { ProgressMap } from '../tracker/progress-map.ts'
import type { ElectionReason } from '../trace.ts'
import type { Bytes, LogIndex, NodeId } from '../types.ts'
import type { ReadOnly } from './read-only.ts'

/** Answers requests, and waits for a leader or its own timeout. */
export interface Follower {
  readonly name: 'follower'
  /** The leader of this term, as soon as it has been heard from. */
  leader: NodeId | null
}

/** Asks whether it would be elected, before it raises its term (thesis §9.6). */
export interface PreCandidate {
  readonly name: 'pre-candidate'
  /** The first answer of each node counts. */
  readonly votes: Map<NodeId, boolean>
  /** Why it asks. */
  readonly reason: ElectionReason
}

/** Has raised its term and asks for votes (§5.2). */
export interface Candidate {
  readonly name: 'candidate'
  readonly votes: Map<NodeId, boolean>
}

/** The one node of its term that appends to the log (§5.3). */
export interface Leader {
  readonly name: 'leader'
  readonly progress: ProgressMap
  readonly reads: ReadOnly
  /** Whom leadership is being handed to (thesis §3.10); proposals are dropped meanwhile. */
  transferee: NodeId | null
  /** Ticks since the transfer began. */
  transferElapsed: number
  /** Has anybody been told to stand for election? From then on this leader's lease is worth nothing. */
  timeoutNowSent: boolean
  /** No membership change is proposed before this index is applied: it may be one (thesis §4.1). */
  pendingConfIndex: LogIndex
  /** Payload bytes that were proposed here and are not applied yet. */
  uncommittedSize: Bytes
  /** Once this node has applied its own removal: the index with whose commit it goes; `null` before. See leaving.ts. */
  leavesAt: LogIndex | null
  /** With coalesceAppends: something was appended or committed that the followers have not been sent yet. */
  appendsDue: boolean
  /** With coalesceAppends: the leader's own log has grown beyond what it has acknowledged to itself. */
  selfAckDue: boolean
}

/** What a node is at the moment. */
export type Role = Follower | PreCandidate | Candidate | Leader
