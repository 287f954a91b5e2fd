/** The bare record of one node, for functions of core/raft that are called one by one, without a RawNode around them. */

import {
  type Entry,
  MemStorage,
  type NodeId,
  type PeerMessage,
  type RaftOptions,
  type TraceEvent,
} from 'quorate'
import { resolveOptions } from '../../src/core/options.ts'
import { appendNoOp } from '../../src/core/raft/proposal.ts'
import type { Leader } from '../../src/core/raft/role.ts'
import { startRaft } from '../../src/core/raft/start.ts'
import type { Raft } from '../../src/core/raft/state.ts'
import { becomeCandidate, becomeLeader } from '../../src/core/raft/transitions.ts'

/** Node 1 of three voters, unless something else is said. */
export interface BareOptions extends Partial<RaftOptions> {
  readonly voters?: readonly NodeId[]
  readonly learners?: readonly NodeId[]
  /** What follows the first snapshot, at index 1. */
  readonly log?: readonly Entry[]
  /** How far that is committed. */
  readonly commit?: number
}

/** The record, and what it has told the trace since this was last emptied. */
export interface Bare {
  readonly raft: Raft
  readonly events: TraceEvent[]
}

export function bare({
  voters = [1, 2, 3],
  learners = [],
  log = [],
  commit = 1,
  ...options
}: BareOptions = {}): Bare {
  const events: TraceEvent[] = []
  const storage = MemStorage.bootstrap({ voters, learners })
  const raft = startRaft(
    resolveOptions({ id: 1, storage, trace: (event) => void events.push(event), ...options }),
  )
  raft.log.append(log)
  raft.log.commitTo(commit)
  return { raft, events }
}

/** The same as leader, in the term that its log ends in, with one more entry of its own. */
export function bareLeader(options: BareOptions = {}): Bare & { readonly leader: Leader } {
  const { raft, events } = bare(options)
  raft.term = raft.log.lastTerm - 1
  becomeCandidate(raft)
  const leader = becomeLeader(raft)
  appendNoOp(raft, leader)
  sentBy(raft)
  events.length = 0
  return { raft, events, leader }
}

/** What waits to be sent: at once, and when the write is done. */
export function sentBy(raft: Raft): { now: PeerMessage[]; later: PeerMessage[] } {
  return { now: raft.outbox.takeNow(), later: raft.outbox.takeAfterPersist() }
}

/** What happened, in one word each. */
export const typesOf = (events: readonly TraceEvent[]): string[] => events.map(({ type }) => type)
