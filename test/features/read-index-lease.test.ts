import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { requestPreVote, requestVote } from '../support/paper-messages.ts'
import { v2 } from '../support/paper-server.ts'

const lease = { preVote: true, checkQuorum: true, readOnly: 'lease-based', electionTick: 10 } as const

test('every round of heartbeats has a number of its own, so that its answers renew the lease', () => {
  const c = new PaperCluster(lease)
  c.elect(1)
  c.sent = []

  for (let i = 0; i < 3; i++) {
    c.tick(1)
    c.stabilize()
  }

  expect(c.sentOf('MsgHeartbeat', (m) => m.to === 2).map(({ context }) => context)).toEqual([1, 2, 3])
  expect(c.sentOf('MsgHeartbeatResp', (m) => m.from === 2).map(({ context }) => context)).toEqual([1, 2, 3])
})

test('the lease is as old as the newest round that a majority has answered, not as the last answer', () => {
  const c = new PaperCluster(lease)
  c.elect(1)
  const late = c.hold((m) => m.type === 'MsgHeartbeatResp')
  c.tick(1)
  c.stabilize()

  // The round of tick 1 is answered at tick 10: followers may elect from then on.
  c.tick(1, 9)
  for (const m of late.messages) c.step(m)
  c.read(1, 'r')
  c.pump(1)

  expect(late.messages.length).toBe(2)
  expect(c.reads(1)).toEqual([])
})

test('one node’s answer to a new round and another’s to an old one make the lease of the older', () => {
  const c = new PaperCluster({ ...lease, nodes: 5 })
  c.elect(1)
  c.drop((m) => m.from === 4 || m.from === 5)
  c.tick(1)
  c.stabilize()
  c.drop((m) => m.from === 3)
  c.tick(1, 3)
  c.stabilize()

  // Rounds: node 2 has answered that of tick 4, node 3 that of tick 1; it is void from tick 10 on.
  c.tick(1, 5)
  c.drop((m) => m.type === 'MsgHeartbeatResp')
  c.read(1, 'at 9')
  c.pump(1)
  c.tick(1)
  c.read(1, 'at 10')
  c.pump(1)

  expect(c.reads(1)).toEqual(['at 9@2'])
})

test('a new leader has no lease before its first round is answered', () => {
  const c = new PaperCluster(lease)
  c.elect(1)
  const held = c.hold((m) => m.type === 'MsgHeartbeatResp')

  c.read(1, 'r')
  c.stabilize()
  expect(c.reads(1)).toEqual([])

  held.release()
  c.stabilize()
  expect(c.reads(1)).toEqual(['r@2'])
})

test('a lease does not help a leader that has committed nothing in its term: the read is parked', () => {
  const c = new PaperCluster(lease)
  c.elect(1)
  const held = c.hold((m) => m.type === 'MsgAppResp')
  c.elect(2)
  c.tick(2)
  c.stabilize()

  c.read(2, 'r')
  c.pump(2)
  expect(c.reads(2)).toEqual([])

  held.release()
  c.stabilize()
  expect(c.reads(2)).toEqual(['r@3'])
})

test('once a leader has told somebody to stand for election it reads by rounds, also after the transfer was given up', () => {
  const c = new PaperCluster(lease)
  c.elect(1)
  c.tick(1)
  c.stabilize()
  c.drop((m) => m.type === 'MsgTimeoutNow')
  c.node(1).transferLeadership(2)
  for (let i = 0; i < 12; i++) {
    c.tick(1)
    c.stabilize()
  }
  expect(c.status(1)).toMatchObject({ role: 'leader', transferee: null })
  c.sent = []

  c.read(1, 'r')
  c.pump(1)
  expect(c.reads(1)).toEqual([])
  expect(c.sentOf('MsgHeartbeat').length).toBe(2)

  c.stabilize()
  expect(c.reads(1)).toEqual(['r@2'])
})

test('a transfer that has told nobody yet leaves the lease as it is', () => {
  const c = new PaperCluster(lease)
  c.elect(1)
  c.partition([1, 2], [3])
  c.propose(1, 'x')
  c.stabilize()
  c.tick(1)
  c.stabilize()

  c.node(1).transferLeadership(3)
  c.read(1, 'r')
  c.pump(1)

  expect(c.sentOf('MsgTimeoutNow')).toEqual([])
  expect(c.reads(1)).toEqual(['r@3'])
})

test('in a joint configuration both halves must have answered', () => {
  const c = new PaperCluster({ ...lease, nodes: 3, learners: [4, 5, 6] })
  c.elect(1)
  const added = [4, 5, 6].map((id) => ['AddNode', id] as const)
  c.change(1, v2('explicit', ...added, ['RemoveNode', 2], ['RemoveNode', 3]))
  const deaf = c.drop((m) => m.type === 'MsgHeartbeatResp' && m.from >= 4)
  c.stabilize()
  c.tick(1)
  c.stabilize()
  c.read(1, 'old half')
  c.pump(1)
  expect(c.reads(1)).toEqual([])

  deaf()
  c.tick(1)
  c.stabilize()
  c.read(1, 'both')
  c.pump(1)
  expect(c.reads(1)).toEqual(['old half@3', 'both@3'])
})

test('a restarted node votes for nobody for an election timeout, neither in a pre-vote nor in an election', () => {
  const c = new PaperCluster(lease)
  c.elect(1)
  c.crash(2)
  c.restart(2)
  c.sent = []
  const ask = () => {
    c.step(requestPreVote([3, 2, 5], { lastLogIndex: 2 }))
    c.step(requestVote([3, 2, 4], { lastLogIndex: 2 }))
    c.stabilize(2)
  }

  c.tick(2, 9)
  ask()
  expect(c.sent).toEqual([])
  expect(c.term(2)).toBe(1)

  c.tick(2)
  ask()
  expect(c.sent.map((m) => [m.type, 'reject' in m && m.reject])).toEqual([
    ['MsgPreVoteResp', false],
    ['MsgVoteResp', false],
  ])
})

test('a restarted node still votes for who was sent by the leader, which has no lease then', () => {
  const c = new PaperCluster(lease)
  c.elect(1)
  c.crash(2)
  c.restart(2)

  c.step(requestVote([3, 2, 2], { lastLogIndex: 2, transfer: true }))
  c.stabilize(2)

  expect(c.sentOf('MsgVoteResp', (m) => m.to === 3)).toMatchObject([{ term: 2, reject: false }])
})

test('a group of one reads at once, and by rounds as soon as a second voter is there', () => {
  const c = new PaperCluster({ ...lease, nodes: 1 })
  c.elect(1)
  c.read(1, 'alone')
  c.pump(1)
  expect(c.reads(1)).toEqual(['alone@2'])

  c.join(2, 1, 'AddNode')
  c.hold((m) => m.type === 'MsgHeartbeat')
  c.read(1, 'two')
  c.pump(1)

  expect(c.status(1).confState.voters).toEqual([1, 2])
  expect(c.reads(1)).toEqual(['alone@2'])
})

// Were the promise kept in `leader`, any message of a later term would clear it: here the rejection of a pre-vote that node 2
// asked for before it heard its leader again. Then it would grant the vote that it has just ruled out.
test('a follower that has confirmed a lease votes for nobody until it is over, whatever else it hears', () => {
  const c = new PaperCluster(lease)
  c.elect(1)
  c.drop((m) => Math.min(m.from, m.to) === 1 && Math.max(m.from, m.to) === 3)
  const deaf = c.drop((m) => m.from === 1)
  for (let i = 0; i < 9; i++) {
    for (const id of [1, 2, 3]) c.tick(id)
    c.stabilize()
  }
  c.tick(2, 8)
  c.tick(3, 9)
  deaf()

  const votes = c.hold((m) => m.type === 'MsgVote' && m.from === 3)
  const rejection = c.hold((m) => m.type === 'MsgPreVoteResp' && m.from === 3 && m.reject)
  c.tick(3)
  c.stabilize(2, 3)
  c.tick(2, 2)
  c.stabilize(2, 3)
  c.tick(1)
  c.stabilize(1, 2)
  rejection.release()
  c.stabilize(2)
  c.partition([1], [2, 3])
  votes.release()
  c.stabilize(2, 3)
  c.propose(3, 'new')
  c.stabilize(2, 3)
  c.read(1, 'r')
  c.pump(1)

  // Either nobody else has been elected, or the read is not answered without what they have written.
  expect([c.applied(3), c.reads(1)]).not.toEqual([['new'], ['r@2']])
})

// As forgetLeader() must not, neither may campaign(): it would break the same promise.
test('campaign() does not break the lease that this node has confirmed', () => {
  const c = new PaperCluster(lease)
  c.elect(1)
  c.partition([1, 2], [3])
  c.tick(3, 10)
  c.tick(1)
  c.stabilize()
  c.partition([1], [2, 3])

  c.node(2).campaign()
  c.stabilize()
  c.propose(2, 'new')
  c.stabilize()
  c.read(1, 'r')
  c.pump(1)

  expect([c.applied(2), c.reads(1)]).not.toEqual([['new'], ['r@2']])
})
