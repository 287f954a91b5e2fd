import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { accept } from '../support/paper-messages.ts'
import { storageOf } from '../support/paper-server.ts'

const voters = [1, 2, 3]

/** Three servers with these logs; all have heard of the latest term. */
function clusterOf(...logs: readonly (readonly number[])[]): PaperCluster {
  const term = Math.max(...logs.flat())
  return new PaperCluster({
    storages: new Map(logs.map((log, i) => [i + 1, storageOf(voters, log, { term })])),
  })
}

test('an older entry that is stored on every server could safely be taken for committed; the more conservative way is taken (thesis §3.6.2)', () => {
  const c = clusterOf([1, 2], [1, 2], [1, 2])
  const held = c.hold((m) => m.type === 'MsgApp')
  c.elect(1)

  for (const id of [2, 3]) c.step(accept([id, 1, 3], 3))
  expect(c.status(1).progress.map(({ match }) => match)).toEqual([4, 3, 3])
  expect(c.status(1).commit).toBe(1)

  held.release()
  c.stabilize()
  expect(c.status(1).commit).toBe(4)
})

test('one entry of the current term on a majority commits all before it, of however many terms and leaders (thesis §3.6.2)', () => {
  const log = [1, 1, 2, 4, 4, 7]
  const c = clusterOf(log, [1], [])
  c.partition([1, 2])

  c.elect(1)

  expect(c.status(1)).toMatchObject({ term: 8, commit: 8 })
  expect(c.applied(1)).toEqual(log.map((term, i) => `${i + 2}@${term}`))
})

test('since entries keep their term, a new leader sends fewer of its predecessors’: who has them is not sent them again (thesis §3.6.2)', () => {
  const c = clusterOf([1, 1, 2, 2], [1, 1, 2, 2], [1, 1])

  c.elect(1)

  const sentTo = (id: number) =>
    c.sentOf('MsgApp', (m) => m.to === id).flatMap((m) => m.entries.map(({ index, term }) => [index, term]))
  expect(sentTo(2)).toEqual([[6, 3]])
  expect(new Set(sentTo(3).map(([index]) => index))).toEqual(new Set([4, 5, 6]))
  for (const id of voters) expect(c.terms(id)).toEqual([1, 1, 2, 2, 3])
})

test('a leader that is deposed before it commits in its own term has committed nothing of others either (thesis §3.6.2)', () => {
  const c = clusterOf([1, 2], [1, 2], [])
  c.drop((m) => m.type === 'MsgApp' && m.term === 3)
  c.elect(1)
  c.tick(1)
  c.stabilize()
  expect(voters.map((id) => c.status(id).commit)).toEqual([1, 1, 1])

  c.elect(2)

  expect(voters.map(c.applied)).toEqual([
    ['2@1', '3@2'],
    ['2@1', '3@2'],
    ['2@1', '3@2'],
  ])
  expect(c.terms(1)).toEqual([1, 2, 4])
})
