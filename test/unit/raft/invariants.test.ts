/** What `invariants` would notice: each property is broken by hand, on a node that is otherwise fine. */

import { InvariantError, MemStorage } from 'quorate'
import { describe, expect, test } from 'vitest'
import { resolveOptions } from '../../../src/core/options.ts'
import { checkInvariants, observe, type Observed } from '../../../src/core/raft/invariants.ts'
import { startRaft } from '../../../src/core/raft/start.ts'
import type { Raft } from '../../../src/core/raft/state.ts'
import { becomeCandidate, becomeFollower, becomeLeader } from '../../../src/core/raft/transitions.ts'
import { confState, entry } from '../../support/entries.ts'

function follower(): Raft {
  return startRaft(resolveOptions({ id: 1, storage: MemStorage.bootstrap({ voters: [1, 2, 3] }) }))
}

function leader(): Raft {
  const raft = follower()
  becomeCandidate(raft)
  becomeLeader(raft)
  raft.log.append([entry(2, 1)])
  return raft
}

function broken(raft: Raft, before: Observed = observe(raft)): string {
  try {
    checkInvariants(raft, before)
  } catch (error) {
    expect(error).toBeInstanceOf(InvariantError)
    return (error as Error).message
  }
  return 'nothing'
}

describe('a node in itself', () => {
  test('is fine in each role', () => {
    const candidate = follower()
    becomeCandidate(candidate)
    for (const raft of [follower(), candidate, leader()]) expect(broken(raft)).toBe('nothing')
  })

  test('a candidate and a leader have voted for themselves (§5.2)', () => {
    const candidate = follower()
    becomeCandidate(candidate)
    candidate.vote = 2
    expect(broken(candidate)).toMatch(/a candidate votes for itself/)
    const raft = leader()
    raft.vote = 2
    expect(broken(raft)).toMatch(/a leader has voted for itself/)
  })

  test('the last entry of a leader is of its own term (§8)', () => {
    const raft = leader()
    raft.term = 2
    expect(broken(raft)).toMatch(/of its own term/)
  })

  test('nobody is known to hold more than the leader', () => {
    const raft = leader()
    if (raft.role.name === 'leader') raft.role.progress.get(2)?.maybeUpdate(3)
    expect(broken(raft)).toMatch(/hold more than the leader, as 2 is/)
  })

  test('a pending membership change is in the log', () => {
    const raft = leader()
    if (raft.role.name === 'leader') raft.role.pendingConfIndex = 3
    expect(broken(raft)).toMatch(/pending membership change is in the log/)
  })

  test('the configuration is a proper one', () => {
    const raft = follower()
    raft.config = confState({ voters: [1, 1] })
    expect(broken(raft)).toMatch(/voters names a node twice/)
    const leading = leader()
    leading.config = confState({ autoLeave: true })
    expect(broken(leading)).toMatch(/joint configuration/)
  })
})

describe('a node from one moment to the next', () => {
  const moments: readonly (readonly [string, Partial<Observed>, RegExp])[] = [
    ['terms', { term: 9 }, /terms never go back/],
    ['the commit index', { committed: 9 }, /the commit index never goes back/],
    ['the applied index', { applied: 9 }, /the applied index never goes back/],
    ['the log of a leader', { lastIndex: 9 }, /Leader Append-Only/],
    ['a vote', { vote: 3 }, /a vote is given once/],
  ]
  test.each(moments)('does not take back %s', (_, before, message) => {
    const raft = leader()
    expect(broken(raft, { ...observe(raft), ...before })).toMatch(message)
  })

  test('may lose entries as follower, and its vote with a new term', () => {
    const raft = follower()
    const before = { ...observe(raft), lastIndex: 9, vote: 3 }
    becomeFollower(raft, 5, 2)
    expect(broken(raft, before)).toBe('nothing')
  })
})

test('roles are changed in the order of figure 4 only', () => {
  const raft = leader()
  expect(() => becomeCandidate(raft)).toThrow(/a leader does not stand for election/)
  expect(() => becomeLeader(follower())).toThrow(/only a candidate becomes leader/)
  expect(() => becomeFollower(raft, 0, null)).toThrow(/does not go back from 1 to 0/)
})
