import { UsageError } from 'quorate'
import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { timeoutNow } from '../support/paper-messages.ts'
import { v1, v2 } from '../support/paper-server.ts'

const endOf = (c: PaperCluster) =>
  c.trace(1).flatMap((e) => (e.type === 'transferAborted' ? [[e.target, e.why]] : []))

test('a follower that is asked passes the wish on to its leader', () => {
  const c = new PaperCluster()
  c.elect(1)

  expect(c.node(2).transferLeadership(3)).toEqual({ forwarded: 1 })
  c.stabilize()

  expect(c.role(3)).toBe('leader')
})

test('a follower can call leadership to itself', () => {
  const c = new PaperCluster()
  c.elect(1)

  expect(c.node(2).transferLeadership(2)).toEqual({ forwarded: 1 })
  c.stabilize()

  expect(c.role(2)).toBe('leader')
})

test('who knows no leader refuses, and a candidate too', () => {
  const c = new PaperCluster()
  expect(c.node(1).transferLeadership(2)).toEqual({ refused: 'no-leader' })
  c.partition([1])
  c.node(1).campaign()
  expect(c.node(1).transferLeadership(2)).toEqual({ refused: 'no-leader' })
})

test('a leader keeps what it has when it is asked to hand it to itself', () => {
  const c = new PaperCluster()
  c.elect(1)

  expect(c.node(1).transferLeadership(1)).toEqual({ refused: 'already-leader' })
  expect(c.propose(1, 'x')).toEqual({ index: 3, term: 1 })
})

test('the same target twice is one transfer; another target takes the place of the first', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.drop((m) => m.type === 'MsgTimeoutNow' && m.to === 2)

  expect(c.node(1).transferLeadership(2)).toEqual({ started: 2 })
  expect(c.node(1).transferLeadership(2)).toEqual({ refused: 'in-progress' })
  c.stabilize()
  expect(c.status(1).transferee).toBe(2)
  expect(c.node(1).transferLeadership(3)).toEqual({ started: 3 })
  expect(endOf(c)).toEqual([[2, 'replaced']])
  c.stabilize()

  expect(c.role(3)).toBe('leader')
})

test('a transfer ends when its target is removed or made a learner', () => {
  for (const change of [v1('RemoveNode', 3), v2('auto', ['AddLearnerNode', 3])]) {
    const c = new PaperCluster()
    c.elect(1)
    c.drop((m) => m.type === 'MsgTimeoutNow')
    c.change(1, change)
    c.node(1).transferLeadership(3)
    c.stabilize()

    expect(endOf(c)).toEqual([[3, 'removed']])
    expect(c.status(1).transferee).toBe(null)
    expect(c.propose(1, 'x')).not.toHaveProperty('dropped')
  }
})

test('a target that needs a snapshot gets it first, and then leadership', () => {
  const c = new PaperCluster({ electionTick: 10 })
  c.elect(1)
  c.partition([1, 2], [3])
  for (const command of 'abc') c.propose(1, command)
  c.stabilize()
  c.snapshot(1)
  c.heal()
  c.node(1).reportUnreachable(3)

  c.node(1).transferLeadership(3)
  c.stabilize()

  expect(c.sentOf('MsgSnap').map(({ to }) => to)).toEqual([3])
  expect(c.role(3)).toBe('leader')
  expect(c.applied(3)).toEqual(['a', 'b', 'c'])
})

test('what was proposed before a transfer is handed over with it', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'a')
  c.propose(1, 'b')

  c.node(1).transferLeadership(2)
  c.stabilize()

  expect(c.role(2)).toBe('leader')
  expect(c.applied(2)).toEqual(['a', 'b'])
})

test('a target with a committed change that it has not applied does not stand, and the transfer is given up in time', () => {
  const c = new PaperCluster({ asyncStorageWrites: true, learners: [4], electionTick: 10 })
  c.elect(1)
  c.stalled(2).add('applies')
  c.change(1, v1('AddNode', 4))
  c.stabilize()

  c.node(1).transferLeadership(2)
  c.stabilize()
  expect(c.role(2)).toBe('follower')
  expect(c.trace(2)).toContainEqual({
    node: 2,
    term: 1,
    type: 'electionHeldBack',
    why: 'unapplied-conf-change',
  })

  c.tick(1, 10)
  expect(endOf(c)).toEqual([[2, 'timeout']])
  expect(c.role(1)).toBe('leader')
})

test('a TimeoutNow of an earlier term is void', () => {
  const c = new PaperCluster()
  c.elect(1)
  const late = c.hold((m) => m.type === 'MsgTimeoutNow')
  c.node(1).transferLeadership(2)
  c.stabilize()
  c.elect(3)

  late.release()
  c.stabilize()

  expect([1, 2, 3].map(c.role)).toEqual(['follower', 'follower', 'leader'])
  expect(c.term(2)).toBe(2)
})

test('a learner that is told to stand for election by mistake does not', () => {
  const c = new PaperCluster({ learners: [4] })
  c.elect(1)

  c.step(timeoutNow([1, 4, 1]))

  expect(c.status(4)).toMatchObject({ role: 'follower', term: 1 })
})

test('a target that is no id is the caller’s mistake', () => {
  const c = new PaperCluster()
  c.elect(1)

  for (const target of [0, -1, 1.5, '2']) {
    expect(() => c.node(1).transferLeadership(target as never)).toThrow(UsageError)
    expect(c.status(1).transferee).toBe(null)
  }
})

// What is due when something is applied is dropped during a transfer, and without traffic nothing is applied any more.
test('a joint configuration ends by itself also after a transfer that failed, without another proposal', () => {
  const c = new PaperCluster({ learners: [4] })
  c.elect(1)
  c.crash(3)
  const held = c.hold((m) => m.type === 'MsgAppResp')
  c.change(1, v2('implicit', ['AddNode', 4]))
  c.stabilize()
  c.node(1).transferLeadership(3)
  held.release()
  c.stabilize()
  for (let i = 0; i < 60; i++) {
    c.tick(1)
    c.stabilize()
  }

  expect(c.status(1)).toMatchObject({ transferee: null, confState: { votersOutgoing: [] } })
})

// The start of a transfer must not set the timer back that the check of the quorum runs on.
test('a leader without a quorum steps down, however often a transfer is tried', () => {
  const c = new PaperCluster({ checkQuorum: true, electionTick: 10 })
  c.elect(1)
  c.partition([1], [2, 3])
  for (let i = 0; i < 100; i++) {
    c.tick(1)
    if (i % 5 === 0) c.node(1).transferLeadership(i % 2 === 0 ? 2 : 3)
    c.stabilize()
  }

  expect(c.role(1)).not.toBe('leader')
})

// Asked to hand leadership to itself a leader gives a transfer up as well; something else has to bring another try then.
test('a joint configuration ends by itself also after a transfer was called off', () => {
  const c = new PaperCluster({ learners: [4] })
  c.elect(1)
  c.crash(3)
  const held = c.hold((m) => m.type === 'MsgAppResp')
  c.change(1, v2('implicit', ['AddNode', 4]))
  c.stabilize()
  c.node(1).transferLeadership(3)
  held.release()
  c.stabilize()
  c.node(1).transferLeadership(1)
  for (let i = 0; i < 60; i++) {
    c.tick(1)
    c.stabilize()
  }

  expect(c.status(1)).toMatchObject({ transferee: null, confState: { votersOutgoing: [] } })
})
