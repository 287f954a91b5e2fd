import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { v1 } from '../support/paper-server.ts'

test('a leader that is removed steps down when the entry that removes it is committed, not before (thesis §4.2.2)', () => {
  const c = new PaperCluster()
  c.elect(1)
  const held = c.hold((m) => m.type === 'MsgAppResp')

  c.change(1, v1('RemoveNode', 1))
  c.stabilize()
  expect(c.role(1)).toBe('leader')

  held.release()
  c.stabilize()
  expect(c.role(1)).toBe('follower')
  expect(c.trace(1)).toContainEqual({ node: 1, term: 1, type: 'steppedDown', why: 'removed' })
})

test('the others learn that the removal is committed before the leader goes, and elect one of them (thesis §4.2.2)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.change(1, v1('RemoveNode', 1))
  c.stabilize()

  expect([2, 3].map((id) => c.status(id).confState.voters)).toEqual([
    [2, 3],
    [2, 3],
  ])
  c.elect(2)
  c.propose(2, 'x')
  c.stabilize()

  expect([1, 2, 3].map(c.applied)).toEqual([[], ['x'], ['x']])
})

test('a removed server does not stand for election any more, once it knows (thesis §4.2.2)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.change(1, v1('RemoveNode', 1))
  c.stabilize()

  c.tick(1, 200)
  c.stabilize()

  expect(c.status(1)).toMatchObject({ role: 'follower', term: 1 })
})

test('a leader may also stay and manage a group that it is not in: it counts itself in no majority, and takes no requests (thesis §4.2.2)', () => {
  const c = new PaperCluster({ stepDownOnRemoval: false, nodes: 3 })
  c.elect(1)
  c.change(1, v1('RemoveNode', 1))
  const held = c.hold((m) => m.type === 'MsgApp' && m.commit >= 3)
  c.stabilize()
  expect(c.role(1)).toBe('leader')
  expect(c.propose(1, 'x')).toEqual({ dropped: 'removed' })

  held.release()
  c.stabilize()
  c.tick(1)
  c.stabilize()

  expect(c.sentOf('MsgHeartbeat').filter(({ from }) => from === 1).length).toBe(2)
  expect(c.status(1).progress.map(({ id }) => id)).toEqual([2, 3])
})

test('a server votes for a candidate that is not in its configuration, which may simply be older than the candidate’s (thesis §4.2.2)', () => {
  const c = new PaperCluster({ nodes: 3, learners: [4] })
  c.elect(1)
  // Node 4 is made a voter, and node 2 does not hear that this is committed.
  c.change(1, v1('AddNode', 4))
  c.drop((m) => m.to === 2 && m.type === 'MsgApp' && m.commit >= 3)
  c.stabilize()
  expect(c.status(2).confState.voters).toEqual([1, 2, 3])
  c.crash(1)

  c.elect(4)

  expect(c.sentOf('MsgVoteResp', (m) => m.from === 2 && m.to === 4)).toMatchObject([{ reject: false }])
})

test('a server takes entries from a leader that is not in its configuration (thesis §4.2.2)', () => {
  const c = new PaperCluster()
  c.elect(1)

  c.propose(1, 'x')
  c.join(4, 1)

  expect(c.applied(4)).toEqual(['x'])
  expect(c.status(4)).toMatchObject({ term: 1, leader: 1, confState: { learners: [4] } })
})
