/**
 * Rounds of replication, and when a new server has caught up, are for the application to judge, by `status().progress`:
 * the core has the member without a vote that all of it rests on.
 */

import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { v1 } from '../support/paper-server.ts'

test('a server joins without a vote and is sent the whole log (thesis §4.2.1)', () => {
  const c = new PaperCluster()
  c.elect(1)
  for (let i = 0; i < 50; i++) c.propose(1, `${i}`)
  c.stabilize()

  c.join(4, 1)

  expect(c.applied(4)).toEqual(c.applied(1))
  expect(c.status(4).confState).toMatchObject({ voters: [1, 2, 3], learners: [4] })
})

test('without the detour a fourth voter with an empty log would make commits wait for it when one server fails; a learner does not (thesis §4.2.1)', () => {
  const commits = (type: 'AddNode' | 'AddLearnerNode') => {
    const c = new PaperCluster()
    c.elect(1)
    c.change(1, v1(type, 4))
    c.stabilize()
    c.crash(3)
    c.propose(1, 'x')
    c.stabilize()
    return c.applied(1).length === 1
  }

  // Node 4 has not even been started.
  expect(commits('AddNode')).toBe(false)
  expect(commits('AddLearnerNode')).toBe(true)
})

test('the leader sees when the new server has caught up (thesis §4.2.1)', () => {
  const c = new PaperCluster()
  c.elect(1)
  for (let i = 0; i < 20; i++) c.propose(1, `${i}`)
  c.stabilize()
  const progress = () => c.status(1).progress.find(({ id }) => id === 4)

  c.change(1, v1('AddLearnerNode', 4))
  c.stabilize()
  expect(progress()).toMatchObject({ match: 0, isLearner: true })

  c.add(4)
  c.tick(1)
  c.stabilize()

  expect(progress()).toMatchObject({ match: c.status(1).lastIndex, state: 'StateReplicate' })
})

test('a server that does not vote does not stand for election either, however long it hears nothing (thesis §4.2.1)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.join(4, 1)
  c.partition([1, 2, 3], [4])

  c.tick(4, 100)
  c.node(4).campaign()
  c.stabilize()

  expect(c.status(4)).toMatchObject({ role: 'follower', term: 1 })
  expect(c.trace(4)).toContainEqual({ node: 4, term: 1, type: 'electionHeldBack', why: 'not-promotable' })
})

test('caught up it is given its vote, and then it may elect and be elected (thesis §4.2.1)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'x')
  c.stabilize()
  c.join(4, 1)

  c.change(1, v1('AddNode', 4))
  c.stabilize()
  expect(c.status(1).confState).toMatchObject({ voters: [1, 2, 3, 4], learners: [] })
  c.crash(1)
  c.elect(4)

  expect(c.applied(4)).toEqual(['x'])
})
