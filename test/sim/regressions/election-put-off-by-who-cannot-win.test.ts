/**
 * Found by the simulator as I21: a group without a leader for as long as one cared to look. A later term alone began a
 * follower's election timeout anew, so who has the shorter log, and times out first, kept who could win from ever standing
 * (figure 2 puts the timeout off for a vote that is given, and for a leader that is heard).
 */

import { expect, test } from 'vitest'
import { PaperCluster } from '../../support/paper-cluster.ts'

test('of two nodes that are left the one with the longer log is elected, though the other times out before it every time', () => {
  // given node 2 with a shorter log than node 1, and node 3 dead
  const c = new PaperCluster({ nodes: 3, electionTick: 10 })
  c.elect(1)
  c.crash(3)
  c.partition([1], [2])
  c.propose(1, 'x')
  c.stabilize()
  c.crash(1)
  c.restart(1)
  c.heal()
  expect([1, 2].map((id) => c.status(id).lastIndex)).toEqual([3, 2])

  // when time passes, and node 2 raises the term again and again
  for (let i = 0; i < 60 && c.role(1) !== 'leader'; i++) {
    c.node(2).setRandomizedElectionTimeout(10)
    c.node(1).setRandomizedElectionTimeout(19)
    for (const id of [1, 2]) c.tick(id)
    c.stabilize(1, 2)
  }

  // then node 1 leads: a term that rises is no reason to wait
  expect(c.role(1)).toBe('leader')
})
