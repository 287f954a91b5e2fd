import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { heartbeat, vote } from '../support/paper-messages.ts'

/** All tick at once, and then all are heard: what has been sent within a tick arrives before the next. */
function inStep(c: PaperCluster, ids: readonly number[], ticks: number): void {
  for (let i = 0; i < ticks; i++) {
    for (const id of ids) c.tick(id)
    for (const id of ids) while (c.pump(id));
    c.stabilize()
  }
}

test('a candidate that times out begins a new election: next term, own vote, another round of requests to all (thesis §3.4)', () => {
  const c = new PaperCluster({ nodes: 5, electionTick: 10 })
  c.partition([1])
  for (const term of [1, 2, 3, 4]) {
    c.sent = []

    c.tick(1, 19)
    c.stabilize()

    expect(c.status(1)).toMatchObject({ role: 'candidate', term, vote: 1 })
    expect(c.sentOf('MsgVote').map((m) => [m.to, m.term])).toEqual([2, 3, 4, 5].map((to) => [to, term]))
  }
})

test('a candidate draws its timeout anew when the election begins, and waits for all of it before the next (thesis §3.4)', () => {
  const draws = [0, 0.5, 0.2]
  const c = new PaperCluster({ electionTick: 10, random: () => draws.shift() ?? 0 })
  const node = () => [c.role(1), c.term(1)]
  // The three servers have drawn one each.
  draws.push(0.5, 0.2)

  c.tick(1, 10)
  expect(node()).toEqual(['candidate', 1])
  c.tick(1, 14)
  expect(node()).toEqual(['candidate', 1])
  c.tick(1)
  expect(node()).toEqual(['candidate', 2])
  c.tick(1, 11)
  expect(node()).toEqual(['candidate', 2])
  c.tick(1)
  expect(node()).toEqual(['candidate', 3])
})

test('a candidate stays one until it wins, another leads or its time is over: a refusal or an old leader is none of these (thesis §3.4)', () => {
  const c = new PaperCluster({ nodes: 5, electionTick: 10 })
  c.partition([1])
  c.node(1).campaign()
  c.stabilize()
  c.node(1).campaign()
  c.stabilize()
  expect(c.term(1)).toBe(2)

  c.step(vote([2, 1, 2], true))
  c.step(vote([3, 1, 2], true))
  c.step(heartbeat([4, 1, 1]))
  c.tick(1, 18)
  c.stabilize()

  expect(c.status(1)).toMatchObject({ role: 'candidate', term: 2, leader: null })
})

test('votes win an election only for the same term: those of the election before come too late (thesis §3.4)', () => {
  const c = new PaperCluster({ nodes: 5 })
  const votes = c.hold((m) => m.type === 'MsgVoteResp')
  c.node(1).campaign()
  c.stabilize()
  expect(votes.messages.map((m) => m.from)).toEqual([2, 3, 4, 5])

  c.partition([1])
  c.node(1).campaign()
  c.stabilize()
  for (const m of votes.messages) c.step(m)

  expect([c.role(1), c.term(1), c.status(1).votes]).toEqual(['candidate', 2, [{ id: 1, granted: true }]])
})

test('without extra measures split votes could repeat for ever: with equal timeouts they do, with random ones they do not (thesis §3.4)', () => {
  const ids = [1, 2, 3, 4]
  const equal = new PaperCluster({ nodes: 4, electionTick: 10, random: () => 0 })
  const drawn = new PaperCluster({ nodes: 4, electionTick: 10, only: (id) => ({ random: () => id / 5 }) })

  inStep(equal, ids, 200)
  inStep(drawn, ids, 200)

  const elected = (c: PaperCluster) =>
    ids.flatMap((id) => c.trace(id)).filter(({ type }) => type === 'leaderElected').length
  expect([ids.map(equal.term), elected(equal)]).toEqual([[20, 20, 20, 20], 0])
  expect([ids.map(drawn.term), elected(drawn)]).toEqual([[1, 1, 1, 1], 1])
})
