/** Runs that the published specification has words for, and that are small enough for it. */

import type { FaultKind, FaultRates } from '../faults.ts'
import type { Setup } from '../setup.ts'

/**
 * What it cannot follow: it has one copy of each message; what is durable there is all or nothing, so that nobody comes back
 * with an older commit index; and changes of the membership are drawn with joint configurations among them.
 */
const unknown: readonly FaultKind[] = [
  'duplicate',
  'replay',
  'misroute',
  'crash',
  'crashInLoop',
  'dethrone',
  'failedSync',
  'readError',
  'rot',
  'churn',
  'slowNode',
  'overload',
  'readFlood',
]

/** The same run, as far as the specification can follow it: three voters, one client, no snapshots, no priorities, no pre-votes. */
export function traceable(setup: Setup): Setup {
  const faults: Record<FaultKind, number> = { ...setup.faults }
  for (const kind of unknown) faults[kind] = 0
  return {
    ...setup,
    voters: 3,
    learners: 0,
    clients: 1,
    keys: 1,
    thinkMs: 400,
    padding: 0,
    snapshotEvery: Number.MAX_SAFE_INTEGER,
    priorities: [],
    faults: faults satisfies FaultRates,
    raft: { ...setup.raft, heartbeatTick: 3, preVote: false },
  }
}
