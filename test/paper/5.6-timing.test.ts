/** Real time is not a core's business: it counts ticks. What the inequality of §5.6 comes down to is their proportion. */

import { OptionsError, RawNode, MemStorage } from 'quorate'
import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'

/** Runs three nodes for 300 ticks with messages that take `delay` ticks. Answers how often somebody became leader. */
function leadersWith(delay: number): number {
  const c = new PaperCluster({ electionTick: 10, only: (id) => ({ random: () => (id - 1) / 3 }) })
  const due: { at: number; count: number }[] = []
  for (let tick = 0; tick < 300; tick++) {
    for (const id of [1, 2, 3]) {
      c.tick(id)
      while (c.pump(id));
    }
    due.push({ at: tick + delay, count: c.wire.length - due.reduce((sum, { count }) => sum + count, 0) })
    while ((due[0]?.at ?? Infinity) <= tick) {
      const now = new Set(c.wire.slice(0, due.shift()?.count))
      c.deliver((m) => now.has(m))
    }
  }
  const events = [1, 2, 3].flatMap((id) => c.trace(id))
  return events.filter((event) => event.type === 'leaderElected').length
}

test('while messages arrive much faster than election timeouts pass, one leader is elected and stays (§5.6)', () => {
  expect(leadersWith(0)).toBe(1)
  expect(leadersWith(2)).toBe(1)
})

test('when messages take longer than election timeouts there is no steady leader (§5.6)', () => {
  expect(leadersWith(25)).not.toBe(1)
})

test('heartbeats must come more often than elections: other options are refused (§5.6)', () => {
  const storage = MemStorage.bootstrap({ voters: [1] })

  expect(() => new RawNode({ id: 1, storage, electionTick: 3, heartbeatTick: 3 })).toThrow(OptionsError)
  expect(() => new RawNode({ id: 1, storage, electionTick: 4, heartbeatTick: 3 })).not.toThrow()
})
