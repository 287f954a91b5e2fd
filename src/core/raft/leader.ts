/** What a leader does with each message: the table of contents of a leader's part of the protocol (§5.3). */

import { unreachable } from '../invariant.ts'
import type { PeerMessage } from '../messages.ts'
import type { DropReason } from '../trace.ts'
import { maybeLeave } from './leaving.ts'
import { proposeOnLeader } from './proposal.ts'
import { acknowledgeRound, handleReadIndex } from './read-index.ts'
import { handleAppendResponse, handleHeartbeatResponse } from './replication.ts'
import type { Leader } from './role.ts'
import type { Raft } from './state.ts'
import { continueTransfer, startTransfer } from './transfer.ts'

/** All but requests for votes, which every role answers alike. Answers why a proposal or a read was dropped, or null. */
export function stepLeader(raft: Raft, self: Leader, m: PeerMessage): DropReason | null {
  switch (m.type) {
    case 'MsgAppResp': {
      const progress = self.progress.get(m.from)
      if (progress === undefined) return null // not a member any more
      if (handleAppendResponse(raft, self, progress, m)) continueTransfer(raft, self, progress)
      maybeLeave(raft, self)
      return null
    }
    case 'MsgHeartbeatResp': {
      const progress = self.progress.get(m.from)
      if (progress === undefined) return null
      handleHeartbeatResponse(raft, progress)
      acknowledgeRound(raft, self, m)
      return null
    }
    case 'MsgProp': {
      const result = proposeOnLeader(raft, self, m.entries)
      return typeof result === 'string' ? result : null
    }
    case 'MsgReadIndex':
      handleReadIndex(raft, self, m)
      return null
    case 'MsgTransferLeader':
      startTransfer(raft, self, m.from)
      return null
    case 'MsgApp':
    case 'MsgHeartbeat':
    case 'MsgSnap': // there is no other leader in this term (§5.2): only a leader of an earlier term sends these, and that is settled
    case 'MsgTimeoutNow': // it leads already
    case 'MsgVote':
    case 'MsgPreVote': // answered by every role alike, in step.ts
    case 'MsgVoteResp':
    case 'MsgPreVoteResp': // late votes of an election that is won
    case 'MsgReadIndexResp': // an answer to a role that this node has left
      return null
    default:
      return unreachable(m)
  }
}
