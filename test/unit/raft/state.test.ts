import { describe, expect, test } from 'vitest'
import { forgetLeader, leaderOf, tell } from '../../../src/core/raft/state.ts'
import { becomeFollower, becomePreCandidate } from '../../../src/core/raft/transitions.ts'
import { bare, bareLeader } from '../../support/bare.ts'

describe('the leader that a node knows of', () => {
  test('is whom it follows, itself, or nobody', () => {
    const { raft } = bare()
    expect(leaderOf(raft)).toBeNull()
    becomeFollower(raft, 2, 3)
    expect(leaderOf(raft)).toBe(3)
    becomePreCandidate(raft, 'timeout')
    expect(leaderOf(raft)).toBeNull()
    expect(leaderOf(bareLeader().raft)).toBe(1)
  })

  test('is forgotten on demand, in the same term, and the trace is told once', () => {
    const { raft, events } = bare()
    becomeFollower(raft, 2, 3)
    events.length = 0
    forgetLeader(raft)
    forgetLeader(raft)
    expect([raft.term, leaderOf(raft)]).toEqual([2, null])
    expect(events).toEqual([{ node: 1, term: 2, type: 'leaderChanged', leader: null }])
  })

  test('is not forgotten where leases rest on it, nor by a leader', () => {
    const { raft } = bare({ readOnly: 'lease-based' })
    becomeFollower(raft, 2, 3)
    forgetLeader(raft)
    expect(leaderOf(raft)).toBe(3)

    const { raft: leading } = bareLeader()
    forgetLeader(leading)
    expect(leaderOf(leading)).toBe(1)
  })
})

test('the trace is told with node and term of the moment', () => {
  const { raft, events } = bare()
  raft.term = 7
  tell(raft, { type: 'leaderElected' })
  expect(events).toEqual([{ node: 1, term: 7, type: 'leaderElected' }])
})
