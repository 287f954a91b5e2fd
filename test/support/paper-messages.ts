/**
 * Messages by hand, as a peer would send them. What a test does not care about is filled in, for logs that hold nothing
 * but the first snapshot, at index 1 and of term 1.
 */

import type {
  Entry,
  LogIndex,
  MsgApp,
  MsgAppResp,
  MsgHeartbeat,
  MsgHeartbeatResp,
  MsgPreVote,
  MsgPreVoteResp,
  MsgSnap,
  MsgTimeoutNow,
  MsgVote,
  MsgVoteResp,
  NodeId,
  Snapshot,
  Term,
} from 'quorate'

import { bytes } from './paper-server.ts'

/** Who says it to whom, and in which term. */
type Ends = readonly [from: NodeId, to: NodeId, term: Term]

const envelope = ([from, to, term]: Ends) => ({ from, to, term })

export const append = (ends: Ends, parts: Partial<MsgApp> = {}): MsgApp => ({
  type: 'MsgApp',
  ...envelope(ends),
  session: null,
  prevLogIndex: 1,
  prevLogTerm: 1,
  entries: [],
  commit: 0,
  ...parts,
})

export const accept = (ends: Ends, match: LogIndex, session: number | null = null): MsgAppResp => ({
  type: 'MsgAppResp',
  ...envelope(ends),
  session,
  reject: false,
  match,
})

export const heartbeat = (ends: Ends, parts: Partial<MsgHeartbeat> = {}): MsgHeartbeat => ({
  type: 'MsgHeartbeat',
  ...envelope(ends),
  commit: 0,
  context: null,
  ...parts,
})

export const heartbeatResp = (ends: Ends, context: number | null = null): MsgHeartbeatResp => ({
  type: 'MsgHeartbeatResp',
  ...envelope(ends),
  context,
})

const candidacy = { lastLogIndex: 1, lastLogTerm: 1, transfer: false, priority: 0, committed: null }

export const requestVote = (ends: Ends, parts: Partial<MsgVote> = {}): MsgVote => ({
  type: 'MsgVote',
  ...envelope(ends),
  ...candidacy,
  ...parts,
})

export const requestPreVote = (ends: Ends, parts: Partial<MsgPreVote> = {}): MsgPreVote => ({
  type: 'MsgPreVote',
  ...envelope(ends),
  ...candidacy,
  ...parts,
})

export const vote = (ends: Ends, reject = false): MsgVoteResp => ({
  type: 'MsgVoteResp',
  ...envelope(ends),
  reject,
  committed: null,
})

export const preVote = (ends: Ends, reject = false): MsgPreVoteResp => ({
  type: 'MsgPreVoteResp',
  ...envelope(ends),
  reject,
  committed: null,
})

export const snap = (ends: Ends, snapshot: Snapshot, session: number | null = null): MsgSnap => ({
  type: 'MsgSnap',
  ...envelope(ends),
  session,
  snapshot,
})

export const timeoutNow = (ends: Ends): MsgTimeoutNow => ({ type: 'MsgTimeoutNow', ...envelope(ends) })

/** Entries from `first` on, one of each term. The command of each says where it stands. */
export function entriesAt(first: LogIndex, ...terms: readonly Term[]): Entry[] {
  return terms.map((term, i) => ({
    type: 'EntryNormal',
    term,
    index: first + i,
    data: bytes(`${first + i}@${term}`),
  }))
}
