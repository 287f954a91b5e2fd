/** Elections: standing for one, asking around first, and deciding for whom to vote (§5.2, §5.4.1, thesis §9.6). */

import type { MsgPreVote, MsgPreVoteResp, MsgVote, MsgVoteResp } from '../messages.ts'
import { jointVote } from '../quorum/joint.ts'
import type { VoteResult } from '../quorum/vote-result.ts'
import { isVoter, voterIds } from '../conf-state.ts'
import { hasRoomFor } from './proposal.ts'
import { committedEntry } from './commit-by-vote.ts'
import type { ElectionReason, ElectionRefusal, VoteRefusal } from '../trace.ts'
import type { EntryId, NodeId, Term } from '../types.ts'
import type { Candidate, PreCandidate } from './role.ts'
import { leaderOf, type Raft, tell } from './state.ts'
import { becomeCandidate, becomePreCandidate } from './transitions.ts'

/**
 * Stands for election, unless it leads already or must not: then it answers why. Who is told to by the leader does not ask
 * around first (thesis §3.10).
 */
export function hup(raft: Raft, reason: ElectionReason): ElectionRefusal | 'already-leader' | null {
  if (raft.role.name === 'leader') return 'already-leader'
  const why = whyHeldBack(raft, reason)
  if (why !== null) tell(raft, { type: 'electionHeldBack', why })
  else if (raft.options.preVote && reason !== 'transfer') preCampaign(raft, reason)
  else campaign(raft, reason)
  return why
}

function whyHeldBack(raft: Raft, reason: ElectionReason): ElectionRefusal | null {
  if (raft.ticks < raft.promisedUntil && reason !== 'transfer') return 'promised'
  if (!isPromotable(raft)) return 'not-promotable'
  // Changes take effect when they are applied. Who has yet to apply a committed one might be elected by the majority of a
  // configuration that is none any more, beside a leader of the new one (etcd#11284, etcd-io/raft#456).
  if (raft.log.hasUnappliedConfChange()) return 'unapplied-conf-change'
  if (raft.term >= Number.MAX_SAFE_INTEGER - 1) return 'terms-used-up'
  return hasRoomFor(raft.log, 1) ? null : 'log-full'
}

/** May this node become leader? Only a voter, and none that waits for a snapshot to be installed. */
export function isPromotable(raft: Raft): boolean {
  return isVoter(raft.config, raft.id) && raft.log.unstable.snapshot === null
}

/** Raises the term and asks everybody for their vote, itself included (§5.2). */
export function campaign(raft: Raft, reason: ElectionReason): void {
  becomeCandidate(raft)
  tell(raft, { type: 'electionStarted', reason, preVote: false })
  const { id, term, log, outbox, priority } = raft
  const { lastIndex: lastLogIndex, lastTerm: lastLogTerm } = log
  const committed = committedEntry(raft)
  // What is asked for tells of our term and our log. Sent before they are durable, a crash can take both back, and grants
  // that arrive after it would elect a node that has lost what it was elected for.
  const early = raft.options.requestVotesBeforePersist || !raft.options.asyncStorageWrites
  // One's own vote counts like any other: when it is durable, and not before.
  outbox.sendAfterPersist({ type: 'MsgVoteResp', from: id, to: id, term, reject: false, committed: null })
  for (const to of voterIds(raft.config)) {
    if (to !== id) {
      const request: MsgVote = {
        type: 'MsgVote',
        from: id,
        to,
        term,
        lastLogIndex,
        lastLogTerm,
        transfer: reason === 'transfer',
        priority,
        committed,
      }
      if (early) outbox.send(request)
      else outbox.sendAfterPersist(request)
    }
  }
}

/** Answers a request for a vote or a pre-vote. Who asks need not be in our configuration, nor we in theirs (thesis §4.2.2). */
export function handleVoteRequest(raft: Raft, m: MsgVote | MsgPreVote): void {
  const preVote = m.type === 'MsgPreVote'
  const refusal = decideVote({
    preVote,
    term: m.term,
    candidate: m.from,
    candidateLast: { term: m.lastLogTerm, index: m.lastLogIndex },
    candidatePriority: m.priority,
    transfer: m.transfer,
    ownTerm: raft.term,
    vote: raft.vote,
    leader: leaderOf(raft),
    ownLast: { term: raft.log.lastTerm, index: raft.log.lastIndex },
    // Who may not stand for election has nothing to gain by refusing, and the others might wait for its vote for ever.
    ownPriority: isPromotable(raft) ? raft.priority : -Infinity,
  })
  const { from: candidate, term: voteTerm } = m
  // A grant carries the term that was asked about, or a pre-candidate would take it for stale; a rejection carries ours.
  respond(raft, m, refusal === null ? m.term : raft.term, refusal !== null)
  if (refusal !== null) {
    tell(raft, { type: 'voteRefused', candidate, preVote, voteTerm, why: refusal })
    return
  }
  tell(raft, { type: 'voteGranted', candidate, preVote, voteTerm })
  if (preVote) return // thesis §9.6: it binds nobody, and holds nobody's own election up
  raft.electionElapsed = 0
  raft.vote = candidate
}

/** A request for a vote in a term that is over: the answer tells the candidate ours (figure 2). */
export function refuseStaleVote(raft: Raft, m: MsgVote): void {
  respond(raft, m, raft.term, true)
  tell(raft, { type: 'voteRefused', candidate: m.from, preVote: false, voteTerm: m.term, why: 'stale-term' })
}

/** A pre-vote for a term that is over is refused with our own term: not to answer could keep both from ever being elected (etcd#8501). */
export function refuseStalePreVote(raft: Raft, m: MsgPreVote): void {
  respond(raft, m, raft.term, true)
  tell(raft, { type: 'voteRefused', candidate: m.from, preVote: true, voteTerm: m.term, why: 'stale-term' })
}

/** What a vote is decided by. */
export interface VoteInput {
  readonly preVote: boolean
  /** The term it is asked for. */
  readonly term: Term
  readonly candidate: NodeId
  readonly candidateLast: EntryId
  readonly candidatePriority: number
  /** Has the leader told it to stand? */
  readonly transfer: boolean
  readonly ownTerm: Term
  /** Whom we have voted for in our term. */
  readonly vote: NodeId | null
  /** The leader of our term, if we know it. */
  readonly leader: NodeId | null
  readonly ownLast: EntryId
  readonly ownPriority: number
}

/** Why the vote is refused, or null if it is granted. */
export function decideVote(input: VoteInput): VoteRefusal | null {
  const { preVote, term, candidate, ownTerm, vote, leader } = input
  // §5.2: one vote per term. To repeat it is safe, and needed if the answer was lost. A pre-vote is about a later term.
  if (vote !== candidate && !(preVote && term > ownTerm)) {
    if (vote !== null) return 'already-voted'
    // There is a leader in this very term, so there is nothing to vote about.
    if (leader !== null) return 'leader-known'
  }
  // §5.4.1: never help somebody to lead who may miss what is committed.
  if (!isUpToDate(input.candidateLast, input.ownLast)) return 'stale-log'
  // thesis §3.10: the leader has chosen its successor. Differs from raft-rs, where the voters may then still refuse it.
  if (input.transfer) return null
  // Of two logs that are equal, the node of higher priority is to lead. Differs from raft-rs, which asks for the longer log
  // here: of two nodes, one with the later and one with the longer log, then neither might get the other's vote.
  const better = !isUpToDate(input.ownLast, input.candidateLast)
  return !better && input.ownPriority > input.candidatePriority ? 'lower-priority' : null
}

/** Is `candidate`'s log at least as up-to-date as `own`? (§5.4.1: the later last term wins, then the longer log.) */
export function isUpToDate(candidate: EntryId, own: EntryId): boolean {
  return candidate.term > own.term || (candidate.term === own.term && candidate.index >= own.index)
}

/** Counts an answer to a request for a vote, and says how the election stands (§5.2). */
export function countVote(
  raft: Raft,
  self: Candidate | PreCandidate,
  m: MsgVoteResp | MsgPreVoteResp,
): VoteResult {
  const granted = !m.reject
  // The first answer of a node stands: a repeated or reordered one cannot take it back.
  if (!self.votes.has(m.from)) {
    self.votes.set(m.from, granted)
    tell(raft, { type: 'voteCounted', voter: m.from, granted, preVote: self.name === 'pre-candidate' })
  }
  return jointVote({ incoming: raft.config.voters, outgoing: raft.config.votersOutgoing }, self.votes)
}

/** Asks everybody whether they would vote for us in the next term (thesis §9.6). */
function preCampaign(raft: Raft, reason: ElectionReason): void {
  becomePreCandidate(raft, reason)
  tell(raft, { type: 'electionStarted', reason, preVote: true })
  const { id, log, outbox, priority } = raft
  const { lastIndex: lastLogIndex, lastTerm: lastLogTerm } = log
  const committed = committedEntry(raft)
  const term = raft.term + 1
  for (const to of voterIds(raft.config)) {
    if (to === id)
      outbox.sendAfterPersist({ type: 'MsgPreVoteResp', from: id, to, term, reject: false, committed: null })
    else
      outbox.send({
        type: 'MsgPreVote',
        from: id,
        to,
        term,
        lastLogIndex,
        lastLogTerm,
        transfer: false,
        priority,
        committed,
      })
  }
}

function respond(raft: Raft, m: MsgVote | MsgPreVote, term: Term, reject: boolean): void {
  const type = m.type === 'MsgVote' ? 'MsgVoteResp' : 'MsgPreVoteResp'
  const committed = committedEntry(raft)
  raft.outbox.sendAfterPersist({ type, from: raft.id, to: m.from, term, reject, committed })
}
