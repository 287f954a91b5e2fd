import { OptionsError } from 'quorate'
import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'

const lease = { preVote: true, checkQuorum: true, readOnly: 'lease-based', electionTick: 10 } as const

/** Node 1 leads, and its last heartbeats have just been answered. */
function leased(nodes = 3): PaperCluster {
  const c = new PaperCluster({ ...lease, nodes })
  c.elect(1)
  c.tick(1)
  c.stabilize()
  c.sent = []
  return c
}

test('within the lease of an answered round of heartbeats a read needs no message (thesis §6.4.1)', () => {
  const c = leased()

  c.read(1, 'r')
  c.pump(1)

  expect(c.reads(1)).toEqual(['r@2'])
  expect(c.sent).toEqual([])
})

test('the lease counts from when the round was sent, and ends before anybody can have been elected (thesis §6.4.1)', () => {
  const c = leased()
  c.partition([1], [2, 3])
  const served = []
  for (let ticks = 0; ticks <= 9; ticks++) {
    c.read(1, `${ticks}`)
    c.pump(1)
    served.push(c.reads(1).includes(`${ticks}@2`))
    c.tick(1)
    c.tick(2)
    c.tick(3)
  }

  // A follower grants votes again from its tenth tick on, the first of which may come right after the heartbeat.
  expect(served).toEqual([true, true, true, true, true, true, true, true, true, false])
})

test('nobody is elected while a leader’s lease lasts (thesis §6.4.1)', () => {
  const c = leased()
  c.partition([1], [2, 3])

  for (let ticks = 0; ticks < 9; ticks++) {
    c.tick(1)
    c.tick(2)
    c.tick(3)
    c.node(3).setRandomizedElectionTimeout(10)
    c.stabilize()
  }
  expect(c.role(3)).toBe('follower')
  c.tick(2)
  c.tick(3)
  c.stabilize()

  expect(c.role(3)).toBe('leader')
})

test('without a lease a read is confirmed by a round of heartbeats, which begins the next lease (thesis §6.4.1)', () => {
  const c = leased()
  const cut = c.drop((m) => m.type === 'MsgHeartbeatResp')
  c.tick(1, 9)
  c.stabilize()
  cut()

  c.read(1, 'waits')
  expect(c.reads(1)).toEqual([])
  c.stabilize()
  expect(c.reads(1)).toEqual(['waits@2'])

  c.read(1, 'at once')
  c.pump(1)
  expect(c.reads(1)).toEqual(['waits@2', 'at once@2'])
})

test('answers of a minority make no lease (thesis §6.4.1)', () => {
  const c = new PaperCluster({ ...lease, nodes: 5 })
  c.elect(1)
  c.drop((m) => m.type === 'MsgHeartbeatResp' && m.from > 2)

  c.tick(1)
  c.stabilize()
  c.read(1, 'r')
  c.stabilize()

  expect(c.reads(1)).toEqual([])
})

test('a leader that hands leadership over has no lease any more, for its successor waits for none (thesis §6.4.1)', () => {
  const c = leased()
  c.hold((m) => m.from === 1)

  c.node(1).transferLeadership(2)
  c.read(1, 'r')
  c.pump(1)

  expect(c.reads(1)).toEqual([])
})

test('a server that restarts may have confirmed a lease, and does not remember: it votes for nobody for as long (thesis §6.4.1)', () => {
  const c = leased()
  c.partition([1], [2, 3])
  c.tick(3, 10)
  c.crash(2)
  c.restart(2)

  c.node(3).campaign()
  c.stabilize()
  expect(c.role(3)).toBe('pre-candidate')

  c.tick(2, 10)
  c.node(3).campaign()
  c.stabilize()
  expect(c.role(3)).toBe('leader')
})

test('a lease rests on servers that hold on to their leader, so it cannot be had without them (thesis §6.4.1)', () => {
  expect(() => new PaperCluster({ readOnly: 'lease-based', checkQuorum: false })).toThrow(OptionsError)

  const c = leased()
  c.node(2).forgetLeader()
  expect(c.status(2).leader).toBe(1)
})
