/**
 * Where every message comes in: first the terms are compared (§5.1), then requests for votes are answered, which every role
 * does alike, and the rest goes to the role.
 */

import { LogLostError } from '../errors.ts'
import { unreachable } from '../invariant.ts'
import { payloadsSize, entriesSize } from '../entry-size.ts'
import type {
  MsgPreVote,
  MsgPreVoteResp,
  MsgStorageAppendResp,
  MsgStorageApplyResp,
  MsgVote,
  MsgVoteResp,
  PeerMessage,
} from '../messages.ts'
import type { DropReason } from '../trace.ts'
import type { Snapshot } from '../types.ts'
import { answerStaleLeader } from './append-entries.ts'
import { stepCandidate } from './candidate.ts'
import { learnCommitted } from './commit-by-vote.ts'
import { leaderNamedBy } from './heartbeat.ts'
import { handleVoteRequest, refuseStalePreVote, refuseStaleVote } from './election.ts'
import { stepFollower } from './follower.ts'
import { stepLeader } from './leader.ts'
import { appliedTo, installConfig } from './membership.ts'
import { leaderOf, type Raft, tell } from './state.ts'
import { becomeFollower } from './transitions.ts'

type TermMessage = Exclude<PeerMessage, { type: 'MsgProp' | 'MsgReadIndex' }>

/** Takes in a message that has been checked. Answers why a proposal or a read was dropped, or null. */
export function step(raft: Raft, m: PeerMessage): DropReason | null {
  // What clients ask for is about no term.
  if (m.type !== 'MsgProp' && m.type !== 'MsgReadIndex') {
    refuseLostLog(raft, m)
    // Whatever becomes of it, and of whatever term it is: what is committed is so in every term. An answer of an earlier one may
    // be all that a candidate ever hears of it, and a request of an earlier one all that somebody hears whom nobody asks.
    if (isAboutVotes(m)) learnCommitted(raft, m.committed)
    const isVoteRequest = m.type === 'MsgVote' || m.type === 'MsgPreVote'
    if (isVoteRequest && keepsFromVoting(raft, m)) {
      tell(raft, {
        type: 'voteIgnored',
        candidate: m.from,
        preVote: m.type === 'MsgPreVote',
        voteTerm: m.term,
      })
      return null
    }
    // To the reference a message without a term is of the present one.
    const isOfTerm = m.term === raft.term || (m.term === 0 && raft.options.referenceBehaviour)
    if (!isOfTerm && !passesTermGate(raft, m)) return null
    if (isVoteRequest) {
      handleVoteRequest(raft, m)
      return null
    }
    yieldToLeader(raft, m)
  }
  const { role } = raft
  switch (role.name) {
    case 'follower':
      return stepFollower(raft, role, m)
    case 'pre-candidate':
    case 'candidate':
      return stepCandidate(raft, role, m)
    case 'leader':
      return stepLeader(raft, role, m)
    default:
      return unreachable(role)
  }
}

function isAboutVotes(m: PeerMessage): m is MsgVote | MsgVoteResp | MsgPreVote | MsgPreVoteResp {
  const { type } = m
  return type === 'MsgVote' || type === 'MsgVoteResp' || type === 'MsgPreVote' || type === 'MsgPreVoteResp'
}

/** What a finished write says: `lastEntry` and `snapshot` are durable, as asked for in `term`. */
export function storageAppended(
  raft: Raft,
  done: Pick<MsgStorageAppendResp, 'term' | 'lastEntry' | 'snapshot'>,
): void {
  // In a later term the same entry may have been overwritten and written again, and that write may still be under way.
  if (done.lastEntry !== null && done.term === raft.term) raft.log.unstable.stableTo(done.lastEntry)
  // A snapshot is committed state: what it stands for holds in every term.
  if (done.snapshot !== null) snapshotStored(raft, done.snapshot)
}

/** An asynchronous write is done. */
export function storageWritten(raft: Raft, done: MsgStorageAppendResp): void {
  raft.log.durableTo(done.commit)
  storageAppended(raft, done)
}

/** The state machine has done what it was given as MsgStorageApply. */
export function storageApplied(raft: Raft, { entries }: Pick<MsgStorageApplyResp, 'entries'>): void {
  const last = entries[entries.length - 1]
  if (last !== undefined) appliedTo(raft, last.index, entriesSize(entries), payloadsSize(entries))
}

function snapshotStored(raft: Raft, snapshot: Snapshot): void {
  raft.log.unstable.stableSnapTo(snapshot.index)
  installConfig(raft, snapshot.confState, snapshot.index)
  appliedTo(raft, snapshot.index, 0, 0)
}

/**
 * A leader tells nobody of a commit beyond what it has acknowledged. Who hears of one beyond its log has acknowledged what
 * it does not hold any more. Looked at before anything changes: a node that has lost its log is to be left as it is.
 */
function refuseLostLog(raft: Raft, m: PeerMessage): void {
  if (m.type !== 'MsgHeartbeat' || m.term < raft.term) return
  if (m.term === raft.term && raft.role.name === 'leader') return
  const { lastIndex } = raft.log
  if (m.commit > lastIndex) throw new LogLostError(m.commit, lastIndex)
}

/** §5.1: who learns of a later term follows in it, and what is of an earlier one is refused. Is the message to be handled? */
function passesTermGate(raft: Raft, m: TermMessage): boolean {
  return m.term > raft.term ? admitLater(raft, m) : admitEarlier(raft, m)
}

function admitLater(raft: Raft, m: TermMessage): boolean {
  // thesis §9.6: to be asked about a later term is not to be in it.
  if (m.type === 'MsgPreVote') return true
  // A grant carries the term that was asked about. A rejection carries the term of who rejects, and that one counts.
  if (m.type === 'MsgPreVoteResp' && !m.reject) return true
  becomeFollower(raft, m.term, leaderNamedBy(raft, m))
  return true
}

/** §5.2: a candidate that hears of the leader of its term has lost, and follows. */
function yieldToLeader(raft: Raft, m: TermMessage): void {
  if (m.type !== 'MsgApp' && m.type !== 'MsgHeartbeat' && m.type !== 'MsgSnap') return
  const { name } = raft.role
  if (name === 'candidate' || name === 'pre-candidate')
    becomeFollower(raft, raft.term, leaderNamedBy(raft, m))
}

/**
 * thesis §4.2.3: who has lately heard from a leader does not help to depose it, and does not even answer. A leader that asks
 * somebody to take over has said that this does not count (thesis §3.10).
 */
function keepsFromVoting(raft: Raft, m: MsgVote | MsgPreVote): boolean {
  if (m.transfer) return false
  // What was promised for a lease holds whatever has been heard since, and in every term.
  if (raft.ticks < raft.promisedUntil) return true
  // Only with checkQuorum: a leader that has lost its quorum steps down then, and is not held on to for ever.
  if (!raft.options.checkQuorum || m.term <= raft.term) return false
  return leaderOf(raft) !== null && raft.electionElapsed < raft.options.electionTick
}

function admitEarlier(raft: Raft, m: TermMessage): boolean {
  const { checkQuorum, preVote, referenceBehaviour } = raft.options
  // The reference leaves it to the candidate to win by itself, unless one of these keeps it from that. But others may have
  // other options, or this node may be no voter any more.
  const answers = checkQuorum || preVote || !referenceBehaviour
  if (answers && (m.type === 'MsgHeartbeat' || m.type === 'MsgApp')) {
    // We may be in a later term without the others': cut off, we raised it alone, and now the leader's messages are stale
    // to us while ours are ignored by the rest. That our term is later makes this leader step down and the next one win us.
    answerStaleLeader(raft, m.from)
  } else if (m.type === 'MsgPreVote') {
    refuseStalePreVote(raft, m)
  } else if (m.type === 'MsgVote' && !referenceBehaviour) {
    refuseStaleVote(raft, m)
  } else {
    tell(raft, { type: 'messageIgnored', from: m.from, message: m.type, why: 'stale-term' })
  }
  return false
}
