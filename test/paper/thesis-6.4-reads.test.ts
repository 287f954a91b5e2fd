/** That each command is executed once (thesis §6.3) is left to the state machine: sessions need what it stores. */

import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'

test('1: a leader that has committed nothing in its term yet waits until it has (thesis §6.4)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'x')
  const cut = c.drop((m) => m.type === 'MsgAppResp')
  c.stabilize()
  cut()
  c.crash(1)

  // Entry 3 is committed, if anybody knew it; node 2 knows of entry 2 only.
  const held = c.hold((m) => m.type === 'MsgAppResp')
  c.elect(2)
  expect(c.status(2).commit).toBe(2)
  c.read(2, 'r')
  c.tick(2)
  c.stabilize()
  expect(c.reads(2)).toEqual([])

  held.release()
  c.stabilize()
  expect(c.reads(2)).toEqual(['r@4'])
})

test('2: the read is to see what was committed when it came in, not what is later (thesis §6.4)', () => {
  const c = new PaperCluster()
  c.elect(1)
  const held = c.hold((m) => m.type === 'MsgHeartbeatResp')
  c.read(1, 'r')
  c.propose(1, 'later')
  c.stabilize()
  expect(c.status(1).commit).toBe(3)

  held.release()
  c.stabilize()

  expect(c.reads(1)).toEqual(['r@2'])
})

test('3: a new round of heartbeats must be answered by a majority: earlier answers do not count (thesis §6.4)', () => {
  const c = new PaperCluster()
  c.elect(1)
  const held = c.hold((m) => m.type === 'MsgHeartbeat')
  c.read(1, 'first')
  c.pump(1)
  c.tick(1)
  c.pump(1)
  const early = held.messages.length

  c.read(1, 'second')
  c.pump(1)
  held.release((m) => held.messages.indexOf(m) < early)
  c.stabilize()

  expect(c.reads(1)).toEqual(['first@2'])
})

test.each([
  { nodes: 3, answers: 0, confirmed: false },
  { nodes: 3, answers: 1, confirmed: true },
  { nodes: 4, answers: 1, confirmed: false },
  { nodes: 4, answers: 2, confirmed: true },
  { nodes: 5, answers: 1, confirmed: false },
  { nodes: 5, answers: 2, confirmed: true },
])(
  '3: of $nodes servers the leader and $answers more confirm a read: $confirmed (thesis §6.4)',
  ({ nodes, answers, confirmed }) => {
    const c = new PaperCluster({ nodes })
    c.elect(1)
    c.drop((m) => m.type === 'MsgHeartbeatResp' && m.from > 1 + answers)

    c.read(1, 'r')
    c.stabilize()

    expect(c.reads(1)).toEqual(confirmed ? ['r@2'] : [])
  },
)

test('4: the read is handed out with its index; to wait until that is applied is for the reader (thesis §6.4)', () => {
  const c = new PaperCluster({ asyncStorageWrites: true })
  c.elect(1)
  c.stalled(1).add('applies')
  c.propose(1, 'x')
  c.stabilize()

  c.read(1, 'r')
  c.stabilize()
  expect([c.reads(1), c.status(1).applied]).toEqual([['r@3'], 2])

  c.stalled(1).clear()
  c.stabilize()
  expect([c.applied(1), c.status(1).applied]).toEqual([['x'], 3])
})

test('one round of heartbeats serves all reads that have come in meanwhile (thesis §6.4)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.sent = []

  for (let i = 0; i < 100; i++) c.read(1, `${i}`)
  c.stabilize()

  expect(c.reads(1).length).toBe(100)
  expect(c.sentOf('MsgHeartbeat').length).toBe(2)
})

test('followers serve reads too: they ask the leader for the index, and read themselves (thesis §6.4)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'x')
  c.stabilize()

  expect(c.read(3, 'r')).toEqual({ asked: 1 })
  c.stabilize()

  expect(c.reads(3)).toEqual(['r@3'])
  expect(c.reads(1)).toEqual([])
  expect(c.applied(3)).toEqual(['x'])
})

test('a read leaves no entry in the log (thesis §6.4)', () => {
  const c = new PaperCluster()
  c.elect(1)

  c.read(1, 'r')
  c.stabilize()

  expect(c.status(1).lastIndex).toBe(2)
})
