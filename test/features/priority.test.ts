import { OptionsError, UsageError } from 'quorate'
import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { requestPreVote, requestVote } from '../support/paper-messages.ts'
import { storageOf } from '../support/paper-server.ts'

const withPriorities = (...priorities: readonly number[]) => ({
  only: (id: number) => ({ priority: priorities[id - 1] ?? 0 }),
})

test('a voter turns down a candidate of lower priority whose log is no longer than its own', () => {
  const c = new PaperCluster(withPriorities(5))

  c.step(requestVote([2, 1, 1], { priority: 4 }))
  c.stabilize(1)

  expect(c.sentOf('MsgVoteResp')).toMatchObject([{ reject: true }])
  expect(c.trace(1)).toContainEqual({
    node: 1,
    term: 1,
    type: 'voteRefused',
    candidate: 2,
    preVote: false,
    voteTerm: 1,
    why: 'lower-priority',
  })
})

test.each([
  { own: 5, candidate: 5, granted: true },
  { own: 5, candidate: 6, granted: true },
  { own: -1, candidate: 0, granted: true },
  { own: 0, candidate: -1, granted: false },
])('of equal logs: voter $own, candidate $candidate, granted $granted', ({ own, candidate, granted }) => {
  const c = new PaperCluster(withPriorities(own))

  c.step(requestVote([2, 1, 1], { priority: candidate }))
  c.stabilize(1)

  expect(c.sentOf('MsgVoteResp')).toMatchObject([{ reject: !granted }])
})

test('a longer log is worth more than any priority', () => {
  const c = new PaperCluster(withPriorities(100))

  c.step(requestVote([2, 1, 1], { lastLogIndex: 2, priority: 0 }))
  c.stabilize(1)

  expect(c.sentOf('MsgVoteResp')).toMatchObject([{ reject: false }])
})

test('no priority is worth as much as a log that is up-to-date', () => {
  const c = new PaperCluster({ storages: new Map([[1, storageOf([1, 2, 3], [1, 1])]]) })

  c.step(requestVote([2, 1, 2], { lastLogIndex: 2, priority: 100 }))
  c.stabilize(1)

  expect(c.sentOf('MsgVoteResp')).toMatchObject([{ reject: true }])
})

test('pre-votes go by the same rule, so that a node of low priority does not even raise its term', () => {
  const c = new PaperCluster({ preVote: true, ...withPriorities(1, 0, 1) })
  c.step(requestPreVote([2, 1, 1], { priority: 0 }))
  c.stabilize(1)
  expect(c.sentOf('MsgPreVoteResp')).toMatchObject([{ reject: true }])

  c.node(2).campaign()
  c.stabilize()
  expect(c.status(2)).toMatchObject({ role: 'follower', term: 0 })
})

test('a node that all others outrank does not come to lead while their logs are as long, though it stands first', () => {
  const c = new PaperCluster({
    preVote: true,
    electionTick: 10,
    only: (id) => ({ priority: id, random: () => id / 4 }),
  })

  for (let i = 0; i < 18; i++) {
    for (const id of [1, 2, 3]) c.tick(id)
    c.stabilize()
  }

  expect(c.sentOf('MsgPreVote').map(({ from }) => from)).toEqual([1, 1, 2, 2])
  expect([1, 2, 3].map(c.role)).toEqual(['follower', 'leader', 'follower'])
})

test('a candidate says its priority when it asks', () => {
  const c = new PaperCluster({ preVote: true, ...withPriorities(7) })

  c.node(1).campaign()
  c.stabilize()

  expect(c.sentOf('MsgPreVote').map(({ priority }) => priority)).toEqual([7, 7])
  expect(c.sentOf('MsgVote').map(({ priority }) => priority)).toEqual([7, 7])
})

test('setPriority changes it at once, for votes and candidacies to come', () => {
  const c = new PaperCluster()
  c.node(1).setPriority(3)

  c.step(requestVote([2, 1, 1]))
  c.stabilize(1)
  expect(c.sentOf('MsgVoteResp')).toMatchObject([{ reject: true }])

  c.node(1).campaign()
  c.stabilize(1)
  expect(c.sentOf('MsgVote').map(({ priority }) => priority)).toEqual([3, 3])
})

test('priorities are safe integers', () => {
  expect(() => new PaperCluster({ priority: 0.5 })).toThrow(OptionsError)
  const c = new PaperCluster()
  expect(() => c.node(1).setPriority(Infinity)).toThrow(UsageError)
  expect(() => c.node(1).setPriority(-5)).not.toThrow()
})

// Node 1 has the longer log and the higher priority, node 2 the later log. Were priorities compared between logs that are
// not equal, node 1 would refuse node 2 for its priority, and node 2 node 1 for its log, for ever.
test('priorities never keep two servers of three from electing one of them', () => {
  const c = new PaperCluster({ only: (id) => ({ priority: id === 1 ? 1 : 0, random: () => id / 4 }) })
  c.elect(1)
  c.partition([1], [2, 3])
  for (const command of 'abc') c.propose(1, command)
  c.stabilize()
  c.elect(2)
  c.crash(3)
  c.crash(2)
  c.restart(2)
  c.crash(1)
  c.restart(1)
  c.heal()

  for (let i = 0; i < 300; i++) {
    for (const id of [1, 2]) c.tick(id)
    c.stabilize()
  }

  expect([1, 2].map(c.role)).toContain('leader')
})

test('a leader that hands over to somebody of lower priority has chosen, and is heeded (thesis §3.10)', () => {
  const c = new PaperCluster(withPriorities(9, 0, 9))
  c.elect(1)

  c.node(1).transferLeadership(2)
  c.stabilize()

  expect(c.role(2)).toBe('leader')
})

test('who has no vote of its own does not refuse it to others for its priority', () => {
  const c = new PaperCluster({
    nodes: 2,
    learners: [3],
    only: (id: number) => ({ priority: id === 3 ? 9 : 0 }),
  })

  c.step(requestVote([2, 3, 1]))
  c.stabilize(3)

  expect(c.sentOf('MsgVoteResp')).toMatchObject([{ from: 3, reject: false }])
})
