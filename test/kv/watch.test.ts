/** The dashboard: what it makes of what the nodes say. */

import { expect, test } from 'vitest'
import type { Seen } from '../../examples/kv/commands/cluster.ts'
import { bounds, Meter, quantile } from '../../examples/kv/server/meter.ts'
import { Moments } from '../../examples/kv/watch/history.ts'
import { bars, dashboard, health, plainLine } from '../../examples/kv/watch/screen.ts'
import { Processes, run } from './processes.ts'

/** A node that says this of itself; without a meter it does not answer. */
function seen(id: number, meter: Meter | null, commit = 10, sent = 100): Seen {
  const address = { host: '127.0.0.1', port: 8000 + id }
  if (meter === null) return { id, address, status: null }
  const status = {
    id,
    role: id === 1 ? 'leader' : 'follower',
    leader: 1,
    term: 3,
    commit,
    applied: commit,
    firstIndex: 1,
    lastIndex: commit,
    voters: [1, 2, 3],
    learners: [],
    progress: [],
    keys: 4,
    bytes: 40,
    uptimeSeconds: 1,
    memoryBytes: 2 ** 26,
    peers: [{ sentMessages: sent, droppedMessages: sent / 10 }],
    counts: structuredClone(meter.counts),
  }
  return { id, address, status: status as unknown as NonNullable<Seen['status']> }
}

test('rates and latencies come from two looks, and a node that has started again does not count backwards', () => {
  const meter = new Meter()
  const moments = new Moments()
  meter.done('put', 200, 1000)
  moments.add([seen(1, meter), seen(2, new Meter())], 0)
  for (let i = 0; i < 100; i++) meter.done('put', 200, i < 98 ? 2 : 50)
  moments.add([seen(1, meter, 60, 200), seen(2, new Meter(), 60, 50)], 500)
  const [moment, ...more] = moments.list
  expect(more).toEqual([])
  expect(moment).toMatchObject({ operationsPerSecond: 200, committedPerSecond: 100, elections: 0 })
  expect(moment!.p50).toBeGreaterThanOrEqual(2)
  expect(moment!.p50).toBeLessThan(2.6)
  expect(moment!.p99).toBeGreaterThanOrEqual(50)
  expect(moment!.p99).toBeLessThan(63)
  expect(moment!.rpcSuccess).toBeCloseTo(100 / 110)
})

test('a quantile is never below the true one, and at most a quarter above it', () => {
  const meter = new Meter()
  const times = Array.from({ length: 500 }, (_, i) => 0.11 * 1.02 ** i)
  for (const ms of times) meter.done('get', 200, ms)
  const { buckets } = meter.counts.operations.get
  for (const share of [0.1, 0.5, 0.9, 0.99]) {
    const truth = times[Math.ceil(times.length * share) - 1]!
    expect(quantile(buckets, share)! / truth).toBeGreaterThan(0.995)
    expect(quantile(buckets, share)! / truth).toBeLessThan(1.26)
  }
  expect(
    quantile(
      bounds.map(() => 0),
      0.5,
    ),
  ).toBeNull()
})

test('the dashboard says how the cluster is, and fits into the window', () => {
  const meter = new Meter()
  const all = [seen(1, meter), seen(2, meter), seen(3, null)]
  expect(health(all)).toBe('DEGRADED · 1 leader · 1 follower · 0 candidates · 1 unreachable')
  expect(health([seen(1, meter), seen(2, null), seen(3, null)])).toMatch(/^NO MAJORITY/)
  expect(health([seen(2, meter), seen(3, meter)])).toMatch(/^NO LEADER/)
  expect(health([seen(1, meter)])).toMatch(/^HEALTHY/)
  const moments = new Moments()
  for (let second = 0; second < 70; second++) moments.add(all, second * 1000)
  expect(moments.list.length).toBe(60)
  for (const columns of [40, 80, 200]) {
    const lines = dashboard(all, moments.list, columns)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
    expect(lines.join('\n')).toContain('2 of 3 nodes answer')
  }
  expect(bars([0, 1, 2, 4, null])).toBe(' ▂▄█ ')
  expect(plainLine(all, undefined, new Date(0))).toMatch(/^1970-01-01T00:00:00.000Z {2}DEGRADED/)
})

test('without a terminal watch prints a line each second', async () => {
  const nodes = await Processes.start(1)
  const { code, output } = await run('watch', '--at', nodes.at, '--seconds', '2')
  expect(code).toBe(0)
  expect(output.trim().split('\n')).toEqual([
    expect.stringMatching(/HEALTHY · 1 leader .* node 1 leads/),
    expect.stringMatching(/operations\/s/),
  ])
  expect(output).not.toContain('\u001B')
})
