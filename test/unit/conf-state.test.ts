import { describe, expect, test } from 'vitest'
import {
  canonicalConfState,
  emptyConfState,
  isJoint,
  isMember,
  isVoter,
  memberIds,
  voterIds,
} from '../../src/core/conf-state.ts'
import { confStateFlaw } from '../../src/core/validity.ts'
import { confState } from '../support/entries.ts'

const joint = confState({
  voters: [1, 2],
  votersOutgoing: [2, 3],
  learners: [4],
  learnersNext: [3],
  autoLeave: true,
})

describe('who is who in a configuration (thesis §4.3)', () => {
  test.each([
    ['a voter of the incoming half', 1, true, true],
    ['a voter of both halves', 2, true, true],
    ['a voter of the outgoing half that is to become a learner', 3, true, true],
    ['a learner', 4, false, true],
    ['a stranger', 5, false, false],
  ])('%s', (_, id, votes, belongs) => {
    expect([isVoter(joint, id), isMember(joint, id)]).toEqual([votes, belongs])
  })

  test('it is joint while there is an outgoing half', () => {
    expect(isJoint(joint)).toBe(true)
    expect(isJoint(confState())).toBe(false)
  })

  test('voters and members are listed once each, ascending', () => {
    const mixed = confState({ voters: [9, 2], votersOutgoing: [5, 2], learners: [7] })
    expect(voterIds(mixed)).toEqual([2, 5, 9])
    expect(memberIds(mixed)).toEqual([2, 5, 7, 9])
    expect(memberIds(confState())).toEqual([1, 2, 3])
  })
})

test('the canonical form is sorted, says the same, and cannot be changed', () => {
  const given = confState({ voters: [3, 1], votersOutgoing: [2, 1], learners: [9, 8], learnersNext: [2] })
  const canonical = canonicalConfState(given)

  expect(canonical).toEqual({ ...given, voters: [1, 3], votersOutgoing: [1, 2], learners: [8, 9] })
  expect(() => (canonical.voters as number[]).push(7)).toThrow(TypeError)
  expect(Object.isFrozen(canonical)).toBe(true)
  expect(given.voters).toEqual([3, 1])
})

test('the empty configuration is a proper one, of nobody', () => {
  expect(confStateFlaw(emptyConfState)).toBeNull()
  expect(memberIds(emptyConfState)).toEqual([])
})
