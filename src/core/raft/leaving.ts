/**
 * How a leader goes that was removed (thesis §4.2.2). Its removal is in force here, but those who stay may not know yet that
 * it is committed: then they count this node among the voters still, need its vote, and may not get it. So it leads on, as one
 * that counts for nothing, until a majority of them has answered a heartbeat that told them.
 */

import { broadcastHeartbeat } from './heartbeat.ts'
import type { Leader } from './role.ts'
import { type Raft, tell } from './state.ts'
import { becomeFollower } from './transitions.ts'

/** This leader has applied its removal, or its demotion to a learner. */
export function beginToLeave(raft: Raft, leader: Leader): void {
  // The reference goes at once.
  if (raft.options.referenceBehaviour) return leave(raft)
  leader.told = new Map()
  broadcastHeartbeat(raft, leader)
}

/** A heartbeat was answered: do enough of those who stay know, so that they can do without this node? */
export function maybeLeave(raft: Raft, { told, reads, progress }: Leader): void {
  if (told === null) return
  const knows = (id: number): number => (reads.reached(id) >= (told.get(id) ?? Infinity) ? 1 : 0)
  if (progress.majorityOf(knows) === 1) leave(raft)
}

function leave(raft: Raft): void {
  tell(raft, { type: 'steppedDown', why: 'removed' })
  becomeFollower(raft, raft.term, null)
}
