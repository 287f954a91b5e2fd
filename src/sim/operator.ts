/** An operator who cannot leave the membership alone (reliability model 2.4). */

import type { ConfChangeSingle, NodeId } from '../core/types.ts'
import type { Dice } from './dice.ts'
import type { SimNode } from './node.ts'
import { textOf } from './oracle/application.ts'
import { maxNodes, type Victims } from './victims.ts'
import type { World } from './world.ts'

/** Adds, removes, promotes and replaces. */
export class Operator {
  readonly #world: World
  readonly #victims: Victims
  /** Whom the operator has removed, or meant to, and not stopped yet. */
  readonly #removed = new Set<NodeId>()

  constructor(world: World, victims: Victims) {
    this.#world = world
    this.#victims = victims
  }

  /** Stops whom it may, then changes something: one member at a time or several at once, by whoever may lead. */
  act(dice: Dice): void {
    this.#stopRemoved()
    this.#change(dice)
  }

  #change(dice: Dice): void {
    const node = dice.below(4) === 0 ? dice.pick(this.#victims.nodes) : this.#victims.leader()
    if (node === undefined) return
    const { raw } = node
    if (raw === null) return
    const { confState } = raw.status()
    if (dice.below(8) === 0 && confState.voters.length > 2)
      return this.#removeAndAdd(dice, node, dice.pick(confState.voters))
    if (dice.below(8) === 0 && confState.learners.length > 0)
      return this.#promoteToLead(node, dice.pick(confState.learners))
    const members = [...new Set([...confState.voters, ...confState.votersOutgoing, ...confState.learners])]
    const changes: ConfChangeSingle[] = []
    const count = dice.pick([1, 1, 1, 2, 3, 4])
    for (let i = 0; i < count; i++)
      changes.push(this.#single(dice, confState.voters, confState.learners, members))
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

  /** A learner is to vote, and to lead as soon as it may: before it knows, perhaps. */
  #promoteToLead(node: SimNode, nodeId: NodeId): void {
    const { agenda, faults, setup } = this.#world
    node.change({ version: 1, type: 'AddNode', nodeId })
    let tries = setup.raft.electionTick * setup.tickMs
    const hand = (): void => {
      const { role, confState } = node.raw?.status() ?? {}
      if (role !== 'leader' || confState === undefined || !faults.isActive || tries-- === 0) return
      if (!confState.voters.includes(nodeId)) return agenda.after(1_000, hand)
      this.#world.reach('promoted, and told to lead')
      node.ask((raw) => raw.transferLeadership(nodeId))
    }
    hand()
  }

  #single(
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
}
