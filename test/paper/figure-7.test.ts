import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { storageOf } from '../support/paper-server.ts'

// The terms of the entries from index 1 on, as in the figure. Index 1 of all logs is the first snapshot here.
const leader = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6]
const followers = {
  a: [1, 1, 1, 4, 4, 5, 5, 6, 6],
  b: [1, 1, 1, 4],
  c: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
  d: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
  e: [1, 1, 1, 4, 4, 4, 4],
  f: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
}

/** Node 1 leads term 8 with the figure's log; node 2 has `log`, and node 3 gives its vote and is heard of no more. */
function clusterWith(log: readonly number[]): PaperCluster {
  const voters = [1, 2, 3]
  const storages = new Map([
    [1, storageOf(voters, leader.slice(1), { term: 7 })],
    [2, storageOf(voters, log.slice(1), { term: 7 })],
    [3, storageOf(voters, [], { term: 7 })],
  ])
  const c = new PaperCluster({ storages })
  c.partition([1, 3])
  c.drop((m) => m.to === 3 && m.type === 'MsgApp')
  c.elect(1)
  expect(c.term(1)).toBe(8)
  return c
}

test.each(Object.entries(followers))(
  'the follower (%s) is brought to the log of the leader of term 8, whatever it lacks or has too much (figure 7)',
  (_, log) => {
    const c = clusterWith(log)

    c.heal()
    c.tick(1)
    c.stabilize()

    expect([1, ...c.terms(2)]).toEqual([...leader, 8])
    expect(c.applied(2)).toEqual(c.applied(1))
    expect(c.applied(2).length).toBe(9)
  },
)

test.each(Object.entries(followers))(
  'the follower (%s) needs no more questions than it has terms in conflict, and two (figure 7)',
  (_, log) => {
    const c = clusterWith(log)
    const conflicting = new Set(log.filter((term, i) => leader[i] !== term))

    c.heal()
    c.tick(1)
    c.stabilize()

    const rejections = c.sentOf('MsgAppResp', (m) => m.from === 2 && m.reject).length
    expect(rejections).toBeLessThanOrEqual(conflicting.size + 1)
  },
)

test('all seven together: the leader of the figure is elected by (a), (b), (e) and (f), and all logs become its (figure 7)', () => {
  const voters = [1, 2, 3, 4, 5, 6, 7]
  const logs = [leader, ...Object.values(followers)]
  const storages = new Map(
    voters.map((id) => [id, storageOf(voters, (logs[id - 1] ?? []).slice(1), { term: 7 })]),
  )
  const c = new PaperCluster({ nodes: 7, storages })

  c.elect(1)

  const granted = c.sentOf('MsgVoteResp', (m) => !m.reject && m.to === 1).map(({ from }) => from)
  expect(granted).toEqual([2, 3, 6, 7])
  for (const id of voters) expect([1, ...c.terms(id)]).toEqual([...leader, 8])
})
