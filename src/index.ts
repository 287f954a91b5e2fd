/**
 * quorate: Raft consensus. `RaftNode` runs a node: give it a state machine, a storage, a transport, and propose. `RawNode` is the core
 * of it, one node without clock, network or disk; `MemStorage` a log and `MemNetwork` a network in memory.
 *
 * @module quorate
 */

export { RawNode } from './core/raw-node.ts'
export { MemStorage } from './storage/mem-storage.ts'
export type { FirstMembers } from './storage/check-argument.ts'

export type { RaftOptions, ReadOnlyOption } from './core/options.ts'
export { type Random, seededRandom } from './core/random.ts'
export type { Ready } from './core/ready.ts'
export type { ProgressStatus, Status } from './core/status.ts'
export type {
  Appended,
  CampaignResult,
  ConfChangeResult,
  Dropped,
  Forwarded,
  ProposeResult,
  ReadIndexResult,
  Refused,
  TransferResult,
} from './core/outcomes.ts'
export type { BootstrapPeer } from './core/raft/bootstrap.ts'
export type { SnapshotOutcome } from './core/raft/snapshot.ts'
export type { TransferRefusal } from './core/raft/transfer.ts'
export type {
  ConfChangeRefusal,
  DropReason,
  ElectionReason,
  ElectionRefusal,
  Trace,
  TraceEvent,
  VoteRefusal,
} from './core/trace.ts'

export type { Compacted, LogReader, StoredConfState, Unavailable } from './core/log/log-reader.ts'
export { entrySize, payloadSize } from './core/checked-size.ts'
export type { AsyncStorage, Storage, WriteBatch } from './storage/storage.ts'
export type { SnapshotStore } from './storage/snapshot-store.ts'
export { MemNetwork, type MemNetworkOptions, MemTransport } from './transport/mem-transport.ts'
export type { Transport, TransportHandler } from './transport/transport.ts'
export {
  type Applied,
  type ChangeOptions,
  type Consistency,
  type EventOptions,
  type ProposeOptions,
  RaftNode,
  type ReadOptions,
  type StopOptions,
} from './node/raft-node.ts'
export type { Codecs, FirstVoters, LogLine, RaftNodeOptions, SnapshotPolicy } from './node/options.ts'
export type { CallOptions } from './node/call.ts'
export type { SessionId, SessionMark } from './node/envelope.ts'
export type { MembershipChange } from './node/membership.ts'
export type { NodeEvent, NodeEvents } from './node/events.ts'
export { describeSurvivor, recoverCluster, type SurvivorLog } from './node/recover.ts'
export type { Now } from './node/ticker.ts'
export { OutcomeUnknownError, RefusedError, type RefusalReason, StateMachineError } from './node/errors.ts'
export { bytesCodec, jsonCodec } from './node/codecs.ts'
export type { ApplyContext, Codec, SnapshotBytes, StateMachine } from './node/state-machine.ts'

export {
  ConfChangeError,
  type ConfChangeRule,
  InvariantError,
  LogLostError,
  MessageError,
  OptionsError,
  RaftError,
  type RaftErrorCode,
  ReadyMisuseError,
  StorageError,
  UsageError,
} from './core/errors.ts'

export type {
  Bytes,
  ConfChange,
  ConfChangeEntry,
  ConfChangeProposal,
  ConfChangeSingle,
  ConfChangeTransition,
  ConfChangeType,
  ConfChangeV1,
  ConfChangeV2,
  ConfState,
  Entry,
  EntryConfChange,
  EntryConfChangeV2,
  EntryId,
  EntryNormal,
  Flavour,
  HardState,
  LogIndex,
  NodeId,
  ReadState,
  RoleName,
  Snapshot,
  SoftState,
  Term,
} from './core/types.ts'
export type {
  HeartbeatContext,
  Message,
  MsgApp,
  MsgAppResp,
  MsgAppRespAccept,
  MsgAppRespReject,
  MsgHeartbeat,
  MsgHeartbeatResp,
  MsgPreVote,
  MsgPreVoteResp,
  MsgProp,
  MsgReadIndex,
  MsgReadIndexResp,
  MsgSnap,
  MsgStorageAppend,
  MsgStorageAppendResp,
  MsgStorageApply,
  MsgStorageApplyResp,
  MsgTimeoutNow,
  MsgTransferLeader,
  MsgVote,
  MsgVoteResp,
  PeerMessage,
  ProposedEntry,
  Session,
  StorageResponse,
  StorageThread,
} from './core/messages.ts'
