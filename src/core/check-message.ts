/**
 * The gate for what comes from outside. Nothing has changed yet when a message is turned down here, and behind it nobody
 * asks again whether a term is a number. A wrong message is the sender's mistake; the receiver goes on unharmed.
 */

import { describeValue, isRaftError, MessageError } from './errors.ts'
import type {
  Message,
  MsgApp,
  MsgAppResp,
  MsgHeartbeat,
  MsgHeartbeatResp,
  MsgPreVote,
  MsgSnap,
  MsgVote,
  StorageResponse,
} from './messages.ts'
import { leaderOf, type Raft } from './raft/state.ts'
import { isMember } from './conf-state.ts'
import type { Entry, EntryId, Term } from './types.ts'
import { contentFlaw, isBytes, isCount, isIndex, isNodeId, snapshotFlaw } from './validity.ts'

/** What all messages that belong to a term have, before it is looked at. */
interface Envelope {
  readonly type: string
  readonly from: unknown
  readonly to: unknown
  readonly term: unknown
}

/** What `step` never takes, whoever sends it: these are said within one node. And what to do instead. */
const localTypes: ReadonlyMap<unknown, string> = new Map([
  ['MsgHup', 'Call campaign()'],
  ['MsgBeat', 'Call tick(): a leader sends its heartbeats by itself'],
  ['MsgCheckQuorum', 'Call tick(): with checkQuorum a leader looks by itself'],
  ['MsgUnreachable', 'Call reportUnreachable(id)'],
  ['MsgSnapStatus', 'Call reportSnapshot(id, outcome)'],
  ['MsgForgetLeader', 'Call forgetLeader()'],
  ['MsgStorageAppend', 'Write what it holds, and step its responses'],
  ['MsgStorageApply', 'Apply its entries, and step its responses'],
])

/** Throws {@link MessageError} unless `value` is a message that a correct peer, or this node's own storage, may have sent. */
export function checkMessage(raft: Raft, value: unknown): asserts value is Message {
  try {
    checkParts(raft, value)
  } catch (error) {
    if (isRaftError(error)) throw error
    // A getter or a proxy that throws: to look at it has changed nothing.
    throw new MessageError(
      'ERR_INVALID_MESSAGE',
      'Expected a message that can be read',
      'Pass plain objects',
      value,
      error,
    )
  }
}

function checkParts(raft: Raft, value: unknown): void {
  if (typeof value !== 'object' || value === null) throw improper('a message to be an object', value)
  const m = value as Message
  switch (m.type) {
    case 'MsgApp':
      checkRequest(raft, m)
      checkAppend(m)
      return checkOnlyLeader(raft, m)
    case 'MsgAppResp':
      checkResponse(raft, m)
      return checkAppendResponse(raft, m)
    case 'MsgHeartbeat':
      checkRequest(raft, m)
      checkCount(m, 'commit')
      checkRound(m)
      return checkOnlyLeader(raft, m)
    case 'MsgHeartbeatResp':
      checkResponse(raft, m)
      return checkHeartbeatResponse(raft, m)
    case 'MsgStorageAppendResp':
    case 'MsgStorageApplyResp':
      return checkStorageResponse(raft, m)
    case 'MsgProp':
      checkEnds(raft, m)
      return checkProposal(m.entries)
    case 'MsgReadIndex':
      checkEnds(raft, m)
      if (m.byRound !== undefined) checkFlag(m, 'byRound')
      return checkContext(m)
    case 'MsgVote':
    case 'MsgPreVote':
      checkRequest(raft, m)
      return checkVoteRequest(m)
    case 'MsgVoteResp':
    case 'MsgPreVoteResp':
      checkResponse(raft, m)
      checkCommitted(m)
      return checkFlag(m, 'reject')
    case 'MsgSnap':
      checkEnds(raft, m)
      checkIsOther(raft, m)
      checkSnapshot(m)
      return m.session === null ? undefined : checkOnlyLeader(raft, m)
    case 'MsgTimeoutNow':
    case 'MsgTransferLeader':
      return checkRequest(raft, m)
    case 'MsgReadIndexResp':
      // The leader that was asked may be a member whom this node has yet to apply.
      if (m.from === leaderOf(raft)) checkRequest(raft, m)
      else checkResponse(raft, m)
      checkCount(m, 'index')
      return checkContext(m)
    default:
      return refuseType(m)
  }
}

function checkProposal(entries: unknown): void {
  if (!Array.isArray(entries)) throw improper('the entries of a MsgProp to be an array', entries)
  if (entries.length === 0)
    throw new MessageError(
      'ERR_EMPTY_PROPOSAL',
      'Expected a MsgProp to have at least one entry, got none',
      'Drop it and look at its sender: who has nothing to propose sends nothing',
      entries,
    )
  for (let i = 0; i < entries.length; i++) {
    const flaw = contentFlaw(entries[i])
    if (flaw !== null) throw improper(`each entry of a MsgProp to be proper, but of one ${flaw}`, entries[i])
  }
}

function refuseType(m: { readonly type: unknown }): never {
  const instead = localTypes.get(m.type)
  if (instead !== undefined)
    throw new MessageError(
      'ERR_LOCAL_MESSAGE',
      `Expected a message from a peer, got the local ${String(m.type)}`,
      instead,
      m.type,
    )
  throw improper('a message of a known type', m.type)
}

function checkEnds(raft: Raft, m: Omit<Envelope, 'term'>): void {
  if (!isNodeId(m.from)) throw improper(`\`from\` of a ${m.type} to be a safe integer >= 1`, m.from)
  if (m.to !== raft.id)
    throw new MessageError(
      'ERR_INVALID_MESSAGE',
      `Expected a ${m.type} for node ${raft.id}, got one for ${describeValue(m.to)}`,
      'Look for the mistake in the transport: it delivers messages to nodes that they are not meant for',
      m.to,
    )
}

/** Nobody asks anything in term 0: it is the one before the first election. */
function checkRequest(raft: Raft, m: Envelope): void {
  checkEnds(raft, m)
  checkTerm(m, raft.options.referenceBehaviour ? 0 : 1)
  // Only who leadership is to go to may be named to itself, as the target of a transfer.
  if (m.type !== 'MsgTransferLeader') checkIsOther(raft, m)
}

/** A node would follow itself. */
function checkIsOther(raft: Raft, m: Omit<Envelope, 'term'>): void {
  if (m.from === raft.id) throw improper(`a ${m.type} to come from another node than this one`, m.from)
}

/** Requests are taken from anyone: who joins is known to nobody (thesis §4.2.2). Answers only from whom we may have asked. */
function checkResponse(raft: Raft, m: Envelope): void {
  checkEnds(raft, m)
  checkTerm(m, 0)
  const from = m.from as number
  if (from === raft.id && !raft.options.referenceBehaviour) return checkOwnResponse(raft, m)
  const known =
    raft.role.name === 'leader' ? raft.role.progress.get(from) !== undefined : isMember(raft.config, from)
  if (!known)
    throw new MessageError(
      'ERR_UNKNOWN_PEER',
      `Expected a ${m.type} from a member of the configuration, got one from node ${from}`,
      'Drop it: it is a late answer of a node that was removed',
      from,
    )
}

/** With asynchronous writes a node's own answers come in here, also after it has been removed. Without, it keeps them to itself. */
function checkOwnResponse(raft: Raft, m: Envelope & { readonly reject?: unknown }): void {
  const isKnown = m.type === 'MsgAppResp' || m.type === 'MsgVoteResp' || m.type === 'MsgPreVoteResp'
  // A grant to ask around carries the term that was asked about.
  const latest = m.type === 'MsgPreVoteResp' ? raft.term + 1 : raft.term
  // It never refuses itself anything, and asks itself nothing else.
  const term = m.term as Term
  const isProper = isKnown && m.reject === false && term <= latest
  if (raft.options.asyncStorageWrites && isProper) return
  throw new MessageError(
    'ERR_LOCAL_MESSAGE',
    `Expected a ${m.type} from another node, got one of term ${describeValue(m.term)} from this node itself, which has sent none`,
    'Step only what MsgStorageAppend of this node carries as responses, and nothing in its name from a peer',
    m.from,
  )
}

/** §5.2: a term has one leader at most. Who hears of a second one is the last who can tell that a vote was given twice. */
function checkOnlyLeader(raft: Raft, m: MsgApp | MsgHeartbeat | MsgSnap): void {
  const leader = leaderOf(raft)
  if (leader === null || leader === m.from || m.term !== raft.term || raft.options.referenceBehaviour) return
  throw new MessageError(
    'ERR_INVALID_MESSAGE',
    `Expected a ${m.type} of term ${m.term} from its leader, node ${leader}, got one from node ${m.from}: two leaders in one term`,
    'Stop the group and look for two nodes with one id, or for a disk that has lost a term or a vote',
    m.from,
  )
}

function checkTerm(m: { readonly type: string; readonly term: unknown }, min: 0 | 1): void {
  if (!isCount(m.term) || m.term < min)
    throw improper(`the term of a ${m.type} to be a safe integer >= ${min}`, m.term)
}

function checkCount<M extends { readonly type: string }>(m: M, field: string & keyof M): void {
  if (!isCount(m[field])) throw improper(`\`${field}\` of a ${m.type} to be a safe integer >= 0`, m[field])
}

function checkFlag<M extends { readonly type: string }>(m: M, field: string & keyof M): void {
  if (typeof m[field] !== 'boolean')
    throw improper(`\`${field}\` of a ${m.type} to be true or false`, m[field])
}

function checkRound(m: { readonly type: string; readonly term: unknown; readonly context: unknown }): void {
  checkTerm(m, 0)
  if (m.context !== null && !isCount(m.context) && !isBytes(m.context))
    throw improper(`the context of a ${m.type} to be null, a safe integer >= 0 or a Uint8Array`, m.context)
}

function checkContext(m: { readonly type: string; readonly context: unknown }): void {
  if (!isBytes(m.context)) throw improper(`the context of a ${m.type} to be a Uint8Array`, m.context)
}

function checkSession(m: { readonly type: string; readonly session: unknown }): void {
  if (m.session !== null && !isCount(m.session))
    throw improper(`the session of a ${m.type} to be null or a safe integer >= 0`, m.session)
}

function checkAppend(m: MsgApp): void {
  checkSession(m)
  checkCount(m, 'prevLogIndex')
  checkCount(m, 'prevLogTerm')
  checkCount(m, 'commit')
  if (!Array.isArray(m.entries)) throw improper('the entries of a MsgApp to be an array', m.entries)
  if (m.prevLogTerm > m.term)
    throw improper(`prevLogTerm of a MsgApp to be at most its term ${m.term}`, m.prevLogTerm)
  let term = m.prevLogTerm
  for (let i = 0; i < m.entries.length; i++) {
    const entry = m.entries[i] as Partial<Entry> | null | undefined
    const index = m.prevLogIndex + 1 + i
    if (entry?.index !== index || !isIndex(index))
      throw improper(`entry ${i} of a MsgApp to have index ${index}, without a gap`, entry?.index)
    if (!isCount(entry.term) || entry.term < Math.max(term, 1))
      throw improper(`entry ${index} of a MsgApp not to fall in term below ${term}`, entry.term)
    term = entry.term
    const flaw = contentFlaw(entry)
    if (flaw !== null) throw improper(`entry ${index} of a MsgApp to be proper, but ${flaw}`, entry)
  }
  if (term > m.term) throw improper(`the entries of a MsgApp to be of its term ${m.term} or before`, term)
}

function checkVoteRequest(m: MsgVote | MsgPreVote): void {
  checkCount(m, 'lastLogIndex')
  checkCount(m, 'lastLogTerm')
  checkFlag(m, 'transfer')
  // No log is of a term beyond that of its owner, and nothing is committed beyond it.
  if (m.lastLogTerm > m.term)
    throw improper(`the lastLogTerm of a ${m.type} not to be beyond its term ${m.term}`, m.lastLogTerm)
  checkCommitted(m)
  if (m.committed !== null && (m.committed.index > m.lastLogIndex || m.committed.term > m.lastLogTerm))
    throw improper(`\`committed\` of a ${m.type} not to be beyond the end of its log`, m.committed)
  if (!Number.isSafeInteger(m.priority))
    throw improper(`the priority of a ${m.type} to be a safe integer`, m.priority)
}

function checkCommitted(m: { readonly type: string; readonly committed: unknown }): void {
  const committed = m.committed as Partial<EntryId> | null | undefined
  if (committed !== null && !(isCount(committed?.index) && isCount(committed.term)))
    throw improper(`\`committed\` of a ${m.type} to be null or an index and a term`, committed)
}

function checkAppendResponse(raft: Raft, m: MsgAppResp): void {
  checkSession(m)
  checkFlag(m, 'reject')
  if (m.reject) {
    const hint = m.hint as Partial<EntryId> | null | undefined
    checkCount(m, 'rejected')
    if (!isCount(hint?.index) || !isCount(hint.term))
      throw improper('the hint of a MsgAppResp to be an index and a term', hint)
    return
  }
  checkCount(m, 'match')
  // Believed, it would commit what nobody holds.
  if (isForThisLeader(raft, m) && m.match > raft.log.lastIndex)
    throw improper(
      `\`match\` of a MsgAppResp to lie in this leader's log, which ends at ${raft.log.lastIndex}`,
      m.match,
    )
}

function checkHeartbeatResponse(raft: Raft, m: MsgHeartbeatResp): void {
  checkRound(m)
  const { role } = raft
  // Believed, it would confirm reads that nobody has been asked about yet.
  if (
    m.context !== null &&
    role.name === 'leader' &&
    isForThisLeader(raft, m) &&
    (typeof m.context !== 'number' || m.context > role.reads.round)
  )
    throw improper(
      `the context of a MsgHeartbeatResp to be a round that was sent, up to ${role.reads.round}`,
      m.context,
    )
}

function isForThisLeader(raft: Raft, m: { readonly term: Term }): boolean {
  return raft.role.name === 'leader' && m.term === raft.term
}

function checkSnapshot(m: MsgSnap): void {
  // An application may send the snapshot it starts a group with, before there was any election.
  checkTerm(m, 0)
  checkSession(m)
  const flaw = snapshotFlaw(m.snapshot)
  if (flaw !== null) throw improper(`the snapshot of a MsgSnap to be proper, but ${flaw}`, m.snapshot)
  if (m.term > 0 && m.snapshot.term > m.term)
    throw improper(`the snapshot of a MsgSnap to be of its term ${m.term} or before`, m.snapshot.term)
}

/** These come from this node's own threads or from nowhere: a peer that sends them would make us forget what is not durable. */
function checkStorageResponse(raft: Raft, m: StorageResponse): void {
  const thread = m.type === 'MsgStorageAppendResp' ? 'AppendThread' : 'ApplyThread'
  if (m.from !== thread || m.to !== raft.id || !raft.options.asyncStorageWrites)
    throw new MessageError(
      'ERR_LOCAL_MESSAGE',
      `Expected a ${m.type} from this node's own ${thread}, with asyncStorageWrites, got one from ${describeValue(m.from)} to ${describeValue(m.to)}`,
      'Step only what MsgStorageAppend and MsgStorageApply of this node carry as responses, and nothing of the kind from a peer',
      m.from,
    )
  if (m.type === 'MsgStorageApplyResp') return checkApplied(raft, m.entries)
  checkTerm(m, 0)
  const lastEntry = m.lastEntry as Partial<EntryId> | null | undefined
  if (lastEntry !== null && !(isCount(lastEntry?.index) && isCount(lastEntry.term)))
    throw improper('lastEntry of a MsgStorageAppendResp to be null or an index and a term', lastEntry)
  if (!isCount(m.commit) || m.commit > raft.log.committed)
    throw improper(
      `\`commit\` of a MsgStorageAppendResp to be what was handed out, up to ${raft.log.committed}`,
      m.commit,
    )
  const flaw = m.snapshot === null ? null : snapshotFlaw(m.snapshot)
  if (flaw !== null)
    throw improper(`the snapshot of a MsgStorageAppendResp to be proper, but ${flaw}`, m.snapshot)
}

function checkApplied(raft: Raft, entries: unknown): void {
  if (!Array.isArray(entries)) throw improper('the entries of a MsgStorageApplyResp to be an array', entries)
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] as Partial<Entry> | null | undefined
    if (!isCount(entry?.index) || entry.index > raft.log.applying || contentFlaw(entry) !== null)
      throw improper(
        `the entries of a MsgStorageApplyResp to be handed out to be applied, up to ${raft.log.applying}`,
        entry,
      )
  }
}

function improper(expected: string, value: unknown): MessageError {
  return new MessageError(
    'ERR_INVALID_MESSAGE',
    `Expected ${expected}, got ${describeValue(value)}`,
    'Drop it and look at its sender: no correct peer sends it',
    value,
  )
}
