/** Whatever goes wrong from outside: crashes, pauses, cuts in the network, and an operator who cannot leave it alone. */

import { emptyConfState } from '../core/conf-state.ts'
import type { PeerMessage } from '../core/messages.ts'
import type { ConfChangeSingle, NodeId } from '../core/types.ts'
import type { Micros } from './agenda.ts'
import type { Clients } from './clients.ts'
import type { Dice } from './dice.ts'
import type { FaultKind } from './faults.ts'
import type { Network } from './network.ts'
import type { SimNode } from './node.ts'
import { textOf } from './oracle/application.ts'
import type { World } from './world.ts'

/** What the nemesis has its hands on. */
export interface Victims {
  readonly network: Network
  readonly clients: Clients
  /** All nodes there are, and room for new ones. */
  readonly nodes: readonly SimNode[]
  /** A node that has never been a member. */
  newNode(): SimNode
  /** The node that leads, as far as can be told from outside. */
  leader(): SimNode | undefined
  /** It is not started again by itself from now on; or is again. */
  keepDown(id: NodeId, down: boolean): void
}

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

/** Most nodes there may ever be in a run. */
const maxNodes = 9

/** Lets things happen at random times, each kind by itself. */
export class Nemesis {
  readonly #world: World
  readonly #victims: Victims
  readonly #dice: Dice
  readonly #elections: Dice
  /** Whom the operator has removed, or meant to, and not stopped yet. */
  readonly #removed = new Set<NodeId>()

  constructor(world: World, victims: Victims) {
    this.#world = world
    this.#victims = victims
    this.#dice = world.dice.fork('nemesis')
    this.#elections = this.#dice.fork('elections')
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
    this.#repeat('churn', (dice) => {
      this.#stopRemoved()
      this.#churn(dice)
    })
    this.#repeat('transfer', (dice) => this.#transfer(dice))
    this.#repeat('campaign', (dice) => this.#campaign(dice))
    this.#repeat('overload', (dice) => this.#victims.clients.flood(dice.between(20, 100), 'append', dice))
    this.#repeat('readFlood', (dice) => this.#victims.clients.flood(dice.between(20, 100), 'read', dice))
    for (const node of this.#victims.nodes)
      if (this.#world.faults.rate('slowNode') > 0 && this.#dice.below(3) === 0)
        node.slowness = this.#world.faults.rate('slowNode')
  }

  /** Somebody has been elected: not for long, perhaps. */
  elected(id: NodeId): void {
    const { faults, agenda, setup } = this.#world
    const dice = this.#elections
    if (!faults.hits('dethrone', dice, id)) return
    const roundTrip = 2 * (setup.minDelayMs + setup.meanDelayMs + setup.syncMs) * 1000
    const isCut = dice.below(3) === 0
    agenda.after(dice.wait(roundTrip), () => {
      const node = this.#victims.nodes[id - 1]
      if (faults.rate('dethrone') === 0 || node?.isUp !== true) return
      this.#world.reach(isCut ? 'new leader cut off' : 'new leader crashes')
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

  #pause(dice: Dice): void {
    this.#someNode(dice).pause(dice.wait(3 * this.#electionTime()), dice.below(2) === 0)
  }

  /** Everybody gives up the leader, which is cut off and hears nothing of it, and some stand in its place. */
  #coup(dice: Dice): void {
    const leader = this.#victims.leader()
    const others = this.#victims.nodes.filter(({ id }) => id !== leader?.id)
    if (leader === undefined || others.length === 0) return
    this.#world.reach('coup')
    this.#flap(dice, leader.id, 2)
    for (const node of others) node.ask((raw) => raw.forgetLeader())
    // One after the other, well within an election timeout. Then somebody writes, and somebody reads: a lease that was broken
    // is one that the old leader still answers by.
    const rounds = dice.between(1, 6)
    for (let i = 0; i < rounds; i++) {
      const node = dice.pick(others)
      this.#within(dice.between(1, 40), () => node.ask((raw) => raw.campaign()))
    }
    this.#within(dice.between(10, 60), () => this.#victims.clients.flood(4, 'append', dice.fork('write')))
    for (let i = 0; i < 4; i++)
      this.#within(dice.between(20, 90), () => this.#victims.clients.flood(4, 'read', dice.fork('read', i)))
  }

  /** Lets something happen after so many hundredths of an election timeout. */
  #within(hundredths: number, happen: () => unknown): void {
    const { agenda, faults } = this.#world
    agenda.after(Math.floor((this.#electionTime() * hundredths) / 100), () => {
      if (faults.isActive) happen()
    })
  }

  #partition(dice: Dice): void {
    const { network } = this.#victims
    network.cut(this.#directions(dice))
    const { votersOutgoing } = this.#victims.leader()?.raw?.status().confState ?? emptyConfState
    if (votersOutgoing.length > 0) this.#world.reach('partition of a joint configuration')
    this.#world.agenda.after(dice.wait(4 * this.#electionTime()), () => {
      network.cut([])
    })
  }

  #directions(dice: Dice): readonly (readonly [NodeId, NodeId])[] {
    const ids = this.#victims.nodes.map(({ id }) => id)
    const leader = this.#victims.leader()?.id ?? dice.pick(ids)
    const pairs = ids.flatMap((from) => ids.filter((to) => to !== from).map((to) => [from, to] as const))
    const style = dice.pick(['halves', 'one', 'leader', 'deaf', 'mute', 'bridge', 'ring'] as const)
    this.#world.reach(`partition: ${style}`)
    switch (style) {
      case 'halves': {
        const half = new Set(dice.some(ids))
        return pairs.filter(([from, to]) => half.has(from) !== half.has(to))
      }
      case 'one':
        return this.#around(pairs, dice.pick(ids))
      case 'leader':
        return this.#around(pairs, leader)
      case 'deaf': // the leader speaks and does not hear
        return pairs.filter(([, to]) => to === leader)
      case 'mute':
        return pairs.filter(([from]) => from === leader)
      case 'bridge': {
        const middle = dice.pick(ids)
        const half = new Set(dice.some(ids))
        return pairs.filter(
          ([from, to]) => from !== middle && to !== middle && half.has(from) !== half.has(to),
        )
      }
      case 'ring': {
        // Everybody hears a majority, and each another one.
        const reach = ids.length >> 1
        const place = (id: NodeId): number => ids.indexOf(id)
        return pairs.filter(([from, to]) => (place(to) - place(from) + ids.length) % ids.length > reach)
      }
    }
  }

  #around(pairs: readonly (readonly [NodeId, NodeId])[], id: NodeId): readonly (readonly [NodeId, NodeId])[] {
    return pairs.filter(([from, to]) => from === id || to === id)
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
    if (dice.below(3) === 0) return this.#coup(dice)
    const node = this.#someNode(dice)
    node.ask((raw) => {
      if (dice.below(3) === 0) raw.forgetLeader()
      else raw.campaign()
    })
  }

  /** An operator who adds and removes, one at a time and several at once, by whoever may lead. */
  #churn(dice: Dice): void {
    const node = dice.below(4) === 0 ? this.#someNode(dice) : this.#victims.leader()
    if (node === undefined) return
    const { raw } = node
    if (raw === null) return
    const { confState } = raw.status()
    if (dice.below(8) === 0 && confState.voters.length > 2)
      return this.#removeAndAdd(dice, node, dice.pick(confState.voters))
    const members = [...new Set([...confState.voters, ...confState.votersOutgoing, ...confState.learners])]
    const changes: ConfChangeSingle[] = []
    const count = dice.pick([1, 1, 1, 2, 3, 4])
    for (let i = 0; i < count; i++)
      changes.push(this.#change(dice, confState.voters, confState.learners, members))
    const transition = dice.pick(['auto', 'auto', 'implicit', 'explicit'] as const)
    const isChecked = !this.#world.setup.raft.disableConfChangeValidation
    // An explicit joint configuration stays for a while: much can go wrong only in one.
    if (confState.votersOutgoing.length > 0 && (isChecked || dice.below(4) > 0)) {
      if (dice.below(4) === 0) node.change({ version: 2, changes: [] })
    } else if (count === 1 && dice.below(2) === 0)
      node.change({ version: 1, ...(changes[0] as ConfChangeSingle) })
    else node.change({ version: 2, transition, changes })
  }

  /** Who was removed is stopped for good as soon as it shows on all who stay, as the guide allows it. */
  #stopRemoved(): void {
    const { confState } = this.#victims.leader()?.raw?.status() ?? {}
    if (confState === undefined) return
    const members = [...confState.voters, ...confState.votersOutgoing, ...confState.learners]
    const text = textOf(confState)
    const showsEverywhere = members.every((id) => {
      const status = this.#victims.nodes[id - 1]?.raw?.status()
      return status !== undefined && textOf(status.confState) === text
    })
    if (!showsEverywhere) return
    for (const id of this.#removed) {
      if (members.includes(id)) continue
      this.#removed.delete(id)
      this.#world.reach('removed node stopped for good')
      this.#victims.keepDown(id, true)
      this.#victims.nodes[id - 1]?.crash()
    }
  }

  /** Somebody goes, and comes back with its disk while its answers from before are still on their way. */
  #removeAndAdd(dice: Dice, node: SimNode, nodeId: NodeId): void {
    node.change({ version: 1, type: 'RemoveNode', nodeId })
    this.#world.agenda.after(dice.wait(500_000), () => {
      if (!this.#world.faults.isActive) return
      this.#world.reach('removed and added again')
      node.change({ version: 1, type: dice.below(2) === 0 ? 'AddNode' : 'AddLearnerNode', nodeId })
    })
  }

  #change(
    dice: Dice,
    voters: readonly NodeId[],
    learners: readonly NodeId[],
    members: readonly NodeId[],
  ): ConfChangeSingle {
    const outside = this.#victims.nodes.filter(({ id, isRefused }) => !members.includes(id) && !isRefused)
    const choice = dice.below(10)
    if (choice < 3 && voters.length > 2) return this.#removal(dice.pick(voters))
    if (choice < 4 && learners.length > 0) return this.#removal(dice.pick(learners))
    if (choice < 6 && learners.length > 0) return { type: 'AddNode', nodeId: dice.pick(learners) }
    if (choice < 7 && voters.length > 2) return { type: 'AddLearnerNode', nodeId: dice.pick(voters) }
    const type = choice < 9 ? 'AddNode' : 'AddLearnerNode'
    // Somebody who was a member comes back with its disk, or somebody new comes.
    if (outside.length > 0 && (dice.below(2) === 0 || this.#victims.nodes.length >= maxNodes)) {
      this.#world.reach('added again')
      const node = dice.pick(outside)
      this.#removed.delete(node.id)
      this.#victims.keepDown(node.id, false)
      node.start()
      return { type, nodeId: node.id }
    }
    if (this.#victims.nodes.length >= maxNodes) return { type: 'UpdateNode', nodeId: dice.pick(members) }
    return { type, nodeId: this.#victims.newNode().id }
  }

  #removal(nodeId: NodeId): ConfChangeSingle {
    this.#removed.add(nodeId)
    return { type: 'RemoveNode', nodeId }
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
