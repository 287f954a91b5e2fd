/**
 * broadcast time << election timeout << time between failures, in ticks. What the paper says of it is in 5.6-timing.test.ts;
 * the thesis says more of each side of the inequality.
 */

import { expect, test } from 'vitest'

import { seededRandom } from 'quorate'
import { PaperCluster } from '../support/paper-cluster.ts'

const servers = [1, 2, 3, 4, 5]
const electionTick = 10
const seeded = (seed: number) => (id: number) => ({ random: seededRandom(seed * 10 + id) })

/** One tick for all who are up, and all that follows from it. */
function pass(c: PaperCluster, up: readonly number[]): void {
  for (const id of up) c.tick(id)
  c.stabilize()
}

const leaders = (c: PaperCluster, up: readonly number[]) => up.filter((id) => c.role(id) === 'leader')

test('safety does not depend on timing: however clocks and messages go, nothing incorrect is produced (thesis §3.9)', () => {
  let [changes, applied] = [0, 0]
  for (let seed = 1; seed <= 20; seed++) {
    const random = seededRandom(seed)
    const c = new PaperCluster({ nodes: 5, electionTick: 6, only: seeded(seed) })
    const rates = servers.map(() => Math.ceil(random() * 4))
    for (let i = 0; i < 300; i++) {
      const id = 1 + Math.floor(random() * 5)
      c.tick(id, rates[id - 1])
      c.propose(id, `${i}`)
      for (const other of servers) if (random() < 0.7) c.pump(other)
      c.deliver(() => random() < 0.5)
    }
    const elected = servers.flatMap((id) => c.trace(id)).filter(({ type }) => type === 'leaderElected')
    const terms = elected.map(({ term }) => term)
    expect(new Set(terms).size).toBe(terms.length)
    const longest = servers.map(c.applied).reduce((a, b) => (b.length > a.length ? b : a))
    for (const id of servers) expect(c.applied(id)).toEqual(longest.slice(0, c.applied(id).length))
    applied += longest.length
    changes += terms.length
  }
  expect(changes).toBeGreaterThan(40)
  expect(applied).toBeGreaterThan(100)
})

test('when the leader crashes the cluster is unavailable for roughly an election timeout (thesis §3.9)', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const c = new PaperCluster({ nodes: 5, electionTick, only: seeded(seed) })
    c.elect(1)
    const up = servers.slice(1)
    c.crash(1)

    let ticks = 0
    for (; leaders(c, up).length === 0; ticks++) pass(c, up)

    expect(ticks).toBeGreaterThanOrEqual(electionTick)
    // The first of four timeouts decides; another one follows if that vote is split.
    expect(ticks).toBeLessThan(4 * electionTick)
  }
})

test.each([
  { between: 8, share: 'no part', atLeast: 0, atMost: 0 },
  { between: 25, share: 'some', atLeast: 0.2, atMost: 0.8 },
  { between: 400, share: 'nearly all', atLeast: 0.95, atMost: 1 },
])(
  'with $between ticks between crashes of all servers, and timeouts of 10 to 19, there is a leader $share of the time (thesis §3.9)',
  ({ between, atLeast, atMost }) => {
    const c = new PaperCluster({ nodes: 5, electionTick, only: seeded(between) })
    let led = 0
    for (let tick = 1; tick <= 2000; tick++) {
      pass(c, servers)
      if (leaders(c, servers).length > 0) led++
      if (tick % between === 0)
        for (const id of servers) {
          c.crash(id)
          c.restart(id)
        }
    }
    expect(led / 2000).toBeGreaterThanOrEqual(atLeast)
    expect(led / 2000).toBeLessThanOrEqual(atMost)
  },
)

/** How often somebody becomes leader in 400 ticks, if each write takes `ticks` ticks. */
function elections(ticks: number): number {
  const c = new PaperCluster({ electionTick, asyncStorageWrites: true, only: seeded(7) })
  for (const id of [1, 2, 3]) c.stalled(id).add('appends')
  for (let tick = 1; tick <= 400; tick++) {
    pass(c, [1, 2, 3])
    if (tick % ticks === 0) for (const id of [1, 2, 3]) c.write(id)
    c.stabilize()
  }
  const events = [1, 2, 3].flatMap((id) => c.trace(id))
  return events.filter(({ type }) => type === 'leaderElected').length
}

test('the broadcast time includes the write to stable storage: a disk slower than the timeout elects nobody (thesis §3.9)', () => {
  expect(elections(1)).toBe(1)
  expect(elections(3 * electionTick)).toBe(0)
})
