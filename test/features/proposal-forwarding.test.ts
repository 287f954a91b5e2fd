import { MessageError, UsageError } from 'quorate'
import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { bytes, v1 } from '../support/paper-server.ts'

test('a follower passes a proposal on to its leader, and finds it in the log', () => {
  const c = new PaperCluster()
  c.elect(1)

  expect(c.propose(2, 'x')).toEqual({ forwarded: 1 })
  c.stabilize()

  expect(c.sentOf('MsgProp')).toMatchObject([{ from: 2, to: 1 }])
  expect(c.applied(2)).toEqual(['x'])
})

test('a batch is passed on and appended in one piece', () => {
  const c = new PaperCluster()
  c.elect(1)

  c.node(2).proposeBatch([bytes('a'), bytes('b')])
  c.stabilize()

  expect(c.sentOf('MsgProp').length).toBe(1)
  expect(c.applied(2)).toEqual(['a', 'b'])
})

test('membership changes are passed on too', () => {
  const c = new PaperCluster()
  c.elect(1)

  expect(c.change(3, v1('RemoveNode', 2))).toEqual({ forwarded: 1 })
  c.stabilize()

  expect(c.status(3).confState.voters).toEqual([1, 3])
})

test('with disableProposalForwarding a follower drops proposals, and says so', () => {
  const c = new PaperCluster({ disableProposalForwarding: true })
  c.elect(1)

  expect(c.propose(2, 'x')).toEqual({ dropped: 'forwarding-disabled' })
  expect(c.change(2, v1('RemoveNode', 3))).toEqual({ dropped: 'forwarding-disabled' })
  c.stabilize()

  expect(c.sentOf('MsgProp')).toEqual([])
  expect(c.trace(2)).toContainEqual({ node: 2, term: 1, type: 'proposalDropped', why: 'forwarding-disabled' })
  expect(c.propose(1, 'x')).toEqual({ index: 3, term: 1 })
})

test('a proposal that reaches who leads no more is passed on once more, and still names who made it', () => {
  const c = new PaperCluster()
  c.elect(1)
  const late = c.hold((m) => m.type === 'MsgProp')
  c.propose(3, 'x')
  c.pump(3)
  c.elect(2)

  late.release()
  c.stabilize()

  expect(c.sentOf('MsgProp').map(({ from, to }) => [from, to])).toEqual([
    [3, 1],
    [3, 2],
  ])
  expect(c.applied(3)).toEqual(['x'])
})

test('a proposal that reaches somebody without a leader is lost, and step() says why', () => {
  const c = new PaperCluster()

  expect(
    c.node(1).step({ type: 'MsgProp', from: 2, to: 1, entries: [{ type: 'EntryNormal', data: bytes('x') }] }),
  ).toEqual({ dropped: 'no-leader' })
})

test('a proposal is not bound to a term: it may come late, and counts in the term it comes in', () => {
  const c = new PaperCluster()
  c.elect(1)
  const late = c.hold((m) => m.type === 'MsgProp')
  c.propose(3, 'x')
  c.pump(3)
  c.elect(2)
  c.elect(1)

  late.release()
  c.stabilize()

  expect(c.entries(1).at(-1)).toMatchObject({ term: 3, data: bytes('x') })
})

test('nothing is proposed without entries, and no mistake in a proposal changes anything', () => {
  const c = new PaperCluster()
  c.elect(1)

  expect(() => c.node(1).proposeBatch([])).toThrow(UsageError)
  expect(() => c.node(1).propose('x' as never)).toThrow(UsageError)
  expect(() => c.node(2).propose(null as never)).toThrow(UsageError)
  expect(() => c.step({ type: 'MsgProp', from: 2, to: 1, entries: [] })).toThrow(MessageError)
  expect(() => c.step({ type: 'MsgProp', from: 2, to: 1, entries: [5 as never] })).toThrow(MessageError)

  expect(c.status(1).lastIndex).toBe(2)
  expect(c.node(1).hasReady()).toBe(false)
})
