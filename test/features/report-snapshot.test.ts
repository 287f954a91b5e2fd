import { UsageError } from 'quorate'
import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { accept } from '../support/paper-messages.ts'

const progressOf = (c: PaperCluster, peer: number) => c.status(1).progress.find(({ id }) => id === peer)

/** Node 3 is too far behind for the log of node 1, which has just sent it a snapshot of index 7; it is lost. */
function snapshotLost(): PaperCluster {
  const c = new PaperCluster()
  c.elect(1)
  c.partition([1, 2], [3])
  for (const command of 'abcde') c.propose(1, command)
  c.stabilize()
  c.snapshot(1)
  c.heal()
  const lost = c.drop((m) => m.type === 'MsgSnap')
  c.tick(1)
  c.stabilize()
  lost()
  c.sent = []
  expect(progressOf(c, 3)).toMatchObject({ state: 'StateSnapshot', pendingSnapshot: 7, match: 2, next: 8 })
  return c
}

test('while a snapshot is on its way nothing else is sent but heartbeats', () => {
  const c = snapshotLost()

  c.propose(1, 'x')
  for (let i = 0; i < 5; i++) {
    c.tick(1)
    c.stabilize()
  }

  expect(c.sent.filter((m) => m.to === 3).map(({ type }) => type)).toEqual(Array(5).fill('MsgHeartbeat'))
})

test('told that it failed, the leader tries again after the next heartbeat, with another snapshot', () => {
  const c = snapshotLost()

  c.node(1).reportSnapshot(3, 'failure')
  expect(progressOf(c, 3)).toMatchObject({ state: 'StateProbe', match: 2, next: 3, paused: true })
  c.stabilize()
  expect(c.sentOf('MsgSnap')).toEqual([])

  c.tick(1)
  c.stabilize()
  expect(c.sentOf('MsgSnap').length).toBe(1)
  expect(c.applied(3)).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('told that it arrived, the leader goes on behind it, also if the acknowledgement is lost', () => {
  const c = snapshotLost()

  c.node(1).reportSnapshot(3, 'finish')

  expect(progressOf(c, 3)).toMatchObject({ state: 'StateProbe', match: 2, next: 8, paused: true })
})

test('told that it arrived although it did not, the leader finds out by the first rejection', () => {
  const c = snapshotLost()
  c.node(1).reportSnapshot(3, 'finish')

  c.tick(1)
  c.stabilize()

  expect(c.sentOf('MsgAppResp', (m) => m.from === 3 && m.reject).length).toBe(1)
  expect(c.sentOf('MsgSnap').length).toBe(1)
  expect(c.applied(3)).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('a follower that has got there by another way ends the wait: any place that the log reaches will do', () => {
  const c = snapshotLost()
  c.propose(1, 'f')
  c.stabilize()

  // It has installed a snapshot of index 8, made by node 2, and says so.
  const installed = c.snapshot(2)
  c.step({
    type: 'MsgSnap',
    from: 1,
    to: 3,
    term: 1,
    session: progressOf(c, 3)?.session ?? 0,
    snapshot: installed,
  })
  c.stabilize()

  expect(installed.index).toBe(8)
  expect(progressOf(c, 3)).toMatchObject({ state: 'StateReplicate', match: 8 })
})

test('an acknowledgement that the log does not reach leaves the wait as it is', () => {
  const c = snapshotLost()

  c.step(accept([3, 1, 1], 4, progressOf(c, 3)?.session))

  expect(progressOf(c, 3)).toMatchObject({ state: 'StateSnapshot', match: 4, pendingSnapshot: 7 })
})

test('reports on who waits for no snapshot, is no member, or by who does not lead change nothing', () => {
  const c = new PaperCluster()
  c.elect(1)
  const before = c.status(1).progress

  c.node(1).reportSnapshot(2, 'failure')
  c.node(1).reportSnapshot(9, 'finish')
  c.node(2).reportSnapshot(1, 'finish')

  expect(c.status(1).progress).toEqual(before)
  expect(() => c.node(1).reportSnapshot(2, 'lost' as never)).toThrow(UsageError)
  expect(() => c.node(1).reportSnapshot(0, 'finish')).toThrow(UsageError)
})

test('a follower that was not heard from lately is sent no snapshot, which it would hardly get', () => {
  const c = new PaperCluster({ checkQuorum: true, electionTick: 10 })
  c.elect(1)
  c.crash(3)
  c.propose(1, 'x')
  c.stabilize()
  c.tick(1, 10)
  c.stabilize()
  c.snapshot(1)
  c.node(1).reportUnreachable(3)
  for (let i = 0; i < 30; i++) {
    c.tick(1)
    c.propose(1, '')
    c.stabilize()
  }
  expect(c.sentOf('MsgSnap')).toEqual([])

  c.restart(3)
  c.tick(1)
  c.stabilize()
  expect(c.sentOf('MsgSnap').length).toBe(1)
  expect(c.applied(3)[0]).toBe('x')
})

test('unreachable: a leader that streamed sends one message at a time until it hears something', () => {
  const c = new PaperCluster()
  c.elect(1)
  const held = c.hold((m) => m.type === 'MsgAppResp' && m.from === 3)
  c.propose(1, 'a')
  c.stabilize()
  expect(progressOf(c, 3)).toMatchObject({ state: 'StateReplicate', match: 2, next: 4 })

  c.node(1).reportUnreachable(3)
  expect(progressOf(c, 3)).toMatchObject({ state: 'StateProbe', match: 2, next: 3 })

  held.release()
  c.stabilize()
  expect(progressOf(c, 3)).toMatchObject({ state: 'StateReplicate', match: 3, next: 4 })
})
