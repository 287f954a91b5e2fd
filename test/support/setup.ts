/** Clusters of every kind: how many servers, and with which options each. */

import fc from 'fast-check'
import { type NodeId, seededRandom } from 'quorate'
import { Cluster } from './cluster.ts'
import type { Command } from './commands.ts'
import type { Expectations } from './recovery.ts'
import type { NodeOptions } from './server.ts'

/** What may differ from server to server. */
interface Each {
  readonly options: NodeOptions
  readonly durableMachine: boolean
  /** Applies only when it is told to: others may be a membership ahead. */
  readonly isLazy: boolean
}

/** A cluster to be. */
export interface Setup {
  readonly voters: number
  readonly learners: number
  readonly spares: number
  readonly preVote: boolean
  readonly checkQuorum: boolean
  readonly stepDownOnRemoval: boolean
  /** With lease reads all clocks run equally fast, and nobody stands for election against its promise. */
  readonly leaseReads: boolean
  readonly seed: number
  /** Does it begin with a leader? Then there is more time for what comes later. */
  readonly starts: boolean
  /** Kinds of commands that do not happen in this run: what is rare otherwise comes up more often then. */
  readonly without: readonly Command['do'][]
  readonly each: readonly Each[]
}

const optional: readonly Command['do'][] = [
  'crash',
  'partition',
  'change',
  'campaign',
  'tick',
  'drop',
  'duplicate',
  'compact',
  'settle',
  'replace',
  'diverge',
  'run',
  'transfer',
]

const each: fc.Arbitrary<Each> = fc.record({
  options: fc.record({
    asyncStorageWrites: fc.boolean(),
    coalesceAppends: fc.boolean(),
    maxSizePerMsg: fc.constantFrom(Infinity, 0, 40),
    maxInflightMsgs: fc.constantFrom(256, 1, 3),
    maxCommittedSizePerReady: fc.constantFrom(Infinity, 1, 50),
    maxUncommittedSize: fc.constantFrom(Infinity, 1, 20),
    maxInflightBytes: fc.constantFrom(Infinity, Infinity, 40),
    priority: fc.constantFrom(0, 0, 0, 1, -1),
  }),
  durableMachine: fc.boolean(),
  isLazy: fc.boolean(),
})

/** Up to seven servers, members or not yet. */
export const anySetup: fc.Arbitrary<Setup> = fc.record({
  voters: fc.constantFrom(3, 3, 5, 1, 2, 4, 6, 7),
  learners: fc.constantFrom(0, 0, 1),
  spares: fc.constantFrom(0, 1),
  preVote: fc.boolean(),
  checkQuorum: fc.boolean(),
  stepDownOnRemoval: fc.boolean(),
  leaseReads: fc.constantFrom(false, false, false, true),
  seed: fc.nat(),
  starts: fc.boolean(),
  without: fc.oneof(fc.constant([]), fc.subarray([...optional], { maxLength: 5 })),
  each: fc.array(each, { minLength: 7, maxLength: 7 }),
})

/** The cluster of that description. */
export function clusterOf(setup: Setup): Cluster {
  const { voters, preVote, stepDownOnRemoval, leaseReads, seed } = setup
  const learners = Math.min(setup.learners, 7 - voters)
  const spares = Math.min(setup.spares, 7 - voters - learners)
  const eachOf = (id: NodeId): Each => setup.each[id - 1]!
  const cluster = new Cluster({
    voters,
    learners,
    spares,
    lockstep: leaseReads,
    options: {
      electionTick: 4,
      preVote,
      checkQuorum: setup.checkQuorum || leaseReads,
      stepDownOnRemoval,
      readOnly: leaseReads ? 'lease-based' : 'safe',
    },
    each: (id) => {
      const { options } = eachOf(id)
      // One message must fit into the window.
      const maxInflightBytes = Math.max(options.maxSizePerMsg ?? 0, options.maxInflightBytes ?? 0)
      return { ...options, maxInflightBytes, random: seededRandom(seed + id) }
    },
    durableMachine: (id) => eachOf(id).durableMachine,
  })
  for (const server of cluster.servers) server.isLazy = eachOf(server.id).isLazy
  return cluster
}

/** What a cluster of that description owes when all is well again. */
export function expectationsOf({ checkQuorum, leaseReads, stepDownOnRemoval }: Setup): Expectations {
  return {
    keepsRemoved: (checkQuorum || leaseReads) && stepDownOnRemoval,
  }
}
