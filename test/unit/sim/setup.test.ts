import { describe, expect, test } from 'vitest'
import { drawSetup, type Setup } from '../../../src/sim/setup.ts'

const setups = Array.from({ length: 2_000 }, (_, seed) => drawSetup(seed))

/** All values that were drawn, from the lowest to the highest. */
function valuesOf(read: (setup: Setup) => number): number[] {
  return [...new Set(setups.map(read))].sort((a, b) => a - b)
}

/** In which part of the runs it is so. */
function partWith(holds: (setup: Setup) => boolean): number {
  return setups.filter(holds).length / setups.length
}

describe('the setup of a run', () => {
  test('follows from its seed', () => {
    for (const setup of setups.slice(0, 50)) expect(drawSetup(setup.seed)).toEqual(setup)
  })

  test('is plain data: what is printed can be read again, but for what has no limit', () => {
    const bounded = setups.filter(
      ({ raft }) => raft.maxUncommittedSize !== Infinity && raft.maxInflightBytes !== Infinity,
    )
    expect(bounded.length).toBeGreaterThan(100)
    for (const setup of bounded) expect(JSON.parse(JSON.stringify(setup))).toEqual(setup)
  })

  test('is another for nearly every seed', () => {
    const texts = setups.map((setup) => JSON.stringify({ ...setup, seed: 0 }))
    expect(new Set(texts).size).toBeGreaterThan(1_990)
  })

  test('has 1 to 7 voters, mostly 3 or 5, and up to two learners', () => {
    expect(valuesOf(({ voters }) => voters)).toEqual([1, 2, 3, 4, 5, 7])
    expect(valuesOf(({ learners }) => learners)).toEqual([0, 1, 2])
    expect(partWith(({ voters }) => voters === 3 || voters === 5)).toBeGreaterThan(0.55)
  })

  test('has options that a node takes, on and off', () => {
    for (const { raft } of setups) {
      expect(raft.heartbeatTick).toBeLessThan(raft.electionTick)
      expect(raft.maxInflightBytes).toBeGreaterThanOrEqual(raft.maxSizePerMsg)
    }
    const switches = [
      'preVote',
      'checkQuorum',
      'asyncStorageWrites',
      'coalesceAppends',
      'disableProposalForwarding',
      'disableConfChangeValidation',
    ] as const
    for (const name of switches) {
      const part = partWith(({ raft }) => raft[name])
      expect([name, part > 0.1 && part < 0.9]).toEqual([name, true])
    }
  })

  test('goes by priorities in a quarter of the runs', () => {
    expect(Math.abs(partWith(({ priorities }) => priorities.length > 0) - 0.25)).toBeLessThan(0.05)
    const given = setups.flatMap(({ priorities }) => priorities)
    expect(new Set(given)).toEqual(new Set([0, 1, 2]))
    // As many as there may ever be nodes.
    expect(setups.every(({ priorities }) => [0, 9].includes(priorities.length))).toBe(true)
  })
})

describe('what would not be fair', () => {
  test('is not drawn: with a lease all clocks run at one speed, which is what its user vouches for', () => {
    const leased = setups.filter(({ raft }) => raft.readOnly === 'lease-based')
    expect(leased.length).toBeGreaterThan(200)
    for (const { faults, raft } of leased) expect([faults.skew, raft.checkQuorum]).toEqual([0, true])
    expect(partWith(({ faults }) => faults.skew > 0)).toBeGreaterThan(0.1)
  })

  test('is not drawn: where messages keep no order a window is narrow, or each that is late begins a storm', () => {
    const windows = (fifo: boolean): number[] =>
      [
        ...new Set(setups.filter((setup) => setup.fifo === fifo).map(({ raft }) => raft.maxInflightMsgs)),
      ].sort((a, b) => a - b)
    expect(windows(true)).toEqual([1, 2, 4, 16, 256])
    expect(windows(false)).toEqual([1, 2, 4, 16])
  })
})
