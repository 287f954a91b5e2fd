import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { heartbeat, preVote, requestPreVote, vote } from '../support/paper-messages.ts'

test('a candidate first asks whether it would be elected, and does not raise its term for that (thesis §9.6)', () => {
  const c = new PaperCluster({ preVote: true })
  c.tick(1, 19)
  c.stabilize(1)

  expect(c.status(1)).toMatchObject({ role: 'pre-candidate', term: 0, vote: null })
  expect(c.sentOf('MsgPreVote').map(({ to, term }) => [to, term])).toEqual([
    [2, 1],
    [3, 1],
  ])
  expect(c.sentOf('MsgVote')).toEqual([])
})

test('only when a majority would vote for it does it raise its term and start the election (thesis §9.6)', () => {
  const c = new PaperCluster({ preVote: true, nodes: 5 })
  c.node(1).campaign()
  c.stabilize(1)

  c.step(preVote([2, 1, 1]))
  expect(c.role(1)).toBe('pre-candidate')
  c.step(preVote([3, 1, 1]))

  expect(c.status(1)).toMatchObject({ role: 'candidate', term: 1, vote: 1 })
})

test('if a majority would not, it goes back to following in its old term (thesis §9.6)', () => {
  const c = new PaperCluster({ preVote: true })
  c.node(1).campaign()
  c.stabilize(1)

  c.step(preVote([2, 1, 0], true))
  c.step(preVote([3, 1, 0], true))

  expect(c.status(1)).toMatchObject({ role: 'follower', term: 0 })
})

test('to be asked changes nothing: neither term nor vote, and the timer goes on (thesis §9.6)', () => {
  const c = new PaperCluster({ preVote: true })
  c.step(heartbeat([2, 1, 3]))
  c.node(1).setRandomizedElectionTimeout(19)
  c.tick(1, 15)
  c.stabilize(1)
  const before = c.status(1)

  c.step(requestPreVote([3, 1, 8], { lastLogIndex: 5, lastLogTerm: 4 }))
  c.stabilize(1)

  expect(c.sentOf('MsgPreVoteResp')).toMatchObject([{ to: 3, term: 8, reject: false }])
  expect(c.status(1)).toEqual(before)
  expect(c.entries(1)).toEqual([])
})

test('a server says yes to several pre-candidates for the same term: it promises nothing (thesis §9.6)', () => {
  const c = new PaperCluster({ preVote: true })

  c.step(requestPreVote([2, 1, 4]))
  c.step(requestPreVote([3, 1, 4]))
  c.stabilize(1)

  expect(c.sentOf('MsgPreVoteResp').map(({ reject }) => reject)).toEqual([false, false])
})

test('a server that was cut off comes back with the term it left with, and disturbs nobody (thesis §9.6)', () => {
  const c = new PaperCluster({ preVote: true, checkQuorum: true })
  c.elect(1)
  c.partition([1, 2], [3])
  for (let i = 0; i < 100; i++) {
    for (const id of [1, 2, 3]) c.tick(id)
    c.stabilize()
  }
  expect(c.term(3)).toBe(1)

  c.heal()
  for (let i = 0; i < 5; i++) {
    for (const id of [1, 2, 3]) c.tick(id)
    c.stabilize()
  }

  expect([1, 2, 3].map(c.role)).toEqual(['leader', 'follower', 'follower'])
  expect([1, 2, 3].map(c.term)).toEqual([1, 1, 1])
})

test('without pre-vote it comes back with a later term and deposes the leader (thesis §9.6)', () => {
  const c = new PaperCluster({ preVote: false, checkQuorum: true })
  c.elect(1)
  c.partition([1, 2], [3])
  for (let i = 0; i < 100; i++) {
    for (const id of [1, 2, 3]) c.tick(id)
    c.stabilize()
  }
  expect(c.term(3)).toBeGreaterThan(3)

  c.heal()
  c.tick(1)
  c.stabilize()

  expect(c.role(1)).toBe('follower')
})

test('a server that has heard from a leader lately does not say yes (thesis §9.6)', () => {
  const c = new PaperCluster({ preVote: true, checkQuorum: true })
  c.step(heartbeat([2, 1, 3]))
  c.tick(1, 9)
  c.stabilize(1)

  c.step(requestPreVote([3, 1, 8], { lastLogIndex: 5, lastLogTerm: 4 }))
  c.stabilize(1)

  expect(c.sentOf('MsgPreVoteResp')).toEqual([])
  expect(c.trace(1)).toContainEqual(expect.objectContaining({ type: 'voteIgnored', candidate: 3 }))
})

test('a server whose log is behind cannot win even the question (thesis §9.6)', () => {
  const c = new PaperCluster({ preVote: true })
  c.elect(1)
  c.partition([1, 2], [3])
  c.propose(1, 'x')
  c.stabilize()
  c.crash(1)
  c.heal()

  c.node(2).setRandomizedElectionTimeout(40)
  c.tick(2, 19)
  c.tick(3, 19)
  c.stabilize()

  expect(c.term(3)).toBe(1)
  expect(c.sentOf('MsgPreVoteResp', (m) => m.to === 3)).toMatchObject([{ from: 2, reject: true }])
})

test('yes to the question is no vote in the election that follows (thesis §9.6)', () => {
  const c = new PaperCluster({ preVote: true, nodes: 5 })
  c.node(1).campaign()
  c.stabilize(1)
  for (const peer of [2, 3]) c.step(preVote([peer, 1, 1]))
  c.stabilize(1)
  expect(c.role(1)).toBe('candidate')

  for (const peer of [4, 5]) c.step(preVote([peer, 1, 1]))
  expect(c.role(1)).toBe('candidate')

  for (const peer of [2, 3]) c.step(vote([peer, 1, 1]))
  expect(c.role(1)).toBe('leader')
})
