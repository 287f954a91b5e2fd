/** What a run is made of: all of it follows from the seed, and any part of it can be set by hand. Plain data. */

import { Dice } from './dice.ts'
import { drawFaults, type FaultRates } from './faults.ts'

/** The options of every node of a run, as for RawNode. */
export interface RaftSetup {
  readonly electionTick: number
  readonly heartbeatTick: number
  readonly preVote: boolean
  readonly checkQuorum: boolean
  readonly readOnly: 'safe' | 'lease-based'
  readonly asyncStorageWrites: boolean
  readonly coalesceAppends: boolean
  readonly disableProposalForwarding: boolean
  readonly disableConfChangeValidation: boolean
  readonly maxSizePerMsg: number
  readonly maxCommittedSizePerReady: number
  readonly maxUncommittedSize: number
  readonly maxInflightMsgs: number
  readonly maxInflightBytes: number
}

/** What is asked of the cluster once it is left in peace, and all are well. */
export interface RecoverySetup {
  /** To go on with a bare quorum, while the rest comes and goes. */
  readonly bareQuorum: boolean
  /** How many times the membership changes while only some hear of it. */
  readonly hearsays: number
  /** To be taken down to a single voter. */
  readonly toOneVoter: boolean
}

/** What a run is made of. */
export interface Setup {
  readonly seed: number
  /** Voters at the start, 1 to 7. */
  readonly voters: number
  /** Learners at the start. */
  readonly learners: number
  /** Simulated milliseconds with faults, before the cluster is left in peace and must recover. */
  readonly faultyMs: number
  /** Milliseconds from tick to tick. */
  readonly tickMs: number
  readonly raft: RaftSetup
  /** Election priorities of the nodes, by id from 1 on; 0 for those beyond. */
  readonly priorities: readonly number[]
  /** Entries between two snapshots of a node. */
  readonly snapshotEvery: number
  /** Entries that a node keeps behind its snapshot. */
  readonly trailing: number
  /** Does the state machine survive a crash by itself, so that a restart says what it had applied? */
  readonly durableMachine: boolean
  readonly clients: number
  readonly keys: number
  /** Milliseconds that a client waits between two operations, on average. */
  readonly thinkMs: number
  /** Milliseconds after which a client gives an operation up, or tries it elsewhere. */
  readonly timeoutMs: number
  /** Bytes that are added to a command. */
  readonly padding: number
  /** Milliseconds that a message takes at least, and on average more than that. */
  readonly minDelayMs: number
  readonly meanDelayMs: number
  /** Do messages of one direction keep their order, as over TCP? */
  readonly fifo: boolean
  /** Messages that may be under way in one direction. */
  readonly linkCapacity: number
  /** Milliseconds of a sync, on average. */
  readonly syncMs: number
  /** With asynchronous writes: how many may be waiting before no more are taken. */
  readonly writesWaiting: number
  readonly faults: FaultRates
  readonly recovery: RecoverySetup
}

/** Draws a setup. Feature flags are part of the swarm. */
export function drawSetup(seed: number): Setup {
  const dice = new Dice(seed).fork('setup')
  const faults = drawFaults(dice.fork('faults'))
  const electionTick = dice.pick([6, 10, 10, 15, 20])
  const raft = drawRaft(dice.fork('raft'), electionTick)
  const fifo = dice.below(3) > 0
  return {
    seed,
    voters: dice.pick([1, 2, 3, 3, 3, 3, 4, 5, 5, 5, 7]),
    learners: dice.pick([0, 0, 0, 1, 2]),
    faultyMs: 20_000,
    tickMs: 50,
    // What is out of order is rejected, and sent again with all that the window holds: a wide one is a storm, and nothing else.
    raft: fifo ? raft : { ...raft, maxInflightMsgs: Math.min(raft.maxInflightMsgs, 16) },
    priorities: drawPriorities(dice.fork('priorities')),
    snapshotEvery: dice.pick([5, 10, 30, 100, 300, 1000]),
    trailing: dice.pick([0, 0, 1, 5, 20, 100]),
    durableMachine: dice.below(4) === 0,
    clients: dice.pick([2, 4, 6, 8, 12, 16]),
    keys: dice.pick([1, 2, 4, 8, 16, 32]),
    thinkMs: dice.pick([20, 50, 100, 200, 400]),
    timeoutMs: dice.pick([200, 500, 1_000, 2_000]),
    padding: dice.pick([0, 0, 0, 10, 100, 1_000]),
    minDelayMs: dice.pick([0, 1, 5, 20]),
    meanDelayMs: dice.pick([1, 2, 5, 20]),
    fifo,
    linkCapacity: dice.pick([4, 20, 100, 1_000, 1_000]),
    syncMs: dice.pick([1, 1, 3, 10, 30]),
    writesWaiting: dice.pick([1, 2, 8]),
    // A lease is only as good as the clocks (thesis §6.4.1): that they run at one speed is what its user vouches for.
    faults: raft.readOnly === 'lease-based' ? { ...faults, skew: 0 } : faults,
    recovery: { bareQuorum: true, hearsays: dice.below(4), toOneVoter: dice.below(2) === 0 },
  }
}

/** Mostly all are equal. */
function drawPriorities(dice: Dice): readonly number[] {
  if (dice.below(4) > 0) return []
  return Array.from({ length: 9 }, () => dice.below(3))
}

function drawRaft(dice: Dice, electionTick: number): RaftSetup {
  const checkQuorum = dice.below(4) > 0
  const maxSizePerMsg = dice.pick([0, 1, 100, 4_096, 1 << 20, 1 << 20])
  return {
    electionTick,
    heartbeatTick: dice.pick([1, 1, 1, 2, 3]),
    preVote: dice.below(3) > 0,
    checkQuorum,
    readOnly: checkQuorum && dice.below(2) === 0 ? 'lease-based' : 'safe',
    asyncStorageWrites: dice.below(2) === 0,
    coalesceAppends: dice.below(3) > 0,
    disableProposalForwarding: dice.below(4) === 0,
    disableConfChangeValidation: dice.below(6) === 0,
    maxSizePerMsg,
    maxCommittedSizePerReady: dice.pick([1, 100, 4_096, 1 << 24]),
    maxUncommittedSize: dice.pick([100, 10_000, Infinity, Infinity]),
    maxInflightMsgs: dice.pick([1, 2, 4, 16, 256]),
    maxInflightBytes: Math.max(maxSizePerMsg, dice.pick([1, 1_000, 1 << 20, Infinity])),
  }
}
