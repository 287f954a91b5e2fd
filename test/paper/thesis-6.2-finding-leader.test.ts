import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'

test('a server that does not lead turns a client away and tells it the leader, if it knows it (thesis §6.2)', () => {
  const c = new PaperCluster({ disableProposalForwarding: true })
  expect(c.propose(2, 'x')).toEqual({ dropped: 'no-leader' })
  c.elect(1)

  expect(c.propose(2, 'x')).toEqual({ dropped: 'forwarding-disabled' })
  expect(c.status(2).leader).toBe(1)
})

test('or it passes the request on, and the result is found in the log (thesis §6.2)', () => {
  const c = new PaperCluster()
  c.elect(1)

  expect(c.propose(3, 'x')).toEqual({ forwarded: 1 })
  c.stabilize()

  expect(c.applied(3)).toEqual(['x'])
})

test('a leader that hears from no majority for an election timeout steps down, so that clients try elsewhere (thesis §6.2)', () => {
  const c = new PaperCluster({ nodes: 5, checkQuorum: true, electionTick: 10 })
  c.elect(1)
  c.partition([1, 2], [3, 4, 5])

  const roles = []
  for (let i = 0; i < 20; i++) {
    c.tick(1)
    c.stabilize()
    roles.push(c.role(1))
  }

  expect(roles.lastIndexOf('leader')).toBeLessThan(19)
  expect(c.status(1)).toMatchObject({ role: 'follower', term: 1, leader: null })
  expect(c.propose(1, 'x')).toEqual({ dropped: 'no-leader' })
  expect(c.trace(1)).toContainEqual({ node: 1, term: 1, type: 'steppedDown', why: 'no-quorum' })
})

test('a leader that hears from a majority stays, whoever else is silent (thesis §6.2)', () => {
  const c = new PaperCluster({ nodes: 5, checkQuorum: true, electionTick: 10 })
  c.elect(1)
  c.partition([1, 2, 3], [4, 5])

  for (let i = 0; i < 50; i++) {
    c.tick(1)
    c.stabilize()
  }

  expect(c.role(1)).toBe('leader')
})

test('without that rule a deposed leader keeps its clients waiting for ever (thesis §6.2)', () => {
  const c = new PaperCluster({ checkQuorum: false })
  c.elect(1)
  c.partition([1], [2, 3])
  c.elect(2)

  c.tick(1, 500)
  c.stabilize()

  expect(c.role(1)).toBe('leader')
  expect(c.propose(1, 'never')).toEqual({ index: 3, term: 1 })
})

test('a follower that stands for election does not name the old leader any longer (thesis §6.2)', () => {
  const c = new PaperCluster()
  c.elect(1)
  expect(c.status(2).leader).toBe(1)
  c.partition([2])

  c.node(2).campaign()

  expect(c.status(2).leader).toBe(null)
  expect(c.propose(2, 'x')).toEqual({ dropped: 'no-leader' })
})
