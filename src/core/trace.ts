/**
 * What happens inside a node, as data. The core tells it to one optional function; logs, the event streams of the
 * examples and the simulator are made of it. A trace function must not call back into the node.
 */

import type { ConfState, Entry, LogIndex, NodeId, RoleName, Term } from './types.ts'

/** Why an election starts. */
export type ElectionReason = 'timeout' | 'campaign' | 'transfer'

/** Why a vote is refused. */
export type VoteRefusal = 'stale-term' | 'already-voted' | 'leader-known' | 'stale-log' | 'lower-priority'

/** Why a node does not stand for election. */
export type ElectionRefusal =
  /** Not a voter, or a snapshot waits to be installed. */
  | 'not-promotable'
  /** With lease reads: it has promised its leader to wait (thesis §6.4.1). */
  | 'promised'
  /** A committed membership change has to be applied first. */
  | 'unapplied-conf-change'
  | 'terms-used-up'
  /** The indexes are used up: a leader could append nothing. */
  | 'log-full'

/** Why a proposal or a read was dropped. Nothing of it is in any log: it may be tried again. */
export type DropReason =
  /** No leader is known here. */
  | 'no-leader'
  /** This node follows, and `disableProposalForwarding` is on. */
  | 'forwarding-disabled'
  /** Leadership is being transferred. */
  | 'transferring'
  /** `maxUncommittedSize` is reached. */
  | 'overloaded'
  /** This leader is not a member any more. */
  | 'removed'
  /** The indexes are used up, and trying again is of no use. */
  | 'log-full'
  /** Leadership was lost while a read waited for its confirmation. */
  | 'lost-leadership'

/** Why a membership change was refused: the log got an entry without a command in its place. */
export type ConfChangeRefusal = 'pending-change' | 'still-joint' | 'not-joint' | 'impossible'

/** One thing that happened. `node` and `term` are those of the node that tells it, at that moment. */
export type TraceEvent = { readonly node: NodeId; readonly term: Term } &
  /** A later term was entered. */
  (
    | { readonly type: 'termChanged'; readonly from: Term }
    | { readonly type: 'roleChanged'; readonly from: RoleName; readonly to: RoleName }
    | { readonly type: 'leaderChanged'; readonly leader: NodeId | null }
    | { readonly type: 'electionStarted'; readonly reason: ElectionReason; readonly preVote: boolean }
    | { readonly type: 'electionHeldBack'; readonly why: ElectionRefusal }
    | {
        readonly type: 'voteGranted'
        readonly candidate: NodeId
        readonly preVote: boolean
        readonly voteTerm: Term
      }
    | {
        readonly type: 'voteRefused'
        readonly candidate: NodeId
        readonly preVote: boolean
        readonly voteTerm: Term
        readonly why: VoteRefusal
      }
    /** In the lease of a live leader a vote request is not even answered (thesis §4.2.3). */
    | {
        readonly type: 'voteIgnored'
        readonly candidate: NodeId
        readonly preVote: boolean
        readonly voteTerm: Term
      }
    | {
        readonly type: 'voteCounted'
        readonly voter: NodeId
        readonly granted: boolean
        readonly preVote: boolean
      }
    | { readonly type: 'electionLost'; readonly preVote: boolean }
    | { readonly type: 'leaderElected' }
    | { readonly type: 'steppedDown'; readonly why: 'no-quorum' | 'removed' }
    | {
        readonly type: 'messageIgnored'
        readonly from: NodeId
        readonly message: string
        readonly why: 'stale-term'
      }
    | {
        readonly type: 'entriesAppended'
        readonly entries: readonly Entry[]
        /** The first index of a tail that was thrown away for them; `null` if there was none. */
        readonly truncatedFrom: LogIndex | null
      }
    | { readonly type: 'appendRejected'; readonly leader: NodeId; readonly prevLogIndex: LogIndex }
    | { readonly type: 'committed'; readonly from: LogIndex; readonly to: LogIndex }
    | { readonly type: 'proposalDropped'; readonly why: DropReason }
    | { readonly type: 'confChangeRefused'; readonly index: LogIndex; readonly why: ConfChangeRefusal }
    | { readonly type: 'configChanged'; readonly confState: ConfState }
    | { readonly type: 'snapshotSent'; readonly to: NodeId; readonly index: LogIndex }
    /** The log begins behind a snapshot now, and everything up to its index is committed. */
    | { readonly type: 'snapshotRestored'; readonly index: LogIndex }
    | {
        readonly type: 'snapshotIgnored'
        readonly index: LogIndex
        readonly why: 'stale' | 'not-a-member' | 'matches'
      }
    | { readonly type: 'readDropped'; readonly context: Uint8Array; readonly why: DropReason }
    | { readonly type: 'transferStarted'; readonly target: NodeId }
    | {
        readonly type: 'transferAborted'
        readonly target: NodeId
        readonly why: 'timeout' | 'replaced' | 'removed'
      }
  )

/** Receives each {@link TraceEvent} as it happens, in the middle of a call: it only takes note. */
export type Trace = (event: TraceEvent) => void
