import type { PeerMessage } from 'quorate'
import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { v1, v2 } from '../support/paper-server.ts'

test('a leader that applies its own removal becomes a follower in the same term', () => {
  const c = new PaperCluster()
  c.elect(1)

  c.change(1, v1('RemoveNode', 1))
  c.stabilize()

  expect(c.status(1)).toMatchObject({
    role: 'follower',
    term: 1,
    leader: null,
    confState: { voters: [2, 3] },
  })
})

test('a leader that is made a learner steps down too, and goes on receiving the log', () => {
  const c = new PaperCluster()
  c.elect(1)

  c.change(1, v1('AddLearnerNode', 1))
  c.stabilize()
  expect(c.role(1)).toBe('follower')
  c.elect(2)
  c.propose(2, 'x')
  c.stabilize()

  expect(c.applied(1)).toEqual(['x'])
  expect(c.status(1).confState).toMatchObject({ voters: [2, 3], learners: [1] })
})

test('in a joint configuration it leads on while it votes in the outgoing half', () => {
  const c = new PaperCluster({ learners: [4] })
  c.elect(1)
  c.change(1, v2('explicit', ['RemoveNode', 1], ['AddNode', 4]))
  c.stabilize()
  expect(c.role(1)).toBe('leader')
  c.propose(1, 'x')
  c.stabilize()

  c.change(1, v2('auto'))
  c.stabilize()

  expect(c.role(1)).toBe('follower')
  for (const id of [2, 3, 4]) expect(c.applied(id)).toEqual(['x'])
})

test('before it goes it has told all who can hear it that its removal is committed', () => {
  const c = new PaperCluster({ asyncStorageWrites: true })
  c.elect(1)

  c.change(1, v1('RemoveNode', 1))
  c.stabilize()

  expect([2, 3].map((id) => c.status(id).commit)).toEqual([3, 3])
})

test('it leads on, taking no proposals, until a majority of those who stay holds what tells of its removal', () => {
  const c = new PaperCluster({ nodes: 5 })
  c.elect(1)
  const isLast = (m: PeerMessage): boolean => m.type === 'MsgAppResp' && !m.reject && m.match === 4
  const late = c.hold((m) => isLast(m) && m.from > 3)
  const lost = c.drop((m) => isLast(m) && m.from === 3)
  c.change(1, v1('RemoveNode', 1))
  c.stabilize()
  expect([2, 3, 4, 5].map((id) => c.status(id).confState.voters.length)).toEqual([4, 4, 4, 4])
  expect([c.role(1), c.propose(1, 'x')]).toEqual(['leader', { dropped: 'removed' }])

  lost()
  for (const m of late.messages) c.step(m)
  expect(c.role(1)).toBe('follower')
})

test('as long as they have not heard of it, it does not go', () => {
  const c = new PaperCluster()
  c.elect(1)
  const cut = c.drop((m) => m.type === 'MsgApp' && m.commit >= 3)
  c.change(1, v1('RemoveNode', 1))
  for (let i = 0; i < 30; i++) {
    c.tick(1)
    c.stabilize()
  }
  expect(c.role(1)).toBe('leader')

  cut()
  c.tick(1)
  c.stabilize()
  expect(c.role(1)).toBe('follower')
  c.elect(2)
})

/** Time passes on all of them, until a node leads or it has been long enough. */
function tickUntilLed(c: PaperCluster, by: number): void {
  for (let i = 0; i < 200 && c.role(by) !== 'leader'; i++) {
    for (const id of [1, 2]) c.tick(id)
    c.stabilize()
  }
}

test.each([true, false])(
  'cut off it steps down like any leader, and when it is asked for its vote it tells what is committed (preVote: %s)',
  (preVote) => {
    const c = new PaperCluster({ nodes: 2, checkQuorum: true, preVote })
    c.elect(1)
    const cut = c.drop((m) => m.to === 2 && m.type === 'MsgApp' && m.commit >= 3)
    c.change(1, v1('RemoveNode', 1))
    c.stabilize()
    expect([c.status(1).confState.voters, c.status(2).confState.voters]).toEqual([[2], [1, 2]])
    c.partition([1], [2])
    c.tick(1, 20)
    c.stabilize()
    expect(c.role(1)).toBe('follower')

    // Node 1 holds one entry more, and is no voter any more; node 2 needs its vote, and may not have it. But it holds what it
    // is told of, and that is that it does not need it.
    expect(c.status(1).lastIndex).toBeGreaterThan(c.status(2).lastIndex)
    c.heal()
    cut()
    tickUntilLed(c, 2)

    expect([c.role(1), c.role(2)]).toEqual(['follower', 'leader'])
    expect(c.status(2).confState.voters).toEqual([2])
  },
)

test('restarted before the others know, it tells them all the same', () => {
  const c = new PaperCluster({ nodes: 2 })
  c.elect(1)
  const cut = c.drop((m) => m.to === 2 && m.type === 'MsgApp' && m.commit >= 3)
  c.change(1, v1('RemoveNode', 1))
  c.stabilize()
  c.crash(1)
  c.restart(1)
  c.stabilize(1)
  cut()
  expect(c.status(1)).toMatchObject({ role: 'follower', confState: { voters: [2] } })

  tickUntilLed(c, 2)

  expect(c.status(2).confState.voters).toEqual([2])
  expect(c.role(1)).toBe('follower')
})

test('a transfer that is under way ends with it, and a read is confirmed by those who let it go', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.drop((m) => m.type === 'MsgTimeoutNow')
  c.change(1, v1('RemoveNode', 1))
  c.node(1).transferLeadership(2)
  c.read(1, 'r')
  c.stabilize()

  expect(c.status(1)).toMatchObject({ role: 'follower', transferee: null })
  expect(c.reads(1)).toEqual(['r@2'])
})

test('switched off, a removed leader stays, keeps its followers from electing, and takes no proposals', () => {
  const c = new PaperCluster({ stepDownOnRemoval: false, checkQuorum: true, electionTick: 10 })
  c.elect(1)
  c.change(1, v1('RemoveNode', 1))
  c.stabilize()

  for (let i = 0; i < 50; i++) {
    for (const id of [1, 2, 3]) c.tick(id)
    c.stabilize()
  }

  expect([1, 2, 3].map(c.role)).toEqual(['leader', 'follower', 'follower'])
  expect(c.propose(1, 'x')).toEqual({ dropped: 'removed' })
  expect(c.propose(2, 'x')).toEqual({ forwarded: 1 })
  c.stabilize()
  expect(c.log(2)).toEqual([])
})

test('switched off, it hands leadership over when it is asked to, and learns of it by the answers to its heartbeats', () => {
  const c = new PaperCluster({ stepDownOnRemoval: false, checkQuorum: true })
  c.elect(1)
  c.change(1, v1('RemoveNode', 1))
  c.stabilize()

  expect(c.node(1).transferLeadership(2)).toEqual({ started: 2 })
  c.stabilize()
  expect(c.sentOf('MsgVote', (m) => m.from === 2)).toMatchObject([{ to: 3 }])
  c.tick(1)
  c.stabilize()

  expect([1, 2, 3].map(c.role)).toEqual(['follower', 'leader', 'follower'])
})

test('the removal of others does not make a leader step down', () => {
  const c = new PaperCluster()
  c.elect(1)

  for (const id of [2, 3]) {
    c.change(1, v1('RemoveNode', id))
    c.stabilize()
  }

  expect(c.status(1)).toMatchObject({ role: 'leader', confState: { voters: [1] } })
  c.propose(1, 'alone')
  c.stabilize()
  expect(c.applied(1)).toEqual(['alone'])
})
