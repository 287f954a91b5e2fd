/** What the golden messages of etcd-io/raft are to us, by their names in golden/etcd.json. */

import type { ConfChangeV2, Entry, MsgAppResp, PeerMessage, Snapshot } from 'quorate'
import { bytes } from '../../support/entries.ts'

const way = { from: 1, to: 2 }
const x = bytes('x=1')
const none = new Uint8Array(0)
const largest = Number.MAX_SAFE_INTEGER
const session = null

/** A change with everything in it. */
export const replace: ConfChangeV2 = {
  version: 2,
  transition: 'explicit',
  changes: [
    { type: 'AddNode', nodeId: 4 },
    { type: 'RemoveNode', nodeId: 1 },
    { type: 'UpdateNode', nodeId: 2 },
    { type: 'AddLearnerNode', nodeId: 300 },
  ],
  context: bytes('why'),
}

/** A snapshot with a joint configuration. */
export const snapshot: Snapshot = {
  index: 1000,
  term: 4,
  confState: {
    voters: [1, 2, 300],
    votersOutgoing: [1, 2, 3],
    learners: [7],
    learnersNext: [3],
    autoLeave: true,
  },
  data: x,
}

const entries: readonly Entry[] = [
  { type: 'EntryNormal', term: 4, index: 301, data: null },
  { type: 'EntryNormal', term: 4, index: 302, data: none },
  { type: 'EntryNormal', term: 5, index: 303, data: x },
  {
    type: 'EntryConfChange',
    term: 5,
    index: 304,
    change: { version: 1, type: 'AddNode', nodeId: 4, context: null },
  },
  {
    type: 'EntryConfChange',
    term: 5,
    index: 305,
    change: { version: 1, type: 'RemoveNode', nodeId: 4, context: none },
  },
  {
    type: 'EntryConfChange',
    term: 5,
    index: 306,
    change: { version: 1, type: 'UpdateNode', nodeId: 0, context: x },
  },
  { type: 'EntryConfChangeV2', term: 5, index: 307, change: replace },
  {
    type: 'EntryConfChangeV2',
    term: 5,
    index: 308,
    change: {
      version: 2,
      transition: 'implicit',
      changes: [{ type: 'AddNode', nodeId: 5 }],
      context: null,
    },
  },
  {
    type: 'EntryConfChangeV2',
    term: 5,
    index: 309,
    change: { version: 2, transition: 'auto', changes: [], context: null },
  },
  { type: 'EntryConfChangeV2', term: 5, index: 310, change: null },
]

const change = { version: 1, type: 'AddLearnerNode', nodeId: 4, context: x } as const
const accept = (match: number): MsgAppResp => ({
  type: 'MsgAppResp',
  ...way,
  term: 5,
  session,
  reject: false,
  match,
})
const vote = { ...way, term: 5, lastLogIndex: 303, lastLogTerm: 4, priority: 0, committed: null }

/** Those that we write in the same bytes. */
export const alike: Readonly<Record<string, PeerMessage>> = {
  MsgProp: { type: 'MsgProp', ...way, entries: [{ type: 'EntryNormal', data: x }] },
  'MsgProp without and with empty data': {
    type: 'MsgProp',
    ...way,
    entries: [
      { type: 'EntryNormal', data: null },
      { type: 'EntryNormal', data: none },
    ],
  },
  'MsgProp of a membership change': {
    type: 'MsgProp',
    ...way,
    entries: [{ type: 'EntryConfChange', change }],
  },
  'MsgProp to leave': { type: 'MsgProp', ...way, entries: [{ type: 'EntryConfChangeV2', change: null }] },
  'MsgApp without entries': {
    type: 'MsgApp',
    ...way,
    term: 5,
    session,
    prevLogIndex: 0,
    prevLogTerm: 0,
    entries: [],
    commit: 0,
  },
  MsgApp: {
    type: 'MsgApp',
    ...way,
    term: 5,
    session,
    prevLogIndex: 300,
    prevLogTerm: 4,
    entries,
    commit: 299,
  },
  'MsgApp of the largest numbers': {
    type: 'MsgApp',
    ...way,
    term: largest,
    session,
    prevLogIndex: largest - 2,
    prevLogTerm: largest,
    entries: [{ type: 'EntryNormal', term: largest, index: largest - 1, data: x }],
    commit: largest - 2,
  },
  MsgAppResp: accept(303),
  'MsgAppResp that rejects': {
    type: 'MsgAppResp',
    ...way,
    term: 5,
    session,
    reject: true,
    rejected: 303,
    hint: { term: 3, index: 200 },
  },
  MsgVote: { type: 'MsgVote', ...vote, transfer: false },
  'MsgVote of a transfer': { type: 'MsgVote', ...vote, transfer: true },
  MsgVoteResp: { type: 'MsgVoteResp', ...way, term: 5, reject: false, committed: null },
  'MsgVoteResp that rejects': { type: 'MsgVoteResp', ...way, term: 5, reject: true, committed: null },
  MsgPreVote: { type: 'MsgPreVote', ...vote, transfer: false },
  MsgPreVoteResp: { type: 'MsgPreVoteResp', ...way, term: 5, reject: false, committed: null },
  'MsgPreVoteResp that rejects': { type: 'MsgPreVoteResp', ...way, term: 5, reject: true, committed: null },
  MsgSnap: { type: 'MsgSnap', ...way, term: 5, session, snapshot },
  'MsgSnap without data': {
    type: 'MsgSnap',
    ...way,
    term: 5,
    session,
    snapshot: {
      index: 1,
      term: 1,
      confState: { voters: [1], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false },
      data: none,
    },
  },
  MsgHeartbeat: { type: 'MsgHeartbeat', ...way, term: 5, commit: 299, context: null },
  'MsgHeartbeat with eight bytes that are a number': {
    type: 'MsgHeartbeat',
    ...way,
    term: 5,
    commit: 299,
    context: 258,
  },
  'MsgHeartbeat with eight bytes that are none': {
    type: 'MsgHeartbeat',
    ...way,
    term: 5,
    commit: 299,
    context: Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0),
  },
  MsgHeartbeatResp: { type: 'MsgHeartbeatResp', ...way, term: 5, context: null },
  'MsgHeartbeatResp with a context': { type: 'MsgHeartbeatResp', ...way, term: 5, context: bytes('ctx') },
  MsgTransferLeader: { type: 'MsgTransferLeader', ...way, term: 5 },
  MsgTimeoutNow: { type: 'MsgTimeoutNow', ...way, term: 5 },
  MsgReadIndex: { type: 'MsgReadIndex', ...way, context: bytes('read') },
  MsgReadIndexResp: { type: 'MsgReadIndexResp', ...way, term: 5, index: 300, context: bytes('read') },
}

/** Those that we write in other bytes: they hold what means nothing, or leave out what is 0. */
export const unlike: Readonly<Record<string, PeerMessage>> = {
  'MsgVote with another context': { type: 'MsgVote', ...vote, transfer: false },
  'MsgAppResp with every field, as by versions before 3.7': accept(303),
  'MsgAppResp without an index': accept(0),
  'MsgHeartbeat with responses and a vote': {
    type: 'MsgHeartbeat',
    ...way,
    term: 5,
    commit: 299,
    context: null,
  },
  'MsgSnap without a snapshot': {
    type: 'MsgSnap',
    ...way,
    term: 5,
    session,
    snapshot: {
      index: 0,
      term: 0,
      confState: { voters: [], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false },
      data: none,
    },
  },
}
