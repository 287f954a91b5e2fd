import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { accept, vote } from '../support/paper-messages.ts'
import { storageOf } from '../support/paper-server.ts'

/** Node 1, just elected in term 3, with entry 2 of term 1 and entry 3 of term 2 in its log; its own first one is 4. */
function newLeader(): PaperCluster {
  const c = new PaperCluster({ storages: new Map([[1, storageOf([1, 2, 3], [1, 2])]]) })
  c.node(1).campaign()
  c.stabilize(1)
  c.step(vote([2, 1, 3]))
  c.stabilize(1)
  expect(c.status(1)).toMatchObject({ role: 'leader', term: 3, lastIndex: 4, commit: 1 })
  return c
}

test.each([
  { match: 2, commit: 1, why: 'entry 2 is of term 1' },
  { match: 3, commit: 1, why: 'entry 3 is of term 2' },
  { match: 4, commit: 4, why: 'entry 4 is of its own term, and commits all before it' },
])(
  'a leader of term 3 that knows entry $match on a majority commits up to $commit, for $why (§5.4.2)',
  ({ match, commit }) => {
    const c = newLeader()

    c.step(accept([2, 1, 3], match))

    expect(c.status(1).commit).toBe(commit)
  },
)

test('entries keep their original term when a later leader replicates them (§5.4.2)', () => {
  const storages = new Map([[1, storageOf([1, 2, 3], [1, 2, 2])]])
  const c = new PaperCluster({ storages })

  c.elect(1)

  expect(c.terms(1)).toEqual([1, 2, 2, 3])
  expect(c.terms(2)).toEqual([1, 2, 2, 3])
})

test('a leader does not wait for a client to commit what its predecessors left: it begins its term with an entry (§5.4.2)', () => {
  const storages = new Map([
    [1, storageOf([1, 2, 3], [1, 2])],
    [2, storageOf([1, 2, 3], [1, 2])],
  ])
  const c = new PaperCluster({ storages })

  c.elect(1)

  expect(c.applied(1)).toEqual(['2@1', '3@2'])
  expect(c.entries(1).at(-1)).toEqual({ type: 'EntryNormal', index: 4, term: 3, data: null })
})
