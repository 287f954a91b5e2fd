/** Linearizable reads without a log entry: the leader makes sure that it still leads, then names the index to wait for (thesis §6.4). */

import type { MsgHeartbeatResp, MsgReadIndexResp } from '../messages.ts'
import type { LogIndex } from '../types.ts'
import { hasCommittedInTerm } from './commit.ts'
import { broadcastHeartbeat } from './heartbeat.ts'
import type { ReadRequest } from './read-only.ts'
import type { Leader } from './role.ts'
import type { Raft } from './state.ts'

/** On a leader: takes in a read of its own or of a follower. */
export function handleReadIndex(raft: Raft, leader: Leader, request: ReadRequest): void {
  // §8: a new leader does not know what is committed before it has committed an entry of its own term.
  if (!hasCommittedInTerm(raft)) leader.reads.parked.push(request)
  else confirmLeadership(raft, leader, request)
}

/** Something was committed in this term: reads that waited for it go on. */
export function releaseParkedReads(raft: Raft, leader: Leader): void {
  if (leader.reads.parked.length === 0 || !hasCommittedInTerm(raft)) return
  for (const request of leader.reads.parked.splice(0)) confirmLeadership(raft, leader, request)
}

/** A heartbeat was answered: reads of its round and before are confirmed once a majority has answered. */
export function acknowledgeRound(raft: Raft, leader: Leader, m: MsgHeartbeatResp): void {
  // Bytes are never of this leader, which sends numbers.
  if (typeof m.context !== 'number') return
  leader.reads.acknowledge(m.from, m.context)
  confirmReads(raft, leader)
}

/** Answers the reads whose round a majority has answered; also after a change of who that majority is. */
export function confirmReads(raft: Raft, leader: Leader): void {
  if (!leader.reads.isWaiting) return
  for (const read of leader.reads.confirm(confirmedRound(raft, leader))) respond(raft, read, read.index)
}

/** Sends the round that new reads wait for, one for all that came in since the last. */
export function flushReadRound(raft: Raft, leader: Leader): void {
  if (!leader.reads.roundDue) return
  if (raft.options.readOnly === 'safe') leader.reads.nextRound()
  broadcastHeartbeat(raft, leader)
  // Without others to vote nobody answers, nor need they.
  confirmReads(raft, leader)
}

/** On whoever asked: the leader has confirmed a read. */
export function handleReadIndexResponse(raft: Raft, m: MsgReadIndexResp): void {
  raft.readStates.push({ index: m.index, context: m.context })
}

function confirmLeadership(raft: Raft, leader: Leader, request: ReadRequest): void {
  const { committed } = raft.log
  if (isAlone(raft) || (request.byRound !== true && hasLease(raft, leader)))
    return respond(raft, request, committed)
  leader.reads.add(request, committed)
  if (!raft.options.coalesceAppends) flushReadRound(raft, leader)
}

/** Is this node the only one to vote? Then nobody else can have been elected. */
function isAlone(raft: Raft): boolean {
  const { voters, votersOutgoing } = raft.config
  return votersOutgoing.length === 0 && voters.length === 1 && voters[0] === raft.id
}

/**
 * A majority has answered a round of heartbeats so lately that none of them can have voted for anybody else since
 * (thesis §6.4.1). Each of them waits `electionTick` of its own ticks, the first of which may follow at once: hence one less.
 */
function hasLease(raft: Raft, leader: Leader): boolean {
  // Who is told to stand for election does not wait for any lease to end (thesis §3.10).
  if (raft.options.readOnly !== 'lease-based' || leader.timeoutNowSent) return false
  const start = leader.reads.leaseStart(confirmedRound(raft, leader))
  return start !== null && raft.ticks - start < raft.options.electionTick - 1
}

/** The last round that a majority of each half has answered; this node answers its own at once. */
function confirmedRound(raft: Raft, leader: Leader): number {
  const { reads, progress } = leader
  return progress.majorityOf((id) => (id === raft.id ? reads.round : reads.reached(id)))
}

function respond(raft: Raft, request: ReadRequest, index: LogIndex): void {
  const { from, context } = request
  if (from === raft.id) raft.readStates.push({ index, context })
  else
    raft.outbox.send({ type: 'MsgReadIndexResp', from: raft.id, to: from, term: raft.term, index, context })
}
