/** Mistakes that others have made in elections, each as the schedule that brings it to light. */

import { MemStorage } from 'quorate'
import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { append, entriesAt, requestVote } from '../support/paper-messages.ts'
import { storageOf, v1 } from '../support/paper-server.ts'

/** Lets all `ids` tick and talk, `ticks` times. */
function run(c: PaperCluster, ids: readonly number[], ticks: number): void {
  for (let i = 0; i < ticks; i++) {
    for (const id of ids) c.tick(id)
    c.stabilize()
  }
}

// Broken: the vote is cleared with every change of role, not with the term. Then node 1, which has voted for itself in
// term 1 and stepped down for the leader of that term, votes for node 3 as well, and that is one vote too many.
test('B02: a candidate that steps down within its term forgets its vote and gives it again', () => {
  const c = new PaperCluster({ nodes: 5 })
  c.node(1).campaign()
  c.stabilize(1)
  expect(c.status(1)).toMatchObject({ role: 'candidate', term: 1, vote: 1 })

  c.step(append([2, 1, 1]))
  c.stabilize(1)
  expect(c.status(1)).toMatchObject({ role: 'follower', term: 1, vote: 1 })
  c.crash(1)
  c.restart(1)
  c.step(requestVote([3, 1, 1]))
  c.stabilize(1)

  expect(c.sentOf('MsgVoteResp')).toMatchObject([{ to: 3, reject: true }])
})

// Broken: the logs are compared by term and then by something else than length, such as the id of who proposed. Then node
// 3, whose log ends in the same term but is shorter, is elected by node 2, and cuts off what is committed.
test('B08: a shorter log wins the election because of a higher id', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.partition([1, 2], [3])
  c.propose(1, 'acknowledged')
  c.stabilize()
  expect(c.applied(1)).toEqual(['acknowledged'])
  c.crash(1)
  c.heal()

  c.node(3).campaign()
  c.stabilize()
  expect(c.role(3)).not.toBe('leader')

  c.elect(2)
  expect(c.applied(3)).toEqual(['acknowledged'])
})

// Broken: to ask around resets the vote. Node 1 has voted for node 2 in term 5 and asks around; then it votes for node 3.
test('B10: a server that begins a pre-vote loses the vote that it has given in the present term', () => {
  const c = new PaperCluster({ preVote: true })
  c.step(requestVote([2, 1, 5]))
  c.stabilize(1)
  c.node(1).campaign()
  c.stabilize(1)
  expect(c.status(1)).toMatchObject({ role: 'pre-candidate', term: 5, vote: 2 })

  c.step(requestVote([3, 1, 5]))
  c.stabilize(1)

  expect(c.sentOf('MsgVoteResp').map(({ to, reject }) => [to, reject])).toEqual([
    [2, false],
    [3, true],
  ])
})

// Broken: answers to the question and votes are counted alike, for they carry the same term. Nodes 4 and 5 have said that
// they would vote for node 1; before its requests come they vote for node 2. Then there are two leaders in term 1.
test('B10: a late yes to the pre-vote is counted as a vote', () => {
  const c = new PaperCluster({ preVote: true, nodes: 5 })
  const late = c.hold((m) => m.type === 'MsgPreVoteResp' && m.from >= 4 && m.to === 1)
  const lost = c.drop((m) => m.type === 'MsgVote' && m.from === 1)
  c.node(1).campaign()
  c.stabilize()
  expect(c.status(1)).toMatchObject({ role: 'candidate', term: 1 })
  lost()

  for (const peer of [4, 5]) c.step(requestVote([2, peer, 1]))
  late.release()
  c.stabilize()

  expect(late.messages).toMatchObject([
    { type: 'MsgPreVoteResp', from: 4, term: 1, reject: false },
    { type: 'MsgPreVoteResp', from: 5, term: 1, reject: false },
  ])
  expect(c.role(1)).toBe('candidate')
})

// Broken: a question about a term that is over is dropped. Node 2 has the longer log and is in term 1, node 3 has the
// shorter log and is in term 5: node 2 never learns of term 5, node 3 is told no, and nobody is ever elected.
test('B14: a pre-vote of an earlier term is not answered, and two servers wait for each other for ever', () => {
  const voters = [1, 2, 3]
  const storages = new Map([
    [2, storageOf(voters, [1, 1, 1], { term: 1 })],
    [3, storageOf(voters, [1], { term: 5 })],
  ])
  const c = new PaperCluster({ storages, preVote: true, checkQuorum: true })
  c.crash(1)

  run(c, [2, 3], 100)

  expect(c.role(2)).toBe('leader')
  expect(c.term(2)).toBeGreaterThan(5)
  expect(c.terms(3).slice(0, 3)).toEqual([1, 1, 1])
})

// Broken: no answer to a pre-vote ever raises the term of who asked. All of the joint configuration {1,2} and {1,3} are
// needed; node 1 alone has the longest log, node 3 alone knows of term 7. Node 3 says no and says why, node 1 does not
// listen and asks about term 3 for ever.
test('B16: the later term in a refused pre-vote is not taken over, and a joint configuration stays without a leader', () => {
  const terms = [[2, 2, 2], [2], [2]]
  const storages = new Map(
    [1, 2, 3].map((id) => {
      const storage = new MemStorage()
      const halves = {
        voters: [1, 2],
        votersOutgoing: [1, 3],
        learners: [],
        learnersNext: [],
        autoLeave: false,
      }
      storage.append({
        hardState: { term: id === 3 ? 7 : 2, vote: null, commit: 1 },
        snapshot: { index: 1, term: 1, confState: halves, data: new Uint8Array() },
        entries: entriesAt(2, ...(terms[id - 1] ?? [])),
        mustSync: true,
      })
      return [id, storage] as const
    }),
  )
  const c = new PaperCluster({ storages, preVote: true, checkQuorum: true })

  run(c, [1, 2, 3], 100)

  expect(c.role(1)).toBe('leader')
  expect(c.term(1)).toBe(8)
})

// Broken: a leader without a majority goes on sending heartbeats. Node 1 reaches node 2 only, and that is half of four.
// Nodes 2, 3 and 4 reach each other and could elect, but node 2 hears its leader and does not even answer.
test('B17: a leader that has lost its majority keeps a bridge from voting, and all stands still', () => {
  const timing = { electionTick: 10, only: (id: number) => ({ random: () => id / 5 }) }
  const c = new PaperCluster({ nodes: 4, preVote: true, checkQuorum: true, ...timing })
  c.elect(1)
  c.drop((m) => Math.min(m.from, m.to) === 1 && Math.max(m.from, m.to) > 2)

  run(c, [1, 2, 3, 4], 60)

  const leader = [2, 3, 4].find((id) => c.role(id) === 'leader') ?? 0
  expect(leader).toBeGreaterThan(0)
  c.propose(leader, 'goes on')
  c.stabilize()
  expect([2, 3, 4].map((id) => c.applied(id))).toEqual([['goes on'], ['goes on'], ['goes on']])
})

// Broken: who asks around still holds on to its old leader. Node 2 cannot win, for its log is behind, and asks again every
// ten ticks; each time its own lease on the dead leader begins anew, and node 3, which could win, gets no answer.
test('B18: a pre-candidate keeps its leader, and its own lease shuts out the only server that can win', () => {
  const c = new PaperCluster({
    preVote: true,
    checkQuorum: true,
    electionTick: 10,
    only: (id) => ({ random: () => (id === 2 ? 0 : 0.5) }),
  })
  c.elect(1)
  c.partition([1, 3], [2])
  c.propose(1, 'x')
  c.stabilize()
  c.partition([1, 2], [3])
  c.tick(1)
  const cut = c.drop((m) => m.type === 'MsgApp')
  c.stabilize()
  c.crash(1)
  cut()
  c.heal()
  expect(c.status(2)).toMatchObject({ leader: 1, lastIndex: 2 })

  run(c, [2, 3], 100)

  expect(c.role(3)).toBe('leader')
  expect(c.applied(2)).toEqual(['x'])
})

// Broken: a learner does not vote. Node 3 has been given its vote and has not heard of it; now node 2 needs that vote, for
// one of three has crashed, and will never get it: only a leader could tell node 3 that it has one.
test('B22: a learner that was promoted and has not heard of it refuses to vote', () => {
  const c = new PaperCluster({ nodes: 2, learners: [3], preVote: true })
  c.elect(1)
  c.drop((m) => m.to === 3 && m.type === 'MsgApp' && m.commit >= 3)
  c.change(1, v1('AddNode', 3))
  c.stabilize()
  expect(c.status(2).confState.voters).toEqual([1, 2, 3])
  expect(c.status(3).confState.learners).toEqual([3])
  c.crash(1)
  c.tick(3, 19)

  c.elect(2)

  expect(c.sentOf('MsgVoteResp', (m) => m.from === 3)).toMatchObject([{ reject: false }])
})
