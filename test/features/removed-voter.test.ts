/**
 * Who has applied its removal may have been counted for what comes after it in the log: by a leader that has committed the
 * removal and not applied it yet, or whose acknowledgements were on their way. It must not vote as if its tail were nothing.
 */

import { expect, test } from 'vitest'
import { PaperCluster } from '../support/paper-cluster.ts'
import { v1 } from '../support/paper-server.ts'

test('a removed voter whose tail was counted by a leader that is slow to apply elects nobody who lacks it', () => {
  const c = new PaperCluster({ only: (id) => ({ asyncStorageWrites: id === 1 }) })
  c.elect(1)
  // Node 1 commits the removal of 3, and is slow to apply it. Node 2 gets that entry, 3, and nothing that comes later.
  c.stalled(1).add('applies')
  c.drop((m) => m.to === 2 && m.type === 'MsgHeartbeat')
  c.drop((m) => m.to === 2 && m.type === 'MsgApp' && (m.commit >= 3 || m.entries.some((e) => e.index > 3)))
  c.change(1, v1('RemoveNode', 3))
  c.stabilize()
  // Node 3 has applied its removal. Node 1 has not, and counts its acknowledgement of entry 4.
  c.hold((m) => m.to === 3 && m.type === 'MsgApp' && m.commit >= 4)
  c.propose(1, 'committed')
  c.stabilize()
  while (c.apply(1)) c.pump(1)
  expect(c.applied(1)).toEqual(['committed'])

  c.crash(1)
  c.node(2).campaign()
  c.stabilize(2, 3)
  expect(c.role(2)).not.toBe('leader')
})

test('the same in the plain loop: two acknowledgements come in before the leader makes its next Ready', () => {
  const c = new PaperCluster({ coalesceAppends: false })
  c.elect(1)
  c.change(1, v1('RemoveNode', 3))
  c.propose(1, 'committed')
  c.pump(1)
  // Node 2 gets the removal, entry 3, and nothing else. Node 3 gets both entries, and acknowledges both.
  c.deliver((m) => m.to === 2 && m.type === 'MsgApp' && m.entries.some((e) => e.index === 3))
  c.take((m) => m.to === 2)
  c.deliver((m) => m.to === 3)
  for (const id of [2, 3]) while (c.pump(id));
  c.take((m) => m.from === 2)
  c.deliver((m) => m.to === 1)
  expect(c.status(1).commit).toBe(4)
  while (c.pump(1));
  expect(c.applied(1)).toEqual(['committed'])
  // Of what tells of the commit, node 3 gets only the first.
  c.deliver((m) => m.to === 3 && m.type === 'MsgApp' && m.commit === 3)
  while (c.pump(3));
  expect(c.status(3)).toMatchObject({ commit: 3, lastIndex: 4, confState: { voters: [1, 2] } })

  c.crash(1)
  c.wire = []
  c.node(2).campaign()
  c.stabilize(2, 3)
  expect(c.role(2)).not.toBe('leader')
})

test('a removed voter with the longest log is not needed: whom it refuses its vote it tells what is committed', () => {
  // given node 4, removed, with the longest log; 2 and 3 do not know that it is, and the leader dies
  const c = new PaperCluster({
    nodes: 4,
    preVote: true,
    checkQuorum: true,
    coalesceAppends: false,
    maxSizePerMsg: 0,
  })
  c.elect(1)
  c.drop((m) => m.to === 2 && m.type === 'MsgApp' && m.entries.length > 0)
  c.drop((m) => m.to === 3 && m.type === 'MsgApp' && (m.commit >= 3 || m.entries.some((e) => e.index > 3)))
  c.drop((m) => m.to < 4 && m.type === 'MsgHeartbeat' && m.commit >= 3)
  c.change(1, v1('RemoveNode', 4))
  c.propose(1, 'x')
  c.stabilize()
  expect(c.status(4)).toMatchObject({ lastIndex: 4, confState: { voters: [1, 2, 3] } })
  c.crash(1)
  c.wire = []
  c.heal()
  for (const id of [2, 3, 4]) c.tick(id, 30)
  c.wire = []
  // when node 3, which holds the removal and does not know that it is committed, asks around
  for (let i = 0; i < 100 && c.role(3) !== 'leader'; i++) {
    c.tick(3)
    c.stabilize(2, 3, 4)
  }
  // then it hears of it from node 4, goes by the new membership, and is elected by node 2
  expect(c.status(3)).toMatchObject({ role: 'leader', confState: { voters: [1, 2, 3] } })
  expect(c.role(4)).toBe('follower')
})
