/** The arithmetic of one majority: pure functions over a set of voters (§5.2, §5.3). */

import type { LogIndex, NodeId } from '../types.ts'
import type { VoteResult } from './vote-result.ts'

/** How many of `voters` members are a majority: 2 of 3, 3 of 4, 3 of 5. */
export function majoritySize(voters: number): number {
  return Math.floor(voters / 2) + 1
}

/**
 * The highest index that a majority holds, given the index that each voter holds. No voters agree on everything: Infinity,
 * so that an empty half never holds back the other half of a joint configuration.
 *
 * Sorts the first `count` elements of `held` in place: on the leader's hot path it is a scratch array that is used again.
 */
export function majorityIndex(held: LogIndex[], count: number = held.length): LogIndex {
  if (count === 0) return Infinity
  // Insertion sort: groups have up to seven voters or so, and it allocates nothing.
  for (let i = 1; i < count; i++) {
    const index = held[i] as LogIndex
    let slot = i - 1
    for (; slot >= 0; slot--) {
      const before = held[slot] as LogIndex
      if (before <= index) break
      held[slot + 1] = before
    }
    held[slot + 1] = index
  }
  // Of 5 sorted indexes the one at position 2 is held by 3 voters, of 4 the one at position 1.
  return held[count - majoritySize(count)] as LogIndex
}

/** Have `voters` elected, refused, or neither yet? Votes of anybody else do not count; no voters elect at once. */
export function majorityVote(voters: readonly NodeId[], votes: ReadonlyMap<NodeId, boolean>): VoteResult {
  if (voters.length === 0) return 'won'
  let granted = 0
  let missing = 0
  for (const id of voters) {
    const vote = votes.get(id)
    if (vote === undefined) missing++
    else if (vote) granted++
  }
  const needed = majoritySize(voters.length)
  if (granted >= needed) return 'won'
  return granted + missing >= needed ? 'pending' : 'lost'
}
