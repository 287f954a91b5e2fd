import { expect, test } from 'vitest'

import { seededRandom } from 'quorate'
import { PaperCluster } from '../support/paper-cluster.ts'
import { append, heartbeat, requestVote, vote } from '../support/paper-messages.ts'

/** Node 1 as a candidate of term 1 that nobody has answered yet. */
function candidate(nodes = 3): PaperCluster {
  const c = new PaperCluster({ nodes })
  c.node(1).campaign()
  c.stabilize(1)
  expect(c.role(1)).toBe('candidate')
  return c
}

test('a server stays a follower as long as it hears from a leader (§5.2)', () => {
  const c = new PaperCluster({ electionTick: 10 })
  c.elect(1)

  for (let i = 0; i < 200; i++) {
    c.tick(1)
    c.stabilize()
    c.tick(2)
    c.tick(3)
  }

  expect([1, 2, 3].map(c.role)).toEqual(['leader', 'follower', 'follower'])
  expect([1, 2, 3].map(c.term)).toEqual([1, 1, 1])
})

test('a follower that hears nothing over an election timeout stands for election: next term, own vote, requests to all (§5.2)', () => {
  const c = new PaperCluster({ nodes: 5, electionTick: 10 })
  c.node(1).setRandomizedElectionTimeout(10)

  c.tick(1, 9)
  expect(c.role(1)).toBe('follower')
  c.tick(1)
  c.stabilize(1)

  expect(c.status(1)).toMatchObject({ role: 'candidate', term: 1, vote: 1 })
  expect(c.sentOf('MsgVote').map(({ to, term }) => [to, term])).toEqual([
    [2, 1],
    [3, 1],
    [4, 1],
    [5, 1],
  ])
})

test.each([
  { nodes: 1, grants: 0, refusals: 0, role: 'leader' },
  { nodes: 3, grants: 2, refusals: 0, role: 'leader' },
  { nodes: 3, grants: 1, refusals: 0, role: 'leader' },
  { nodes: 3, grants: 0, refusals: 1, role: 'candidate' },
  { nodes: 3, grants: 0, refusals: 2, role: 'follower' },
  { nodes: 4, grants: 1, refusals: 0, role: 'candidate' },
  { nodes: 4, grants: 2, refusals: 0, role: 'leader' },
  { nodes: 4, grants: 1, refusals: 2, role: 'follower' },
  { nodes: 5, grants: 1, refusals: 2, role: 'candidate' },
  { nodes: 5, grants: 2, refusals: 2, role: 'leader' },
  { nodes: 5, grants: 1, refusals: 3, role: 'follower' },
  { nodes: 5, grants: 0, refusals: 0, role: 'candidate' },
])(
  'a candidate wins with the votes of a majority of the cluster: of $nodes servers its own, $grants more and $refusals refusals make it a $role (§5.2)',
  ({ nodes, grants, refusals, role }) => {
    const c = new PaperCluster({ nodes })
    c.node(1).campaign()
    c.stabilize(1)

    for (let peer = 2; peer < 2 + grants + refusals; peer++) c.step(vote([peer, 1, 1], peer >= 2 + grants))

    expect(c.role(1)).toBe(role)
    expect(c.term(1)).toBe(1)
  },
)

test('the same vote twice is one vote, and a voter cannot take it back (§5.2)', () => {
  const c = candidate(5)

  c.step(vote([2, 1, 1]))
  c.step(vote([2, 1, 1]))
  expect(c.role(1)).toBe('candidate')

  c.step(vote([2, 1, 1], true))
  c.step(vote([3, 1, 1]))
  expect(c.role(1)).toBe('leader')
})

test('a no that is followed by a yes stays a no: the first answer of each voter counts (§5.2)', () => {
  const c = candidate(5)

  c.step(vote([2, 1, 1], true))
  c.step(vote([2, 1, 1]))
  c.step(vote([3, 1, 1]))
  expect(c.role(1)).toBe('candidate')

  c.step(vote([4, 1, 1]))
  expect(c.role(1)).toBe('leader')
})

test('each server votes for at most one candidate in a term, first come first served (§5.2)', () => {
  const c = new PaperCluster()

  c.step(requestVote([2, 1, 1]))
  c.step(requestVote([3, 1, 1]))
  c.stabilize(1)

  expect(c.sentOf('MsgVoteResp').map(({ to, reject }) => [to, reject])).toEqual([
    [2, false],
    [3, true],
  ])
})

test('a candidate that asks again in the same term gets the same vote again, for the answer may have been lost (§5.2)', () => {
  const c = new PaperCluster()

  c.step(requestVote([2, 1, 1]))
  c.stabilize(1)
  c.step(requestVote([2, 1, 1]))
  c.stabilize(1)

  expect(c.sentOf('MsgVoteResp').map(({ reject }) => reject)).toEqual([false, false])
})

test('who has a leader in a term votes for nobody in it, though its own vote is free (§5.2)', () => {
  const c = new PaperCluster()
  c.step(heartbeat([2, 1, 3]))
  expect(c.status(1)).toMatchObject({ leader: 2, vote: null })

  c.step(requestVote([3, 1, 3]))
  c.stabilize(1)

  expect(c.sentOf('MsgVoteResp')).toMatchObject([{ reject: true }])
})

test('to grant a vote starts the timer over, to refuse one within a term does not (§5.2)', () => {
  const c = new PaperCluster()
  c.step(requestVote([2, 1, 3], { lastLogIndex: 0, lastLogTerm: 0 }))
  c.tick(1, 5)

  c.step(requestVote([2, 1, 3], { lastLogIndex: 0, lastLogTerm: 0 }))
  expect(c.status(1)).toMatchObject({ vote: null, electionElapsed: 5 })
  c.step(requestVote([3, 1, 3]))
  expect(c.status(1)).toMatchObject({ vote: 3, electionElapsed: 0 })
})

test('a server that crashes after it has voted still votes for nobody else in that term (§5.2)', () => {
  const c = new PaperCluster()
  c.step(requestVote([2, 1, 1]))
  c.stabilize(1)

  c.crash(1)
  c.restart(1)
  c.step(requestVote([3, 1, 1]))
  c.step(requestVote([2, 1, 1]))
  c.stabilize(1)

  expect(c.sentOf('MsgVoteResp').map(({ to, reject }) => [to, reject])).toEqual([
    [2, false],
    [3, true],
    [2, false],
  ])
})

test('once it wins, a leader tells all others at once, and that prevents new elections (§5.2)', () => {
  const c = candidate()
  c.tick(3, 18)

  c.step(vote([2, 1, 1]))
  c.stabilize(1)
  expect(c.sentOf('MsgApp').map(({ to }) => to)).toEqual([2, 3])
  c.stabilize()
  c.tick(3, 18)
  c.stabilize()

  expect([1, 2, 3].map(c.role)).toEqual(['leader', 'follower', 'follower'])
  expect([2, 3].map((id) => c.status(id).leader)).toEqual([1, 1])
})

test('a leader sends heartbeats to all followers, one every heartbeat interval (§5.2)', () => {
  const c = new PaperCluster({ heartbeatTick: 3, electionTick: 10 })
  c.elect(1)

  const ticksOfHeartbeats = []
  for (let tick = 1; tick <= 12; tick++) {
    const before = c.sentOf('MsgHeartbeat').length
    c.tick(1)
    c.stabilize()
    if (c.sentOf('MsgHeartbeat').length === before + 2) ticksOfHeartbeats.push(tick)
  }

  expect(ticksOfHeartbeats).toEqual([3, 6, 9, 12])
})

test.each([1, 2, 7])(
  'a candidate that hears of a leader in term %i, no earlier than its own, recognises it (§5.2)',
  (term) => {
    const c = candidate()

    c.step(append([2, 1, term]))

    expect(c.status(1)).toMatchObject({ role: 'follower', term, leader: 2 })
  },
)

test('a candidate goes on in spite of a leader of an earlier term (§5.2)', () => {
  const c = candidate()
  c.node(1).campaign()
  expect(c.term(1)).toBe(2)

  c.step(append([2, 1, 1]))
  c.step(heartbeat([2, 1, 1]))

  expect(c.status(1)).toMatchObject({ role: 'candidate', term: 2, leader: null })
})

test('when the vote is split nobody wins, and each candidate times out and begins another term (§5.2)', () => {
  const c = new PaperCluster({ nodes: 4 })
  c.partition([1, 2], [3, 4])
  c.node(1).campaign()
  c.node(4).campaign()
  c.stabilize()
  c.heal()
  expect([1, 2, 3, 4].map(c.role)).toEqual(['candidate', 'follower', 'follower', 'candidate'])

  c.tick(1, 19)
  c.stabilize()

  expect([1, 2, 3, 4].map(c.role)).toEqual(['leader', 'follower', 'follower', 'follower'])
  expect(c.term(4)).toBe(2)
})

test('election timeouts are drawn from an interval, anew for each election, and all of it is used (§5.2)', () => {
  const c = new PaperCluster({ electionTick: 10, random: seededRandom(7) })
  const drawn = new Map<number, number>()
  for (let term = 1; term <= 1000; term++) {
    c.step(heartbeat([2, 1, term]))
    const { randomizedElectionTimeout } = c.status(1)
    drawn.set(randomizedElectionTimeout, (drawn.get(randomizedElectionTimeout) ?? 0) + 1)
  }

  expect([...drawn.keys()].sort((a, b) => a - b)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19])
  // Each of the ten is drawn about a hundred times.
  for (const times of drawn.values()) expect(Math.abs(times - 100)).toBeLessThan(50)
})

test('because timeouts are random, split votes are rare and resolved quickly (§5.2)', () => {
  const terms: number[] = []
  for (let seed = 1; seed <= 100; seed++) {
    const c = new PaperCluster({
      nodes: 5,
      electionTick: 10,
      invariants: false,
      only: (id) => ({ random: seededRandom(seed * 10 + id) }),
    })
    while (![1, 2, 3, 4, 5].some((id) => c.role(id) === 'leader')) {
      for (const id of [1, 2, 3, 4, 5]) c.tick(id)
      for (const id of [1, 2, 3, 4, 5]) c.stabilize(id)
      c.deliver()
      for (const id of [1, 2, 3, 4, 5]) c.stabilize(id)
    }
    terms.push(Math.max(...[1, 2, 3, 4, 5].map(c.term)))
  }

  expect(terms.filter((term) => term === 1).length).toBeGreaterThan(60)
  expect(Math.max(...terms)).toBeLessThan(8)
})
