/** Handing leadership over: bring the target up to date, then tell it to stand for election at once (thesis §3.10). */

import type { Progress } from '../tracker/progress.ts'
import type { NodeId } from '../types.ts'
import { sendAppend } from './replication.ts'
import type { Leader } from './role.ts'
import { type Raft, tell } from './state.ts'

/** Why leadership is not being handed over. */
export type TransferRefusal = 'no-leader' | 'not-a-voter' | 'already-leader' | 'in-progress'

/** On a leader: begins to hand leadership to `target`. Answers why not, or null. */
export function startTransfer(raft: Raft, leader: Leader, target: NodeId): TransferRefusal | null {
  const progress = leader.progress.get(target)
  if (progress === undefined || progress.isLearner) return 'not-a-voter'
  if (leader.transferee === target) return 'in-progress'
  if (leader.transferee !== null) abortTransfer(raft, leader, 'replaced')
  if (target === raft.id) return 'already-leader'
  leader.transferee = target
  leader.transferElapsed = 0
  // The reference counts both on one clock; then a transfer that is tried again and again puts the check of the quorum off.
  if (raft.options.referenceBehaviour) raft.electionElapsed = 0
  tell(raft, { type: 'transferStarted', target })
  if (progress.match === raft.log.lastIndex) sendTimeoutNow(raft, leader, target)
  else sendAppend(raft, progress)
  return null
}

/** The target has acknowledged something: is it up to date now? */
export function continueTransfer(raft: Raft, leader: Leader, progress: Progress): void {
  if (leader.transferee === progress.id && progress.match === raft.log.lastIndex)
    sendTimeoutNow(raft, leader, progress.id)
}

/** Gives a transfer up: proposals are taken again. */
export function abortTransfer(raft: Raft, leader: Leader, why: 'timeout' | 'replaced' | 'removed'): void {
  if (leader.transferee === null) return
  tell(raft, { type: 'transferAborted', target: leader.transferee, why })
  leader.transferee = null
}

function sendTimeoutNow(raft: Raft, leader: Leader, to: NodeId): void {
  leader.timeoutNowSent = true
  raft.outbox.send({ type: 'MsgTimeoutNow', from: raft.id, to, term: raft.term })
}
