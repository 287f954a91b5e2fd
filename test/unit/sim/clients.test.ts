import { beforeAll, describe, expect, test } from 'vitest'
import type { Operation } from '../../../src/sim/clients.ts'
import { Dice } from '../../../src/sim/dice.ts'
import { isList } from '../../../src/sim/machine.ts'
import { Simulation } from '../../../src/sim/simulation.ts'
import { directionsBetween } from '../../../src/sim/victims.ts'
import { calmSetup, rates } from './calm.ts'

/** A group that has a leader, with so many clients. */
function groupWith(clients: number, parts: Parameters<typeof calmSetup>[0] = {}): Simulation {
  const sim = new Simulation(calmSetup({ clients, ...parts }))
  sim.start()
  sim.run(3_000)
  return sim
}

/** Nobody hears anybody any more. */
function cutAll(sim: Simulation): void {
  sim.network.cut(directionsBetween(sim.nodes.map(({ id }) => id)))
}

/** The operations of each client, by the name under which it did them. */
function byClient(history: readonly Operation[]): readonly (readonly Operation[])[] {
  const names = new Set(history.map(({ client }) => client))
  return [...names].map((name) => history.filter(({ client }) => client === name))
}

/** How many operations have come to this. */
function countOf(history: readonly Operation[], what: Operation['outcome']): number {
  return history.filter(({ outcome }) => outcome === what).length
}

/** What began since then. */
function since(sim: Simulation, count: number): readonly Operation[] {
  return sim.history.slice(count)
}

describe('clients of a group in peace', () => {
  let sim: Simulation

  beforeAll(() => {
    sim = groupWith(6, { keys: 8 })
    sim.run(10_000)
  })

  test('get everything done that they begin', () => {
    expect(sim.history.length).toBeGreaterThan(300)
    expect(countOf(sim.history, 'open')).toBe(sim.clients.open)
    // Before there is a leader nobody takes anything.
    expect(countOf(sim.history, 'failed')).toBeLessThan(sim.history.length / 10)
    expect(countOf(sim.history, 'unknown')).toBe(0)
  })

  test('keep their names, as many as there are clients', () => {
    expect(byClient(sim.history).length).toBe(6)
  })

  test('read, write, compare and append, each on keys of its kind', () => {
    const kinds = new Set(sim.history.map(({ kind }) => kind))
    expect([...kinds].sort()).toEqual(['append', 'cas', 'put', 'read'])
    for (const { kind, key } of sim.history) {
      expect(key).toBeLessThan(8)
      if (kind !== 'read') expect([kind, isList(key)]).toEqual([kind, kind === 'append'])
    }
  })

  test('write each value once, and none that is 0', () => {
    const values = sim.history.filter(({ kind }) => kind !== 'read').map(({ value }) => value)
    expect(new Set([0, ...values]).size).toBe(values.length + 1)
  })

  test('expect with a cas what they themselves saw there last', () => {
    let expecting = 0
    for (const operations of byClient(sim.history)) {
      const seen = new Map<number, number>()
      for (const { kind, key, value, expected, outcome, result } of operations) {
        if (kind === 'cas') {
          expect(expected).toBe(seen.get(key) ?? 0)
          if (expected > 0) expecting++
        } else if (outcome === 'done' && kind === 'put') seen.set(key, value)
        else if (outcome === 'done' && typeof result === 'number' && kind === 'read') seen.set(key, result)
      }
    }
    expect(expecting).toBeGreaterThan(10)
  })

  test('see what has been written: a read after a put sees a value', () => {
    const done = sim.history.filter(({ outcome }) => outcome === 'done')
    for (const { key, result, invoked } of done.filter(({ kind }) => kind === 'read')) {
      const wasWritten = done.some(
        (one) => one.kind === 'put' && one.key === key && (one.returned ?? Infinity) < invoked,
      )
      if (wasWritten) expect(result).not.toBe(0)
    }
  })
})

describe('clients of a group that has no peace', () => {
  let sim: Simulation

  beforeAll(() => {
    const faults = rates({ crash: 1_000, drop: 30_000, partition: 3_000 })
    sim = groupWith(8, { faults, timeoutMs: 200 })
    sim.run(20_000)
  })

  test('do one thing at a time: none begins before the one before it has ended', () => {
    for (const operations of byClient(sim.history))
      for (const [i, { invoked }] of operations.slice(1).entries()) {
        const { returned } = operations[i] as Operation
        expect(returned ?? Infinity).toBeLessThan(invoked)
      }
  })

  test('go on under a new name when they do not know what became of a command', () => {
    const unknown = sim.history.filter(({ outcome }) => outcome === 'unknown')
    expect(unknown.length).toBeGreaterThan(5)
    for (const operation of unknown) {
      expect([operation.kind === 'read', operation.returned]).toEqual([false, null])
      const later = sim.history.filter(
        ({ client, invoked }) => client === operation.client && invoked > operation.invoked,
      )
      expect(later).toEqual([])
    }
    expect(byClient(sim.history).length).toBeGreaterThan(8)
  })

  test('count moments, so that no two are the same', () => {
    const moments = sim.history.flatMap(({ invoked, returned }) =>
      returned === null ? [invoked] : [invoked, returned],
    )
    expect(new Set(moments).size).toBe(moments.length)
    for (const { invoked, returned } of sim.history)
      if (returned !== null) expect(returned).toBeGreaterThan(invoked)
  })
})

describe('a command', () => {
  test('fails for sure if nobody takes it, and its client keeps its name', () => {
    const sim = groupWith(4)
    sim.run(2_000)
    for (const node of sim.nodes) node.crash()
    const count = sim.history.length
    sim.run(5_000)

    const begun = since(sim, count)
    expect(begun.length).toBeGreaterThan(10)
    expect(countOf(begun, 'failed')).toBe(begun.length - sim.clients.open)
    expect(byClient(begun).length).toBe(4)
  })

  test('that was taken by a leader nobody hears any more is of unknown outcome', () => {
    const sim = groupWith(0)
    cutAll(sim)
    sim.clients.flood(20, 'append', new Dice(1), sim.leader()?.id)
    sim.run(20_000)

    expect(sim.clients.open).toBe(0)
    expect(countOf(sim.history, 'done')).toBe(0)
    expect(countOf(sim.history, 'unknown')).toBeGreaterThan(10)
  })

  test('finds a leader although its client turns to somebody who knows of none', () => {
    const sim = groupWith(0, { raft: { disableProposalForwarding: true } })
    const follower = sim.nodes.find((node) => node !== sim.leader())
    sim.clients.flood(20, 'append', new Dice(1), follower?.id)
    sim.run(5_000)

    expect(sim.reached.get('command tried again')).toBeGreaterThan(10)
    expect(countOf(sim.history, 'done')).toBeGreaterThan(10)
  })
})

describe('a read', () => {
  test('that sees less than what anybody was told before it began ends the run', () => {
    const sim = groupWith(0)
    const told = sim.clients.invoke(99, 'put', 1, 1, 0)
    sim.clients.finish(told, 'done', 1, 1_000)
    sim.clients.flood(1, 'read', new Dice(1))

    expect(() => {
      sim.run(5_000)
    }).toThrow(/^a read on node \d sees the state of \d+, and 1000 was known before it began$/)
  })

  test('need not see what was told while it was under way', () => {
    const sim = groupWith(0)
    const told = sim.clients.invoke(99, 'put', 1, 1, 0)
    sim.clients.flood(1, 'read', new Dice(1))
    sim.clients.finish(told, 'done', 1, 1_000)
    sim.run(5_000)
    expect(sim.history.at(-1)).toMatchObject({ kind: 'read', outcome: 'done' })
  })
})

test('what was told is the highest index of all that is done, and of nothing else', () => {
  const { clients } = groupWith(0)
  for (const [outcome, index] of [
    ['done', 7],
    ['unknown', 20],
    ['failed', 30],
    ['done', 5],
  ] as const)
    clients.finish(clients.invoke(99, 'put', 1, 1, 0), outcome, 0, index)
  expect(clients.told).toBe(7)
})

describe('a flood', () => {
  test.each(['read', 'append'] as const)(
    'of %ss is of as many clients, each of which does one thing',
    (kind) => {
      const sim = groupWith(0)
      sim.clients.flood(50, kind, new Dice(1))
      sim.run(10_000)

      expect(sim.history.map((operation) => operation.kind)).toEqual(Array(50).fill(kind))
      expect(byClient(sim.history).length).toBe(50)
      expect(sim.clients.open).toBe(0)
    },
  )
})

describe('clients that are told to', () => {
  test('begin nothing for a while, and then go on', () => {
    const sim = groupWith(4)
    sim.clients.hold(true)
    const held = sim.history.length
    sim.run(3_000)
    expect([sim.history.length, sim.clients.isHeld, sim.clients.open]).toEqual([held, true, 0])

    sim.clients.hold(false)
    sim.run(3_000)
    expect(since(sim, held).length).toBeGreaterThan(20)
    expect(byClient(since(sim, held)).length).toBe(4)
  })

  test('begin nothing any more, and hear what becomes of what they have begun', () => {
    const sim = groupWith(4)
    for (let i = 0; i < 1_000 && sim.clients.open === 0; i++) sim.run(1)
    expect(sim.clients.open).toBeGreaterThan(0)
    sim.clients.stop()
    const count = sim.history.length
    sim.run(3_000)
    expect([sim.history.length, sim.clients.open]).toEqual([count, 0])
  })
})

test('a client turns to where it went well last, mostly, and else to anybody', () => {
  const { clients } = groupWith(0, { voters: 5 })
  const dice = new Dice(1)
  const chosen = Array.from({ length: 1_000 }, () => clients.choose(dice, 4).id)
  const hinted = chosen.filter((id) => id === 4).length
  expect(Math.abs(hinted - 900)).toBeLessThan(40)
  expect(new Set(chosen).size).toBe(5)

  const anybody = new Set(Array.from({ length: 100 }, () => clients.choose(dice, null).id))
  const unheardOf = new Set(Array.from({ length: 100 }, () => clients.choose(dice, 12).id))
  expect([anybody.size, unheardOf.size]).toEqual([5, 5])
})
