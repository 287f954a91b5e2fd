import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { requestPreVote, requestVote } from '../support/paper-messages.ts'
import { v1 } from '../support/paper-server.ts'

/** Node 4 was removed from a group of four and has not heard of it. Its log is as good as the others' but for that entry. */
function withRemoved(options = {}): PaperCluster {
  const c = new PaperCluster({ nodes: 4, electionTick: 10, ...options })
  c.elect(1)
  c.drop((m) => m.to === 4 && m.from === 1)
  c.change(1, v1('RemoveNode', 4))
  c.stabilize()
  expect(c.status(4).confState.voters).toEqual([1, 2, 3, 4])
  return c
}

test('without protection a removed server that times out deposes the leader with its term (thesis §4.2.3)', () => {
  const c = withRemoved()

  c.tick(4, 19)
  c.stabilize()

  expect(c.role(1)).toBe('follower')
  expect(c.term(1)).toBe(2)
})

test('a server that hears from a leader within the shortest election timeout does not even update its term for a candidate (thesis §4.2.3)', () => {
  const c = withRemoved({ checkQuorum: true })
  c.tick(1)
  c.stabilize()

  for (let i = 0; i < 10; i++) {
    c.tick(4, 19)
    c.stabilize()
    c.tick(1)
    c.stabilize()
  }

  expect(c.term(4)).toBeGreaterThan(5)
  expect([1, 2, 3].map(c.term)).toEqual([1, 1, 1])
  expect(c.role(1)).toBe('leader')
  expect(c.sentOf('MsgVoteResp', (m) => m.to === 4)).toEqual([])
})

test.each([
  { elapsed: 9, answered: false },
  { elapsed: 10, answered: true },
])(
  'after $elapsed ticks without the leader, of at least 10 that an election takes, a request is answered: $answered (thesis §4.2.3)',
  ({ elapsed, answered }) => {
    const c = new PaperCluster({ checkQuorum: true, electionTick: 10 })
    c.elect(1)
    c.tick(2, elapsed)

    c.step(requestPreVote([3, 2, 2], { lastLogIndex: 2 }))
    c.step(requestVote([3, 2, 2], { lastLogIndex: 2 }))
    c.stabilize(2)

    expect(c.sentOf('MsgPreVoteResp').length).toBe(answered ? 1 : 0)
    expect(c.sentOf('MsgVoteResp', (m) => m.to === 3).length).toBe(answered ? 1 : 0)
    expect(c.term(2)).toBe(answered ? 2 : 1)
  },
)

test('the leader itself heeds no such request either (thesis §4.2.3)', () => {
  const c = new PaperCluster({ checkQuorum: true })
  c.elect(1)

  c.step(requestVote([3, 1, 7], { lastLogIndex: 9, lastLogTerm: 6 }))
  c.stabilize(1)

  expect(c.status(1)).toMatchObject({ role: 'leader', term: 1 })
})

test('ordinary elections are not hindered: who waits for the timeout itself finds the others beyond it too (thesis §4.2.3)', () => {
  const c = new PaperCluster({
    checkQuorum: true,
    electionTick: 10,
    only: (id) => ({ random: () => id / 10 }),
  })
  c.elect(1)
  c.crash(1)

  for (let i = 0; i < 13; i++) {
    c.tick(2)
    c.tick(3)
    c.stabilize()
  }

  expect(c.role(2)).toBe('leader')
})
