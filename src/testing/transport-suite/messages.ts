/** One message of each form that there is, with everything in it that a transport may lose. */

import type { PeerMessage, ProposedEntry } from '../../core/messages.ts'
import { manyBytes } from '../copy.ts'
import type { ConfState, Entry, NodeId, Snapshot } from '../../core/types.ts'

const large = Number.MAX_SAFE_INTEGER

const everyByte = Uint8Array.from({ length: 256 }, (_, value) => value)
const none = new Uint8Array()

const proposals: readonly ProposedEntry[] = [
  { type: 'EntryNormal', data: null },
  { type: 'EntryNormal', data: none },
  { type: 'EntryNormal', data: everyByte },
  { type: 'EntryNormal', data: manyBytes(200).subarray(50, 150) },
  { type: 'EntryConfChange', change: { version: 1, type: 'AddNode', nodeId: large, context: null } },
  { type: 'EntryConfChange', change: { version: 1, type: 'UpdateNode', nodeId: 0, context: none } },
  { type: 'EntryConfChange', change: { version: 1, type: 'AddLearnerNode', nodeId: 3, context: everyByte } },
  { type: 'EntryConfChangeV2', change: null },
  { type: 'EntryConfChangeV2', change: { version: 2, transition: 'auto', changes: [], context: null } },
  {
    type: 'EntryConfChangeV2',
    change: {
      version: 2,
      transition: 'explicit',
      changes: [
        { type: 'AddNode', nodeId: 2 ** 33 },
        { type: 'RemoveNode', nodeId: 1 },
        { type: 'UpdateNode', nodeId: 0 },
        { type: 'AddLearnerNode', nodeId: 5 },
      ],
      context: everyByte,
    },
  },
  {
    type: 'EntryConfChangeV2',
    change: { version: 2, transition: 'implicit', changes: [{ type: 'AddNode', nodeId: 4 }], context: none },
  },
]

const joint: ConfState = {
  voters: [1, 2, large],
  votersOutgoing: [1, 2, 3],
  learners: [7, 2 ** 32],
  learnersNext: [3],
  autoLeave: true,
}

/** A snapshot with these bytes. */
function snapshotOf(data: Uint8Array, confState: ConfState = joint): Snapshot {
  return { index: 2 ** 40, term: 2 ** 33, confState, data }
}

function entriesFrom(first: number, term: number): readonly Entry[] {
  return proposals.map((proposal, at) => Object.assign({ term, index: first + at }, proposal))
}

/** The forms of a message by type: nothing is forgotten when a type is added, or this does not compile. */
type Forms = { readonly [Type in PeerMessage['type']]: readonly Extract<PeerMessage, { type: Type }>[] }

/** Every form of every message, from one node to another. Some are on behalf of `third`, who began what is passed on. */
export function everyMessage(from: NodeId, to: NodeId, third: NodeId): readonly PeerMessage[] {
  const way = { from, to }
  const forms: Forms = {
    MsgProp: [
      { type: 'MsgProp', ...way, entries: proposals },
      { type: 'MsgProp', from: third, to, entries: proposals.slice(0, 1) },
    ],
    ...appends(way),
    ...votes(way),
    MsgHeartbeat: [
      { type: 'MsgHeartbeat', ...way, term: 5, commit: 0, context: null },
      { type: 'MsgHeartbeat', ...way, term: large, commit: large, context: 0 },
      { type: 'MsgHeartbeat', ...way, term: 5, commit: 7, context: large },
    ],
    MsgHeartbeatResp: [
      { type: 'MsgHeartbeatResp', ...way, term: 5, context: null },
      { type: 'MsgHeartbeatResp', ...way, term: 5, context: 0 },
      { type: 'MsgHeartbeatResp', ...way, term: large, context: large },
    ],
    MsgTransferLeader: [
      { type: 'MsgTransferLeader', ...way, term: 5 },
      { type: 'MsgTransferLeader', from: third, to, term: 2 ** 32 },
    ],
    MsgTimeoutNow: [{ type: 'MsgTimeoutNow', ...way, term: 5 }],
    MsgReadIndex: [
      { type: 'MsgReadIndex', ...way, context: everyByte },
      { type: 'MsgReadIndex', from: third, to, context: none },
    ],
    MsgReadIndexResp: [
      { type: 'MsgReadIndexResp', ...way, term: 5, index: 0, context: none },
      { type: 'MsgReadIndexResp', ...way, term: 5, index: large, context: everyByte },
    ],
  }
  return Object.values(forms).flat()
}

interface Way {
  readonly from: NodeId
  readonly to: NodeId
}

function appends(way: Way): Pick<Forms, 'MsgApp' | 'MsgAppResp' | 'MsgSnap'> {
  const term = 2 ** 33
  const before = { prevLogIndex: 2 ** 40, prevLogTerm: 2 ** 33 - 1 }
  const simple: ConfState = {
    voters: [1],
    votersOutgoing: [],
    learners: [],
    learnersNext: [],
    autoLeave: false,
  }
  return {
    MsgApp: [
      {
        type: 'MsgApp',
        ...way,
        term: 1,
        session: null,
        prevLogIndex: 0,
        prevLogTerm: 0,
        entries: [],
        commit: 0,
      },
      {
        type: 'MsgApp',
        ...way,
        term,
        session: 0,
        ...before,
        entries: entriesFrom(2 ** 40 + 1, term),
        commit: 1,
      },
      { type: 'MsgApp', ...way, term: large, session: large, ...before, entries: [], commit: large },
    ],
    MsgAppResp: [
      { type: 'MsgAppResp', ...way, term, session: null, reject: false, match: 0 },
      { type: 'MsgAppResp', ...way, term, session: 7, reject: false, match: large },
      {
        type: 'MsgAppResp',
        ...way,
        term,
        session: 0,
        reject: true,
        rejected: large,
        hint: { index: large, term: 3 },
      },
      {
        type: 'MsgAppResp',
        ...way,
        term,
        session: null,
        reject: true,
        rejected: 0,
        hint: { index: 0, term: 0 },
      },
    ],
    MsgSnap: [
      { type: 'MsgSnap', ...way, term, session: null, snapshot: snapshotOf(everyByte) },
      { type: 'MsgSnap', ...way, term, session: large, snapshot: snapshotOf(none, simple) },
    ],
  }
}

function votes(way: Way): Pick<Forms, 'MsgVote' | 'MsgVoteResp' | 'MsgPreVote' | 'MsgPreVoteResp'> {
  const committed = { index: large - 2, term: 2 ** 32 }
  const request = { ...way, term: large, lastLogIndex: large - 1, lastLogTerm: 2 ** 32, committed }
  const first = {
    ...way,
    term: 1,
    lastLogIndex: 0,
    lastLogTerm: 0,
    transfer: false,
    priority: 0,
    committed: null,
  }
  return {
    MsgVote: [
      { type: 'MsgVote', ...request, transfer: true, priority: -3 },
      { type: 'MsgVote', ...first },
      { type: 'MsgVote', ...first, priority: large },
    ],
    MsgPreVote: [
      { type: 'MsgPreVote', ...request, transfer: false, priority: Number.MIN_SAFE_INTEGER },
      { type: 'MsgPreVote', ...first, transfer: true },
    ],
    MsgVoteResp: [
      { type: 'MsgVoteResp', ...way, term: 5, reject: true, committed },
      { type: 'MsgVoteResp', ...way, term: large, reject: false, committed: null },
    ],
    MsgPreVoteResp: [
      { type: 'MsgPreVoteResp', ...way, term: 5, reject: false, committed: { index: 0, term: 0 } },
      { type: 'MsgPreVoteResp', ...way, term: 5, reject: true, committed: null },
    ],
  }
}

/** A message that says which one it is, by its term. */
export function numbered(from: NodeId, to: NodeId, number: number): PeerMessage {
  return { type: 'MsgHeartbeat', from, to, term: number, commit: 0, context: null }
}

/** A MsgApp of one entry. */
export function appendOf(from: NodeId, to: NodeId, number: number, data: Uint8Array): PeerMessage {
  const entries: readonly Entry[] = [{ type: 'EntryNormal', index: number, term: 1, data }]
  const before = { prevLogIndex: number - 1, prevLogTerm: 1 }
  return { type: 'MsgApp', from, to, term: 1, session: null, ...before, entries, commit: 0 }
}

/** A MsgSnap, told apart by its term. */
export function snapOf(from: NodeId, to: NodeId, term: number, data: Uint8Array = everyByte): PeerMessage {
  return { type: 'MsgSnap', from, to, term: 2 ** 33 + term, session: null, snapshot: snapshotOf(data) }
}
