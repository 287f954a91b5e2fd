/** Snapshots as the leader sees them: sent to whoever is too far behind for the log, and what became of them (§7). */

import { StorageError } from '../errors.ts'
import type { Progress } from '../tracker/progress.ts'
import type { NodeId } from '../types.ts'
import type { Leader } from './role.ts'
import { type Raft, tell } from './state.ts'

/** What became of a snapshot on its way. */
export type SnapshotOutcome = 'finish' | 'failure'

/** Sends a snapshot in place of entries that are compacted. Answers whether it did. */
export function maybeSendSnapshot(raft: Raft, progress: Progress): boolean {
  // A snapshot is dear, and whoever has not been heard from lately would not get it anyhow.
  if (!progress.recentActive) return false
  const snapshot = raft.log.snapshot()
  if (snapshot === 'temporarily-unavailable') return false
  // It would leave the follower where entries are missing, and the next would be no better.
  if (snapshot.index + 1 < raft.log.firstIndex && !raft.options.referenceBehaviour)
    throw new StorageError(
      `Storage's newest snapshot is of ${snapshot.index}, but its log begins at ${raft.log.firstIndex}`,
      snapshot,
    )
  progress.becomeSnapshot(snapshot.index)
  const { id: to, session } = progress
  raft.outbox.send({ type: 'MsgSnap', from: raft.id, to, term: raft.term, session, snapshot })
  tell(raft, { type: 'snapshotSent', to, index: snapshot.index })
  return true
}

/** The application reports how sending a snapshot went. Either way probing goes on from where it may be. */
export function handleSnapshotStatus(leader: Leader, id: NodeId, outcome: SnapshotOutcome): void {
  const progress = leader.progress.get(id)
  if (progress?.state.name !== 'StateSnapshot') return
  if (outcome === 'finish') progress.becomeProbe()
  else progress.snapshotFailed()
  // After a success its acknowledgement comes by itself; after a failure a heartbeat interval is time enough to recover.
  progress.pause()
}

/** The transport could not deliver: do not stream on as if everything were to arrive. */
export function handleUnreachable(leader: Leader, id: NodeId): void {
  const progress = leader.progress.get(id)
  if (progress?.state.name === 'StateReplicate') progress.becomeProbe()
}
