import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { requestVote } from '../support/paper-messages.ts'
import { v2 } from '../support/paper-server.ts'

/** Five servers, of which 1, 2 and 3 vote; the leader 1 is in C(old,new), from {1,2,3} to {3,4,5}, and stays in it. */
function inTransition(): PaperCluster {
  const c = new PaperCluster({ nodes: [1, 2, 3], learners: [4, 5] })
  c.elect(1)
  c.change(1, v2('explicit', ['AddNode', 4], ['AddNode', 5], ['RemoveNode', 1], ['RemoveNode', 2]))
  c.stabilize()
  for (const id of [1, 2, 3, 4, 5])
    expect(c.status(id).confState).toMatchObject({ voters: [3, 4, 5], votersOutgoing: [1, 2, 3] })
  return c
}

test('in C(old,new) entries are replicated to all servers of both configurations (§6)', () => {
  const c = inTransition()

  c.propose(1, 'x')
  c.stabilize()

  for (const id of [1, 2, 3, 4, 5]) expect(c.applied(id)).toEqual(['x'])
})

test.each([2, 3, 4])(
  'in C(old,new) any server of either configuration may lead, such as %i (§6)',
  (candidate) => {
    const c = inTransition()

    c.elect(candidate)
    c.propose(candidate, 'x')
    c.stabilize()

    expect(c.applied(candidate)).toEqual(['x'])
  },
)

test.each([
  { up: [1, 2], committed: false, why: 'no majority of the new servers' },
  { up: [1, 2, 4], committed: false, why: 'one of the three new ones' },
  { up: [1, 4, 5], committed: false, why: 'one of the three old ones' },
  { up: [1, 3, 4], committed: true, why: 'two of the old and two of the new' },
  { up: [1, 2, 4, 5], committed: true, why: 'two of the old and two of the new, none of them in both' },
])(
  'in C(old,new) to commit takes a majority of each configuration: with $up it is $committed, $why (§6)',
  ({ up, committed }) => {
    const c = inTransition()
    c.partition(up)

    c.propose(1, 'x')
    c.stabilize()

    expect(c.applied(1)).toEqual(committed ? ['x'] : [])
  },
)

test.each([
  { up: [2, 1], elected: false },
  { up: [2, 1, 4], elected: false },
  { up: [2, 4, 5], elected: false },
  { up: [2, 3, 5], elected: true },
  { up: [2, 1, 4, 5], elected: true },
])(
  'in C(old,new) an election takes a majority of each configuration: with the votes of $up it is $elected (§6)',
  ({ up, elected }) => {
    const c = inTransition()
    c.partition(up)

    c.node(2).campaign()
    c.stabilize()

    expect(c.role(2) === 'leader').toBe(elected)
  },
)

test('neither the old nor the new configuration can decide alone before C(old,new) is committed: two leaders are impossible (§6)', () => {
  const c = new PaperCluster({ nodes: [1, 2, 3], learners: [4, 5] })
  c.elect(1)
  c.partition([1], [2], [3, 4, 5])
  c.change(1, v2('explicit', ['AddNode', 4], ['AddNode', 5], ['RemoveNode', 1], ['RemoveNode', 2]))
  c.stabilize()
  expect(c.status(1).confState.votersOutgoing).toEqual([])

  c.node(3).campaign()
  c.stabilize()

  expect(c.role(3)).toBe('candidate')
  expect(c.role(4)).toBe('follower')
})

test('after C(old,new) the new configuration alone decides, and servers that are not in it have no say (§6)', () => {
  const c = inTransition()
  c.change(1, v2('auto'))
  c.stabilize()
  expect(c.role(1)).toBe('follower')
  c.elect(3)

  c.partition([3, 4], [1, 2, 5])
  c.propose(3, 'x')
  c.stabilize()

  expect(c.applied(4)).toEqual(['x'])
  c.node(1).campaign()
  c.stabilize()
  expect(c.role(1)).toBe('follower')
})

test('new servers join as members that do not vote, receive the log, and count for no majority (§6)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'old')
  c.join(4, 1)
  expect(c.applied(4)).toEqual(['old'])

  c.partition([1, 4])
  c.propose(1, 'new')
  c.stabilize()

  expect(c.log(4)).toEqual(['old', 'new'])
  expect(c.applied(4)).toEqual(['old'])
})

test('a leader that is not in the new configuration leads until that is committed, without counting itself, and then steps down (§6)', () => {
  const c = inTransition()
  const held = c.hold((m) => m.type === 'MsgAppResp' && m.from >= 4)

  c.change(1, v2('auto'))
  c.stabilize()
  expect(c.role(1)).toBe('leader')

  held.release()
  c.stabilize()
  expect(c.role(1)).toBe('follower')
  for (const id of [3, 4, 5])
    expect(c.status(id).confState).toMatchObject({ voters: [3, 4, 5], votersOutgoing: [] })
})

test('removed servers that time out do not disturb: who hears a leader disregards their requests (§6)', () => {
  const c = new PaperCluster({ checkQuorum: true, nodes: 4 })
  c.elect(1)
  c.partition([1, 2, 3], [4])
  c.change(1, v2('auto', ['RemoveNode', 4]))
  c.stabilize()
  c.tick(1)
  c.stabilize()
  c.heal()

  c.tick(4, 19)
  c.stabilize()
  expect(c.sentOf('MsgVote', (m) => m.from === 4).length).toBe(3)
  c.step(requestVote([4, 2, 99], { lastLogIndex: 99, lastLogTerm: 98 }))
  c.stabilize()

  expect([1, 2, 3].map(c.role)).toEqual(['leader', 'follower', 'follower'])
  expect([1, 2, 3].map(c.term)).toEqual([1, 1, 1])
})
