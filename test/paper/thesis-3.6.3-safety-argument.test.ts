/** From Leader Completeness (of which the paper's §5.4.3 has the same proof) to State Machine Safety. */

import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { storageOf } from '../support/paper-server.ts'

const servers = [1, 2, 3, 4, 5]

function clusterOf(logs: readonly (readonly number[])[], term: number): PaperCluster {
  const storages = new Map(servers.map((id) => [id, storageOf(servers, logs[id - 1] ?? [], { term })]))
  return new PaperCluster({ nodes: 5, storages })
}

test('future leaders also have what is committed indirectly, as index 2 in thesis figure 3.7 (d) (thesis §3.6.3)', () => {
  const c = clusterOf([[2], [2], [], [], []], 3)
  c.partition([1, 2, 3], [4, 5])
  c.elect(1)
  expect(c.applied(1)).toEqual(['2@2'])

  c.heal()
  const leaders: number[] = []
  for (const id of [4, 5, 3, 4, 2, 5]) {
    c.node(id).campaign()
    c.stabilize()
    if (c.role(id) !== 'leader') continue
    leaders.push(id)
    expect(c.terms(id)[0]).toBe(2)
  }
  expect(leaders).toEqual([3, 4, 2, 5])
})

test('when a server applies an entry, its log is the leader’s up to there, and the entry is committed (thesis §3.6.3)', () => {
  const c = clusterOf([[1, 1, 3, 3, 5], [1, 1, 2, 2, 2, 2], [1], [1, 1, 3, 4, 4], [1, 1, 3, 3]], 5)
  c.node(1).campaign()
  let applied = 0
  for (let round = 0; round < 60; round++) {
    for (const id of servers) {
      const before = c.status(id).applied
      if (!c.pump(id) || c.status(id).applied === before) continue
      const upTo = c.status(id).applied
      applied++
      expect(c.status(1).commit).toBeGreaterThanOrEqual(upTo)
      expect(c.terms(id).slice(0, upTo - 1)).toEqual(c.terms(1).slice(0, upTo - 1))
    }
    const next = c.wire[round % 3] ?? c.wire[0]
    c.deliver((m) => m === next)
  }
  c.stabilize()

  expect(applied).toBeGreaterThanOrEqual(3)
  expect(servers.map((id) => c.applied(id))).toEqual(servers.map(() => ['2@1', '3@1', '4@3', '5@3', '6@5']))
})

test('entries are applied in the order of the log, so all state machines go through the same states, each at its own pace (thesis §3.6.3)', () => {
  const c = new PaperCluster({ nodes: 5, asyncStorageWrites: true })
  const all: string[] = []
  c.elect(1)
  c.stalled(2).add('applies')
  for (let i = 0; i < 6; i++) {
    if (i === 2) c.partition([1, 2, 3], [4], [5])
    if (i === 4) c.snapshot(1)
    c.propose(1, `${i}`)
    all.push(`${i}`)
    c.stabilize()
    for (const id of servers) expect(c.applied(id)).toEqual(all.slice(0, c.applied(id).length))
  }
  expect(servers.map((id) => c.applied(id).length)).toEqual([6, 0, 6, 2, 2])

  c.heal()
  c.stalled(2).clear()
  c.tick(1)
  c.stabilize()

  expect(servers.map(c.applied)).toEqual(servers.map(() => all))
})
