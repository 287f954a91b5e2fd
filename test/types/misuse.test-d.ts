/**
 * What must not compile. It is never run: the compiler reads it, and complains about each `@ts-expect-error` below which
 * nothing is wrong. What must compile stands beside it, so that it is the mistake that is refused and not the whole.
 */

import type {
  ConfChange,
  Entry,
  EntryId,
  LogIndex,
  LogReader,
  MemStorage,
  Message,
  MsgApp,
  MsgAppResp,
  NodeId,
  ProposeResult,
  RaftOptions,
  RawNode,
  Ready,
  Status,
  Storage,
  Term,
} from 'quorate'
import type { ProgressState } from '../../src/core/tracker/progress.ts'
import type { Role } from '../../src/core/raft/role.ts'

declare const term: Term
declare const index: LogIndex
declare const nodeId: NodeId
declare const storage: MemStorage
declare const ready: Ready
declare const status: Status
declare const response: MsgAppResp
declare const entry: Entry
declare const state: ProgressState
declare const role: Role
declare const result: ProposeResult
declare const node: RawNode
declare const reader: LogReader

// ---- A term is no index, and neither is a node's id; but a plain number is any of them.
export const id: EntryId = { term, index }
export const byLiterals: EntryId = { term: 1, index: 2 }
export const next: LogIndex = index + 1
// @ts-expect-error -- swapped
export const swapped: EntryId = { term: index, index: term }
// @ts-expect-error -- an id is no index
export const wrongIndex: LogIndex = nodeId
// @ts-expect-error -- an index is no id
node.transferLeadership(index)
// @ts-expect-error -- a term where an index is expected
storage.term(term)
// @ts-expect-error -- the same in a message
export const wrongCommit: Pick<MsgApp, 'commit'> = { commit: term }

// ---- What exists in one case only is not there in the other.
if (response.reject) {
  void response.hint.index
  // @ts-expect-error -- a rejection acknowledges nothing
  void response.match
} else {
  void response.match
  // @ts-expect-error -- an acknowledgement has no hint
  void response.hint
}
// @ts-expect-error -- which of the two it is has to be asked first
void response.match

if (entry.type === 'EntryNormal') {
  void entry.data
  // @ts-expect-error -- a command changes no membership
  void entry.change
} else {
  void entry.change
  // @ts-expect-error -- a membership change has no data
  void entry.data
}

if (state.name === 'StateSnapshot') void state.pendingSnapshot
// @ts-expect-error -- only while a snapshot is on its way
else void state.pendingSnapshot
// @ts-expect-error -- only while replicating
if (state.name === 'StateProbe') void state.inflights

if (role.name === 'leader') void role.progress
// @ts-expect-error -- only a leader knows how far the others are
else void role.progress
// @ts-expect-error -- only a candidate counts votes
if (role.name === 'follower') void role.votes

if (result.dropped !== undefined) {
  // @ts-expect-error -- what was dropped is nowhere
  const at: LogIndex = result.index
  void at
} else if (result.forwarded === undefined) {
  const at: LogIndex = result.index
  void at
}

// ---- What is handed out is not to be changed.
// @ts-expect-error -- a Ready is read only
ready.mustSync = true
// @ts-expect-error -- and so is what it holds
ready.entries[0] = entry
// @ts-expect-error -- down to the entries
ready.committedEntries[0]!.term = 5
// @ts-expect-error -- the messages too
ready.messages[0]!.to = 3
// @ts-expect-error -- a status is read only
status.confState.voters[0] = 4
// @ts-expect-error -- membership lists are read only wherever they come from
storage.confState().confState.voters = []
// @ts-expect-error -- what was written is as well
storage.hardState()!.vote = null

// ---- Options: known ones, of the right type.
export const good: RaftOptions = { id: 1, storage, electionTick: 10, readOnly: 'safe' }
export const leftOut: RaftOptions = { id: 1, storage, electionTick: undefined }
// @ts-expect-error -- there is no such option
export const misspelt: RaftOptions = { id: 1, storage, electonTick: 10 }
// @ts-expect-error -- a storage is required
export const without: RaftOptions = { id: 1 }
// @ts-expect-error -- null is not "left out"
export const nothing: RaftOptions = { id: 1, storage, electionTick: null }
// @ts-expect-error -- one of two words
export const wrongWord: RaftOptions = { id: 1, storage, readOnly: 'lease' }
export const asItIs: RaftOptions = { id: 1, storage: { ...reader, lastIndex: () => 1 } }
// @ts-expect-error -- a storage is read synchronously
export const promised: RaftOptions = { id: 1, storage: { ...reader, lastIndex: () => Promise.resolve(1) } }

// ---- Calls: what they take.
// @ts-expect-error -- bytes, not text
node.propose('text')
// @ts-expect-error -- a list of bytes
node.proposeBatch(new Uint8Array(3))
// @ts-expect-error -- a Ready, not part of one
node.advance({ entries: [] })
// @ts-expect-error -- an entry that changes the membership
node.applyConfChange({ type: 'EntryNormal', term: 1, index: 2, data: null })
// @ts-expect-error -- one of two words
node.reportSnapshot(2, 'ok')
// @ts-expect-error -- an election is started by campaign()
node.step({ type: 'MsgHup' })
// @ts-expect-error -- what a node tells its own storage is not stepped
node.step(ready.storageAppend!)
// @ts-expect-error -- nobody reaches into a node
void node.raft

// ---- Messages and changes: each field, nothing more and nothing less.
export const heartbeat: Message = { type: 'MsgHeartbeat', from: 2, to: 1, term: 1, commit: 1, context: null }
// @ts-expect-error -- a heartbeat carries no entries
export const stuffed: Message = { ...heartbeat, type: 'MsgHeartbeat', entries: [] }
// @ts-expect-error -- from whom?
export const fromNobody: Message = { type: 'MsgTimeoutNow', to: 1, term: 1 }
// @ts-expect-error -- of no term: a proposal belongs to none
export const ofATerm: Message = { type: 'MsgProp', from: 2, to: 1, term: 1, entries: [] }
export const change: ConfChange = { version: 1, type: 'AddNode', nodeId: 4, context: null }
// @ts-expect-error -- a single change has no transition
export const mixed: ConfChange = { version: 1, type: 'AddNode', nodeId: 4, context: null, transition: 'auto' }
// @ts-expect-error -- several changes are a list
export const single: ConfChange = { version: 2, transition: 'auto', nodeId: 4, context: null }

// ---- A storage of one's own: all of it.
export const own: Storage = storage
// @ts-expect-error -- it must be written to as well
export const readOnly: Storage = {
  hardState: () => null,
  confState: () => storage.confState(),
  firstIndex: () => 1,
  lastIndex: () => 0,
  term: () => 0,
  entries: () => [],
  snapshot: () => 'temporarily-unavailable',
}
