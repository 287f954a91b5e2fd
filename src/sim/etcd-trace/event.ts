/**
 * One line of a trace in the shape of etcd-io/raft's trace validation, which its TLA+ specification reads: names and fields are
 * those of its TracingEvent. Numbers of nodes are strings there, and nobody is '0'.
 */

import type { PeerMessage } from '../../core/messages.ts'
import type { ConfChangeEntry, ConfChangeSingle, LogIndex, NodeId, Term } from '../../core/types.ts'

/** What happened, by the names of the reference. */
export type EtcdEventName =
  | 'InitState'
  | 'BecomeCandidate'
  | 'BecomeFollower'
  | 'BecomeLeader'
  | 'Commit'
  | 'Replicate'
  | 'ChangeConf'
  | 'ApplyConfChange'
  | 'Ready'
  | 'SendAppendEntriesRequest'
  | 'ReceiveAppendEntriesRequest'
  | 'SendAppendEntriesResponse'
  | 'ReceiveAppendEntriesResponse'
  | 'SendRequestVoteRequest'
  | 'ReceiveRequestVoteRequest'
  | 'SendRequestVoteResponse'
  | 'ReceiveRequestVoteResponse'

/** A message, as far as the specification looks at it. */
export interface EtcdMessage {
  readonly type: string
  readonly term: Term
  readonly from: string
  readonly to: string
  /** How many entries; of a snapshot, up to where it goes. */
  readonly entries: number
  readonly logTerm: Term
  readonly index: LogIndex
  readonly commit: LogIndex
  readonly vote: string
  readonly reject: boolean
  readonly rejectHint: LogIndex
}

/** A membership change: what is proposed, or the voters that come of it. */
export interface EtcdConfChange {
  readonly changes?: readonly { readonly nid: string; readonly action: string }[]
  readonly newconf?: readonly string[]
}

/** One event: before it for what is received, after it for everything else. */
export interface EtcdEvent {
  readonly name: EtcdEventName
  readonly nid: string
  readonly state: { readonly term: Term; readonly vote: string; readonly commit: LogIndex }
  readonly role: string
  /** The last index of the log. */
  readonly log: LogIndex
  /** The voters of the incoming and of the outgoing half. */
  readonly conf: readonly [readonly string[], readonly string[]]
  readonly msg?: EtcdMessage
  readonly prop?: { readonly cc: EtcdConfChange }
}

/** Messages that the specification has no word for are not told of; the group's safety does not rest on them. */
export type ToldMessage = Extract<
  PeerMessage,
  {
    readonly type:
      | 'MsgApp'
      | 'MsgAppResp'
      | 'MsgVote'
      | 'MsgVoteResp'
      | 'MsgHeartbeat'
      | 'MsgHeartbeatResp'
      | 'MsgSnap'
  }
>

type Kind = 'AppendEntriesRequest' | 'AppendEntriesResponse' | 'RequestVoteRequest' | 'RequestVoteResponse'

const kinds: Readonly<Record<ToldMessage['type'], Kind>> = {
  MsgApp: 'AppendEntriesRequest',
  MsgHeartbeat: 'AppendEntriesRequest',
  MsgSnap: 'AppendEntriesRequest',
  MsgAppResp: 'AppendEntriesResponse',
  MsgHeartbeatResp: 'AppendEntriesResponse',
  MsgVote: 'RequestVoteRequest',
  MsgVoteResp: 'RequestVoteResponse',
}

export function isTold(m: { readonly type: string }): m is ToldMessage {
  return m.type in kinds
}

export function sendOf(m: Pick<ToldMessage, 'type'>): EtcdEventName {
  return `Send${kinds[m.type]}`
}

export function receiveOf(m: Pick<ToldMessage, 'type'>): EtcdEventName {
  return `Receive${kinds[m.type]}`
}

export function idOf(id: NodeId | null): string {
  return `${id ?? 0}`
}

/** A message without anything in it. */
export function blank(type: ToldMessage['type'], term: Term, from: NodeId, to: NodeId): EtcdMessage {
  return {
    type,
    term,
    from: idOf(from),
    to: idOf(to),
    entries: 0,
    logTerm: 0,
    index: 0,
    commit: 0,
    vote: '0',
    reject: false,
    rejectHint: 0,
  }
}

/** The fields of a message, by the names and with the zeros of the reference. */
export function messageOf(m: ToldMessage): EtcdMessage {
  const base = blank(m.type, m.term, m.from, m.to)
  switch (m.type) {
    case 'MsgApp': {
      const { prevLogIndex: index, prevLogTerm: logTerm, entries } = m
      // The specification lets a leader tell of no more than what the message vouches for. It comes to the same: a follower
      // goes no further (§5.3).
      const commit = Math.min(m.commit, index + entries.length)
      return { ...base, entries: entries.length, logTerm, index, commit }
    }
    case 'MsgAppResp':
      if (m.reject) {
        const { rejected: index, hint } = m
        return { ...base, index, logTerm: hint.term, reject: true, rejectHint: hint.index }
      }
      // The answer to a leader of an earlier term acknowledges nothing: in the specification it is a rejection.
      return { ...base, index: m.match, reject: m.match === 0 && (m.session ?? 0) === 0 }
    case 'MsgVote':
      return { ...base, index: m.lastLogIndex, logTerm: m.lastLogTerm }
    case 'MsgVoteResp':
      return { ...base, reject: m.reject }
    case 'MsgHeartbeat':
      return { ...base, commit: m.commit }
    case 'MsgSnap':
      return { ...base, entries: m.snapshot.index }
    case 'MsgHeartbeatResp':
      return base
  }
}

const actions: Readonly<Record<ConfChangeSingle['type'], string | null>> = {
  AddNode: 'AddNewServer',
  RemoveNode: 'RemoveServer',
  AddLearnerNode: 'AddLearner',
  UpdateNode: null,
}

/** What a membership change does; null where the reference does not tell of it: when a joint configuration is left. */
export function changeOf({ change }: ConfChangeEntry): EtcdConfChange | null {
  if (change === null) return null
  const steps: readonly ConfChangeSingle[] = change.version === 1 ? [change] : change.changes
  const changes = steps.flatMap(({ type, nodeId }) => {
    const action = actions[type]
    return action === null ? [] : [{ nid: idOf(nodeId), action }]
  })
  return changes.length === 0 ? null : { changes }
}

/** Tells the refusal of a vote, or the acknowledgement of an index, from others; anything else has no name. */
export function answerName(m: ToldMessage): string {
  if (m.type === 'MsgVoteResp') return m.reject ? `refused ${m.from} ${m.to} ${m.term}` : ''
  if (m.type !== 'MsgAppResp' || m.reject) return ''
  return `accepted ${m.from} ${m.to} ${m.term} ${m.match}`
}
