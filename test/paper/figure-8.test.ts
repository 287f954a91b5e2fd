import { beforeEach, expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { append, entriesAt } from '../support/paper-messages.ts'
import { storageOf } from '../support/paper-server.ts'

const voters = [1, 2, 3, 4, 5]
let c: PaperCluster

// At the beginning of (c), in the figure's own numbers: S1 led term 2 and had its entry 2 on S2; S5 led term 3 by the votes
// of S3, S4 and itself, and told nobody of its entry. S1 is back, and knows that there was a term 3.
beforeEach(() => {
  const entry2 = [2, 2, null, null, 3]
  const term = [3, 2, 3, 3, 3]
  const storages = new Map(
    voters.map((id) => {
      const of = entry2[id - 1] ?? null
      return [id, storageOf(voters, of === null ? [] : [of], { term: term[id - 1] ?? 0 })]
    }),
  )
  c = new PaperCluster({ nodes: 5, storages })
})

/** S1 leads term 4 by the votes of S2 and S3, and brings its entry 2 of term 2 to S3, but not yet what follows it. */
function spreadEntryOfTerm2(): void {
  c.partition([1, 2, 3], [4, 5])
  const cut = c.drop((m) => m.type === 'MsgApp')
  c.node(1).campaign()
  c.stabilize()
  expect([c.role(1), c.term(1)]).toEqual(['leader', 4])

  c.step(append([1, 2, 4], { entries: entriesAt(2, 2) }))
  c.step(append([1, 3, 4], { entries: entriesAt(2, 2) }))
  c.stabilize()
  cut()
  expect([1, 2, 3, 5].map((id) => c.terms(id)[0])).toEqual([2, 2, 2, 3])
  expect(c.status(1).progress.map(({ match }) => match)).toEqual([3, 2, 2, 0, 0])
}

test('in (c) the entry of term 2 is on a majority, and yet it is not committed (figure 8)', () => {
  spreadEntryOfTerm2()

  expect([1, 2, 3].map((id) => c.status(id).commit)).toEqual([1, 1, 1])
  expect([1, 2, 3].flatMap(c.applied)).toEqual([])
})

test('in (d) it is overwritten: S5 is elected for term 5 by S2, S3 and S4, and its entry of term 3 wins (figure 8)', () => {
  spreadEntryOfTerm2()

  c.crash(1)
  c.heal()
  c.node(5).campaign()
  c.stabilize()
  expect([c.term(5), c.role(5) === 'leader']).toEqual([4, false])
  c.elect(5)

  expect(c.term(5)).toBe(5)
  for (const id of [2, 3, 4, 5]) expect(c.terms(id)).toEqual([3, 5])
  expect(c.applied(2)).toEqual(['2@3'])

  c.restart(1)
  c.tick(5)
  c.stabilize()
  expect(c.applied(1)).toEqual(['2@3'])
})

test('in (e) an entry of term 4 is on a majority, and with it both are committed: S5 can win no more (figure 8)', () => {
  c.partition([1, 2, 3], [4, 5])
  c.elect(1)
  expect(c.applied(1)).toEqual(['2@2'])

  c.crash(1)
  c.heal()
  c.node(5).campaign()
  c.stabilize()
  c.node(5).campaign()
  c.stabilize()

  expect(c.term(5)).toBeGreaterThan(4)
  expect(c.role(5)).not.toBe('leader')
  expect([2, 3].map((id) => c.terms(id))).toEqual([
    [2, 4],
    [2, 4],
  ])
})
