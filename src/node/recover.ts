/**
 * The way out when a majority is gone for good. It gives up what Raft promises: whatever only the lost nodes knew to be committed
 * is lost, and should they come back after all, there are two groups.
 */

import { UsageError } from '../core/errors.ts'
import type { ConfState, LogIndex, NodeId } from '../core/types.ts'
import { isNodeId } from '../core/validity.ts'
import type { AsyncStorage, Storage } from '../storage/storage.ts'
import { asAsync } from './snapshots.ts'

/** How far a survivor's log reaches: the one with the later term, then the longer log, is to be recovered from (§5.4.1). */
export interface SurvivorLog {
  readonly lastTerm: number
  readonly lastIndex: LogIndex
  readonly confState: ConfState
}

/** What a stopped node holds, to choose among survivors. */
export function describeSurvivor(storage: AsyncStorage | Storage): SurvivorLog {
  const lastIndex = storage.lastIndex()
  const lastTerm = storage.term(lastIndex)
  return {
    lastIndex,
    lastTerm: typeof lastTerm === 'number' ? lastTerm : 0,
    confState: storage.confState().confState,
  }
}

/**
 * Makes `voters` the whole membership, on the storage of a node that is stopped. All that its log holds counts as committed.
 *
 * Do it on the one survivor with the furthest log, with that node alone as voter; start it; wipe the others and add them again under new
 * ids. Never do it while a majority can still be had.
 *
 * @param options.iKnowThatDataMayBeLost - has to be `true`
 * @returns the membership as it was before
 * @throws UsageError if that is not said, or no voters are named
 */
export async function recoverCluster(
  storage: AsyncStorage | Storage,
  options: { readonly voters: readonly NodeId[]; readonly iKnowThatDataMayBeLost: boolean },
): Promise<ConfState> {
  const { voters, iKnowThatDataMayBeLost } = options
  if ((iKnowThatDataMayBeLost as unknown) !== true)
    throw new UsageError(
      'ERR_INVALID_ARGUMENT',
      'A recovery without a majority may lose what was acknowledged',
      'Pass `iKnowThatDataMayBeLost: true` if a majority is gone for good',
      iKnowThatDataMayBeLost,
    )
  if (voters.length === 0 || !voters.every(isNodeId) || new Set(voters).size < voters.length)
    throw new UsageError(
      'ERR_INVALID_ARGUMENT',
      'Expected `voters` to name each voter once',
      'Name the node that is recovered',
      voters,
    )
  const before = storage.confState().confState
  const confState: ConfState = {
    voters: voters.toSorted((a, b) => a - b),
    votersOutgoing: [],
    learners: [],
    learnersNext: [],
    autoLeave: false,
  }
  await asAsync(storage).writeConfState(confState, storage.lastIndex())
  return before
}
