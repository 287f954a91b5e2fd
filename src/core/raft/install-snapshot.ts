/** Snapshots as the receiver sees them: one that goes beyond what is committed here replaces the whole log (§7). */

import type { MsgSnap } from '../messages.ts'
import { isMember } from '../conf-state.ts'
import type { Snapshot } from '../types.ts'
import { commitTo } from './commit.ts'
import { restoreConfig } from './membership.ts'
import { type Raft, tell } from './state.ts'
import { becomeFollower } from './transitions.ts'

/** Takes in a snapshot of the leader of this term, and acknowledges what this node has then, once it is durable. */
export function handleSnapshot(raft: Raft, m: MsgSnap): void {
  const match = restore(raft, m) ? raft.log.lastIndex : raft.log.committed
  const { from: to, session } = m
  raft.outbox.sendAfterPersist({
    type: 'MsgAppResp',
    from: raft.id,
    to,
    term: raft.term,
    session,
    reject: false,
    match,
  })
}

function restore(raft: Raft, { snapshot, session }: MsgSnap): boolean {
  const { index, term, confState } = snapshot
  if (index <= raft.log.committed) return ignored(raft, snapshot, 'stale')
  // A leader that tracks this node (and therefore names a session) has made it a member after the snapshot was taken, and
  // the change follows with the log. From anybody else it is of a group that this node does not belong to.
  if (session === null && !isMember(confState, raft.id)) return ignored(raft, snapshot, 'not-a-member')
  if (raft.log.matches(index, term)) {
    // All of it is here already; only how far it is committed was not known (§7: "retain log entries following it").
    commitTo(raft, index)
    return ignored(raft, snapshot, 'matches')
  }
  // One that an application sends may be of a term that this node has not heard of; with an older one it would lead a log
  // that nobody takes from it.
  if (term > raft.term && !raft.options.referenceBehaviour) becomeFollower(raft, term, null)
  raft.log.restore(snapshot)
  restoreConfig(raft, confState, index)
  tell(raft, { type: 'snapshotRestored', index })
  return true
}

function ignored(raft: Raft, snapshot: Snapshot, why: 'stale' | 'not-a-member' | 'matches'): false {
  tell(raft, { type: 'snapshotIgnored', index: snapshot.index, why })
  return false
}
