/**
 * The changes of role (§5.1, figure 4). Only here is `raft.role` assigned, and nothing is sent here: what a role does first
 * is up to whoever made the change.
 */

import { invariant } from '../invariant.ts'
import { ProgressMap } from '../tracker/progress-map.ts'
import type { ElectionReason } from '../trace.ts'
import type { NodeId, Term } from '../types.ts'
import { ReadOnly } from './read-only.ts'
import type { Leader, Role } from './role.ts'
import { leaderOf, type Raft, tell } from './state.ts'

/** Follows `leader`, or nobody yet, in `term`. */
export function becomeFollower(raft: Raft, term: Term, leader: NodeId | null): void {
  invariant(
    term >= raft.term,
    `the term of node ${raft.id} does not go back from ${raft.term} to ${term} (§5.1)`,
  )
  // Figure 2: what puts an election off is a message of a leader, or a vote that is given. Were a later term enough, as in
  // etcd, then a candidate that cannot win could for ever come before the one that can.
  const waitsOn = leader === null && term > raft.term && raft.role.name !== 'leader'
  enterTerm(raft, term)
  if (!waitsOn || raft.options.referenceBehaviour) restartTimer(raft)
  assume(raft, { name: 'follower', leader })
}

/** Asks around first. Neither term nor vote changes, and so neither does anything durable (thesis §9.6). */
export function becomePreCandidate(raft: Raft, reason: ElectionReason): void {
  invariant(raft.role.name !== 'leader', 'a leader does not stand for election')
  // Whoever asks around has given its leader up: else its own lease would keep it from answering others (etcd#8334).
  assume(raft, { name: 'pre-candidate', votes: new Map(), reason })
}

/** Stands for election in the next term, with its own vote (§5.2). */
export function becomeCandidate(raft: Raft): void {
  invariant(raft.role.name !== 'leader', 'a leader does not stand for election')
  enterTerm(raft, raft.term + 1)
  restartTimer(raft)
  raft.vote = raft.id
  assume(raft, { name: 'candidate', votes: new Map() })
}

/** Has been elected for the present term. */
export function becomeLeader(raft: Raft): Leader {
  invariant(raft.role.name === 'candidate', 'only a candidate becomes leader (§5.2)')
  restartTimer(raft)
  const last = raft.log.lastIndex
  const leader: Leader = {
    name: 'leader',
    progress: new ProgressMap(raft.config, last + 1, raft.options, !raft.options.referenceBehaviour),
    reads: new ReadOnly(),
    transferee: null,
    transferElapsed: 0,
    timeoutNowSent: false,
    // The log may hold a membership change of a predecessor that is not applied yet. To wait for all of it to be applied
    // is simpler than to look for one, and costs little (thesis §4.1).
    pendingConfIndex: last,
    uncommittedSize: 0,
    leavesAt: null,
    appendsDue: false,
    selfAckDue: false,
  }
  const own = leader.progress.get(raft.id)
  if (own !== undefined) {
    own.maybeUpdate(last)
    own.becomeReplicate()
    own.recentActive = true
  }
  assume(raft, leader)
  return leader
}

/** Draws the next election timeout, so that seldom two nodes stand for election at once (§5.2). */
export function drawElectionTimeout(raft: Raft): void {
  const { electionTick, random } = raft.options
  // Whatever the injected function answers, the timeout stays within [electionTick, 2 * electionTick - 1].
  const fraction: unknown = random()
  const drawn = typeof fraction === 'number' ? Math.floor(fraction * electionTick) : 0
  raft.randomizedElectionTimeout = electionTick + (drawn > 0 ? Math.min(drawn, electionTick - 1) : 0)
}

function enterTerm(raft: Raft, term: Term): void {
  // The vote belongs to the term. To forget it while the term stays would allow a second one (etcd#2461).
  if (term === raft.term) return
  const from = raft.term
  raft.term = term
  raft.vote = null
  tell(raft, { type: 'termChanged', from })
}

function restartTimer(raft: Raft): void {
  raft.electionElapsed = 0
  raft.heartbeatElapsed = 0
  drawElectionTimeout(raft)
}

function assume(raft: Raft, role: Role): void {
  const before = raft.role
  const leaderBefore = leaderOf(raft)
  raft.role = role
  if (before.name === 'leader') dropReads(raft, before)
  if (raft.options.trace === null) return
  if (before.name !== role.name) tell(raft, { type: 'roleChanged', from: before.name, to: role.name })
  if (leaderBefore !== leaderOf(raft)) tell(raft, { type: 'leaderChanged', leader: leaderOf(raft) })
}

/** Reads that wait for a leader's confirmation end with its leadership: better no answer than one from another term. */
function dropReads(raft: Raft, leader: Leader): void {
  for (const { from, context } of leader.reads.pending()) {
    if (from !== raft.id) continue
    raft.droppedReads.push(context)
    tell(raft, { type: 'readDropped', context, why: 'lost-leadership' })
  }
}
