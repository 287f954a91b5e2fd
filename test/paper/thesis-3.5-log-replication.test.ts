import { expect, test } from 'vitest'

import { seededRandom } from 'quorate'
import { type ClusterOptions, PaperCluster } from '../support/paper-cluster.ts'
import { storageOf } from '../support/paper-server.ts'

const servers = [1, 2, 3, 4, 5]

/** Logs as a history could have left them: in each term one leader adds to a log that is elected, and few hear of it. */
function randomLogs(seed: number): number[][] {
  const random = seededRandom(seed)
  const logs: number[][] = servers.map(() => [])
  for (let term = 1; term <= 7; term++) {
    const leader = Math.floor(random() * 5)
    const log = logs[leader]!
    const count = 1 + Math.floor(random() * 3)
    for (let i = 0; i < count; i++) log.push(term)
    const other = Math.floor(random() * 5)
    // Two of five are no majority: nothing is committed, and anybody may lead next.
    if (other !== leader) logs[other] = log.slice(0, log.length - Math.floor(random() * count))
  }
  return logs
}

function clusterOf(logs: readonly (readonly number[])[], options: ClusterOptions = {}): PaperCluster {
  const ids = logs.map((_, i) => i + 1)
  const storages = new Map(ids.map((id) => [id, storageOf(ids, logs[id - 1] ?? [], { term: 7 })]))
  return new PaperCluster({ nodes: ids, storages, ...options })
}

/** Lets whoever has the latest log lead the cluster, and looks at it after each delivered message. */
function converge(c: PaperCluster, look: (leader: number) => void): number {
  const ends = (id: number) => (c.terms(id).at(-1) ?? 0) * 100 + c.terms(id).length
  const leader = [...servers].sort((a, b) => ends(b) - ends(a))[0]!
  c.node(leader).campaign()
  for (let moved = true; moved;) {
    moved = false
    for (const id of servers) while (c.pump(id)) moved = true
    const first = c.wire[0]
    if (first !== undefined) moved = c.deliver((m) => m === first) > 0
    look(leader)
  }
  return leader
}

test('whenever entries are accepted, the leader knows the follower’s log to be its own up to there: the check is the step of an induction (thesis §3.5)', () => {
  let accepted = 0
  for (let seed = 1; seed <= 30; seed++) {
    // In every other run one entry at a time.
    const c = clusterOf(randomLogs(seed), seed % 2 === 0 ? {} : { maxSizePerMsg: 0 })
    let seen = 0
    const leader = converge(c, (of) => {
      for (const m of c.sent.slice(seen)) {
        if (m.type !== 'MsgAppResp' || m.reject) continue
        const upTo = m.match - 1
        expect(c.terms(m.from).slice(0, upTo)).toEqual(c.terms(of).slice(0, upTo))
        if (m.match > 1) accepted++
      }
      seen = c.sent.length
    })
    expect(c.role(leader)).toBe('leader')
    for (const id of servers) expect(c.terms(id)).toEqual(c.terms(leader))
  }
  expect(accepted).toBeGreaterThan(100)
})

test('a leader that is turned down goes back and tries again, at the most once for each term in conflict (thesis §3.5)', () => {
  const leader = [1, 3, 3, 3, 5, 5, 5, 7, 7]
  const follower = [1, 2, 2, 2, 4, 4, 4, 6, 6, 6, 6]
  const c = clusterOf([leader, follower, leader])

  c.elect(1)

  const rejected = c.sentOf('MsgAppResp', (m) => m.from === 2 && m.reject).length
  expect(rejected).toBeGreaterThan(1)
  expect(rejected).toBeLessThanOrEqual(new Set([2, 4, 6]).size)
  expect(c.terms(2)).toEqual([...leader, 8])
})

test('it goes back as far as it must: to the very beginning, if nothing is the same (thesis §3.5)', () => {
  const leader = [3, 3, 5, 7]
  const c = clusterOf([leader, [2, 2, 2, 2, 4, 6], leader])

  c.elect(1)

  expect(c.sentOf('MsgApp', (m) => m.to === 2).some((m) => m.prevLogIndex === 1)).toBe(true)
  expect(c.terms(2)).toEqual([...leader, 8])
})

test('a new leader takes no special action to restore consistency: it begins normal operation, and the logs converge (thesis §3.5)', () => {
  const kinds = new Set<string>()
  for (let seed = 1; seed <= 10; seed++) {
    const c = clusterOf(randomLogs(seed))
    converge(c, () => undefined)
    for (const { type } of c.sent) kinds.add(type)
  }

  expect([...kinds].sort((a, b) => a.localeCompare(b))).toEqual([
    'MsgApp',
    'MsgAppResp',
    'MsgVote',
    'MsgVoteResp',
  ])
})

test('heartbeats include the commit index, so that others find out though nothing new is appended (thesis §3.5)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.drop((m) => m.type === 'MsgApp' && m.commit >= 3)
  c.propose(1, 'x')
  c.stabilize()
  expect([1, 2, 3].map(c.applied)).toEqual([['x'], [], []])

  c.tick(1)
  c.stabilize()

  expect([1, 2, 3].map(c.applied)).toEqual([['x'], ['x'], ['x']])
})
