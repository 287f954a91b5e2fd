/** Our messages and raftpb.Message, each as the other. Which message uses which field for what is said here, and nowhere else. */

import type { MsgAppResp, MsgPreVote, MsgVote, PeerMessage, ProposedEntry } from '../core/messages.ts'
import type { Entry, EntryId } from '../core/types.ts'
import { unreadable, unwritable } from './codec-error.ts'
import type { Dialect } from './dialect.ts'
import { contextBytes, contextOf } from './heartbeat-context.ts'
import { noSnapshot } from './snapshot.ts'
import { WireMessage } from './wire-message.ts'

/** As in raftpb.MessageType. Those that are missing never leave their node. */
const numbers: Readonly<Record<PeerMessage['type'], number>> = {
  MsgProp: 2,
  MsgApp: 3,
  MsgAppResp: 4,
  MsgVote: 5,
  MsgVoteResp: 6,
  MsgSnap: 7,
  MsgHeartbeat: 8,
  MsgHeartbeatResp: 9,
  MsgTransferLeader: 13,
  MsgTimeoutNow: 14,
  MsgReadIndex: 15,
  MsgReadIndexResp: 16,
  MsgPreVote: 17,
  MsgPreVoteResp: 18,
}
const names: ReadonlyMap<number, string> = new Map(
  Object.entries(numbers).map(([name, number]) => [number, name]),
)
const localNames: ReadonlyMap<number, string> = new Map([
  [0, 'MsgHup'],
  [1, 'MsgBeat'],
  [10, 'MsgUnreachable'],
  [11, 'MsgSnapStatus'],
  [12, 'MsgCheckQuorum'],
  [19, 'MsgStorageAppend'],
  [20, 'MsgStorageAppendResp'],
  [21, 'MsgStorageApply'],
  [22, 'MsgStorageApplyResp'],
  [23, 'MsgForgetLeader'],
])

/** A request for a vote that the leader itself has asked for says so by this context. */
const campaignTransfer = Uint8Array.from('CampaignTransfer', (letter) => letter.charCodeAt(0))

/** The message as raftpb has it. Which fields are there even when they are 0 is as in etcd. */
export function toWire(m: PeerMessage, dialect: Dialect): WireMessage {
  // Plain JavaScript may pass anything, and every object has a `toString`.
  const number: unknown = numbers[m.type]
  if (typeof number !== 'number') throw unwritable('a message of a type that travels between nodes', m.type)
  const wire = new WireMessage(number, m.from, m.to)
  // A forwarded proposal or read belongs to no term.
  if (m.type !== 'MsgProp' && m.type !== 'MsgReadIndex') wire.term = m.term
  switch (m.type) {
    case 'MsgProp':
      wire.proposals = m.entries
      break
    case 'MsgApp':
      wire.session = m.session
      wire.index = m.prevLogIndex
      wire.logTerm = m.prevLogTerm
      wire.entries = m.entries
      wire.commit = m.commit
      break
    case 'MsgAppResp':
      fillAppendResponse(wire, m)
      break
    case 'MsgVote':
    case 'MsgPreVote':
      fillVote(wire, m, dialect)
      break
    case 'MsgVoteResp':
    case 'MsgPreVoteResp':
      wire.reject = m.reject
      fillCommitted(wire, m.committed, dialect)
      break
    case 'MsgHeartbeat':
      wire.commit = m.commit
      wire.context = contextBytes(m.context)
      break
    case 'MsgHeartbeatResp':
      wire.context = contextBytes(m.context)
      break
    case 'MsgSnap':
      wire.session = m.session
      wire.snapshot = m.snapshot
      break
    case 'MsgReadIndex':
      wire.proposals = contextEntry(m.context)
      wire.byRound = m.byRound === true
      break
    case 'MsgReadIndexResp':
      wire.index = m.index
      wire.proposals = contextEntry(m.context)
      break
    case 'MsgTransferLeader':
    case 'MsgTimeoutNow':
  }
  return wire
}

function fillAppendResponse(wire: WireMessage, m: MsgAppResp): void {
  wire.session = m.session
  wire.reject = m.reject
  if (m.reject) {
    wire.index = m.rejected
    wire.rejectHint = m.hint.index
    wire.logTerm = m.hint.term
  } else wire.index = m.match
}

function fillVote(wire: WireMessage, m: MsgVote | MsgPreVote, dialect: Dialect): void {
  wire.index = m.lastLogIndex
  wire.logTerm = m.lastLogTerm
  wire.priority = m.priority
  if (m.transfer) wire.context = campaignTransfer
  fillCommitted(wire, m.committed, dialect)
}

function fillCommitted(wire: WireMessage, committed: EntryId | null, dialect: Dialect): void {
  if (committed === null) return
  if (dialect === 'raft-rs') {
    wire.commit = committed.index
    wire.commitTerm = committed.term
  } else {
    wire.committedIndex = committed.index
    wire.committedTerm = committed.term
  }
}

/** Reads travel as the data of an entry, as proposals do. */
function contextEntry(context: Uint8Array): readonly ProposedEntry[] {
  return [{ type: 'EntryNormal', data: context }]
}

/** The message that raftpb has so. What is not there is 0, or none. Throws if it is of a type that does not travel. */
export function fromWire(wire: WireMessage, dialect: Dialect): PeerMessage {
  const type = names.get(wire.type) as PeerMessage['type'] | undefined
  if (type === undefined) throw refuseType(wire.type)
  const { from, to, session } = wire
  const term = wire.term ?? 0
  switch (type) {
    case 'MsgProp':
      return { type, from, to, entries: wire.entries.map(withoutPlace) }
    case 'MsgApp': {
      const { entries } = wire
      const [prevLogIndex, prevLogTerm, commit] = [wire.index ?? 0, wire.logTerm ?? 0, wire.commit ?? 0]
      return { type, from, to, term, session, prevLogIndex, prevLogTerm, entries, commit }
    }
    case 'MsgAppResp':
      return appendResponse(wire)
    case 'MsgVote':
    case 'MsgPreVote':
      return voteRequest(type, wire, dialect)
    case 'MsgVoteResp':
    case 'MsgPreVoteResp':
      return { type, from, to, term, reject: wire.reject, committed: committedOf(wire, dialect) }
    case 'MsgHeartbeat':
      return { type, from, to, term, commit: wire.commit ?? 0, context: contextOf(wire.context) }
    case 'MsgHeartbeatResp':
      return { type, from, to, term, context: contextOf(wire.context) }
    case 'MsgSnap':
      return { type, from, to, term, session, snapshot: wire.snapshot ?? noSnapshot() }
    case 'MsgTransferLeader':
    case 'MsgTimeoutNow':
      return { type, from, to, term }
    case 'MsgReadIndex':
      return {
        type,
        from,
        to,
        context: readContext(type, wire.entries),
        ...(wire.byRound && { byRound: true }),
      }
    case 'MsgReadIndexResp':
      return { type, from, to, term, index: wire.index ?? 0, context: readContext(type, wire.entries) }
  }
}

function refuseType(number: number): Error {
  const local = localNames.get(number)
  if (local === undefined) return unreadable('a known type of message', 0, number)
  return unreadable(`a message that travels between nodes, and ${local} does not,`, 0, number)
}

function appendResponse(wire: WireMessage): MsgAppResp {
  const { from, to, session } = wire
  const type = 'MsgAppResp'
  const term = wire.term ?? 0
  const index = wire.index ?? 0
  if (!wire.reject) return { type, from, to, term, session, reject: false, match: index }
  const hint = { term: wire.logTerm ?? 0, index: wire.rejectHint ?? 0 }
  return { type, from, to, term, session, reject: true, rejected: index, hint }
}

function voteRequest(type: 'MsgVote' | 'MsgPreVote', wire: WireMessage, dialect: Dialect): PeerMessage {
  const { from, to, context, priority } = wire
  return {
    type,
    from,
    to,
    term: wire.term ?? 0,
    lastLogIndex: wire.index ?? 0,
    lastLogTerm: wire.logTerm ?? 0,
    transfer:
      context?.length === campaignTransfer.length &&
      context.every((byte, at) => byte === campaignTransfer[at]),
    priority,
    committed: committedOf(wire, dialect),
  }
}

function committedOf(wire: WireMessage, dialect: Dialect): EntryId | null {
  const [index, term] =
    dialect === 'raft-rs' ? [wire.commit, wire.commitTerm] : [wire.committedIndex, wire.committedTerm]
  if (index === null && term === null) return null
  return { term: term ?? 0, index: index ?? 0 }
}

function withoutPlace(entry: Entry): ProposedEntry {
  if (entry.type === 'EntryNormal') return { type: entry.type, data: entry.data }
  if (entry.type === 'EntryConfChange') return { type: entry.type, change: entry.change }
  return { type: entry.type, change: entry.change }
}

function readContext(type: string, entries: readonly Entry[]): Uint8Array {
  const [entry] = entries
  if (entry?.type !== 'EntryNormal' || entries.length !== 1)
    throw unreadable(`a ${type} to have one entry, with its context,`, 0, entries)
  return entry.data ?? new Uint8Array(0)
}
