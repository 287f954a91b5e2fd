/** Mistakes that others have made in replication, each as the schedule that brings it to light. */

import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { commands, v1 } from '../support/paper-server.ts'

// Broken: an entry counts as committed when it is on a majority, whatever its term. Node 1 then answers its client after it
// has brought "old" to nodes 3 and 4 in its second term; node 5, whose last entry is of a later term, is elected after it
// and overwrites "old" everywhere (figure 8).
test('B01: an entry of an earlier term is committed by counting its copies, and then overwritten', () => {
  const c = new PaperCluster({ nodes: 5, maxSizePerMsg: 0 })
  c.elect(1)
  c.partition([1, 2])
  c.propose(1, 'old')
  c.stabilize()
  c.crash(1)

  c.partition([3, 4, 5])
  const cut = c.drop((m) => m.type === 'MsgApp')
  c.elect(5)
  expect([1, 2, 3, 4, 5].map((id) => c.terms(id).join())).toEqual(['1,1', '1,1', '1', '1', '1,2'])
  cut()
  c.crash(5)

  c.restart(1)
  c.partition([1, 2, 3, 4])
  // The first entry of its new term gets to nobody who holds the one before it.
  c.drop((m) => m.type === 'MsgApp' && m.from === 1 && m.prevLogIndex === 3 && c.terms(m.to).length === 2)
  c.node(1).campaign()
  c.stabilize()
  c.elect(1)
  expect([1, 2, 3, 4].map((id) => c.log(id))).toEqual([['old'], ['old'], ['old'], ['old']])
  const answered = c.applied(1).includes('old')
  c.crash(1)

  c.restart(5)
  c.partition([2, 3, 4, 5])
  c.node(5).campaign()
  c.stabilize()
  c.elect(5)
  expect([2, 3, 4, 5].map((id) => c.log(id))).toEqual([[], [], [], []])
  expect(answered).toBe(false)
})

// Broken: a follower drops what lies behind prevLogIndex and then appends. The first message comes a second time, after the
// follower has acknowledged more: it loses that, and with the leader's crash nobody has it who can be elected.
test('B31: an old message cuts off entries that a later one has brought and that are acknowledged', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.partition([1, 2], [3])
  c.drop((m) => m.type === 'MsgApp' && m.commit > 2)
  c.propose(1, 'a')
  c.pump(1)
  const [first] = c.sentOf('MsgApp', (m) => m.to === 2 && commands(m.entries).includes('a'))
  c.propose(1, 'b')
  c.stabilize()
  expect([c.applied(1), c.status(2).commit]).toEqual([['a', 'b'], 2])

  c.step(first ?? expect.unreachable())
  c.stabilize()
  c.crash(1)
  c.crash(2)
  c.restart(2)
  c.heal()
  c.elect(2)

  expect(c.log(2)).toEqual(['a', 'b'])
})

// Broken: a follower that is asked about a place before its commit index looks for the entry, does not find it any more and
// says no; for the leader that is a stray answer, as the place is at its nextIndex never again. Neither moves.
test('B39: a follower has compacted entries whose acknowledgement was lost, and turns their repetition down for ever', () => {
  const c = new PaperCluster()
  c.elect(1)
  const lost = c.drop((m) => m.type === 'MsgAppResp' && m.from === 3)
  for (const command of ['a', 'b', 'c']) c.propose(1, command)
  c.stabilize()
  expect(c.applied(3)).toEqual(['a', 'b', 'c'])
  c.snapshot(3)
  lost()
  c.node(1).reportUnreachable(3)
  const progress = () => c.status(1).progress.find(({ id }) => id === 3)
  expect(progress()).toMatchObject({ state: 'StateProbe', match: 2 })

  c.propose(1, 'd')
  for (let i = 0; i < 5; i++) {
    c.tick(1)
    c.stabilize()
  }

  expect(c.applied(3)).toEqual(['a', 'b', 'c', 'd'])
  expect(progress()).toMatchObject({ state: 'StateReplicate', match: 6 })
})

// Broken: answers are told apart by their term only. Node 3 is removed and added again, with an empty disk, within one term;
// then its old acknowledgement comes. The leader believes that it holds what it does not: it sends what follows, is told no,
// takes that for an old answer, and tries again for ever, or tells it of a commit beyond its log.
test('B40: a late acknowledgement from before a removal sets the match of the server that came back', () => {
  const c = new PaperCluster({ nodes: 3 })
  c.elect(1)
  const late = c.hold((m) => m.type === 'MsgAppResp' && m.from === 3)
  for (const command of ['a', 'b', 'c']) c.propose(1, command)
  c.stabilize()
  c.change(1, v1('RemoveNode', 3))
  c.stabilize()
  c.crash(3)

  // The new one hears nothing yet when the answers of the old one come in.
  c.add(3)
  const news = c.hold((m) => m.to === 3)
  c.change(1, v1('AddLearnerNode', 3))
  c.stabilize()
  late.release()
  c.stabilize()
  expect(c.status(1).progress.find(({ id }) => id === 3)).toMatchObject({ match: 0, state: 'StateProbe' })

  c.snapshot(1)
  news.release()
  for (let i = 0; i < 5; i++) {
    c.tick(1)
    c.stabilize()
  }
  expect(c.applied(3)).toEqual(['a', 'b', 'c'])
})

// Broken: with the window used up nothing is sent until something is acknowledged. If all that was in it is lost, nothing
// ever is: heartbeats go to and fro, and the follower stays behind for ever.
test('B44: all messages of a full window are lost, and the leader waits for their acknowledgement', () => {
  const c = new PaperCluster({ maxInflightMsgs: 4 })
  c.elect(1)
  const lost = c.drop((m) => m.type === 'MsgApp' && m.to === 3)
  for (let i = 0; i < 10; i++) {
    c.propose(1, `${i}`)
    c.stabilize()
  }
  expect(c.status(1).progress.find(({ id }) => id === 3)?.inflight).toMatchObject({ count: 4, full: true })
  lost()

  c.tick(1)
  c.stabilize()

  expect(c.applied(3)).toEqual(c.applied(1))
})
