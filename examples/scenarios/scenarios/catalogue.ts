/** All scenarios, in the order in which one might watch them. */

import type { Scenario } from '../scenario.ts'
import { basic } from './basic.ts'
import { dropLeader } from './drop-leader.ts'
import { laggingFollower } from './lagging-follower.ts'
import { membership } from './membership.ts'
import { partition } from './partition.ts'
import { readIndex } from './read-index.ts'
import { snapshotCatchUp } from './snapshot-catch-up.ts'
import { splitVote } from './split-vote.ts'
import { transfer } from './transfer.ts'

/** The first is what is shown if nothing is asked for. */
export const scenarios: readonly [Scenario, ...Scenario[]] = [
  basic,
  laggingFollower,
  dropLeader,
  partition,
  splitVote,
  snapshotCatchUp,
  membership,
  readIndex,
  transfer,
]
