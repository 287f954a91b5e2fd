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
  /** Has the one whose turn it is been elected? */
  hasWon: boolean
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
    for (const node of others) {
      node.ask((raw) => raw.forgetLeader())
      // Who stands holds on to no leader any more, and is free to vote for whoever stands next.
      this.#within(dice.between(1, 15), () => node.ask((raw) => raw.campaign()))
    }
    // All of that well within an election timeout. Then somebody writes, and somebody reads: a lease that was broken is one that
    // the old leader still answers by.
    const usurper = dice.pick(others)
    const rounds = dice.between(1, 4)
    for (let i = 0; i < rounds; i++)
      this.#within(dice.between(10, 40), () => usurper.ask((raw) => raw.campaign()))
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
    // The two with the longest logs, or the electors would have none of them.
    const lengths = new Map(nodes.map(({ id, raw }) => [id, raw?.status().lastIndex ?? 0]))
    const rank = ({ id }: SimNode): number =>
      (lengths.get(id) ?? 0) * 1000 + dice.fork('rank', id).below(1000)
    const ranked = [...nodes].sort((a, b) => rank(b) - rank(a))
    const [one, other, ...rest] = ranked as [SimNode, SimNode, ...SimNode[]]
    const witness = dice.pick(rest)
    const others = rest.filter((node) => node !== witness)
    const isEnough = others.length + 1 >= majoritySize(nodes.length)
    const electors = isEnough ? others : rest
    this.#rivalry = {
      rivals: [one, other],
      witness,
      electors,
      dice,
      roundsLeft: dice.between(2, 6),
      hasWon: false,
    }
    this.#nextRound()
  }

  /** Somebody has been elected. */
  elected(id: NodeId): void {
    const rivalry = this.#rivalry
    // Once faults are over the network is healed, and belongs to others.
    if (rivalry === null || rivalOf(rivalry).id !== id || !this.#world.faults.isActive) return
    const { witness, dice } = rivalry
    rivalry.hasWon = true
    this.#maybeStall(rivalry)
    this.#openOnly([id, witness.id])
    this.#victims.clients.flood(dice.between(0, 3), 'append', dice.fork('flood', dice.drawn), id)
    // Long enough for the witness to say that its tail is another, and to get this one, mostly.
    this.#world.agenda.after(this.#roundTrip() / 2 + dice.wait(this.#roundTrip()), () => {
      if (this.#rivalry !== rivalry || rivalOf(rivalry).id !== id) return
      this.#nextRound()
    })
  }

  #nextRound(): void {
    const rivalry = this.#rivalry
    if (rivalry === null || !this.#world.faults.isActive) return
    const { electors, witness, dice } = rivalry
    if (rivalry.roundsLeft-- === 0) return this.#end()
    rivalry.hasWon = false
    this.#maybeStall(rivalry)
    const rival = rivalOf(rivalry)
    // It leads already, and not only in its own eyes: then it begins.
    if (this.#victims.leader() === rival) return this.elected(rival.id)
    const ids = [rival, ...electors].map(({ id }) => id)
    // Sometimes the witness is asked for its vote as well, and hears of the term before it hears of the log.
    this.#openOnly(ids, dice.below(2) === 0 ? [rival.id, witness.id] : undefined)
    this.#urge(rivalry, rivalry.roundsLeft, 6)
  }

  /** The rival asks for votes until it has them, and its electors know of no leader. */
  #urge(rivalry: Rivalry, round: number, tries: number): void {
    const rival = rivalOf(rivalry)
    if (this.#rivalry !== rivalry || rivalry.roundsLeft !== round || rivalry.hasWon) return
    if (tries === 0 || !this.#world.faults.isActive) return this.#nextRound()
    for (const node of [rival, ...rivalry.electors]) node.ask((raw) => raw.forgetLeader())
    rival.ask((raw) => raw.campaign())
    this.#world.agenda.after(4 * this.#roundTrip(), () => {
      this.#urge(rivalry, round, tries - 1)
    })
  }

  /** The disk of the witness is slow, and what it has to write is overtaken by the next leader. */
  #maybeStall({ dice, witness }: Rivalry): void {
    if (dice.below(2) === 0) witness.stall(dice.wait(4 * this.#roundTrip()))
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
