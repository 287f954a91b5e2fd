/** Log replication as a follower does it: the consistency check, and the entries that pass it (§5.3). */

import type { MsgApp } from '../messages.ts'
import type { Entry, LogIndex, NodeId } from '../types.ts'
import { commitTo } from './commit.ts'
import { type Raft, tell } from './state.ts'

/** Takes in a MsgApp of the leader of this term, and answers it. */
export function handleAppend(raft: Raft, m: MsgApp): void {
  const { log } = raft
  if (m.prevLogIndex < log.committed) {
    // Late or repeated: everything up to the commit index is the same in both logs (Leader Completeness, §5.4).
    return acknowledge(raft, m, log.committed)
  }
  if (!log.matches(m.prevLogIndex, m.prevLogTerm)) return reject(raft, m)
  appendMissing(raft, m.entries)
  const lastNew = m.prevLogIndex + m.entries.length
  // Not further than this message vouches for: what follows in our log may yet turn out to be wrong (figure 2).
  commitTo(raft, Math.min(m.commit, lastNew))
  acknowledge(raft, m, lastNew)
}

/**
 * Appends what this log lacks. Only a real conflict cuts it: an old message that comes late must not take away
 * what a later one has brought, and this node has acknowledged (§5.3).
 */
function appendMissing(raft: Raft, entries: readonly Entry[]): void {
  const { log } = raft
  const first = entries[0]
  const conflict = log.findConflict(entries)
  if (first === undefined || conflict === null) return
  const last = log.lastIndex
  const missing = conflict === first.index ? entries : entries.slice(conflict - first.index)
  log.append(missing)
  if (raft.options.trace === null) return
  tell(raft, { type: 'entriesAppended', entries: missing, truncatedFrom: conflict <= last ? conflict : null })
}

/** Vouches for the entries up to `match`, once they are durable: those of this message, not all that the log holds. */
function acknowledge(raft: Raft, m: MsgApp, match: LogIndex): void {
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

/** Tells the leader how far back it has to go, at the most one round trip for each term in conflict (§5.3). */
function reject(raft: Raft, m: MsgApp): void {
  const { from: to, session, prevLogIndex: rejected } = m
  const hint = raft.log.findConflictByTerm(Math.min(rejected, raft.log.lastIndex), m.prevLogTerm)
  raft.outbox.sendAfterPersist({
    type: 'MsgAppResp',
    from: raft.id,
    to,
    term: raft.term,
    session,
    reject: true,
    rejected,
    hint,
  })
  tell(raft, { type: 'appendRejected', leader: to, prevLogIndex: rejected })
}

/** Tells a leader of an earlier term that its time is over: the answer's term makes it step down. */
export function answerStaleLeader(raft: Raft, to: NodeId): void {
  raft.outbox.sendAfterPersist({
    type: 'MsgAppResp',
    from: raft.id,
    to,
    term: raft.term,
    // Of no session: by now it may lead this term too, and would take it for word of a log that is empty.
    session: raft.options.referenceBehaviour ? null : 0,
    reject: false,
    match: 0,
  })
}
