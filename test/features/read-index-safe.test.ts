import { MessageError, UsageError } from 'quorate'
import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { heartbeatResp } from '../support/paper-messages.ts'
import { bytes, v1 } from '../support/paper-server.ts'

test('a read of the leader is confirmed by the next round of heartbeats', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.sent = []

  expect(c.read(1, 'r')).toEqual({ asked: 1 })
  c.pump(1)
  expect(c.sentOf('MsgHeartbeat').map(({ to, context }) => [to, context])).toEqual([
    [2, 1],
    [3, 1],
  ])
  expect(c.reads(1)).toEqual([])

  c.stabilize()
  expect(c.reads(1)).toEqual(['r@2'])
})

test('reads are confirmed in the order they came in, each at the commit index of its time', () => {
  const c = new PaperCluster()
  c.elect(1)

  c.read(1, 'a')
  c.pump(1)
  c.propose(1, 'x')
  c.stabilize()
  c.read(1, 'b')
  c.read(1, 'c')
  c.stabilize()

  expect(c.reads(1)).toEqual(['a@2', 'b@3', 'c@3'])
})

test('a lost round delays a read, and the next heartbeat makes up for it', () => {
  const c = new PaperCluster()
  c.elect(1)
  const lost = c.drop((m) => m.type === 'MsgHeartbeat')
  c.read(1, 'r')
  c.stabilize()
  lost()
  expect(c.reads(1)).toEqual([])

  c.tick(1)
  c.stabilize()

  expect(c.reads(1)).toEqual(['r@2'])
})

test('heartbeats carry no round while nobody reads', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.read(1, 'r')
  c.stabilize()
  c.sent = []

  c.tick(1)
  c.stabilize()

  expect(c.sentOf('MsgHeartbeat').map(({ context }) => context)).toEqual([null, null])
})

test('an answer to a round that was never sent is refused, and confirms nothing', () => {
  const c = new PaperCluster()
  c.elect(1)

  expect(() => c.step(heartbeatResp([2, 1, 1], 5))).toThrow(MessageError)
  c.drop((m) => m.type === 'MsgHeartbeat')
  c.read(1, 'r')
  c.stabilize()

  expect(c.reads(1)).toEqual([])
})

test('learners answer rounds, and are counted for none', () => {
  const c = new PaperCluster({ nodes: 3, learners: [4, 5] })
  c.elect(1)
  c.partition([1, 4, 5])

  c.read(1, 'r')
  c.stabilize()

  expect(c.sentOf('MsgHeartbeatResp').length).toBe(2)
  expect(c.reads(1)).toEqual([])
})

test('a read that waits when the leader steps down ends with its leadership, and is told so', () => {
  const c = new PaperCluster({ checkQuorum: true })
  c.elect(1)
  c.partition([1], [2, 3])
  c.read(1, 'r')
  for (let i = 0; i < 30; i++) {
    c.tick(1)
    c.stabilize()
  }

  expect(c.role(1)).toBe('follower')
  expect(c.reads(1)).toEqual(['r dropped'])
  expect(c.trace(1)).toContainEqual({
    node: 1,
    term: 1,
    type: 'readDropped',
    context: bytes('r'),
    why: 'lost-leadership',
  })
})

test('a read that was parked for the first commit of a term is not answered in a later one', () => {
  const c = new PaperCluster()
  c.elect(1)
  const cut = c.drop((m) => m.type === 'MsgAppResp')
  c.elect(2)
  c.read(2, 'parked')
  cut()
  c.elect(3)
  expect(c.role(2)).toBe('follower')

  c.elect(2)
  c.stabilize()

  expect(c.reads(2)).toEqual(['parked dropped'])
})

test('who does not know a leader cannot ask, and a candidate neither', () => {
  const c = new PaperCluster()
  expect(c.read(1, 'r')).toEqual({ dropped: 'no-leader' })

  c.partition([1])
  c.node(1).campaign()
  expect(c.read(1, 'r')).toEqual({ dropped: 'no-leader' })
})

test('a follower’s read is not heard of again if the leader changes: it is the reader who asks again', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.hold((m) => m.type === 'MsgReadIndex')
  expect(c.read(3, 'r')).toEqual({ asked: 1 })
  c.stabilize()
  c.elect(2)
  expect(c.reads(3)).toEqual([])

  c.read(3, 'r again')
  expect(c.wire).toEqual([])
})

test('the only voter of a group answers at once, but not before it has committed an entry of its term', () => {
  const c = new PaperCluster({ nodes: 1 })
  c.elect(1)
  c.propose(1, 'x')
  c.stabilize()
  c.crash(1)
  c.restart(1)

  c.node(1).campaign()
  c.handle(1, c.node(1).ready())
  expect(c.role(1)).toBe('leader')
  c.read(1, 'r')
  const ready = c.node(1).ready()
  expect(ready.readStates).toEqual([])
  c.handle(1, ready)
  c.stabilize()

  expect(c.reads(1)).toEqual(['r@4'])
})

test('without coalesceAppends each read sends its round at once, and one answer confirms all up to its own', () => {
  const c = new PaperCluster({ coalesceAppends: false })
  c.elect(1)
  c.sent = []

  c.read(1, 'a')
  c.read(1, 'b')
  c.pump(1)
  expect(c.sentOf('MsgHeartbeat', (m) => m.to === 2).map(({ context }) => context)).toEqual([1, 2])

  c.step(heartbeatResp([3, 1, 1], 2))
  c.pump(1)
  expect(c.reads(1)).toEqual(['a@2', 'b@2'])
})

test('a leader that was removed, and stays, confirms reads by those who vote', () => {
  const c = new PaperCluster({ stepDownOnRemoval: false })
  c.elect(1)
  c.change(1, v1('RemoveNode', 1))
  c.stabilize()

  c.partition([1, 2])
  c.read(1, 'r')
  c.stabilize()
  expect(c.reads(1)).toEqual([])

  c.heal()
  c.tick(1)
  c.stabilize()
  expect(c.reads(1)).toEqual(['r@3'])
})

test('a context that is no Uint8Array is the caller’s mistake', () => {
  const c = new PaperCluster()
  c.elect(1)

  expect(() => c.node(1).readIndex('r' as never)).toThrow(UsageError)
  expect(c.read(1, '')).toEqual({ asked: 1 })
})

// Nobody is left to answer a round; what the round was for has become true by itself.
test('a read that waits when the quorum shrinks to the leader is confirmed', () => {
  const c = new PaperCluster({ nodes: 2 })
  c.elect(1)
  const late = c.hold((m) => m.from === 2)
  c.change(1, v1('RemoveNode', 2))
  c.stabilize()
  c.read(1, 'r')
  c.pump(1)
  for (const m of late.messages.filter(({ type }) => type === 'MsgAppResp')) c.step(m)
  c.crash(2)
  c.stabilize()
  c.tick(1, 30)
  c.stabilize()

  expect(c.status(1).confState.voters).toEqual([1])
  expect(c.reads(1)).toEqual(['r@2'])
})

// Its answer must not be refused as that of an unknown peer: it was asked.
test('a read is answered by a leader that is not in the configuration of the follower yet', () => {
  const c = new PaperCluster({ asyncStorageWrites: true })
  c.elect(1)
  c.stalled(3).add('applies')
  c.join(9, 1, 'AddNode')
  c.elect(9)
  expect(c.status(3)).toMatchObject({ leader: 9, confState: { voters: [1, 2, 3] } })

  c.read(3, 'r')
  c.stabilize()

  expect(c.reads(3)).toEqual(['r@4'])
})
