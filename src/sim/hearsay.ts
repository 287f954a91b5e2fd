/**
 * A membership changes, and who led the change falls silent while only some of the others know. Whoever is left is a majority
 * of the newest membership, and one at least who knows of it: they must find a leader by themselves (docs/adr/0004).
 */

import { isVoter } from '../core/conf-state.ts'
import { majoritySize } from '../core/quorum/majority.ts'
import type { ConfChangeProposal, ConfState, NodeId } from '../core/types.ts'
import type { Dice } from './dice.ts'
import type { SimNode } from './node.ts'
import { textOf } from './oracle/application.ts'
import { leaderOf, type Patience } from './patience.ts'
import type { Simulation } from './simulation.ts'
import { maxNodes } from './victims.ts'

/** Changes the membership, and lets those recover who have heard of it by others. Throws what is violated if they do not. */
export function hearsay(sim: Simulation, patience: Patience, dice: Dice): void {
  patience.await(() => patience.everybody())
  // Who cannot be started any more could become one too many.
  if (sim.nodes.some(({ isRefused }) => isRefused)) return
  // A learner that takes somebody's place has the log, and is asked by nobody.
  if (dice.below(2) === 0 && sim.nodes.length < maxNodes) {
    leaderOf(sim, sim.nodes)?.change({ version: 1, type: 'AddLearnerNode', nodeId: sim.newNode().id })
    patience.await(() => patience.everybody())
  }
  const leader = leaderOf(sim, sim.nodes)
  const before = sim.oracle.membership.latest
  if (leader === undefined || before.voters.length < 2) return
  sim.clients.hold(true)
  leader.change(draw(sim, dice, leader.id, before))
  whisper(sim, dice, leader)
  if (dice.below(3) > 0) raiseTerms(sim, dice, leader)
  if (textOf(sim.oracle.membership.latest) !== textOf(before)) fallSilent(sim, patience, dice, before)
  sim.network.heal()
  patience.await(() => patience.everybody())
}

function draw(
  sim: Simulation,
  dice: Dice,
  leader: NodeId,
  { voters, learners }: ConfState,
): ConfChangeProposal {
  const out = dice.below(2) === 0 ? leader : dice.pick(voters)
  const isFull = sim.nodes.length >= maxNodes
  const newcomer = (): NodeId =>
    learners.length > 0 && (isFull || dice.below(4) > 0) ? dice.pick(learners) : sim.newNode().id
  const choice = dice.below(4)
  if (choice === 0 || (isFull && learners.length === 0))
    return { version: 1, type: 'RemoveNode', nodeId: out }
  if (choice === 1) return { version: 1, type: 'AddNode', nodeId: newcomer() }
  const type = dice.below(3) === 0 ? 'AddLearnerNode' : 'RemoveNode'
  return {
    version: 2,
    transition: 'auto',
    changes: [
      { type, nodeId: out },
      { type: 'AddNode', nodeId: newcomer() },
    ],
  }
}

/** The leader gets through to some, now to these and now to those, until shortly after the change is in force somewhere. */
function whisper(sim: Simulation, dice: Dice, leader: SimNode): void {
  const others = sim.nodes.filter(({ id }) => id !== leader.id)
  const before = textOf(sim.oracle.membership.latest)
  let left = 60
  for (let step = 0; step < left; step++) {
    sim.network.cut(dice.some(others).map(({ id }) => [leader.id, id]))
    if (step % 4 === 0) leader.ask((raw) => raw.propose(new Uint8Array()))
    sim.run(hops(sim, dice.between(1, 4)))
    const { latest } = sim.oracle.membership
    if (left === 60 && latest.votersOutgoing.length === 0 && textOf(latest) !== before)
      left = step + 1 + dice.pick([0, 0, 1, 2, 4])
  }
}

/**
 * Who does not know stands for election, told to by the leader or by itself, and it comes to nothing: so that those who do know
 * are left behind in an earlier term.
 */
function raiseTerms(sim: Simulation, dice: Dice, leader: SimNode): void {
  const others = sim.nodes.filter(({ isUp, id }) => isUp && !knowsLatest(sim, id))
  if (others.length === 0) return
  sim.network.cut([])
  // Either the candidate alone is in a later term then, or everybody else is with it.
  sim.network.filter(dice.pick(['MsgVote', 'MsgVoteResp']))
  for (let i = dice.between(1, 3); i > 0; i--) {
    const candidate = dice.pick(others)
    if (dice.below(3) === 0) leader.ask((raw) => raw.transferLeadership(candidate.id))
    else {
      for (const { id } of sim.nodes) if (knowsLatest(sim, id)) sim.network.isolate(id, true)
      for (const node of others) node.ask((raw) => raw.forgetLeader())
      candidate.ask((raw) => raw.campaign())
    }
    sim.run(hops(sim, dice.between(2, 8)))
  }
  sim.network.heal()
}

/** About as long as so many messages take, in milliseconds. */
function hops({ setup: { minDelayMs, meanDelayMs, syncMs } }: Simulation, count: number): number {
  return 1 + Math.floor(((minDelayMs + meanDelayMs + syncMs) * count) / 2)
}

function knowsLatest(sim: Simulation, id: NodeId): boolean {
  const config = sim.oracle.logs.seen(id)?.config
  return config !== undefined && textOf(config) === textOf(sim.oracle.membership.latest)
}

/** Everybody is cut off but a majority of the newest membership, and one who knows of it. */
function fallSilent(sim: Simulation, patience: Patience, dice: Dice, before: ConfState): void {
  const { latest } = sim.oracle.membership
  const able = latest.voters.filter((id) => sim.nodes[id - 1]?.isUp === true)
  const majority = majoritySize(latest.voters.length)
  if (latest.votersOutgoing.length > 0 || able.length < majority) return
  const left = new Set<NodeId>()
  const knows = (id: NodeId): boolean => knowsLatest(sim, id)
  // Who is asked: a voter of the one membership or the other.
  const knowing = sim.nodes
    .map(({ id }) => id)
    .filter((id) => knows(id) && (isVoter(latest, id) || isVoter(before, id)))
  if (knowing.length === 0) return
  // It is hardest where none of those who stay knows, but only somebody who goes.
  const ignorant = able.filter((id) => !knows(id))
  const isHardest = ignorant.length >= majority && dice.below(3) > 0
  while (left.size < majority) left.add(dice.pick(isHardest ? ignorant : able))
  const going = knowing.filter((id) => !isVoter(latest, id))
  if (![...left].some(knows)) left.add(dice.pick(isHardest && going.length > 0 ? going : knowing))
  const isPowerCut = dice.below(2) === 0
  for (const node of sim.nodes) {
    if (!left.has(node.id)) sim.network.isolate(node.id, true)
    else if (isPowerCut) {
      node.crash()
      node.start()
    }
  }
  sim.network.cut([])
  sim.reach('recovery by hearsay')
  // Without PreVote somebody who cannot win may keep ahead of somebody who can for a while: each raises its term by one with each
  // timeout, and the one is not asked by the other.
  patience.await(() => sim.nodes.filter(({ id }) => left.has(id)), 10)
}
