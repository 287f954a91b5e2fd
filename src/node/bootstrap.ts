/** The first start of a group. */

import { Sessions } from './sessions.ts'
import type { ResolvedNodeOptions } from './options.ts'
import { type Addresses, asAsync, Snapshots } from './snapshots.ts'

/** The first write of a new group: the same on each of its first members, or they would not be of one group. */
export async function bootstrap<C, R, Q, A>(options: ResolvedNodeOptions<C, R, Q, A>): Promise<void> {
  const storage = asAsync(options.storage)
  const isEmpty = storage.hardState() === null && storage.lastIndex() === 0
  if (!isEmpty || options.bootstrap === null) return
  const { voters, addresses = {} } = options.bootstrap
  const known: Addresses = new Map(Object.entries(addresses).map(([id, address]) => [Number(id), address]))
  const snapshots = new Snapshots(options.stateMachine, new Sessions(), known, storage, options.snapshotStore)
  const confState = {
    voters: voters.toSorted((a, b) => a - b),
    votersOutgoing: [],
    learners: [],
    learnersNext: [],
    autoLeave: false,
  }
  const snapshot = { index: 1, term: 1, confState, data: await snapshots.first() }
  const hardState = { term: 1, vote: null, commit: 1 }
  await storage.write({ hardState, entries: [], snapshot, mustSync: true })
}
