import { describe, expect, test } from 'vitest'
import type { NodeId } from '../../../src/core/types.ts'
import { Dice } from '../../../src/sim/dice.ts'
import { Simulation } from '../../../src/sim/simulation.ts'
import { Thrones } from '../../../src/sim/thrones.ts'
import { directionsBetween } from '../../../src/sim/victims.ts'
import { calmSetup } from './calm.ts'

/** A group in peace but for its thrones. */
class Court extends Simulation {
  /** Who has been elected, and when. */
  readonly crowned: { readonly id: NodeId; readonly at: number }[] = []
  readonly #thrones = new Thrones(this, this)

  override elected(id: NodeId): void {
    super.elected(id)
    this.crowned.push({ id, at: this.agenda.now })
    this.#thrones.elected(id)
  }

  coup(key: number): void {
    this.#thrones.coup(new Dice(key))
  }

  rivalry(key: number): void {
    this.#thrones.rivalry(new Dice(key))
  }

  /** Lets time pass as long as anything is cut, and looks after each step. */
  runWhileCut(ms: number, look: () => void = () => undefined): void {
    for (let left = 20_000; this.cuts.length > 0; left -= ms) {
      if (left < 0) throw new Error('the network does not come together again')
      this.run(ms)
      look()
    }
  }

  /** The directions that are cut, as `from>to`. */
  get cuts(): readonly string[] {
    const all = directionsBetween(this.nodes.map(({ id }) => id))
    return all.filter(([from, to]) => !this.network.isOpen(from, to)).map(([from, to]) => `${from}>${to}`)
  }
}

/** A group that has had a leader for a while. */
function courtOf(voters: number, seed: number, clients = 2): Court {
  const court = new Court(calmSetup({ voters, seed, clients, raft: { checkQuorum: false } }))
  court.start()
  court.run(4_000)
  expect(court.leader()).toBeDefined()
  court.crowned.length = 0
  return court
}

const seeds = [1, 2, 3, 4]

describe('a coup', () => {
  test('cuts off the leader and nobody else, and lets it come back', () => {
    for (const seed of seeds) {
      const court = courtOf(5, seed)
      const deposed = court.leader()?.id ?? 0
      const around = directionsBetween(court.nodes.map(({ id }) => id)).filter((ends) =>
        ends.includes(deposed),
      )
      court.coup(seed)
      expect(court.cuts).toEqual(around.map(([from, to]) => `${from}>${to}`))

      // Three election timeouts at most.
      court.run(1_501)
      expect(court.cuts).toEqual([])
      expect(court.reached.get('coup')).toBe(1)
    }
  })

  test('puts another on the throne while the old leader is cut off and knows nothing of it', () => {
    let whileCutOff = 0
    for (const seed of seeds) {
      const court = courtOf(5, seed)
      const old = court.leader()
      court.coup(seed)
      court.runWhileCut(5, () => {
        const { role } = old?.raw?.status() ?? {}
        if (court.leader() !== old && role === 'leader' && court.cuts.length > 0) whileCutOff++
      })
      expect(court.crowned.every(({ id }) => id !== old?.id)).toBe(true)
    }
    expect(whileCutOff).toBeGreaterThan(20)
  })

  test('does not wait for a timeout of anybody', () => {
    const soon = seeds.filter((seed) => {
      const court = courtOf(5, seed)
      court.coup(seed)
      court.run(499)
      return court.crowned.length > 0
    })
    expect(soon).toEqual(seeds)
  })

  test('is nothing without a leader, or without anybody else', () => {
    const leaderless = new Court(calmSetup())
    leaderless.start()
    leaderless.coup(1)
    const alone = courtOf(1, 1)
    alone.coup(1)
    for (const court of [leaderless, alone])
      expect([court.cuts, court.reached.get('coup')]).toEqual([[], undefined])
  })

  test('ends with the faults: then nobody stands for election any more', () => {
    const court = courtOf(5, 1)
    court.coup(1)
    court.faults.stop()
    court.network.heal()
    court.run(2_000)
    expect(court.crowned.length).toBeLessThanOrEqual(1)
    expect(court.cuts).toEqual([])
  })
})

describe('a rivalry', () => {
  test.each([5, 6, 7])('of two among %i lets each of them win, in turn, and nobody else', (voters) => {
    for (const seed of seeds) {
      const court = courtOf(voters, seed)
      court.rivalry(seed)
      court.runWhileCut(5)

      const winners = court.crowned.map(({ id }) => id)
      expect([seed, new Set(winners).size]).toEqual([seed, 2])
      expect(winners.filter((id, i) => id === winners[i - 1])).toEqual([])
    }
  })

  test('gives to each leader one who hears it, while the others hear nothing of it', () => {
    const court = courtOf(5, 2)
    court.rivalry(2)
    let reigns = 0
    court.runWhileCut(1, () => {
      const last = court.crowned.at(-1)
      if (court.crowned.length === reigns || last === undefined || court.cuts.length === 0) return
      reigns++
      const heardBy = court.nodes.filter(({ id }) => id !== last.id && court.network.isOpen(last.id, id))
      expect(heardBy.length).toBe(1)
    })
    expect(reigns).toBeGreaterThan(1)
  })

  test('is over after a few rounds, and leaves the network whole', () => {
    for (const seed of seeds) {
      const court = courtOf(5, seed)
      court.rivalry(seed)
      expect(court.cuts.length).toBeGreaterThan(0)
      court.run(5_000)
      expect(court.cuts).toEqual([])
      expect(court.reached.get('two rivals')).toBe(1)
    }
  })

  test('is not for two alone, and there is one at a time', () => {
    const two = courtOf(2, 1)
    two.rivalry(1)
    expect([two.cuts, two.reached.get('two rivals')]).toEqual([[], undefined])

    const five = courtOf(5, 1)
    five.rivalry(1)
    five.rivalry(2)
    expect(five.reached.get('two rivals')).toBe(1)
    five.run(5_000)
    five.rivalry(3)
    expect(five.reached.get('two rivals')).toBe(2)
  })

  test('ends with the faults, and no round of it touches the network any more', () => {
    const court = courtOf(5, 1)
    court.rivalry(1)
    court.faults.stop()
    court.network.heal()
    for (let i = 0; i < 100; i++) {
      court.run(50)
      expect(court.cuts).toEqual([])
    }
  })
})
