/** Log replication as the leader does it: what to send to whom, and what follows from the answers (§5.3). */

import { payloadsSize } from '../entry-size.ts'
import type { MsgAppResp, MsgAppRespAccept, MsgAppRespReject } from '../messages.ts'
import type { Progress } from '../tracker/progress.ts'
import type { Entry } from '../types.ts'
import { maybeCommit } from './commit.ts'
import { releaseParkedReads } from './read-index.ts'
import type { Leader } from './role.ts'
import { maybeSendSnapshot } from './snapshot.ts'
import type { Raft } from './state.ts'

const noEntries: readonly Entry[] = Object.freeze([])

/** Sends everybody what is new: at once, or with `coalesceAppends` when the next Ready is made. */
export function broadcastAppend(raft: Raft, leader: Leader): void {
  if (raft.options.coalesceAppends) {
    leader.appendsDue = true
    return
  }
  for (const progress of leader.progress.all)
    if (progress.id !== raft.id) maybeSendAppend(raft, progress, true)
}

/** With `coalesceAppends`: sends what has come together since the last Ready, to each follower as much as it may take. */
export function flushAppends(raft: Raft, leader: Leader): void {
  if (leader.selfAckDue) acknowledgeSelf(raft, leader)
  if (!leader.appendsDue) return
  leader.appendsDue = false
  for (const progress of leader.progress.all) {
    if (progress.id === raft.id) continue
    // Without entries only if it tells of a commit that the follower does not know.
    if (maybeSendAppend(raft, progress, progress.canBumpCommit(raft.log.committed)))
      sendWhilePossible(raft, progress)
  }
}

/** Sends one follower the next entries, or none if there are none or its window is used up. */
export function sendAppend(raft: Raft, progress: Progress): void {
  maybeSendAppend(raft, progress, true)
}

/**
 * Sends one MsgApp, or a snapshot where its entries are compacted. Answers whether anything was sent.
 * @param sendIfEmpty - send a MsgApp without entries too: it tells of the commit index, and is a probe
 */
export function maybeSendAppend(raft: Raft, progress: Progress, sendIfEmpty: boolean): boolean {
  if (progress.paused) return false
  const { log } = raft
  const prevLogIndex = progress.next - 1
  const prevLogTerm = log.term(prevLogIndex)
  if (typeof prevLogTerm === 'string') return maybeSendSnapshot(raft, progress)
  // With the window used up an empty one goes out now and then, or nothing would be heard again if all of it were lost.
  const entries = progress.full ? noEntries : log.entriesFrom(progress.next, raft.options.maxSizePerMsg)
  if (entries.length === 0 && !sendIfEmpty) return false
  // The log may have been compacted between the two questions.
  if (entries === 'compacted') return maybeSendSnapshot(raft, progress)
  const { id: to, session } = progress
  const commit = log.committed
  raft.outbox.send({
    type: 'MsgApp',
    from: raft.id,
    to,
    term: raft.term,
    session,
    prevLogIndex,
    prevLogTerm,
    entries,
    commit,
  })
  progress.sent(entries.length, payloadsSize(entries), commit)
  return true
}

/**
 * The leader's log has grown: it acknowledges to itself like any follower, when the entries are durable. It must not count
 * itself before (thesis §10.2.1, etcd#14370).
 */
export function acknowledgeSelf(raft: Raft, leader: Leader): void {
  leader.selfAckDue = false
  const { id, term, log } = raft
  raft.outbox.sendAfterPersist({
    type: 'MsgAppResp',
    from: id,
    to: id,
    term,
    session: null,
    reject: false,
    match: log.lastIndex,
  })
}

/** A follower, or this node's own storage, answers a MsgApp. Answers whether it is known to hold more than before. */
export function handleAppendResponse(raft: Raft, leader: Leader, progress: Progress, m: MsgAppResp): boolean {
  // An answer to an earlier tracking of this follower: since then it was removed, and may have come back without its log.
  if (m.session !== null && m.session !== progress.session) return false
  progress.recentActive = true
  if (!m.reject) return handleAccept(raft, leader, progress, m)
  handleReject(raft, progress, m)
  return false
}

/** A follower answers a heartbeat: it is there, so try again whatever may have been lost. */
export function handleHeartbeatResponse(raft: Raft, progress: Progress): void {
  progress.recentActive = true
  progress.resume()
  // While probing even if nothing is missing, for only an answer to a MsgApp ends the probing.
  if (progress.match < raft.log.lastIndex || progress.state.name === 'StateProbe') sendAppend(raft, progress)
}

/** The logs part before `m.rejected`: go back, a whole term at a time, and try again (§5.3). */
function handleReject(raft: Raft, progress: Progress, m: MsgAppRespReject): void {
  // The follower has nothing of a later term than the hint's at or below it; nor can we agree where our own is later.
  const hint = m.hint.term > 0 ? raft.log.findConflictByTerm(m.hint.index, m.hint.term).index : m.hint.index
  if (!progress.maybeDecrement(m.rejected, hint)) return
  if (progress.state.name === 'StateReplicate') progress.becomeProbe()
  sendAppend(raft, progress)
}

function handleAccept(raft: Raft, leader: Leader, progress: Progress, m: MsgAppRespAccept): boolean {
  // A probed follower that turns out to lack nothing is known to be in step as well (etcd-io/raft#52).
  const inStep = progress.match === m.match && progress.state.name === 'StateProbe'
  if (!progress.maybeUpdate(m.match) && !inStep) return false
  if (progress.state.name === 'StateProbe') progress.becomeReplicate()
  else if (progress.state.name === 'StateReplicate') progress.freeInflights(m.match)
  // Any snapshot that reconnects the follower with our log will do, be it the one that was sent or not.
  else if (progress.match + 1 >= raft.log.firstIndex) progress.becomeReplicate()

  const isSelf = progress.id === raft.id
  if (maybeCommit(raft, leader)) {
    releaseParkedReads(raft, leader)
    broadcastAppend(raft, leader)
  } else if (!isSelf && raft.options.coalesceAppends) {
    leader.appendsDue ||= progress.next <= raft.log.lastIndex || progress.canBumpCommit(raft.log.committed)
  } else if (!isSelf && progress.canBumpCommit(raft.log.committed)) {
    sendAppend(raft, progress)
  }
  // The window may have room again for several messages.
  if (!isSelf && !raft.options.coalesceAppends) sendWhilePossible(raft, progress)
  return true
}

function sendWhilePossible(raft: Raft, progress: Progress): void {
  while (maybeSendAppend(raft, progress, false));
}
