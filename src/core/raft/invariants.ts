/**
 * What is always true of a node, in itself and from one moment to the next. Checked after every call with the option
 * `invariants`, in tests and in the simulator. What takes several nodes to tell is the simulator's business.
 */

import { invariant } from '../invariant.ts'
import { isJoint } from '../conf-state.ts'
import type { LogIndex, NodeId, RoleName, Term } from '../types.ts'
import { confStateFlaw } from '../validity.ts'
import type { Leader } from './role.ts'
import type { Raft } from './state.ts'

/** What is remembered of a node to compare it with later. */
export interface Observed {
  readonly term: Term
  readonly vote: NodeId | null
  readonly role: RoleName
  readonly committed: LogIndex
  readonly applied: LogIndex
  readonly lastIndex: LogIndex
}

/** What to compare the next check with. */
export function observe({ term, vote, role, log }: Raft): Observed {
  const { committed, applied, lastIndex } = log
  return { term, vote, role: role.name, committed, applied, lastIndex }
}

/** Throws InvariantError, naming the property, if this node is what no node can be. */
export function checkInvariants(raft: Raft, before: Observed): void {
  checkLog(raft)
  checkRole(raft)
  checkChange(raft, before)
  invariant(
    raft.appliedConfigIndex <= raft.configIndex,
    'the application is not ahead of the membership in force',
  )
  const flaw = confStateFlaw(raft.config)
  invariant(flaw === null, `the configuration is a proper one, but ${flaw}`)
}

function checkLog({ log }: Raft): void {
  invariant(log.applied <= log.applying, 'applied <= applying')
  invariant(log.applying <= log.committed, 'nothing is applied before it is committed (§5.3)')
  invariant(log.committed <= log.lastIndex, 'the commit index lies in the log')
  invariant(log.firstIndex <= log.lastIndex + 1, 'the log has no negative length')
}

function checkRole(raft: Raft): void {
  const { role, id, vote } = raft
  if (role.name === 'candidate') invariant(vote === id, 'a candidate votes for itself (§5.2)')
  if (role.name === 'leader') checkLeader(raft, role)
}

function checkLeader(raft: Raft, leader: Leader): void {
  const { log, id, vote, term } = raft
  invariant(vote === id, 'a leader has voted for itself (§5.2)')
  invariant(
    log.lastTerm === term || log.unstable.snapshot !== null,
    'the last entry of a leader is of its own term (§8)',
  )
  invariant(leader.pendingConfIndex <= log.lastIndex, 'a pending membership change is in the log')
  invariant(!raft.config.autoLeave || isJoint(raft.config), 'only a joint configuration is left by itself')
  for (const { id: peer, match, next } of leader.progress.all) {
    invariant(match < next, `match < next for ${peer}`)
    invariant(match <= log.lastIndex, `nobody is known to hold more than the leader, as ${peer} is`)
    invariant(next <= log.lastIndex + 1, `next of ${peer} is at most one beyond the log`)
  }
}

function checkChange(raft: Raft, before: Observed): void {
  const { term, vote, role, log } = raft
  invariant(term >= before.term, 'terms never go back (§5.1)')
  if (term === before.term) {
    invariant(before.vote === null || vote === before.vote, 'a vote is given once in a term (§5.2)')
    const led = role.name === 'leader' && before.role === 'leader'
    invariant(
      !led || log.lastIndex >= before.lastIndex,
      'a leader never deletes entries of its log (Leader Append-Only, §5.3)',
    )
  }
  invariant(log.committed >= before.committed, 'the commit index never goes back')
  invariant(log.applied >= before.applied, 'the applied index never goes back')
}
