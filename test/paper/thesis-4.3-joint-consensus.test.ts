import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { v1, v2 } from '../support/paper-server.ts'

const replaceAll = [
  ['AddNode', 4],
  ['AddNode', 5],
  ['AddNode', 6],
  ['RemoveNode', 1],
  ['RemoveNode', 2],
  ['RemoveNode', 3],
] as const

function cluster(): PaperCluster {
  const c = new PaperCluster({ nodes: 3, learners: [4, 5, 6] })
  c.elect(1)
  return c
}

test('any change is possible at once, to a group without a common member too, and no request waits meanwhile (thesis §4.3)', () => {
  const c = cluster()
  c.change(1, v2('explicit', ...replaceAll))
  c.stabilize()
  expect(c.status(1).confState).toMatchObject({ voters: [4, 5, 6], votersOutgoing: [1, 2, 3] })
  c.propose(1, 'meanwhile')
  c.stabilize()

  c.change(1, v2('auto'))
  c.stabilize()
  c.elect(4)

  expect(c.status(4).confState).toMatchObject({ voters: [4, 5, 6], votersOutgoing: [] })
  for (const id of [4, 5, 6]) expect(c.applied(id)).toEqual(['meanwhile'])
})

test('the leader proposes C(new) by itself as soon as C(old,new) is committed, if it is asked to (thesis §4.3)', () => {
  const c = cluster()

  c.change(1, v2('implicit', ...replaceAll))
  c.stabilize()

  expect(c.entries(1)).toContainEqual({ type: 'EntryConfChangeV2', index: 4, term: 1, change: null })
  expect(c.status(4).confState).toMatchObject({ voters: [4, 5, 6], votersOutgoing: [], autoLeave: false })
})

test('if the leader fails in between the next one carries the change on (thesis §4.3)', () => {
  const c = cluster()
  const cut = c.drop((m) => m.type === 'MsgApp' && m.entries.some(({ index }) => index === 4))
  c.change(1, v2('implicit', ...replaceAll))
  c.stabilize()
  expect(c.status(5).confState).toMatchObject({ votersOutgoing: [1, 2, 3], autoLeave: true })

  c.crash(1)
  cut()
  c.elect(5)

  for (const id of [4, 5, 6])
    expect(c.status(id).confState).toMatchObject({ voters: [4, 5, 6], votersOutgoing: [] })
})

test('while one change is under way no other is begun (thesis §4.3)', () => {
  const c = cluster()
  c.change(1, v2('explicit', ['AddNode', 4], ['RemoveNode', 2]))
  expect(c.change(1, v1('RemoveNode', 3))).toMatchObject({ refused: 'pending-change' })
  c.stabilize()

  expect(c.change(1, v1('RemoveNode', 3))).toMatchObject({ refused: 'still-joint' })
  expect(c.change(1, v2('explicit', ['AddNode', 5]))).toMatchObject({ refused: 'still-joint' })
  c.stabilize()

  expect(c.status(1).confState).toMatchObject({ voters: [1, 3, 4], votersOutgoing: [1, 2, 3] })
})

test('a voter that becomes a learner votes in the old half until that is left (thesis §4.3)', () => {
  const c = cluster()
  c.change(1, v2('explicit', ['AddLearnerNode', 3], ['AddNode', 4]))
  c.stabilize()
  expect(c.status(3).confState).toEqual({
    voters: [1, 2, 4],
    votersOutgoing: [1, 2, 3],
    learners: [5, 6],
    learnersNext: [3],
    autoLeave: false,
  })

  // Two of the old half are 1 and 3, two of the new are 1 and 4.
  c.partition([1, 3, 4])
  c.propose(1, 'x')
  c.stabilize()
  expect(c.applied(1)).toEqual(['x'])

  c.heal()
  c.change(1, v2('auto'))
  c.stabilize()
  expect(c.status(3).confState).toMatchObject({ learners: [3, 5, 6], learnersNext: [] })
})

test('a leader is elected by both halves, and an acknowledgement of a read too needs both (thesis §4.3)', () => {
  const c = cluster()
  c.change(1, v2('explicit', ...replaceAll))
  c.stabilize()

  c.partition([1, 2, 3, 4])
  c.read(1, 'old half only')
  c.tick(1, 3)
  c.stabilize()
  expect(c.reads(1)).toEqual([])

  c.partition([1, 2, 4, 5])
  c.tick(1)
  c.stabilize()
  expect(c.reads(1)).toEqual(['old half only@3'])
})

test.each([{ silent: [4, 5, 6] }, { silent: [2, 3] }])(
  'a leader of both halves steps down if $silent are silent, though the other half is not (thesis §4.3)',
  ({ silent }) => {
    const c = new PaperCluster({ nodes: 3, learners: [4, 5, 6], checkQuorum: true, electionTick: 10 })
    c.elect(1)
    c.change(1, v2('explicit', ...replaceAll))
    c.stabilize()
    c.partition([1, 2, 3, 4, 5, 6].filter((id) => !silent.includes(id)))

    for (let i = 0; i < 20; i++) {
      c.tick(1)
      c.stabilize()
    }

    expect(c.role(1)).toBe('follower')
  },
)
