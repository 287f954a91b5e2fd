import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { accept, append, heartbeat, requestVote, snap, vote } from '../support/paper-messages.ts'
import { bytes } from '../support/paper-server.ts'

const confState = { voters: [1, 2, 3], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false }
const snapshot = { index: 9, term: 4, confState, data: bytes('[]') }

/** Node 1 in term 1 and in the role asked for; nobody has moved since. */
function clusterWith(role: 'follower' | 'candidate' | 'leader'): PaperCluster {
  const c = new PaperCluster()
  if (role === 'leader') c.elect(1)
  else if (role === 'follower') c.elect(2)
  else {
    c.partition([1])
    c.node(1).campaign()
    c.stabilize()
  }
  expect(c.role(1)).toBe(role)
  expect(c.term(1)).toBe(1)
  return c
}

test('a server starts as a follower, and a leader that comes back does so too (§5.1)', () => {
  const c = new PaperCluster()
  expect([1, 2, 3].map(c.role)).toEqual(['follower', 'follower', 'follower'])

  c.elect(1)
  c.crash(1)
  c.restart(1)

  expect(c.role(1)).toBe('follower')
  expect(c.term(1)).toBe(1)
})

test('a follower issues no requests: without a call or a message it is silent until its timeout (§5.1)', () => {
  const c = new PaperCluster({ electionTick: 10 })
  c.elect(2)
  const before = c.sentOf('MsgVote').length

  c.tick(1, 18)
  c.stabilize(1)
  expect(c.sent.filter((m) => m.from === 1 && m.type !== 'MsgAppResp' && m.type !== 'MsgVoteResp')).toEqual(
    [],
  )

  c.tick(1)
  c.stabilize(1)
  expect(c.sentOf('MsgVote').length - before).toBe(2)
})

test.each([
  ['follower', append([3, 1, 4])],
  ['follower', heartbeat([3, 1, 4])],
  ['follower', requestVote([3, 1, 4])],
  ['candidate', append([3, 1, 4])],
  ['candidate', vote([3, 1, 4], true)],
  ['candidate', requestVote([3, 1, 4])],
  ['leader', append([3, 1, 4])],
  ['leader', accept([3, 1, 4], 0)],
  ['leader', requestVote([3, 1, 4])],
  ['leader', snap([3, 1, 4], snapshot)],
] as const)(
  'a %s that learns of a later term by a message updates its own and follows (§5.1) %#',
  (role, message) => {
    const c = clusterWith(role)

    c.step(message)

    expect(c.term(1)).toBe(4)
    expect(c.role(1)).toBe('follower')
  },
)

test('who sends entries, heartbeats or a snapshot in a later term is its leader; who asks for a vote is not (§5.1)', () => {
  const tracked = { ...snap([3, 1, 4], snapshot), session: 1 }
  const leaders = [append([3, 1, 4]), heartbeat([3, 1, 4]), tracked, requestVote([3, 1, 4])]
  const known = leaders.map((message) => {
    const c = clusterWith('follower')
    c.step(message)
    return c.status(1).leader
  })

  expect(known).toEqual([3, 3, 3, null])
})

test('entries of a leader whose term is over are turned down, and the answer tells it the new term (§5.1)', () => {
  const c = new PaperCluster({ checkQuorum: true })
  c.elect(1)
  c.step(heartbeat([3, 1, 4]))
  const log = c.status(1).lastIndex

  c.step(append([2, 1, 1], { entries: [{ type: 'EntryNormal', term: 1, index: 2, data: bytes('late') }] }))
  c.stabilize(1)

  expect(c.status(1).lastIndex).toBe(log)
  expect(c.status(1).leader).toBe(3)
  expect(c.sentOf('MsgAppResp', (m) => m.to === 2).at(-1)).toMatchObject({ term: 4, match: 0 })
})

test('a vote for a term that is over is not given (§5.1)', () => {
  const c = clusterWith('follower')
  c.step(heartbeat([3, 1, 4]))

  c.step(requestVote([2, 1, 3], { lastLogIndex: 99, lastLogTerm: 3 }))
  c.stabilize(1)

  expect(c.sentOf('MsgVoteResp', (m) => m.term >= 3)).toMatchObject([{ to: 2, term: 4, reject: true }])
  expect(c.status(1)).toMatchObject({ term: 4, vote: null, leader: 3 })
})

test('a candidate or leader that finds its term out of date reverts to follower at once (§5.1)', () => {
  const c = new PaperCluster({ checkQuorum: true })
  c.elect(1)
  c.partition([1], [2, 3])
  c.elect(2)
  expect([c.role(1), c.term(1)]).toEqual(['leader', 1])

  c.heal()
  c.tick(1)
  c.stabilize()

  expect([c.role(1), c.term(1)]).toEqual(['follower', 2])
  expect([c.role(2), c.term(2)]).toEqual(['leader', 2])
})

test('terms act as a clock that every message carries forward and nothing turns back (§5.1)', () => {
  const c = new PaperCluster({ nodes: 5 })
  const seen = new Map<number, number>()
  const check = () => {
    for (const id of [1, 2, 3, 4, 5]) {
      expect(c.term(id)).toBeGreaterThanOrEqual(seen.get(id) ?? 0)
      seen.set(id, c.term(id))
    }
  }

  for (const [groups, candidate] of [
    [[[1, 2, 3, 4, 5]], 1],
    [
      [
        [1, 2],
        [3, 4, 5],
      ],
      4,
    ],
    [
      [
        [1, 2, 3],
        [4, 5],
      ],
      2,
    ],
    [[[1, 2, 3, 4, 5]], 5],
  ] as const) {
    c.partition(...groups)
    c.node(candidate).campaign()
    c.stabilize()
    check()
  }

  expect(c.role(5)).toBe('leader')
  expect(new Set([1, 2, 3, 4, 5].map(c.term)).size).toBe(1)
})
