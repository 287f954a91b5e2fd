/** When an entry is committed (§5.3, §5.4.2). */

import type { LogIndex, Term } from '../types.ts'
import type { Leader } from './role.ts'
import { type Raft, tell } from './state.ts'

/** Moves the commit index up to `index`; it never goes back. Answers whether it moved. */
export function commitTo(raft: Raft, index: LogIndex): boolean {
  const before = raft.log.committed
  if (!raft.log.commitTo(index)) return false
  if (raft.options.trace !== null) tell(raft, { type: 'committed', from: before, to: index })
  return true
}

/** On a leader: commits what a majority has come to hold. Answers whether the commit index moved. */
export function maybeCommit(raft: Raft, leader: Leader): boolean {
  const held = leader.progress.majorityMatch()
  // An empty configuration agrees to everything, yet nobody is there to hold it.
  if (held <= raft.log.committed || held === Infinity) return false
  const termThere = raft.log.term(held)
  return (
    typeof termThere === 'number' &&
    commitTo(raft, commitIndex(raft.log.committed, held, termThere, raft.term))
  )
}

/**
 * The next commit index. Replicas are counted for entries of the leader's own term only; those of earlier terms are
 * committed along with it, for they may still be overwritten although they are on a majority (§5.4.2, figure 8).
 */
export function commitIndex(
  now: LogIndex,
  onMajority: LogIndex,
  termThere: Term,
  currentTerm: Term,
): LogIndex {
  if (onMajority <= now) return now
  return termThere === currentTerm ? onMajority : now
}

/** Has this leader committed an entry of its own term? Only then does it know what is committed at all (§8). */
export function hasCommittedInTerm(raft: Raft): boolean {
  return raft.log.term(raft.log.committed) === raft.term
}
