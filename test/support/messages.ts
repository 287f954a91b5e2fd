/** A proper message of every type, from node 2 to node 1, of which a test changes what it is about. */

import type { Message } from 'quorate'
import { bytes, entry, snapshotAt } from './entries.ts'

type Type = Message['type']
/** The message of one type. */
export type MessageOf<T extends Type> = Extract<Message, { type: T }>

const ends = { from: 2, to: 1 } as const
const vote = {
  term: 1,
  lastLogIndex: 1,
  lastLogTerm: 1,
  transfer: false,
  priority: 0,
  committed: null,
} as const

const samples: { readonly [T in Type]: MessageOf<T> } = {
  MsgProp: { type: 'MsgProp', ...ends, entries: [{ type: 'EntryNormal', data: bytes('x') }] },
  MsgApp: {
    type: 'MsgApp',
    ...ends,
    term: 1,
    session: 1,
    prevLogIndex: 1,
    prevLogTerm: 1,
    entries: [entry(2, 1)],
    commit: 1,
  },
  MsgAppResp: { type: 'MsgAppResp', ...ends, term: 1, session: 1, reject: false, match: 1 },
  MsgVote: { type: 'MsgVote', ...ends, ...vote },
  MsgVoteResp: { type: 'MsgVoteResp', ...ends, term: 1, reject: false, committed: null },
  MsgPreVote: { type: 'MsgPreVote', ...ends, ...vote },
  MsgPreVoteResp: { type: 'MsgPreVoteResp', ...ends, term: 1, reject: false, committed: null },
  MsgHeartbeat: { type: 'MsgHeartbeat', ...ends, term: 1, commit: 1, context: null },
  MsgHeartbeatResp: { type: 'MsgHeartbeatResp', ...ends, term: 1, context: null },
  MsgSnap: { type: 'MsgSnap', ...ends, term: 1, session: 1, snapshot: snapshotAt(5, 1) },
  MsgTransferLeader: { type: 'MsgTransferLeader', ...ends, term: 1 },
  MsgTimeoutNow: { type: 'MsgTimeoutNow', ...ends, term: 1 },
  MsgReadIndex: { type: 'MsgReadIndex', ...ends, context: bytes('r') },
  MsgReadIndexResp: { type: 'MsgReadIndexResp', ...ends, term: 1, index: 1, context: bytes('r') },
  MsgStorageAppendResp: {
    type: 'MsgStorageAppendResp',
    from: 'AppendThread',
    to: 1,
    term: 1,
    lastEntry: null,
    snapshot: null,
    commit: 0,
  },
  MsgStorageApplyResp: { type: 'MsgStorageApplyResp', from: 'ApplyThread', to: 1, entries: [] },
}

/** All types that are stepped. */
export const messageTypes = Object.keys(samples) as readonly Type[]

/** A message of that type, with some parts of its own. */
export function message<T extends Type>(type: T, parts: Partial<MessageOf<T>> = {}): MessageOf<T> {
  return { ...samples[type], ...parts }
}

/** A rejecting answer to a MsgApp. */
export function rejection(rejected: number, hint: { term: number; index: number }, term = 1): Message {
  return { type: 'MsgAppResp', ...ends, term, session: null, reject: true, rejected, hint }
}
