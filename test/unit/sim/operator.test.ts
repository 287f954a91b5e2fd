import { describe, expect, test } from 'vitest'
import type { ConfState, NodeId } from '../../../src/core/types.ts'
import { Dice } from '../../../src/sim/dice.ts'
import { Operator } from '../../../src/sim/operator.ts'
import { textOf } from '../../../src/sim/oracle/application.ts'
import { Simulation } from '../../../src/sim/simulation.ts'
import { calmSetup } from './calm.ts'

/** A group with an operator, who is the only one to change anything. */
class Office {
  readonly sim: Simulation
  readonly #operator: Operator

  constructor(seed: number, parts: Parameters<typeof calmSetup>[0] = {}) {
    this.sim = new Simulation(calmSetup({ seed, ...parts }))
    this.#operator = new Operator(this.sim, this.sim)
    this.sim.start()
    this.sim.run(3_000)
  }

  /** Acts every now and then; `after` each time something is looked at. */
  actOften(times: number, after: (office: Office) => void = () => undefined): void {
    const dice = new Dice(this.sim.setup.seed)
    for (let i = 0; i < times; i++) {
      this.#operator.act(dice.fork('act', i))
      after(this)
      this.sim.run(300)
    }
  }

  get latest(): ConfState {
    return this.sim.oracle.membership.latest
  }

  get down(): readonly NodeId[] {
    return this.sim.nodes.filter(({ isUp }) => !isUp).map(({ id }) => id)
  }
}

function membersOf({ voters, votersOutgoing, learners }: ConfState): readonly NodeId[] {
  return [...new Set([...voters, ...votersOutgoing, ...learners])]
}

const seeds = [1, 2]

describe('an operator', () => {
  test('adds, removes, promotes and demotes: memberships of many kinds follow each other', () => {
    const seen = new Set<string>()
    for (const seed of seeds)
      new Office(seed, { clients: 0 }).actOften(40, ({ latest }) => {
        seen.add(`${latest.voters.length} voters`)
        seen.add(`${latest.learners.length} learners`)
        if (latest.votersOutgoing.length > 0) seen.add(latest.autoLeave ? 'joint' : 'joint until told')
        if (latest.learnersNext.length > 0) seen.add('on its way to learner')
      })
    for (const kind of ['2', '3', '4', '5'].map((count) => `${count} voters`)) expect(seen).toContain(kind)
    for (const kind of ['0 learners', '1 learners', '2 learners', 'joint until told'])
      expect(seen).toContain(kind)
  })

  test('never has more than nine nodes, nor fewer than one voter, and brings back who was there', () => {
    let most = 0
    let again = 0
    for (const seed of seeds) {
      const office = new Office(seed, { clients: 0 })
      office.actOften(60, ({ sim, latest }) => {
        expect(sim.nodes.length).toBeLessThanOrEqual(9)
        expect(latest.voters.length).toBeGreaterThan(0)
      })
      most = Math.max(most, office.sim.nodes.length)
      again += office.sim.reached.get('added again') ?? 0
    }
    expect(most).toBe(9)
    expect(again).toBeGreaterThan(5)
  })

  test('stops only whom it removed, once that shows on all who stay', () => {
    let stopped = 0
    for (const seed of seeds) {
      const office = new Office(seed)
      let before: readonly NodeId[] = []
      let acts = 0
      office.actOften(40, ({ sim, down }) => {
        // Now and then somebody hears nothing of what changes.
        sim.network.isolate(1 + (acts % 3), false)
        if (++acts % 2 === 0) sim.network.isolate(1 + (acts % 3), true)
        const { confState } = sim.leader()?.raw?.status() ?? {}
        for (const id of down.filter((one) => !before.includes(one))) {
          stopped++
          if (confState === undefined) throw new Error('it was stopped by nobody')
          expect(membersOf(confState)).not.toContain(id)
          for (const member of membersOf(confState)) {
            const status = sim.nodes[member - 1]?.raw?.status()
            expect(status && textOf(status.confState)).toBe(textOf(confState))
          }
        }
        before = down
      })
      expect(office.sim.reached.get('removed node stopped for good') ?? 0).toBeGreaterThanOrEqual(
        office.down.length,
      )
    }
    expect(stopped).toBeGreaterThan(2)
  })

  test('keeps down whom it has stopped, until it takes it back', () => {
    let kept = 0
    for (const seed of seeds) {
      const office = new Office(seed)
      office.actOften(30)
      for (const id of office.down) {
        office.sim.revive(id)
        kept++
      }
      const { down } = office
      office.sim.run(6_000)
      expect(office.down).toEqual(down)
    }
    expect(kept).toBeGreaterThan(0)
  })

  test('lets the group go on: it commits while members come and go', () => {
    for (const seed of seeds) {
      const office = new Office(seed)
      const { committed } = office.sim.oracle.ledger
      office.actOften(40)
      expect(office.sim.oracle.ledger.committed).toBeGreaterThan(committed + 20)
    }
  })

  test('does nothing where nobody leads', () => {
    const sim = new Simulation(calmSetup())
    sim.start()
    const operator = new Operator(sim, sim)
    for (let key = 0; key < 20; key++) operator.act(new Dice(key))
    sim.run(3_000)
    expect(sim.oracle.membership.latest.voters).toEqual([1, 2, 3])
  })

  test('removes somebody to add it again, and promotes a learner to lead, now and then', () => {
    const reached = { again: 0, promoted: 0 }
    for (const seed of seeds) {
      const office = new Office(seed, { learners: 2, clients: 0 })
      office.actOften(40)
      const { sim } = office
      reached.again += sim.reached.get('removed and added again') ?? 0
      reached.promoted += sim.reached.get('promoted, and told to lead') ?? 0
    }
    expect(reached.again).toBeGreaterThan(1)
    expect(reached.promoted).toBeGreaterThan(1)
  })
})
