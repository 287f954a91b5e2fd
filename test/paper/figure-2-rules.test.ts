import { expect, test } from 'vitest'

import { type ClusterOptions, PaperCluster } from '../support/paper-cluster.ts'
import { accept, append, entriesAt, heartbeat, requestVote } from '../support/paper-messages.ts'
import { storageOf } from '../support/paper-server.ts'

test('term, vote and log are durable before a server answers: the answers wait behind the write (figure 2)', () => {
  const c = new PaperCluster()
  c.step(requestVote([2, 1, 3]))
  c.step(append([2, 1, 3], { entries: entriesAt(2, 3) }))

  const ready = c.node(1).ready()

  expect(ready.messages).toEqual([])
  expect(ready.persistedMessages.map(({ type }) => type)).toEqual(['MsgVoteResp', 'MsgAppResp'])
  expect(ready.hardState).toMatchObject({ term: 3, vote: 2 })
  expect(ready.entries.map(({ index }) => index)).toEqual([2])
  expect(ready.mustSync).toBe(true)
})

test('term, vote and log outlive a crash; commit index and role begin anew (figure 2)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'x')
  c.stabilize()

  c.crash(1)
  c.restart(1)

  expect(c.status(1)).toMatchObject({ term: 1, vote: 1, role: 'follower', lastIndex: 3 })
  expect(c.log(1)).toEqual(['x'])
})

test('nextIndex of a new leader is behind its last entry, and matchIndex of the others is 0 (figure 2)', () => {
  const c = new PaperCluster({ storages: new Map([[1, storageOf([1, 2, 3], [1, 1, 1])]]) })
  c.drop((m) => m.type === 'MsgApp')

  c.elect(1)

  // Its own first entry, at index 5, is not counted: nobody has been sent it when the election is won.
  const others = c.status(1).progress.filter(({ id }) => id !== 1)
  expect(others.map(({ match, next }) => [match, next])).toEqual([
    [0, 5],
    [0, 5],
  ])
})

test('all servers apply what is committed, each entry once and in order (figure 2)', () => {
  const c = new PaperCluster()
  c.elect(1)
  for (let i = 0; i < 5; i++) {
    c.propose(1, `${i}`)
    c.stabilize()
    expect(c.status(2)).toMatchObject({ commit: 3 + i, applied: 3 + i })
  }

  expect(c.applied(2)).toEqual(['0', '1', '2', '3', '4'])
})

test('AppendEntries 1: answers false to a leader of an earlier term (figure 2)', () => {
  const c = new PaperCluster({ checkQuorum: true })
  c.step(heartbeat([3, 1, 5]))

  c.step(append([2, 1, 4], { entries: entriesAt(2, 4) }))
  c.stabilize(1)

  // There is no rejection without a place in the log: what is refused is a match of 0 in a later term.
  expect(c.sentOf('MsgAppResp')).toMatchObject([{ to: 2, term: 5, match: 0 }])
  expect(c.log(1)).toEqual([])
})

test('AppendEntries 2: answers false if there is no entry prevLogIndex of prevLogTerm (figure 2)', () => {
  const c = new PaperCluster()

  c.step(append([2, 1, 4], { prevLogIndex: 3, prevLogTerm: 4, entries: entriesAt(4, 4) }))
  c.stabilize(1)

  expect(c.sentOf('MsgAppResp')).toMatchObject([{ reject: true, rejected: 3, hint: { index: 1, term: 1 } }])
})

test('AppendEntries 3: an entry in conflict is deleted, and all that follow it (figure 2)', () => {
  const c = new PaperCluster({ storages: new Map([[1, storageOf([1, 2, 3], [1, 2, 2, 2])]]) })

  c.step(append([2, 1, 4], { prevLogIndex: 2, entries: entriesAt(3, 3) }))
  c.stabilize(1)

  expect(c.terms(1)).toEqual([1, 3])
})

test('AppendEntries 4: entries that the log lacks are appended, and only those (figure 2)', () => {
  const c = new PaperCluster({ storages: new Map([[1, storageOf([1, 2, 3], [1, 1])]]) })

  c.step(append([2, 1, 1], { entries: entriesAt(2, 1, 1, 1, 1) }))

  expect(
    c
      .node(1)
      .ready()
      .entries.map(({ index }) => index),
  ).toEqual([4, 5])
})

test.each([
  { leaderCommit: 2, commit: 2, why: 'the leader has committed no more' },
  { leaderCommit: 9, commit: 3, why: 'the last new entry is 3' },
])(
  'AppendEntries 5: with leaderCommit $leaderCommit the commit index becomes $commit, for $why (figure 2)',
  ({ leaderCommit, commit }) => {
    // Entries 4 and 5 are here from an earlier leader: this message does not vouch for them.
    const c = new PaperCluster({ storages: new Map([[1, storageOf([1, 2, 3], [1, 1, 1, 1])]]) })

    c.step(append([2, 1, 4], { entries: entriesAt(2, 1, 1), commit: leaderCommit }))

    expect(c.status(1).commit).toBe(commit)
  },
)

test('RequestVote: the vote goes to a candidate of this term whose log is up-to-date, if it is free or was its already (figure 2)', () => {
  const vote = (given: number | null, lastLogIndex: number, term = 3) => {
    const c = new PaperCluster({
      storages: new Map([[1, storageOf([1, 2, 3], [1], { term: 3, vote: given })]]),
    })
    c.step(requestVote([2, 1, term], { lastLogIndex }))
    c.stabilize(1)
    return c.sentOf('MsgVoteResp')[0]?.reject === false
  }

  expect(vote(null, 2)).toBe(true)
  expect(vote(2, 2)).toBe(true)
  expect(vote(3, 2)).toBe(false)
  expect(vote(null, 1)).toBe(false)
  expect(vote(3, 2, 4)).toBe(true)
  expect(vote(null, 2, 2)).toBe(false)
})

/** Node 1, six ticks into an election timeout of ten, is asked for its vote in the next term by a node with or without its entries. */
function askedInMidTimeout(lastLogIndex: number, options: ClusterOptions = {}): PaperCluster {
  const c = new PaperCluster({ ...options, storages: new Map([[1, storageOf([1, 2, 3], [1])]]) })
  c.node(1).setRandomizedElectionTimeout(10)
  c.tick(1, 6)
  c.step(requestVote([2, 1, 2], { lastLogIndex }))
  c.stabilize(1)
  expect(c.status(1)).toMatchObject({ role: 'follower', term: 2 })
  return c
}

test('followers: a vote that is given puts the own election off (figure 2)', () => {
  const c = askedInMidTimeout(2)
  expect(c.status(1)).toMatchObject({ vote: 2, electionElapsed: 0 })
})

test('followers: a vote that is refused does not put the own election off, though the term rises: who cannot win keeps nobody from winning (figure 2)', () => {
  const c = askedInMidTimeout(1)
  expect(c.status(1)).toMatchObject({ vote: null, electionElapsed: 6 })

  c.tick(1, 4)
  expect(c.status(1)).toMatchObject({ role: 'candidate', term: 3 })
})

test('followers: with referenceBehaviour every later term puts the own election off (figure 2, as etcd)', () => {
  const c = askedInMidTimeout(1, { referenceBehaviour: true })
  expect(c.status(1)).toMatchObject({ vote: null, electionElapsed: 0 })
})

test('leaders: who is deposed by a later term waits a whole election timeout (figure 2)', () => {
  const c = new PaperCluster({ electionTick: 10, checkQuorum: false })
  c.elect(1)
  c.tick(1, 9)
  c.step(requestVote([2, 1, 5], { lastLogIndex: 1 }))
  expect(c.status(1)).toMatchObject({ role: 'follower', term: 5, electionElapsed: 0 })
})

test('candidates: on conversion the term rises, the vote is one’s own, the timer starts over and all are asked (figure 2)', () => {
  const c = new PaperCluster({ electionTick: 10 })
  c.tick(1, 19)
  c.stabilize(1)

  expect(c.status(1)).toMatchObject({ role: 'candidate', term: 1, vote: 1, electionElapsed: 0 })
  expect(c.sentOf('MsgVote').map(({ to }) => to)).toEqual([2, 3])
})

test('a candidate that restarts before its vote for itself was written has asked nobody (figure 2)', () => {
  const c = new PaperCluster()
  c.node(1).campaign()

  c.crash(1, 'before-write')
  expect(c.sentOf('MsgVote')).toEqual([])
  c.restart(1)

  expect(c.status(1)).toMatchObject({ term: 0, vote: null })
})

test('leaders: what is behind the last index of a follower is sent from its nextIndex on (figure 2)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.partition([1, 3], [2])
  for (const command of ['a', 'b', 'c']) c.propose(1, command)
  c.stabilize()
  c.heal()
  c.node(1).reportUnreachable(2)
  c.sent = []

  c.tick(1)
  c.stabilize()

  const [first] = c.sentOf('MsgApp', (m) => m.to === 2)
  expect(first).toMatchObject({ prevLogIndex: 2 })
  expect(first?.entries.map(({ index }) => index)).toEqual([3, 4, 5])
})

test('leaders: after success nextIndex and matchIndex rise, after failure nextIndex falls and it is tried again (figure 2)', () => {
  const c = new PaperCluster({ storages: new Map([[1, storageOf([1, 2, 3], [1, 1, 2])]]) })
  const progress = () => c.status(1).progress.find(({ id }) => id === 2)
  c.drop((m) => m.to === 3 && m.type === 'MsgApp')
  const held = c.hold((m) => m.type === 'MsgAppResp' && m.from === 2)
  c.elect(1)
  expect(progress()).toMatchObject({ match: 0, next: 5 })

  c.step(held.messages[0] ?? accept([2, 1, 3], 0))
  expect(progress()).toMatchObject({ match: 0, next: 2 })

  held.release(() => false)
  c.stabilize()
  expect(progress()).toMatchObject({ match: 5, next: 6 })
})
