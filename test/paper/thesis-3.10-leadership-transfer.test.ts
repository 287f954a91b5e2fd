import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { v1 } from '../support/paper-server.ts'

test('1: the leader that hands over takes no more requests (thesis §3.10)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.partition([1], [2, 3])

  expect(c.node(1).transferLeadership(2)).toEqual({ started: 2 })

  expect(c.propose(1, 'x')).toEqual({ dropped: 'transferring' })
  expect(c.change(1, v1('RemoveNode', 3))).toEqual({ dropped: 'transferring' })
})

test('2: the leader first brings the target’s log up to its own (thesis §3.10)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.partition([1, 3], [2])
  for (const command of ['a', 'b']) c.propose(1, command)
  c.stabilize()
  c.heal()

  c.node(1).transferLeadership(2)
  c.tick(1)
  c.pump(1)
  expect(c.sentOf('MsgTimeoutNow')).toEqual([])
  c.stabilize()

  const upToDate = c.sent.findIndex(
    (m) => m.type === 'MsgAppResp' && m.from === 2 && !m.reject && m.match === 4,
  )
  const told = c.sent.findIndex((m) => m.type === 'MsgTimeoutNow')
  expect(upToDate).toBeGreaterThan(-1)
  expect(told).toBeGreaterThan(upToDate)
  expect([c.role(1), c.role(2)]).toEqual(['follower', 'leader'])
  expect(c.log(2)).toEqual(['a', 'b'])
})

test('3: told by TimeoutNow the target stands for election at once, in the next term (thesis §3.10)', () => {
  const c = new PaperCluster()
  c.elect(1)

  c.node(1).transferLeadership(3)
  c.stabilize()

  expect(c.sentOf('MsgTimeoutNow')).toMatchObject([{ from: 1, to: 3, term: 1 }])
  expect(c.sentOf('MsgVote', (m) => m.from === 3)).toMatchObject([
    { term: 2, transfer: true },
    { term: 2, transfer: true },
  ])
  expect([1, 2, 3].map(c.role)).toEqual(['follower', 'follower', 'leader'])
})

test('the target’s request for votes makes the old leader step down (thesis §3.10)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.node(1).transferLeadership(3)
  c.pump(1)
  c.deliver((m) => m.type === 'MsgTimeoutNow')
  c.pump(3)

  c.deliver((m) => m.type === 'MsgVote' && m.to === 1)

  expect(c.status(1)).toMatchObject({ role: 'follower', term: 2, leader: null })
})

test('who hears a leader disregards candidates, but not one that the leader itself has sent (thesis §3.10)', () => {
  const c = new PaperCluster({ checkQuorum: true, preVote: true })
  c.elect(1)
  c.tick(1)
  c.stabilize()
  expect(c.status(2).electionElapsed).toBe(0)

  c.node(1).transferLeadership(3)
  c.stabilize()

  expect([1, 2, 3].map(c.role)).toEqual(['follower', 'follower', 'leader'])
  expect(c.sentOf('MsgPreVote', (m) => m.from === 3)).toEqual([])
})

test('if the target fails, leadership is kept: after an election timeout the leader takes requests again (thesis §3.10)', () => {
  const c = new PaperCluster({ electionTick: 10 })
  c.elect(1)
  c.crash(3)
  c.node(1).transferLeadership(3)

  c.tick(1, 9)
  c.stabilize()
  expect(c.propose(1, 'x')).toEqual({ dropped: 'transferring' })
  c.tick(1)
  c.stabilize()

  expect(c.status(1)).toMatchObject({ role: 'leader', transferee: null })
  expect(c.propose(1, 'x')).toEqual({ index: 3, term: 1 })
  expect(c.trace(1)).toContainEqual({ node: 1, term: 1, type: 'transferAborted', target: 3, why: 'timeout' })
})

test('only a member that votes can be handed leadership (thesis §3.10)', () => {
  const c = new PaperCluster({ learners: [4] })
  c.elect(1)

  expect(c.node(1).transferLeadership(4)).toEqual({ refused: 'not-a-voter' })
  expect(c.node(1).transferLeadership(9)).toEqual({ refused: 'not-a-voter' })
  expect(c.propose(1, 'x')).toEqual({ index: 3, term: 1 })
})
