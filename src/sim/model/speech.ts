/** What a server may say: only what is so, and what it promises only when it is durable (figure 2, "before responding to RPCs"). */

import type {
  MsgApp,
  MsgAppRespAccept,
  MsgHeartbeat,
  MsgSnap,
  MsgTimeoutNow,
  MsgVote,
  PeerMessage,
} from '../../core/messages.ts'
import type { EntryId, LogIndex, NodeId, Term } from '../../core/types.ts'
import { unreachable } from '../../core/invariant.ts'
import { idText } from './abstract-log.ts'
import { isSame } from './configuration.ts'
import { deviates } from './deviation.ts'
import type { Leadership, Server, State } from './state.ts'

/** A server lets a message go. */
export function sent(state: State, s: Server, m: PeerMessage): void {
  if ('committed' in m && m.committed !== null) checkCommitted(state, s, m.committed)
  switch (m.type) {
    case 'MsgApp':
      return append(s, m, asLeader(state, s, m))
    case 'MsgHeartbeat':
      return heartbeat(s, m, asLeader(state, s, m))
    case 'MsgSnap':
      return snapshot(state, s, m, asLeader(state, s, m))
    case 'MsgTimeoutNow':
      return timeoutNow(s, m, asLeader(state, s, m))
    case 'MsgReadIndexResp': {
      const { commit, hasCommittedOwn } = asLeader(state, s, m)
      if (!hasCommittedOwn || m.index > commit)
        deviates(
          'Read',
          s.id,
          `answers a read with ${m.index} in term ${m.term}, and has committed ${commit} (§8)`,
        )
      return
    }
    case 'MsgVote':
      return requestVote(state, s, m)
    case 'MsgVoteResp':
      checkOwn(s, m)
      return m.reject ? undefined : vote(state, s, m.to, m.term)
    case 'MsgAppResp':
      checkOwn(s, m)
      return m.reject || m.match === 0 ? undefined : acknowledge(state, s, m)
    case 'MsgHeartbeatResp':
    case 'MsgPreVote':
    case 'MsgPreVoteResp': // promise nothing (thesis §9.6)
    case 'MsgProp':
    case 'MsgReadIndex':
    case 'MsgTransferLeader': // what clients ask for, passed on
      return undefined
    default:
      return unreachable(m)
  }
}

/** What it calls committed it knows to be. */
function checkCommitted(state: State, s: Server, { index, term }: EntryId): void {
  const chosen = state.chosenTerm(index)
  // Nothing at all is committed at 0.
  if (index > s.commit || (index > 0 && chosen !== term))
    deviates(
      'Send',
      s.id,
      `calls ${term}/${index} committed, knows ${s.commit}, and ${chosen ?? 'nothing'} is committed there (figure 3)`,
    )
}

/** With asynchronous writes a node's answers to itself pass by here as well (thesis §10.2.1). */
export function saidToItself(s: Server, m: PeerMessage): void {
  if (m.type === 'MsgVoteResp' && !m.reject) checkVoteIsDurable(s, s.id, m.term)
  else if (m.type === 'MsgAppResp' && !m.reject && m.match > 0) checkHeld(s, m.match, m.term, 'Acknowledge')
}

type OfTerm = Extract<PeerMessage, { readonly term: Term }>

/** Figure 2: the term that a message tells of is written down before. */
function checkOwn(s: Server, m: OfTerm): void {
  if (m.from !== s.id) deviates('Send', s.id, `sends a ${m.type} in the name of ${m.from}`)
  const durable = s.disk.durable.hardState?.term ?? 0
  if (m.term > s.term || m.term > durable)
    deviates(
      'Send',
      s.id,
      `sends a ${m.type} of term ${m.term}, is in ${s.term}, and ${durable} is durable (figure 2)`,
    )
}

/** §5.2: who sends this has been elected for the term of the message. */
function asLeader(state: State, s: Server, m: OfTerm): Leadership {
  checkOwn(s, m)
  const leadership = state.leaderships.get(m.term)
  if (leadership?.id !== s.id)
    return deviates(
      'Send',
      s.id,
      `sends a ${m.type} in term ${m.term}, which ${leadership?.id ?? 'nobody'} was elected for (§5.2)`,
    )
  return leadership
}

/** §5.3: entries of its own log, behind one that is there. */
function append(s: Server, m: MsgApp, { commit, session }: Leadership): void {
  if (m.commit > commit)
    deviates('SendAppend', s.id, `tells ${m.to} that ${m.commit} is committed, and knows ${commit} (§5.3)`)
  if (m.session !== null) session.set(m.to, Math.max(m.session, session.get(m.to) ?? 0))
  // Made before it was deposed, and its log may have changed since.
  if (s.role !== 'leader' || s.term !== m.term) return
  const { log } = s
  const prev = log.term(m.prevLogIndex)
  if (prev !== m.prevLogTerm && m.prevLogIndex >= log.baseIndex)
    deviates(
      'SendAppend',
      s.id,
      `names ${m.prevLogTerm}/${m.prevLogIndex}, and has term ${prev ?? '-'} there (§5.3)`,
    )
  const last = m.entries.at(-1)
  if (last === undefined) return
  if (last.index !== m.prevLogIndex + m.entries.length || log.term(last.index) !== last.term)
    deviates(
      'SendAppend',
      s.id,
      `sends ${idText(last)} at the end of ${m.entries.length} entries behind ${m.prevLogIndex}, which its log has not (§5.3)`,
    )
}

/** A follower takes this commit index as it is, so it must be known to hold that much (§5.3). */
function heartbeat(s: Server, m: MsgHeartbeat, { commit, best }: Leadership): void {
  const held = best.get(m.to) ?? 0
  if (m.commit > commit || m.commit > held)
    deviates(
      'SendHeartbeat',
      s.id,
      `tells ${m.to} that ${m.commit} is committed, knows ${commit}, and ${m.to} has acknowledged ${held} (§5.3)`,
    )
}

/** §7: a snapshot stands for what is committed, and for the membership of then. */
function snapshot(
  state: State,
  s: Server,
  { to, session, snapshot: snap }: MsgSnap,
  leadership: Leadership,
): void {
  if (session !== null) leadership.session.set(to, Math.max(session, leadership.session.get(to) ?? 0))
  if (snap.index > leadership.commit || state.chosenTerm(snap.index) !== snap.term)
    deviates(
      'SendSnapshot',
      s.id,
      `sends a snapshot of ${idText(snap)}, and has committed ${leadership.commit} (§7)`,
    )
  const config = state.configAt(snap.index)
  if (config !== null && !isSame(config, snap.confState))
    deviates(
      'SendSnapshot',
      s.id,
      `sends a snapshot of ${snap.index} with another membership than that of ${snap.index} (§7)`,
    )
}

/** thesis §3.10: only who is up to date is told to take over. */
function timeoutNow(s: Server, { to, term }: MsgTimeoutNow, { best }: Leadership): void {
  if (s.role === 'leader' && s.term === term && (best.get(to) ?? 0) < s.commit)
    deviates(
      'Transfer',
      s.id,
      `tells ${to} to take over, which has acknowledged ${best.get(to) ?? 0} of ${s.commit} (thesis §3.10)`,
    )
}

/** §5.2: it says of its log what it was when it stood for election. Its own vote is for itself, and durable. */
function requestVote(state: State, s: Server, m: MsgVote): void {
  checkOwn(s, m)
  const claim = s.claims.get(m.term)
  if (claim?.index !== m.lastLogIndex || claim.term !== m.lastLogTerm)
    return deviates(
      'RequestVote',
      s.id,
      `says in term ${m.term} that its log ends with ${m.lastLogTerm}/${m.lastLogIndex}, and it was ${claim === undefined ? 'no candidate' : idText(claim)} (§5.4.1)`,
    )
  vote(state, s, s.id, m.term)
  // docs/adr/0008: a crash must not take back the log that others vote for.
  if (s.role === 'candidate' && s.term === m.term && !s.disk.durable.holds(claim.index, claim.term))
    deviates(
      'RequestVote',
      s.id,
      `asks for votes for a log up to ${idText(claim)}, which is not durable (figure 2)`,
    )
}

function vote(state: State, s: Server, candidate: NodeId, term: Term): void {
  checkVoteIsDurable(s, candidate, term)
  if (s.votes.get(term) !== candidate && term === s.term)
    deviates(
      'Vote',
      s.id,
      `says that it votes for ${candidate} in term ${term}, and votes for ${s.vote ?? 'nobody'} (§5.2)`,
    )
  state.noteGrant(term, s.id, candidate)
}

function checkVoteIsDurable(s: Server, candidate: NodeId, term: Term): void {
  const { hardState } = s.disk.durable
  if (
    hardState !== null &&
    (hardState.term > term || (hardState.term === term && hardState.vote === candidate))
  )
    return
  deviates('Vote', s.id, `gives its vote of term ${term} to ${candidate}, and it is not durable (figure 2)`)
}

/** §5.3: what a follower acknowledges is the leader's log up to there, and durable. */
function acknowledge(state: State, s: Server, m: MsgAppRespAccept): void {
  const leadership = state.leaderships.get(m.term)
  if (leadership?.id !== m.to)
    deviates(
      'Acknowledge',
      s.id,
      `acknowledges ${m.match} to ${m.to} in term ${m.term}, which ${leadership?.id ?? 'nobody'} leads (§5.2)`,
    )
  checkHeld(s, m.match, m.term, 'Acknowledge')
  const leader = state.server(m.to)
  if (leader === undefined || leader.leadership !== leadership || s.term !== m.term) return
  const [own, right] = [s.log.term(m.match), leader.log.term(m.match)]
  if (own !== null && right !== null && own !== right)
    deviates(
      'Acknowledge',
      s.id,
      `acknowledges ${m.match} with term ${own} there, where leader ${m.to} has ${right} (§5.3)`,
    )
}

/** In a later term it may have been overwritten since, which the leader of the earlier one need not hear. */
function checkHeld(s: Server, index: LogIndex, term: Term, what: string): void {
  if (s.term !== term) return
  if (index > s.log.lastIndex)
    deviates(what, s.id, `acknowledges ${index}, and its log ends at ${s.log.lastIndex} (§5.3)`)
  const own = s.log.term(index)
  if (own !== null && !s.disk.durable.holds(index, own))
    deviates(what, s.id, `acknowledges ${own}/${index}, and it is not durable (figure 2)`)
}
