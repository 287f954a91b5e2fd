/** Mistakes that others have made in changes of membership, each as the schedule that brings it to light. */

import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { v1, v2 } from '../support/paper-server.ts'

// Broken: who has yet to apply a committed change may stand for election. Nodes 2 and 3 know that two changes are in the
// log and have applied neither; to them the group is {1,2,3}, and two of that are a majority. To node 1 it is {1,2,3,4,5},
// and 1, 4 and 5 are a majority of that: two leaders commit two different entries at one place.
test('B73: two servers with an old configuration elect a second leader beside that of the new one', () => {
  const c = new PaperCluster({ nodes: 3, learners: [4, 5], asyncStorageWrites: true })
  c.elect(1)
  for (const id of [2, 3]) c.stalled(id).add('applies')
  c.change(1, v1('AddNode', 4))
  c.stabilize()
  c.change(1, v1('AddNode', 5))
  c.stabilize()
  expect([1, 2, 3].map((id) => c.status(id).confState.voters.length)).toEqual([5, 3, 3])

  c.partition([1, 4, 5], [2, 3])
  c.node(2).campaign()
  c.stabilize()
  expect(c.role(2)).toBe('follower')
  expect(c.trace(2)).toContainEqual({
    node: 2,
    term: 1,
    type: 'electionHeldBack',
    why: 'unapplied-conf-change',
  })

  c.propose(1, 'x')
  c.stabilize()
  expect([c.applied(1), c.terms(1)]).toEqual([['x'], [1, 1, 1, 1]])
  expect([2, 3].map((id) => c.terms(id))).toEqual([
    [1, 1, 1],
    [1, 1, 1],
  ])
})

// Broken: the commit index is not written with the entries that follow it. Then nodes 2 and 3 come back with both changes in
// their logs and without a word that the first is committed: nothing holds them back, and all that is said above happens.
test('B73: nor do they after a restart, for whoever holds the second change knows on its disk that the first is committed', () => {
  const c = new PaperCluster({ nodes: 3, learners: [4, 5] })
  c.elect(1)
  c.change(1, v1('AddNode', 4))
  c.stabilize()
  const untold = c.drop((m) => m.type === 'MsgApp' && m.to <= 3 && m.commit > 3)
  c.change(1, v1('AddNode', 5))
  c.stabilize()
  untold()
  for (const id of [2, 3]) {
    c.crash(id)
    c.restart(id)
  }
  expect([1, 2, 3].map((id) => c.status(id).confState.voters.length)).toEqual([5, 3, 3])

  c.partition([1, 4, 5], [2, 3])
  for (const id of [2, 3]) {
    c.node(id).campaign()
    expect(c.role(id)).toBe('follower')
  }
})

// Broken: the configuration that was in force, or in the log behind it, outlives the snapshot. Node 3 has missed how the
// group moved from {1,2,3} to {3,4,5}, and has a change of its own in its log, never committed, at a later index. With a
// phantom configuration it is elected by the two that were removed, while 4 and 5 go on without it.
test('B75: a server keeps its old configuration beside a snapshot, and is elected by servers that were removed', () => {
  const c = new PaperCluster({ nodes: 3, learners: [4, 5] })
  c.elect(3)
  c.partition([1, 2, 4, 5], [3])
  for (let i = 0; i < 20; i++) c.propose(3, `never ${i}`)
  c.change(3, v2('auto', ['RemoveNode', 2]))
  c.stabilize()
  c.elect(1)
  for (const change of [v1('AddNode', 4), v1('AddNode', 5), v1('RemoveNode', 2)]) {
    c.change(1, change)
    c.stabilize()
  }
  const snapshot = c.snapshot(1)
  expect(snapshot.index).toBeLessThan(c.status(3).lastIndex)
  c.heal()
  c.tick(1)
  c.stabilize()
  expect(c.sentOf('MsgSnap', (m) => m.to === 3).length).toBe(1)
  expect(c.status(3)).toMatchObject({ lastIndex: snapshot.index, confState: { voters: [1, 3, 4, 5] } })
  c.crash(3)
  c.restart(3)

  c.partition([2, 3], [1, 4, 5])
  c.node(3).campaign()
  c.stabilize()
  c.propose(1, 'x')
  c.stabilize()

  expect(c.role(3)).toBe('candidate')
  expect(c.applied(4)).toEqual(['x'])
})

test('B75: nor does it elect with the two that it remembers, if it has not been restarted', () => {
  const c = new PaperCluster({ nodes: 3, learners: [4, 5] })
  c.elect(1)
  c.partition([1, 2, 4, 5], [3])
  c.change(1, v2('implicit', ['AddNode', 4], ['AddNode', 5], ['RemoveNode', 2]))
  c.stabilize()
  c.snapshot(1)
  c.heal()
  c.tick(1)
  c.stabilize()
  expect(c.status(3).confState).toMatchObject({ voters: [1, 3, 4, 5], votersOutgoing: [] })

  c.partition([2, 3], [1, 4, 5])
  c.node(3).campaign()
  c.stabilize()

  expect(c.role(3)).toBe('candidate')
})

// Broken: the change that leaves a joint configuration is proposed once, by the leader that entered it. If that one steps
// down before, or its proposal is lost with it, the group stays joint: half of it may fail and nothing goes on any more.
test('B76: the leader that was to leave a joint configuration is gone, and the group stays in it for ever', () => {
  const c = new PaperCluster({ nodes: 3, learners: [4] })
  c.elect(1)
  c.change(1, v2('implicit', ['AddNode', 4], ['RemoveNode', 3]))
  // Everybody has entered it when node 1 proposes to leave it, and crashes: nobody else has heard of that.
  const cut = c.drop((m) => m.type === 'MsgApp' && m.entries.some(({ index }) => index === 4))
  c.stabilize()
  expect(c.status(1).lastIndex).toBe(4)
  expect(c.status(2).confState.votersOutgoing).toEqual([1, 2, 3])
  c.crash(1)
  cut()

  c.elect(2)

  for (const id of [2, 4])
    expect(c.status(id).confState).toMatchObject({ voters: [1, 2, 4], votersOutgoing: [], autoLeave: false })
})

test('B76: a leave that is dropped because leadership is being handed over is proposed again later', () => {
  const c = new PaperCluster({ nodes: 3, learners: [4] })
  c.elect(1)
  c.crash(3)
  const held = c.hold((m) => m.type === 'MsgAppResp')
  c.change(1, v2('implicit', ['AddNode', 4]))
  c.stabilize()
  c.node(1).transferLeadership(3)
  held.release()
  c.stabilize()
  expect(c.status(1).confState).toMatchObject({ votersOutgoing: [1, 2, 3], autoLeave: true })

  c.tick(1, 10)
  c.stabilize()
  c.propose(1, 'anything')
  c.stabilize()

  expect(c.status(1).confState).toMatchObject({ voters: [1, 2, 3, 4], votersOutgoing: [] })
})
