/** The logical clock: the only time the core knows. */

import { broadcastHeartbeat } from './heartbeat.ts'
import { hup, isPromotable } from './election.ts'
import { maybeLeaveJoint } from './membership.ts'
import type { Leader } from './role.ts'
import { type Raft, tell } from './state.ts'
import { abortTransfer } from './transfer.ts'
import { becomeFollower } from './transitions.ts'

/** One tick has passed. */
export function tick(raft: Raft): void {
  raft.ticks++
  raft.electionElapsed++
  if (raft.role.name === 'leader') tickLeader(raft, raft.role)
  else if (raft.electionElapsed >= raft.randomizedElectionTimeout) electionTimeout(raft)
}

/** §5.2: no leader was heard from for an election timeout, or an election has led to nothing. */
function electionTimeout(raft: Raft): void {
  if (!isPromotable(raft)) return
  raft.electionElapsed = 0
  hup(raft, 'timeout')
}

function tickLeader(raft: Raft, leader: Leader): void {
  raft.heartbeatElapsed++
  if (raft.electionElapsed >= raft.options.electionTick) {
    raft.electionElapsed = 0
    if (raft.options.checkQuorum && !checkQuorum(raft, leader)) return
    // The reference tries again only when something else is applied, which may be never.
    if (!raft.options.referenceBehaviour) maybeLeaveJoint(raft, leader)
  }
  if (leader.transferee !== null && ++leader.transferElapsed >= raft.options.electionTick) {
    // thesis §3.10: a transfer that is not over within an election timeout has failed.
    abortTransfer(raft, leader, 'timeout')
  }
  if (raft.heartbeatElapsed >= raft.options.heartbeatTick) {
    raft.heartbeatElapsed = 0
    broadcastHeartbeat(raft, leader)
  }
}

/** thesis §6.2: a leader that does not hear from a majority steps down, so that its clients look for another. Does it go on? */
function checkQuorum(raft: Raft, leader: Leader): boolean {
  const own = leader.progress.get(raft.id)
  if (own !== undefined) own.recentActive = true
  const active = leader.progress.quorumActive()
  for (const progress of leader.progress.all) if (progress !== own) progress.recentActive = false
  if (active) return true
  tell(raft, { type: 'steppedDown', why: 'no-quorum' })
  becomeFollower(raft, raft.term, null)
  return false
}
