/** What a candidate does with each message, before its term is raised (thesis §9.6) and after (§5.2). */

import { unreachable } from '../invariant.ts'
import type { PeerMessage } from '../messages.ts'
import type { DropReason } from '../trace.ts'
import { campaign, countVote } from './election.ts'
import { appendNoOp } from './proposal.ts'
import type { Candidate, PreCandidate } from './role.ts'
import { type Raft, tell } from './state.ts'
import { becomeFollower, becomeLeader } from './transitions.ts'

/** All but requests for votes, which every role answers alike. Answers why a proposal or a read was dropped, or null. */
export function stepCandidate(raft: Raft, self: Candidate | PreCandidate, m: PeerMessage): DropReason | null {
  switch (m.type) {
    case 'MsgVoteResp':
      // The answers to the question and to the election itself are told apart: a grant of one is none of the other.
      if (self.name === 'candidate') concludeElection(raft, self, m)
      return null
    case 'MsgPreVoteResp':
      if (self.name === 'pre-candidate') concludePreVote(raft, self, m)
      return null
    case 'MsgProp':
      tell(raft, { type: 'proposalDropped', why: 'no-leader' })
      return 'no-leader'
    case 'MsgReadIndex':
      return 'no-leader'
    case 'MsgApp':
    case 'MsgHeartbeat':
    case 'MsgSnap': // whoever sends these leads the term, and has made this node a follower in step.ts
    case 'MsgTransferLeader': // nobody to pass it on to
    case 'MsgTimeoutNow': // it stands for election already
    case 'MsgVote':
    case 'MsgPreVote': // answered by every role alike, in step.ts
    case 'MsgAppResp':
    case 'MsgHeartbeatResp':
    case 'MsgReadIndexResp': // answers to a role that this node has left
      return null
    default:
      return unreachable(m)
  }
}

function concludeElection(
  raft: Raft,
  self: Candidate,
  m: Extract<PeerMessage, { type: 'MsgVoteResp' }>,
): void {
  const result = countVote(raft, self, m)
  // One's own vote is counted when it is durable, and the term with it. Elected by the others before that, a crash could
  // make this node forget the term, and lead it a second time with another log.
  const isDurable = self.votes.has(raft.id) || raft.options.referenceBehaviour
  if (result === 'won' && isDurable) {
    const leader = becomeLeader(raft)
    tell(raft, { type: 'leaderElected' })
    appendNoOp(raft, leader)
  } else if (result === 'lost') lose(raft, false)
}

function concludePreVote(
  raft: Raft,
  self: PreCandidate,
  m: Extract<PeerMessage, { type: 'MsgPreVoteResp' }>,
): void {
  // A grant of an earlier question: that was about this term, and the present one is about the next.
  if (!m.reject && m.term !== raft.term + 1 && !raft.options.referenceBehaviour) return
  const result = countVote(raft, self, m)
  if (result === 'won') campaign(raft, self.reason)
  else if (result === 'lost') lose(raft, true)
}

/** A majority has refused: back to following, in the same term. What it was asked about later is nobody's term yet. */
function lose(raft: Raft, preVote: boolean): void {
  tell(raft, { type: 'electionLost', preVote })
  becomeFollower(raft, raft.term, null)
}
