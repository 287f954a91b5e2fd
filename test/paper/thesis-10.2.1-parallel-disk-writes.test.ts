import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'

test('a leader sends entries to its followers in parallel with its own disk write (thesis §10.2.1)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'x')

  const ready = c.node(1).ready()

  expect(ready.entries.length).toBe(1)
  expect(ready.messages.map(({ type, to }) => [type, to])).toEqual([
    ['MsgApp', 2],
    ['MsgApp', 3],
  ])
  expect(ready.persistedMessages).toEqual([])
})

test('followers answer only when their write is done (thesis §10.2.1)', () => {
  const c = new PaperCluster({ asyncStorageWrites: true })
  c.elect(1)
  c.stalled(2).add('appends')
  c.stalled(3).add('appends')

  c.propose(1, 'x')
  c.stabilize()
  expect(c.applied(1)).toEqual([])
  expect([c.log(2), c.status(2).lastIndex]).toEqual([[], 3])

  c.write(2)
  c.stabilize()
  expect(c.applied(1)).toEqual(['x'])
})

test('a leader commits what a majority has written, even if its own write is not done (thesis §10.2.1)', () => {
  const c = new PaperCluster({ asyncStorageWrites: true })
  c.elect(1)
  c.stalled(1).add('appends')

  c.propose(1, 'x')
  c.stabilize()

  expect(c.status(1).commit).toBe(3)
  expect(c.applied(2)).toEqual(['x'])
  expect(c.log(1)).toEqual([])
  expect([c.log(2), c.log(3)]).toEqual([['x'], ['x']])
})

test('a leader that has not written an entry does not count itself for it (thesis §10.2.1)', () => {
  const c = new PaperCluster({ asyncStorageWrites: true })
  c.elect(1)
  c.crash(3)
  c.stalled(1).add('appends')

  c.propose(1, 'x')
  c.stabilize()
  expect(c.log(2)).toEqual(['x'])
  expect(c.status(1).commit).toBe(2)

  c.stalled(1).clear()
  c.stabilize()
  expect(c.status(1).commit).toBe(3)
})

test('what a leader commits before its own write survives its crash: it is on a majority without it (thesis §10.2.1)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'x')

  c.crash(1, 'before-write')
  c.stabilize()
  c.restart(1)
  expect(c.log(1)).toEqual([])
  c.elect(2)

  expect([1, 2, 3].map(c.applied)).toEqual([['x'], ['x'], ['x']])
})

test('entries are applied on a server when they are durable there, with asynchronous writes (thesis §10.2.1)', () => {
  const c = new PaperCluster({ asyncStorageWrites: true })
  c.elect(1)
  c.stalled(1).add('appends')
  c.propose(1, 'x')
  c.stabilize()
  expect([c.status(1).commit, c.applied(1)]).toEqual([3, []])

  c.stalled(1).clear()
  c.stabilize()

  expect(c.applied(1)).toEqual(['x'])
})
