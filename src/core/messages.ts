/**
 * Everything a node says to another (PeerMessage) and to its own storage threads (StorageMessage).
 * One type per message and one object shape per type, names as in etcd and raft-rs; each says what the paper calls it.
 */

import type {
  ConfChangeV1,
  ConfChangeV2,
  Entry,
  EntryId,
  HardState,
  LogIndex,
  NodeId,
  Snapshot,
  Term,
} from './types.ts'

/**
 * One tracking of one follower by one leader: begun when the leader comes to know the follower, ended when it forgets it.
 * The follower returns it, so that an answer from before a removal and re-addition in the same term is told apart.
 * `null` comes from a peer that does not know sessions, and is accepted.
 */
export type Session = number | null

/**
 * What a leader wants returned with the answer to a heartbeat: its count of read rounds, `null` where no read waits
 * (thesis §6.4). Bytes come from a leader of another implementation, and mean something to that leader only.
 */
export type HeartbeatContext = number | Uint8Array | null

/** A proposal on its way to the log: it gets its index and term from the leader. */
export type ProposedEntry =
  | { readonly type: 'EntryNormal'; readonly data: Uint8Array | null }
  | { readonly type: 'EntryConfChange'; readonly change: ConfChangeV1 }
  | { readonly type: 'EntryConfChangeV2'; readonly change: ConfChangeV2 | null }

/** A client's request that a follower passes on to its leader (§8). It belongs to no term. */
export interface MsgProp {
  readonly type: 'MsgProp'
  readonly from: NodeId
  readonly to: NodeId
  readonly entries: readonly ProposedEntry[]
}

/** AppendEntries RPC, request (§5.3). */
export interface MsgApp {
  readonly type: 'MsgApp'
  readonly from: NodeId
  readonly to: NodeId
  readonly term: Term
  readonly session: Session
  readonly prevLogIndex: LogIndex
  readonly prevLogTerm: Term
  readonly entries: readonly Entry[]
  /** The leader's commit index; the receiver goes no further than the last entry it got (§5.3). */
  readonly commit: LogIndex
}

/** AppendEntries RPC, positive answer: the follower's log equals the leader's up to `match`, durably. */
export interface MsgAppRespAccept {
  readonly type: 'MsgAppResp'
  readonly from: NodeId
  readonly to: NodeId
  readonly term: Term
  readonly session: Session
  readonly reject: false
  readonly match: LogIndex
}

/** AppendEntries RPC, negative answer: there is no entry `prevLogIndex` of that term here. */
export interface MsgAppRespReject {
  readonly type: 'MsgAppResp'
  readonly from: NodeId
  readonly to: NodeId
  readonly term: Term
  readonly session: Session
  readonly reject: true
  /** The `prevLogIndex` of the request that is turned down. */
  readonly rejected: LogIndex
  /** The last place where both logs may agree; its term is 0 where it is not known. */
  readonly hint: EntryId
}

/** AppendEntries RPC, answer (§5.3). */
export type MsgAppResp = MsgAppRespAccept | MsgAppRespReject

/** RequestVote RPC, request (§5.2, §5.4.1). */
export interface MsgVote {
  readonly type: 'MsgVote'
  readonly from: NodeId
  readonly to: NodeId
  readonly term: Term
  readonly lastLogIndex: LogIndex
  readonly lastLogTerm: Term
  /** Asked for by the leader itself: the receiver does not hold on to that leader (thesis §3.10, thesis §4.2.3). */
  readonly transfer: boolean
  /** A voter whose log is equal turns down a candidate of lower priority than its own. 0 by default. */
  readonly priority: number
  /** The last entry that the sender knows to be committed; `null` if it does not say. Who holds it commits up to it. */
  readonly committed: EntryId | null
}

/** RequestVote RPC, answer (§5.2). */
export interface MsgVoteResp {
  readonly type: 'MsgVoteResp'
  readonly from: NodeId
  readonly to: NodeId
  readonly term: Term
  readonly reject: boolean
  /** As in the request. */
  readonly committed: EntryId | null
}

/** "Would you vote for me in `term`?", one above the sender's own (thesis §9.6). Nobody's state changes by it. */
export interface MsgPreVote {
  readonly type: 'MsgPreVote'
  readonly from: NodeId
  readonly to: NodeId
  readonly term: Term
  readonly lastLogIndex: LogIndex
  readonly lastLogTerm: Term
  readonly transfer: boolean
  readonly priority: number
  readonly committed: EntryId | null
}

/** The answer to a MsgPreVote. A grant carries the term asked about, a rejection the sender's own. */
export interface MsgPreVoteResp {
  readonly type: 'MsgPreVoteResp'
  readonly from: NodeId
  readonly to: NodeId
  readonly term: Term
  readonly reject: boolean
  /** As in the request. */
  readonly committed: EntryId | null
}

/** A sign of life of the leader (§5.2), apart from MsgApp so that it is never held up by flow control. */
export interface MsgHeartbeat {
  readonly type: 'MsgHeartbeat'
  readonly from: NodeId
  readonly to: NodeId
  readonly term: Term
  /** Never beyond what the leader knows this follower to hold. */
  readonly commit: LogIndex
  /** To be returned as it is. */
  readonly context: HeartbeatContext
}

/** The answer to a heartbeat. */
export interface MsgHeartbeatResp {
  readonly type: 'MsgHeartbeatResp'
  readonly from: NodeId
  readonly to: NodeId
  readonly term: Term
  /** As in the heartbeat. */
  readonly context: HeartbeatContext
}

/** InstallSnapshot RPC, request (§7). It is answered by a MsgAppResp once the snapshot is durable. */
export interface MsgSnap {
  readonly type: 'MsgSnap'
  readonly from: NodeId
  readonly to: NodeId
  readonly term: Term
  readonly session: Session
  readonly snapshot: Snapshot
}

/** A request to hand leadership to `from`, which a follower passes on (thesis §3.10). As etcd: `from` is the target. */
export interface MsgTransferLeader {
  readonly type: 'MsgTransferLeader'
  readonly from: NodeId
  readonly to: NodeId
  readonly term: Term
}

/** TimeoutNow RPC: "start an election at once" (thesis §3.10). */
export interface MsgTimeoutNow {
  readonly type: 'MsgTimeoutNow'
  readonly from: NodeId
  readonly to: NodeId
  readonly term: Term
}

/** A linearizable read that a follower passes on to its leader (thesis §6.4). It belongs to no term. */
export interface MsgReadIndex {
  readonly type: 'MsgReadIndex'
  readonly from: NodeId
  readonly to: NodeId
  readonly context: Uint8Array
  /** A leader's lease does not do for it: a majority has to be asked. */
  readonly byRound?: boolean
}

/** The leader's answer: the read may be served once `index` is applied (thesis §6.4). */
export interface MsgReadIndexResp {
  readonly type: 'MsgReadIndexResp'
  readonly from: NodeId
  readonly to: NodeId
  readonly term: Term
  readonly index: LogIndex
  readonly context: Uint8Array
}

/** All that travels between nodes. A transport carries these and nothing else. */
export type PeerMessage =
  | MsgProp
  | MsgApp
  | MsgAppResp
  | MsgVote
  | MsgVoteResp
  | MsgPreVote
  | MsgPreVoteResp
  | MsgHeartbeat
  | MsgHeartbeatResp
  | MsgSnap
  | MsgTransferLeader
  | MsgTimeoutNow
  | MsgReadIndex
  | MsgReadIndexResp

/** The two queues of a node with `asyncStorageWrites`: each is worked off in order, and nothing in it is dropped. */
export type StorageThread = 'AppendThread' | 'ApplyThread'

/** Write this to storage; when it is durable, deliver `responses` (thesis §10.2.1). */
export interface MsgStorageAppend {
  readonly type: 'MsgStorageAppend'
  readonly from: NodeId
  readonly to: 'AppendThread'
  /** All of it or nothing; `null` where it has not changed. */
  readonly hardState: HardState | null
  readonly entries: readonly Entry[]
  readonly snapshot: Snapshot | null
  /** Must it be durable? If not, it is only a newer commit index, and there is nothing to deliver after it. */
  readonly mustSync: boolean
  /**
   * To deliver after the write, in this order: to peers through the transport, to this node through `step`.
   * Without any, the write need not be durable yet.
   */
  readonly responses: readonly (PeerMessage | MsgStorageAppendResp)[]
}

/** "That write is durable": to be stepped into the node that asked for it. */
export interface MsgStorageAppendResp {
  readonly type: 'MsgStorageAppendResp'
  readonly from: 'AppendThread'
  readonly to: NodeId
  /** The node's term when it asked; an answer from an earlier term says nothing of the log any more. */
  readonly term: Term
  /** The last entry that was not durable when the write was asked for; `null` if there was none. */
  readonly lastEntry: EntryId | null
  readonly snapshot: Snapshot | null
  /** The commit index of the last hard state that was to be written by then. */
  readonly commit: LogIndex
}

/** Apply these entries to the state machine, then deliver `responses`. */
export interface MsgStorageApply {
  readonly type: 'MsgStorageApply'
  readonly from: NodeId
  readonly to: 'ApplyThread'
  readonly entries: readonly Entry[]
  readonly responses: readonly MsgStorageApplyResp[]
}

/** "Those entries are applied": to be stepped into the node that asked for it. Bound to no term. */
export interface MsgStorageApplyResp {
  readonly type: 'MsgStorageApplyResp'
  readonly from: 'ApplyThread'
  readonly to: NodeId
  readonly entries: readonly Entry[]
}

/** What a node's own storage threads report back to it. */
export type StorageResponse = MsgStorageAppendResp | MsgStorageApplyResp

/** Whatever `RawNode.step` takes. */
export type Message = PeerMessage | StorageResponse
