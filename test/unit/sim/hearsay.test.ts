import { describe, expect, test } from 'vitest'
import { Dice } from '../../../src/sim/dice.ts'
import { hearsay } from '../../../src/sim/hearsay.ts'
import { textOf } from '../../../src/sim/oracle/application.ts'
import { Patience } from '../../../src/sim/patience.ts'
import { Simulation } from '../../../src/sim/simulation.ts'
import { directionsBetween } from '../../../src/sim/victims.ts'
import { calmSetup } from './calm.ts'

/** A group whose faults are over. */
function groupOf(voters: number, seed: number, learners = 0): { sim: Simulation; patience: Patience } {
  const sim = new Simulation(calmSetup({ voters, learners, seed }))
  sim.start()
  sim.run(3_000)
  sim.faults.stop()
  return { sim, patience: new Patience(sim) }
}

/** The members and what each of them goes by. */
function memberships(sim: Simulation): readonly (string | undefined)[] {
  const { voters, learners } = sim.oracle.membership.latest
  return [...voters, ...learners].map((id) => {
    const { confState } = sim.nodes[id - 1]?.raw?.status() ?? {}
    return confState && textOf(confState)
  })
}

const keys = Array.from({ length: 8 }, (_, key) => key + 1)

describe('after a change that only some have heard of', () => {
  test.each([2, 3, 4])('all of a group of %i agree on the membership in the end, and go on', (voters) => {
    for (const key of keys) {
      const { sim, patience } = groupOf(voters, key, key % 2)
      const { committed } = sim.oracle.ledger
      hearsay(sim, patience, new Dice(key))

      const { latest } = sim.oracle.membership
      for (const text of memberships(sim)) expect([key, text]).toEqual([key, textOf(latest)])
      expect(latest.votersOutgoing).toEqual([])
      expect(sim.oracle.ledger.committed).toBeGreaterThan(committed)
    }
  })

  test('nothing of it is left: the network is whole, and the clients go on', () => {
    for (const key of keys) {
      const { sim, patience } = groupOf(3, key)
      hearsay(sim, patience, new Dice(key))

      const running = sim.nodes.filter(({ isUp }) => isUp).map(({ id }) => id)
      for (const [from, to] of directionsBetween(running)) expect(sim.network.isOpen(from, to)).toBe(true)
      const count = sim.history.length
      sim.run(2_000)
      expect(sim.clients.isHeld).toBe(false)
      expect(sim.history.length).toBeGreaterThan(count)
    }
  })
})

describe('hearsay', () => {
  test('changes the membership nearly always, and mostly leaves a majority and one who knows of it to themselves', () => {
    let changed = 0
    let recovered = 0
    for (const key of keys) {
      const { sim, patience } = groupOf(3, key)
      const before = textOf(sim.oracle.membership.latest)
      hearsay(sim, patience, new Dice(key))
      if (textOf(sim.oracle.membership.latest) !== before) changed++
      recovered += sim.reached.get('recovery by hearsay') ?? 0
    }
    expect(changed).toBeGreaterThan(keys.length * 0.8)
    expect(recovered).toBeGreaterThan(keys.length / 2)
  })

  test('never cuts off so many that nobody could be elected, and leaves some who do not know', () => {
    let cutOff = 0
    let ignorant = 0
    for (const key of keys) {
      const { sim, patience } = groupOf(5, key)
      const before = sim.oracle.membership.latest
      const reach = sim.reach.bind(sim)
      sim.reach = (what) => {
        reach(what)
        if (what !== 'recovery by hearsay') return
        const { voters } = sim.oracle.membership.latest
        // Who is cut off hears nobody, itself included.
        const left = voters.filter((id) => sim.network.isOpen(id, id))
        expect(left.length).toBeGreaterThan(voters.length / 2)
        cutOff += voters.length - left.length
        const latest = textOf(sim.oracle.membership.latest)
        ignorant += left.filter((id) => textOf(sim.oracle.logs.seen(id)?.config ?? before) !== latest).length
      }
      hearsay(sim, patience, new Dice(key))
    }
    expect(cutOff).toBeGreaterThan(3)
    expect(ignorant).toBeGreaterThan(3)
  })

  test('leaves a single voter alone', () => {
    const { sim, patience } = groupOf(1, 1)
    const { committed } = sim.oracle.ledger
    hearsay(sim, patience, new Dice(4))
    expect(sim.oracle.membership.latest.voters).toEqual([1])
    expect(sim.reached.get('recovery by hearsay')).toBeUndefined()
    expect(sim.oracle.ledger.committed).toBeGreaterThan(committed)
  })

  test('is the same with the same dice', () => {
    const hashes = [1, 2].map(() => {
      const { sim, patience } = groupOf(3, 7)
      hearsay(sim, patience, new Dice(7))
      return sim.recorder.hash
    })
    expect(hashes[0]).toBe(hashes[1])
  })
})
