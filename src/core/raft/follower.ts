/** What a follower does with each message: the table of contents of a follower's part of the protocol (§5.1). */

import { unreachable } from '../invariant.ts'
import type { PeerMessage } from '../messages.ts'
import type { DropReason } from '../trace.ts'
import { handleAppend } from './append-entries.ts'
import { hup } from './election.ts'
import { handleHeartbeat, noteLeader } from './heartbeat.ts'
import { handleSnapshot } from './install-snapshot.ts'
import { handleReadIndexResponse } from './read-index.ts'
import type { Follower } from './role.ts'
import { type Raft, tell } from './state.ts'

/** All but requests for votes, which every role answers alike. Answers why a proposal or a read was dropped, or null. */
export function stepFollower(raft: Raft, self: Follower, m: PeerMessage): DropReason | null {
  switch (m.type) {
    case 'MsgApp':
      noteLeader(raft, self, m)
      handleAppend(raft, m)
      return null
    case 'MsgHeartbeat':
      noteLeader(raft, self, m)
      handleHeartbeat(raft, m)
      return null
    case 'MsgSnap':
      noteLeader(raft, self, m)
      handleSnapshot(raft, m)
      return null
    case 'MsgProp':
      return forwardProposal(raft, self, m)
    case 'MsgReadIndex':
      if (self.leader === null) return 'no-leader'
      raft.outbox.send({
        type: 'MsgReadIndex',
        from: m.from,
        to: self.leader,
        context: m.context,
        ...(m.byRound === true && { byRound: true }),
      })
      return null
    case 'MsgTransferLeader':
      if (self.leader !== null)
        raft.outbox.send({ type: 'MsgTransferLeader', from: m.from, to: self.leader, term: raft.term })
      return null
    case 'MsgTimeoutNow':
      hup(raft, 'transfer') // thesis §3.10
      return null
    case 'MsgReadIndexResp':
      handleReadIndexResponse(raft, m)
      return null
    case 'MsgVote':
    case 'MsgPreVote': // answered by every role alike, in step.ts
    case 'MsgAppResp':
    case 'MsgHeartbeatResp':
    case 'MsgVoteResp':
    case 'MsgPreVoteResp': // answers to a role that this node has left
      return null
    default:
      return unreachable(m)
  }
}

/** Passes a proposal on to the leader (§8). Whether it gets into the log is not heard of here. */
function forwardProposal(
  raft: Raft,
  self: Follower,
  m: Extract<PeerMessage, { type: 'MsgProp' }>,
): DropReason | null {
  const dropped =
    self.leader === null ? 'no-leader' : raft.options.disableProposalForwarding ? 'forwarding-disabled' : null
  if (dropped === null)
    raft.outbox.send({ type: 'MsgProp', from: m.from, to: self.leader as number, entries: m.entries })
  else tell(raft, { type: 'proposalDropped', why: dropped })
  return dropped
}
