import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { bytes, v1 } from '../support/paper-server.ts'

const hundred = 'x'.repeat(100)

/** Node 1 leads, with its own first entry applied, and nobody acknowledges anything any more. */
function stuck(maxUncommittedSize: number): { c: PaperCluster; goOn: () => void } {
  const c = new PaperCluster({ maxUncommittedSize })
  c.elect(1)
  const cut = c.drop((m) => m.type === 'MsgAppResp')
  const goOn = () => {
    cut()
    c.tick(1)
    c.stabilize()
  }
  return { c, goOn }
}

test('a leader drops proposals that would make its uncommitted tail larger than the limit', () => {
  const { c } = stuck(250)

  expect(c.propose(1, hundred)).toEqual({ index: 3, term: 1 })
  expect(c.propose(1, hundred)).toEqual({ index: 4, term: 1 })
  expect(c.propose(1, hundred)).toEqual({ dropped: 'overloaded' })

  expect(c.status(1)).toMatchObject({ uncommittedSize: 200, lastIndex: 4 })
})

test('as soon as entries are applied there is room again', () => {
  const { c, goOn } = stuck(250)
  for (let i = 0; i < 3; i++) c.propose(1, hundred)
  c.stabilize()

  goOn()

  expect(c.status(1).uncommittedSize).toBe(0)
  expect(c.propose(1, hundred)).toEqual({ index: 5, term: 1 })
})

test('what is committed and not applied counts still: a slow state machine slows its clients down', () => {
  const c = new PaperCluster({ maxUncommittedSize: 250, asyncStorageWrites: true })
  c.elect(1)
  c.stalled(1).add('applies')
  for (let i = 0; i < 2; i++) c.propose(1, hundred)
  c.stabilize()

  expect(c.status(1).commit).toBe(4)
  expect(c.propose(1, hundred)).toEqual({ dropped: 'overloaded' })

  c.stalled(1).clear()
  c.stabilize()
  expect(c.propose(1, hundred)).toEqual({ index: 5, term: 1 })
})

test('one proposal always passes while nothing else waits, however large it is', () => {
  const { c } = stuck(10)

  expect(c.propose(1, hundred)).toEqual({ index: 3, term: 1 })
  expect(c.propose(1, 'x')).toEqual({ dropped: 'overloaded' })
})

test('proposals without payload always pass', () => {
  const { c } = stuck(10)
  c.propose(1, hundred)

  expect(c.propose(1, '')).toEqual({ index: 4, term: 1 })
  expect(c.status(1).uncommittedSize).toBe(100)
})

test('a batch is taken as a whole or dropped as a whole', () => {
  const { c } = stuck(250)
  c.propose(1, hundred)

  expect(c.node(1).proposeBatch([bytes(hundred), bytes(hundred)])).toEqual({ dropped: 'overloaded' })
  expect(c.status(1).lastIndex).toBe(3)
  expect(c.node(1).proposeBatch([bytes(hundred), bytes('y')])).toEqual({ index: 4, term: 1 })
  expect(c.status(1)).toMatchObject({ lastIndex: 5, uncommittedSize: 201 })
})

test('membership changes count with what they weigh in the log', () => {
  const { c } = stuck(100)
  c.propose(1, hundred)

  expect(c.change(1, v1('RemoveNode', 3))).toEqual({ dropped: 'overloaded' })
})

test('the count begins anew with leadership, and what a predecessor left does not make it negative', () => {
  const { c, goOn } = stuck(250)
  for (let i = 0; i < 2; i++) c.propose(1, hundred)
  c.stabilize()
  goOn()
  c.drop((m) => m.type === 'MsgAppResp' && m.to === 2)
  c.node(2).campaign()
  c.stabilize()
  expect(c.role(2)).toBe('leader')
  expect(c.status(2).uncommittedSize).toBe(0)

  expect([1, 2, 3].map(() => 'dropped' in c.propose(2, hundred))).toEqual([false, false, true])
})

test('a proposal that a follower passes on is dropped by the leader, and nobody is told', () => {
  const { c, goOn } = stuck(250)
  for (let i = 0; i < 2; i++) c.propose(1, hundred)

  expect(c.propose(2, hundred)).toEqual({ forwarded: 1 })
  c.stabilize()
  goOn()

  expect(c.log(1).length).toBe(2)
  expect(c.trace(1)).toContainEqual({ node: 1, term: 1, type: 'proposalDropped', why: 'overloaded' })
})
