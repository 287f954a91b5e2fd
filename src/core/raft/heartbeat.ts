/** Heartbeats: they keep the followers from standing for election (§5.2), carry the commit index and confirm reads. */

import type { MsgHeartbeat, MsgHeartbeatResp, PeerMessage } from '../messages.ts'
import type { Progress } from '../tracker/progress.ts'
import type { NodeId } from '../types.ts'
import { commitTo } from './commit.ts'
import type { Follower, Leader } from './role.ts'
import { leaderOf, type Raft, tell } from './state.ts'

/** Sends everybody a heartbeat. With lease reads each is a round of its own. */
export function broadcastHeartbeat(raft: Raft, leader: Leader): void {
  const { reads } = leader
  const isLease = raft.options.readOnly === 'lease-based'
  if (isLease) {
    reads.nextRound()
    reads.sentAt(raft.ticks, raft.ticks - raft.options.electionTick)
  }
  // Every heartbeat tells the last round, so that a lost one delays a read and does not lose it.
  const context = isLease || reads.isWaiting ? reads.round : null
  for (const progress of leader.progress.all)
    if (progress.id !== raft.id) sendHeartbeat(raft, progress, context)
}

/** On a follower or a candidate that became one: the leader is alive. */
export function handleHeartbeat(raft: Raft, m: MsgHeartbeat): void {
  commitTo(raft, m.commit)
  const { from, context } = m
  const response: MsgHeartbeatResp = {
    type: 'MsgHeartbeatResp',
    from: raft.id,
    to: from,
    term: raft.term,
    context,
  }
  const { readOnly, referenceBehaviour } = raft.options
  if (context === null || readOnly === 'safe' || referenceBehaviour) return raft.outbox.send(response)
  // To answer a round is to promise that nobody else gets this node's vote for a while, which the leader builds its lease
  // on (thesis §6.4.1). The promise is kept apart from `leader`, which any message of a later term makes forget; and it is
  // given when the term is durable, since that is all that a restart finds of it.
  raft.promisedUntil = raft.ticks + raft.options.electionTick
  raft.outbox.sendAfterPersist(response)
}

/**
 * §5.2: whoever sends entries, heartbeats or snapshots has been elected in the term of the message. The exception is a
 * snapshot without a session: an application may send one by itself, and it does not lead by doing so.
 */
export function leaderNamedBy(raft: Raft, m: PeerMessage): NodeId | null {
  if (m.type === 'MsgApp' || m.type === 'MsgHeartbeat') return m.from
  return m.type === 'MsgSnap' && (m.session !== null || raft.options.referenceBehaviour) ? m.from : null
}

/** The leader of this term was heard from (§5.2): it is followed, and the election timeout starts over. */
export function noteLeader(raft: Raft, self: Follower, m: PeerMessage): void {
  raft.electionElapsed = 0
  const leader = leaderNamedBy(raft, m) ?? self.leader
  if (self.leader === leader) return
  self.leader = leader
  tell(raft, { type: 'leaderChanged', leader: leaderOf(raft) })
}

function sendHeartbeat(raft: Raft, progress: Progress, context: number | null): void {
  // A follower takes this commit index as it is. What it is not known to hold it must not be told (etcd#10166).
  const commit = Math.min(progress.match, raft.log.committed)
  raft.outbox.send({ type: 'MsgHeartbeat', from: raft.id, to: progress.id, term: raft.term, commit, context })
  progress.sentCommit(commit)
}
