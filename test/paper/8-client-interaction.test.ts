/**
 * That each command is executed once even when a client repeats it (§8: serial numbers, sessions) is a matter of the state
 * machine: the core carries commands and does not look into them, so there is nothing of it to test here.
 */

import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'

test('a server that does not lead tells who does, and passes the request on (§8)', () => {
  const c = new PaperCluster()
  c.elect(2)

  expect(c.status(1).leader).toBe(2)
  expect(c.propose(1, 'x')).toEqual({ forwarded: 2 })
  c.stabilize()

  expect(c.applied(1)).toEqual(['x'])
})

test('without a leader a request is dropped, and the client may try again (§8)', () => {
  const c = new PaperCluster()
  expect(c.propose(1, 'x')).toEqual({ dropped: 'no-leader' })
  c.node(1).campaign()
  expect(c.propose(1, 'x')).toEqual({ dropped: 'no-leader' })

  c.stabilize()
  expect(c.propose(1, 'x')).toEqual({ index: 3, term: 1 })
})

test('when the leader crashes another is elected, and clients find it (§8)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.crash(1)

  c.elect(3)

  expect(c.status(2).leader).toBe(3)
  expect(c.propose(2, 'x')).toEqual({ forwarded: 3 })
  c.stabilize()
  expect(c.applied(2)).toEqual(['x'])
})

test('a new leader commits an entry without a command at the start of its term, to find out what is committed (§8)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'x')
  const cut = c.drop((m) => m.type === 'MsgAppResp')
  c.stabilize()
  cut()
  c.crash(1)
  expect([c.applied(2), c.applied(3)]).toEqual([[], []])

  c.elect(2)

  expect(c.entries(2).at(-1)).toMatchObject({ term: 2, data: null })
  expect(c.applied(2)).toEqual(['x'])
})

test('a read is not answered before the leader has committed an entry of its term (§8)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'x')
  c.stabilize()
  const held = c.hold((m) => m.type === 'MsgAppResp')
  c.elect(2)

  c.read(2, 'r')
  c.tick(2)
  c.stabilize()
  expect(c.reads(2)).toEqual([])

  held.release()
  c.stabilize()
  expect(c.reads(2)).toEqual(['r@4'])
})

test('a leader that may have been deposed does not answer a read: it first hears from a majority (§8)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.partition([1], [2, 3])
  c.elect(2)
  c.propose(2, 'new')
  c.stabilize()

  expect(c.role(1)).toBe('leader')
  c.read(1, 'stale')
  for (let i = 0; i < 20; i++) c.tick(1)
  c.stabilize()
  expect(c.reads(1)).toEqual([])

  c.heal()
  c.tick(1)
  c.stabilize()
  expect(c.reads(1)).toEqual(['stale dropped'])
})

test('a read sees all that was committed when it was asked (§8)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'a')
  c.stabilize()

  c.read(1, 'r')
  c.read(2, 's')
  c.stabilize()

  expect(c.reads(1)).toEqual(['r@3'])
  expect(c.reads(2)).toEqual(['s@3'])
  expect(c.applied(2)).toEqual(['a'])
})
