import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { requestPreVote } from '../support/paper-messages.ts'

const careful = { preVote: true, checkQuorum: true } as const

test('a follower that forgets its leader votes again before the timeout', () => {
  const c = new PaperCluster(careful)
  c.elect(1)
  c.crash(1)
  c.node(2).campaign()
  c.stabilize()
  expect(c.role(2)).toBe('pre-candidate')

  c.node(3).forgetLeader()
  c.node(2).campaign()
  c.stabilize()

  expect(c.role(2)).toBe('leader')
})

test('it stays in its term with its vote, and its timer goes on', () => {
  const c = new PaperCluster(careful)
  c.elect(1)
  c.tick(2, 3)
  const { term, vote, electionElapsed } = c.status(2)

  c.node(2).forgetLeader()

  expect(c.status(2)).toMatchObject({ role: 'follower', leader: null, term, vote, electionElapsed })
  expect(c.trace(2).at(-1)).toEqual({ node: 2, term: 1, type: 'leaderChanged', leader: null })
})

test('it learns of its leader again with the next message of it', () => {
  const c = new PaperCluster(careful)
  c.elect(1)
  c.node(2).forgetLeader()
  expect(c.propose(2, 'x')).toEqual({ dropped: 'no-leader' })

  c.tick(1)
  c.stabilize()

  expect(c.status(2).leader).toBe(1)
  expect(c.propose(2, 'x')).toEqual({ forwarded: 1 })
})

test('on a leader and on a candidate it has no effect', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.node(1).forgetLeader()
  expect(c.status(1)).toMatchObject({ role: 'leader', leader: 1 })

  c.partition([2])
  c.node(2).campaign()
  c.node(2).forgetLeader()
  expect(c.status(2)).toMatchObject({ role: 'candidate', term: 2 })
})

test('with lease reads it has none either: the follower has promised to hold on to its leader', () => {
  const c = new PaperCluster({ ...careful, readOnly: 'lease-based' })
  c.elect(1)
  c.node(2).forgetLeader()

  c.step(requestPreVote([3, 2, 2], { lastLogIndex: 2 }))
  c.stabilize(2)

  expect(c.status(2).leader).toBe(1)
  expect(c.sentOf('MsgPreVoteResp', (m) => m.from === 2 && m.term === 2)).toEqual([])
})

test('the application is told by the next Ready that there is no leader', () => {
  const c = new PaperCluster()
  c.elect(1)

  c.node(2).forgetLeader()

  expect(c.node(2).ready().softState).toEqual({ leader: null, role: 'follower' })
})
