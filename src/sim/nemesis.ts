/** Whatever goes wrong from outside: crashes, pauses, cuts in the network, and an operator who cannot leave it alone. */

import { emptyConfState } from '../core/conf-state.ts'
import type { PeerMessage } from '../core/messages.ts'
import type { NodeId } from '../core/types.ts'
import type { Micros } from './agenda.ts'
import type { Dice } from './dice.ts'
import type { FaultKind } from './faults.ts'
import type { Milestone } from './milestones.ts'
import type { SimNode } from './node.ts'
import { Operator } from './operator.ts'
import { partition, partitionStyles } from './partitions.ts'
import { Thrones } from './thrones.ts'
import type { Victims } from './victims.ts'
import type { World } from './world.ts'

const types: readonly PeerMessage['type'][] = [
  'MsgApp',
  'MsgAppResp',
  'MsgHeartbeat',
  'MsgHeartbeatResp',
  'MsgVote',
  'MsgVoteResp',
  'MsgPreVoteResp',
  'MsgSnap',
  'MsgTimeoutNow',
  'MsgReadIndexResp',
]

/** Lets things happen at random times, each kind by itself. */
export class Nemesis {
  readonly #world: World
  readonly #victims: Victims
  readonly #dice: Dice
  readonly #elections: Dice
  readonly #changes: Dice
  readonly #operator: Operator
  readonly #thrones: Thrones

  constructor(world: World, victims: Victims) {
    this.#world = world
    this.#victims = victims
    this.#dice = world.dice.fork('nemesis')
    this.#elections = this.#dice.fork('elections')
    this.#changes = this.#dice.fork('changes')
    this.#operator = new Operator(world, victims)
    this.#thrones = new Thrones(world, victims)
  }

  start(): void {
    this.#repeat('crash', (dice) => this.#crash(dice))
    this.#repeat('pause', (dice) => this.#pause(dice))
    this.#repeat('partition', (dice) => this.#partition(dice))
    this.#repeat('flap', (dice) => this.#flap(dice, this.#someNode(dice).id, dice.between(2, 8)))
    this.#repeat('filter', (dice) => this.#filter(dice))
    this.#repeat('clog', (dice) =>
      this.#victims.network.clog(this.#someId(dice), this.#someId(dice), dice.wait(1_000_000)),
    )
    this.#repeat('reset', (dice) => this.#victims.network.reset(this.#someId(dice), this.#someId(dice)))
    this.#repeat('churn', (dice) => this.#operator.act(dice))
    this.#repeat('transfer', (dice) => this.#transfer(dice))
    this.#repeat('campaign', (dice) => this.#campaign(dice))
    this.#repeat('rivalry', (dice) => this.#thrones.rivalry(dice))
    this.#repeat('stall', (dice) => this.#someNode(dice).stall(dice.wait(this.#electionTime())))
    this.#repeat('overload', (dice) => this.#victims.clients.flood(dice.between(20, 100), 'append', dice))
    this.#repeat('readFlood', (dice) => this.#victims.clients.flood(dice.between(20, 100), 'read', dice))
    for (const node of this.#victims.nodes)
      if (this.#world.faults.rate('slowNode') > 0 && this.#dice.below(3) === 0)
        node.slowness = this.#world.faults.rate('slowNode')
  }

  /** Somebody has been elected: not for long, perhaps. */
  elected(id: NodeId): void {
    this.#thrones.elected(id)
    const dice = this.#elections
    if (!this.#world.faults.hits('dethrone', dice, id)) return
    const isCut = dice.below(3) === 0
    this.#strike('dethrone', dice, id, isCut, isCut ? 'new leader cut off' : 'new leader crashes')
  }

  /** A membership is in force on the first of all nodes: it may be a while until others hear of it, and not from that one. */
  configured(id: NodeId): void {
    const dice = this.#changes
    if (!this.#world.faults.hits('changeover', dice, id)) return
    this.#strike('changeover', dice, id, dice.below(2) === 0, 'who knows of a new membership falls silent')
  }

  /** A node crashes or is cut off, about as soon as messages take. */
  #strike(kind: FaultKind, dice: Dice, id: NodeId, isCut: boolean, what: Milestone): void {
    const { faults, agenda, setup } = this.#world
    const roundTrip = 2 * (setup.minDelayMs + setup.meanDelayMs + setup.syncMs) * 1000
    agenda.after(dice.wait(roundTrip), () => {
      const node = this.#victims.nodes[id - 1]
      if (faults.rate(kind) === 0 || node?.isUp !== true) return
      this.#world.reach(what)
      if (isCut) this.#flap(dice.fork('cut', dice.drawn), id, 2)
      else {
        node.crash()
        this.#world.revive(id)
      }
    })
  }

  /** Lets something happen again and again while faults are on. */
  #repeat(kind: FaultKind, happen: (dice: Dice) => unknown): void {
    const { faults, agenda } = this.#world
    const dice = this.#dice.fork(kind)
    const next = (): void => {
      const rate = faults.rate(kind)
      if (rate === 0) return
      agenda.after(dice.wait(rate * 1000), () => {
        if (faults.rate(kind) > 0 && faults.happens(kind, 0, 0, dice.drawn))
          happen(dice.fork('one', dice.drawn))
        next()
      })
    }
    next()
  }

  #crash(dice: Dice): void {
    const { nodes } = this.#victims
    const choice = dice.below(10)
    const victims = choice === 0 ? nodes : choice < 3 ? dice.some(nodes) : [this.#someNode(dice)]
    if (victims.length > 1) this.#world.reach('several nodes crash at once')
    for (const node of victims) {
      if (!node.isUp) continue
      node.crash()
      this.#world.revive(node.id)
    }
  }

  /** Whoever was asked meanwhile waits for the process to go on: what it answers first is what it knew before. */
  #pause(dice: Dice): void {
    const node = this.#someNode(dice)
    const micros = dice.wait(3 * this.#electionTime())
    node.pause(micros, dice.below(2) === 0)
    this.#world.agenda.after(Math.floor((micros * dice.between(50, 99)) / 100), () => {
      if (this.#world.faults.isActive && node.isPaused)
        this.#victims.clients.flood(2, 'read', dice.fork('read'), node.id)
    })
  }

  #partition(dice: Dice): void {
    const { network, nodes } = this.#victims
    const ids = nodes.map(({ id }) => id)
    const leader = this.#victims.leader()?.id ?? dice.pick(ids)
    const style = dice.pick(partitionStyles)
    this.#world.reach(`partition: ${style}`)
    network.cut(partition(style, ids, leader, dice))
    const { votersOutgoing } = this.#victims.leader()?.raw?.status().confState ?? emptyConfState
    if (votersOutgoing.length > 0) this.#world.reach('partition of a joint configuration')
    this.#world.agenda.after(dice.wait(4 * this.#electionTime()), () => {
      network.cut([])
    })
  }

  #flap(dice: Dice, id: NodeId, times: number): void {
    // Once faults are over the network is healed, and belongs to others.
    if (!this.#world.faults.isActive) return
    this.#victims.network.isolate(id, times % 2 === 0 && times > 0)
    if (times > 0)
      this.#world.agenda.after(dice.wait(this.#electionTime()), () => {
        this.#flap(dice, id, times - 1)
      })
  }

  #filter(dice: Dice): void {
    const { network } = this.#victims
    network.filter(dice.pick(types))
    this.#world.agenda.after(dice.wait(2 * this.#electionTime()), () => {
      network.filter(null)
    })
  }

  #transfer(dice: Dice): void {
    const target = this.#someId(dice)
    const node = dice.below(3) === 0 ? this.#someNode(dice) : this.#victims.leader()
    node?.ask((raw) => {
      const result = raw.transferLeadership(target)
      this.#world.reach(
        result.refused === undefined ? 'transfer asked for' : `transfer refused: ${result.refused}`,
      )
    })
  }

  #campaign(dice: Dice): void {
    if (dice.below(3) === 0) return this.#thrones.coup(dice)
    const node = this.#someNode(dice)
    node.ask((raw) => {
      if (dice.below(3) === 0) raw.forgetLeader()
      else raw.campaign()
    })
  }

  #someNode(dice: Dice): SimNode {
    return dice.below(3) === 0
      ? (this.#victims.leader() ?? dice.pick(this.#victims.nodes))
      : dice.pick(this.#victims.nodes)
  }

  #someId(dice: Dice): NodeId {
    return dice.pick(this.#victims.nodes).id
  }

  #electionTime(): Micros {
    const { raft, tickMs } = this.#world.setup
    return raft.electionTick * tickMs * 1000
  }
}
