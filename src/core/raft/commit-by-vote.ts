/**
 * Candidates and voters tell each other what they know to be committed, as in raft-rs. A membership change is in force for
 * whoever knows it to be committed, and for nobody else; so two voters could each need the other, the one with the shorter log
 * because it goes by the new membership, the one with the longer log because it still counts somebody who is gone, and no
 * leader would ever come of it.
 */

import type { EntryId } from '../types.ts'
import { commitTo } from './commit.ts'
import { type Raft, tell } from './state.ts'
import { becomeFollower } from './transitions.ts'

/** The last entry that this node knows to be committed, for a message about a vote. */
export function committedEntry({ log, options }: Raft): EntryId | null {
  const term = log.term(log.committed)
  if (options.referenceBehaviour || typeof term === 'string') return null
  return { index: log.committed, term }
}

/**
 * What is committed is committed for everybody: who holds the very entry commits up to it. That index and term are the same
 * says that all before is the same too (§5.3).
 */
export function learnCommitted(raft: Raft, committed: EntryId | null): void {
  const { log, role } = raft
  if (committed === null || role.name === 'leader' || raft.options.referenceBehaviour) return
  if (committed.index <= log.committed || !log.matches(committed.index, committed.term)) return
  commitTo(raft, committed.index)
  // An election by a membership that is over is not gone on with: first the change is applied.
  if (role.name === 'follower' || !log.hasUnappliedConfChange()) return
  tell(raft, { type: 'electionHeldBack', why: 'unapplied-conf-change' })
  becomeFollower(raft, raft.term, null)
}
