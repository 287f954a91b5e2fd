/**
 * How a leader goes that was removed (thesis §4.2.2). Its removal is in force here, but those who stay may not know yet that
 * it is committed: then they count this node among the voters still, need its vote, and may not get it. So it leads on, as one
 * that counts for nothing, until one more entry is committed. Whoever holds that entry has got the commit index with it, and written
 * both in one piece: so a majority of those who stay knows, also after a restart.
 */

import { appendNoOp } from './proposal.ts'
import type { Leader } from './role.ts'
import { type Raft, tell } from './state.ts'
import { becomeFollower } from './transitions.ts'

/** This leader has applied its removal, or its demotion to a learner. */
export function beginToLeave(raft: Raft, leader: Leader): void {
  // The reference goes at once.
  if (raft.options.referenceBehaviour) return leave(raft)
  if (leader.leavesAt !== null) return
  leader.leavesAt = raft.log.lastIndex + 1
  appendNoOp(raft, leader)
}

/** Something may have been committed: can those who stay do without this node? */
export function maybeLeave(raft: Raft, { leavesAt }: Leader): void {
  if (leavesAt !== null && raft.log.committed >= leavesAt) leave(raft)
}

function leave(raft: Raft): void {
  tell(raft, { type: 'steppedDown', why: 'removed' })
  becomeFollower(raft, raft.term, null)
}
