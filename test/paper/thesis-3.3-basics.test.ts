import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'

/** Four servers; each of 1 and 2 has got one vote besides its own, so that term 1 has no leader. */
function split(): PaperCluster {
  const c = new PaperCluster({ nodes: 4 })
  c.partition([1, 3], [2, 4])
  for (const id of [1, 2]) c.node(id).campaign()
  c.stabilize()
  c.heal()
  return c
}

test('in normal operation there is exactly one leader, and all other servers are followers (thesis §3.3)', () => {
  const c = new PaperCluster({ nodes: 5, electionTick: 10, only: (id) => ({ random: () => id / 6 }) })
  const seen = new Set<string>()
  for (let i = 0; i < 200; i++) {
    for (const id of [1, 2, 3, 4, 5]) c.tick(id)
    c.stabilize()
    if (i > 20) seen.add([1, 2, 3, 4, 5].map((id) => `${c.role(id)} of ${c.term(id)}`).join())
  }

  expect([...seen]).toEqual([['leader of 1', ...Array.from({ length: 4 }, () => 'follower of 1')].join()])
})

test('a term in which the vote is split ends without a leader, and a new term begins (thesis §3.3)', () => {
  const c = split()
  expect([1, 2, 3, 4].map((id) => [c.role(id), c.term(id), c.status(id).vote])).toEqual([
    ['candidate', 1, 1],
    ['candidate', 1, 2],
    ['follower', 1, 1],
    ['follower', 1, 2],
  ])

  c.node(1).campaign()
  c.stabilize()

  const leaders = [1, 2, 3, 4].flatMap((id) => c.trace(id)).filter(({ type }) => type === 'leaderElected')
  expect(leaders).toEqual([{ node: 1, term: 2, type: 'leaderElected' }])
})

test('servers see the transitions between terms at different times, and some of them never: 4 goes from term 1 to 4 at once (thesis §3.3)', () => {
  const c = new PaperCluster({ nodes: 5 })
  c.elect(1)
  c.partition([1, 2, 3], [4], [5])
  c.elect(2)
  c.elect(3)
  expect([1, 2, 3, 4, 5].map(c.term)).toEqual([3, 3, 3, 1, 1])
  c.partition([1, 2, 3, 4], [5])
  c.elect(1)

  const transitions = c.trace(4).flatMap((event) => (event.type === 'termChanged' ? [event] : []))
  expect(transitions.map(({ from, term }) => [from, term])).toEqual([
    [0, 1],
    [1, 4],
  ])
  expect([4, 5].map((id) => [c.term(id), c.status(id).leader])).toEqual([
    [4, 1],
    [1, 1],
  ])
})

test.each(['MsgApp', 'MsgAppResp'] as const)(
  'a leader that gets no answer in time asks again: the loss of every %s delays an entry and no more (thesis §3.3)',
  (type) => {
    const c = new PaperCluster()
    c.elect(1)
    const lost = c.drop((m) => m.type === type)
    c.propose(1, 'x')
    for (let i = 0; i < 5; i++) {
      c.tick(1)
      c.stabilize()
    }
    expect(c.applied(1)).toEqual([])

    lost()
    c.tick(1)
    c.stabilize()

    expect([1, 2, 3].map(c.applied)).toEqual([['x'], ['x'], ['x']])
    expect(c.term(1)).toBe(1)
  },
)

test.each(['MsgVote', 'MsgVoteResp'] as const)(
  'a candidate that gets no answer in time asks again, in its next term: the loss of every %s delays an election (thesis §3.3)',
  (type) => {
    const c = new PaperCluster()
    const lost = c.drop((m) => m.type === type)
    c.node(1).campaign()
    c.stabilize()
    expect(c.role(1)).toBe('candidate')

    lost()
    c.tick(1, 19)
    c.stabilize()

    expect([c.role(1), c.term(1)]).toEqual(['leader', 2])
  },
)
