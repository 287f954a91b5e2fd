/** Runs and their parts in which nothing goes wrong but what a test asks for. */

import { faultKinds, Faults, type FaultRates } from '../../../src/sim/faults.ts'
import { drawSetup, type RaftSetup, type Setup } from '../../../src/sim/setup.ts'

/** Parts per million: always. */
export const always = 1_000_000

/** No faults but these. */
export function rates(some: Partial<FaultRates> = {}): FaultRates {
  const none = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<keyof FaultRates, number>
  return { ...none, ...some }
}

/** What decides about faults, when there are no others than these. */
export function faultsWith(some: Partial<FaultRates> = {}, without: readonly string[] = []): Faults {
  return new Faults(rates(some), new Set(without), true)
}

/** A run of three voters with plain options and without faults, but for what is said. */
export function calmSetup({
  raft,
  ...parts
}: Partial<Omit<Setup, 'raft'>> & { raft?: Partial<RaftSetup> } = {}): Setup {
  const setup = drawSetup(1)
  return {
    ...setup,
    voters: 3,
    learners: 0,
    faultyMs: 5_000,
    tickMs: 50,
    priorities: [],
    snapshotEvery: 1_000,
    trailing: 0,
    durableMachine: false,
    clients: 2,
    keys: 4,
    thinkMs: 50,
    timeoutMs: 1_000,
    padding: 0,
    minDelayMs: 1,
    meanDelayMs: 1,
    fifo: true,
    linkCapacity: 1_000,
    syncMs: 1,
    writesWaiting: 1,
    faults: rates(),
    ...parts,
    raft: {
      electionTick: 10,
      heartbeatTick: 1,
      preVote: true,
      checkQuorum: true,
      readOnly: 'safe',
      asyncStorageWrites: false,
      coalesceAppends: true,
      disableProposalForwarding: false,
      disableConfChangeValidation: false,
      maxSizePerMsg: 1 << 20,
      maxCommittedSizePerReady: 1 << 24,
      maxUncommittedSize: Infinity,
      maxInflightMsgs: 256,
      maxInflightBytes: Infinity,
      ...raft,
    },
  }
}
