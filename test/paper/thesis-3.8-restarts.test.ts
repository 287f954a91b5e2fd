import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { append, entriesAt, requestVote } from '../support/paper-messages.ts'

test('without its vote on disk a server could vote twice in one term; with it, it does not (thesis §3.8)', () => {
  const c = new PaperCluster()
  c.step(requestVote([2, 1, 5]))
  c.stabilize(1)

  c.crash(1)
  c.restart(1)
  expect(c.status(1)).toMatchObject({ term: 5, vote: 2 })
  c.step(requestVote([3, 1, 5]))
  c.stabilize(1)

  expect(c.sentOf('MsgVoteResp', (m) => m.to === 3)).toMatchObject([{ reject: true }])
})

test('a server that restarts still turns down the leader of an earlier term (thesis §3.8)', () => {
  const c = new PaperCluster()
  c.step(append([2, 1, 5], { entries: entriesAt(2, 5) }))
  c.stabilize(1)

  c.crash(1)
  c.restart(1)
  c.step(append([3, 1, 4], { entries: entriesAt(2, 4) }))
  c.stabilize(1)

  expect(c.log(1)).toEqual(['2@5'])
})

test('entries are on disk before they count, so a restart of the whole cluster loses nothing committed (thesis §3.8)', () => {
  const c = new PaperCluster()
  c.elect(1)
  for (const command of ['a', 'b', 'c']) c.propose(1, command)
  c.stabilize()

  for (const id of [1, 2, 3]) c.crash(id)
  for (const id of [1, 2, 3]) c.restart(id)
  c.elect(2)

  for (const id of [1, 2, 3]) expect(c.applied(id)).toEqual(['a', 'b', 'c'])
})

test('how far is committed need not be known after a restart: a new leader finds it out (thesis §3.8)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'x')
  const cut = c.drop((m) => m.type === 'MsgAppResp')
  c.stabilize()
  cut()
  for (const id of [1, 2, 3]) c.crash(id)

  for (const id of [1, 2, 3]) c.restart(id)
  expect([1, 2, 3].map((id) => c.status(id).commit)).toEqual([2, 2, 2])
  expect([1, 2, 3].flatMap(c.applied)).toEqual([])
  c.elect(3)

  expect(c.applied(1)).toEqual(['x'])
})

test('a state machine that is lost with the crash is made again by applying the log from its snapshot on (thesis §3.8)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'x')
  c.stabilize()

  c.crash(1)
  c.restart(1)
  expect(c.applied(1)).toEqual([])
  c.stabilize(1)

  expect(c.applied(1)).toEqual(['x'])
})

test('a state machine on disk remembers how far it has applied, and is not given the same commands again (thesis §3.8)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'x')
  c.stabilize()

  c.crash(1)
  c.restart(1, { applied: 3 })
  c.stabilize(1)
  expect(c.applied(1)).toEqual(['x'])

  c.elect(2)
  c.propose(2, 'y')
  c.stabilize()
  expect(c.applied(1)).toEqual(['x', 'y'])
})
