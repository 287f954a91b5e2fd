/** The same arithmetic for a configuration with two halves: each must agree by itself (thesis §4.3). */

import type { LogIndex, NodeId } from '../types.ts'
import { majorityIndex, majorityVote } from './majority.ts'
import type { VoteResult } from './vote-result.ts'

/** Two sets of voters. `outgoing` is empty outside of a transition, and then has no say. */
export interface JointConfig {
  readonly incoming: readonly NodeId[]
  readonly outgoing: readonly NodeId[]
}

/** The highest index that a majority of both halves holds, by what each voter holds (0 if it is unknown). */
export function jointIndex(config: JointConfig, held: (id: NodeId) => LogIndex): LogIndex {
  return Math.min(majorityIndex(config.incoming.map(held)), majorityIndex(config.outgoing.map(held)))
}

/** Lost as soon as one half has refused, won when both have elected. */
export function jointVote(config: JointConfig, votes: ReadonlyMap<NodeId, boolean>): VoteResult {
  const incoming = majorityVote(config.incoming, votes)
  const outgoing = majorityVote(config.outgoing, votes)
  if (incoming === outgoing) return incoming
  return incoming === 'lost' || outgoing === 'lost' ? 'lost' : 'pending'
}
