/**
 * Elections that do not wait for a timeout. What a wrong term, a late write or a broken lease does shows only when leaders
 * follow each other faster than disks and messages, and each with a tail of its own.
 */

import { majoritySize } from '../core/quorum/majority.ts'
import type { NodeId } from '../core/types.ts'
import type { Micros } from './agenda.ts'
import type { Dice } from './dice.ts'
import type { SimNode } from './node.ts'
import { directionsBetween, type Victims } from './victims.ts'
import type { World } from './world.ts'

/** Two who take the leadership from each other. */
interface Rivalry {
  readonly rivals: readonly [SimNode, SimNode]
  /** Who hears both of them, and is not needed by either. */
  readonly witness: SimNode
  /** Whose votes they share. */
  readonly electors: readonly SimNode[]
  readonly dice: Dice
  roundsLeft: number
}

/** Makes leaders, and unmakes them. */
export class Thrones {
  readonly #world: World
  readonly #victims: Victims
  #rivalry: Rivalry | null = null

  constructor(world: World, victims: Victims) {
    this.#world = world
    this.#victims = victims
  }

  /** Everybody gives up the leader, which is cut off and hears nothing of it, and some stand in its place. */
  coup(dice: Dice): void {
    const leader = this.#victims.leader()
    const others = this.#victims.nodes.filter(({ id }) => id !== leader?.id)
    if (leader === undefined || others.length === 0) return
    this.#world.reach('coup')
    this.#victims.network.isolate(leader.id, true)
    this.#within(dice.between(80, 300), () => {
      this.#victims.network.isolate(leader.id, false)
    })
    for (const node of others) node.ask((raw) => raw.forgetLeader())
    // One after the other, well within an election timeout. Then somebody writes, and somebody reads: a lease that was broken
    // is one that the old leader still answers by.
    const rounds = dice.between(1, 3)
    for (let i = 0; i < rounds; i++) {
      const node = dice.pick(others)
      this.#within(dice.between(1, 30), () => node.ask((raw) => raw.campaign()))
    }
    for (let i = 0; i < 3; i++) {
      const { clients } = this.#victims
      const [write, read] = [dice.fork('write', i), dice.fork('read', i)]
      this.#within(dice.between(10, 60), () => {
        clients.flood(3, 'append', write, this.#victims.leader()?.id ?? null)
      })
      this.#within(dice.between(20, 110), () => {
        clients.flood(2, 'read', read, leader.id)
      })
    }
  }

  /**
   * Two take the leadership from each other again and again, by the votes of the same electors. What each of them appends
   * only one other hears, and the electors do not: so their logs grow apart, and that of the witness goes this way and that
   * (figure 8), under writes that are not finished yet if its disk stands still.
   */
  rivalry(dice: Dice): void {
    const nodes = this.#victims.nodes.filter(({ isUp, isPaused }) => isUp && !isPaused)
    if (nodes.length < 3 || this.#rivalry !== null) return
    this.#world.reach('two rivals')
    const mixed = [...nodes].sort((a, b) => dice.fork('a', a.id).next() - dice.fork('a', b.id).next())
    const [one, other, witness, ...rest] = mixed as [SimNode, SimNode, SimNode, ...SimNode[]]
    const isEnough = rest.length + 1 >= majoritySize(nodes.length)
    const electors = isEnough ? rest : [witness, ...rest]
    this.#rivalry = { rivals: [one, other], witness, electors, dice, roundsLeft: dice.between(2, 6) }
    if (dice.below(2) === 0) witness.stall(dice.wait(this.#electionTime()))
    this.#nextRound()
  }

  /** Somebody has been elected. */
  elected(id: NodeId): void {
    const rivalry = this.#rivalry
    // Once faults are over the network is healed, and belongs to others.
    if (rivalry === null || rivalOf(rivalry).id !== id || !this.#world.faults.isActive) return
    const { witness, dice } = rivalry
    this.#openOnly([id, witness.id])
    this.#victims.clients.flood(dice.between(0, 3), 'append', dice.fork('flood', dice.drawn), id)
    this.#world.agenda.after(dice.wait(this.#roundTrip()), () => {
      if (this.#rivalry !== rivalry || rivalOf(rivalry).id !== id) return
      this.#nextRound()
    })
  }

  #nextRound(): void {
    const rivalry = this.#rivalry
    if (rivalry === null || !this.#world.faults.isActive) return
    const { electors, witness, dice } = rivalry
    if (rivalry.roundsLeft-- === 0) return this.#end()
    const rival = rivalOf(rivalry)
    const ids = [rival, ...electors].map(({ id }) => id)
    // Sometimes the witness is asked for its vote as well, and hears of the term before it hears of the log.
    this.#openOnly(ids, dice.below(2) === 0 ? [rival.id, witness.id] : undefined)
    for (const node of electors) node.ask((raw) => raw.forgetLeader())
    rival.ask((raw) => {
      raw.forgetLeader()
      raw.campaign()
    })
    const round = rivalry.roundsLeft
    this.#world.agenda.after(Math.max(4 * this.#roundTrip(), this.#electionTime() / 4), () => {
      // It was not elected, for whatever reason.
      if (this.#rivalry === rivalry && rivalry.roundsLeft === round) this.#nextRound()
    })
  }

  #end(): void {
    this.#rivalry = null
    this.#victims.network.cut([])
  }

  /** Only these can talk to each other; and in one direction two more. */
  #openOnly(ids: readonly NodeId[], and?: readonly [from: NodeId, to: NodeId]): void {
    const all = directionsBetween(this.#victims.nodes.map(({ id }) => id))
    this.#victims.network.cut(
      all.filter(
        ([from, to]) => !(ids.includes(from) && ids.includes(to)) && !(from === and?.[0] && to === and[1]),
      ),
    )
  }

  /** Lets something happen after so many hundredths of an election timeout. */
  #within(hundredths: number, happen: () => unknown): void {
    const { agenda, faults } = this.#world
    agenda.after(Math.floor((this.#electionTime() * hundredths) / 100), () => {
      if (faults.isActive) happen()
    })
  }

  #electionTime(): Micros {
    const { raft, tickMs } = this.#world.setup
    return raft.electionTick * tickMs * 1000
  }

  #roundTrip(): Micros {
    const { minDelayMs, meanDelayMs, syncMs } = this.#world.setup
    return 2 * (minDelayMs + meanDelayMs + syncMs) * 1000
  }
}

/** Whose turn it is. */
function rivalOf({ rivals, roundsLeft }: Rivalry): SimNode {
  return rivals[roundsLeft % 2] as SimNode
}
