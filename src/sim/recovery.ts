/**
 * After the faults: what must come right again, and how soon (I21-I24). First the whole cluster is left in peace, then a part
 * of it that is just a quorum, while the rest goes on and off.
 */

import type { NodeId } from '../core/types.ts'
import { majoritySize } from '../core/quorum/majority.ts'
import type { Dice } from './dice.ts'
import { hearsay } from './hearsay.ts'
import type { SimNode } from './node.ts'
import { leaderOf, limits, Patience } from './patience.ts'
import type { Simulation } from './simulation.ts'

/** Lets the cluster recover. Throws what is violated if it does not. */
export class Recovery {
  readonly #sim: Simulation
  readonly #dice: Dice
  readonly #patience: Patience
  /** Does nobody come and go? */
  #isCalm = true

  constructor(sim: Simulation) {
    this.#sim = sim
    this.#dice = sim.dice.fork('recovery')
    this.#patience = new Patience(sim)
  }

  /** Leaves everybody in peace, until all is well. */
  run(): void {
    const sim = this.#sim
    sim.faults.stop()
    sim.network.heal()
    for (const node of sim.nodes) {
      node.slowness = 1
      node.resume()
    }
    this.#patience.await(() => this.#patience.everybody())
    const { bareQuorum, hearsays, toOneVoter } = sim.setup.recovery
    if (bareQuorum) this.#quorumOnly(this.#dice.fork('bare quorum'))
    for (let i = 0; i < hearsays; i++) hearsay(sim, this.#patience, this.#dice.fork('hearsay', i))
    if (toOneVoter) this.#shrink(this.#dice.fork('shrink'))
    sim.clients.stop()
    this.#patience.begin()
    this.#patience.until('an answer for every client', limits.equal, () => sim.clients.open === 0)
    this.#checkWaiting()
  }

  /** A quorum of what is the membership by now, and nobody else. */
  #quorumOnly(dice: Dice): void {
    const sim = this.#sim
    const { voters, votersOutgoing } = sim.oracle.membership.latest
    if (votersOutgoing.length > 0 || voters.length < 3) return
    const able = voters.filter((id) => sim.nodes[id - 1]?.isRefused === false)
    const out = new Set<NodeId>()
    while (able.length - out.size > majoritySize(voters.length)) out.add(dice.pick(able))
    for (const id of out) sim.network.isolate(id, true)
    sim.reach('recovery of a bare quorum')
    const core = sim.nodes.filter(({ id }) => able.includes(id) && !out.has(id))
    this.#patience.await(() => core)
    this.#checkDeposed(out)
    this.#isCalm = false
    for (const id of out) this.#flap(dice.fork('flap', id), id)
    this.#checkCalm(dice, core)
    this.#isCalm = true
    sim.network.heal()
  }

  /** I21: who has led and is cut off from its quorum steps down, so that its clients look for another (thesis §6.2). */
  #checkDeposed(out: ReadonlySet<NodeId>): void {
    const sim = this.#sim
    if (!sim.setup.raft.checkQuorum) return
    sim.run((2 * sim.electionTime) / 1000)
    for (const id of out)
      if (sim.oracle.logs.seen(id)?.role === 'leader')
        sim.violated('I21', `node ${id} leads on, cut off from its quorum`)
  }

  /** I22: who goes on and off does not depose a leader that has its quorum. */
  #checkCalm(dice: Dice, core: readonly SimNode[]): void {
    const sim = this.#sim
    const { preVote, checkQuorum } = sim.setup.raft
    const id = leaderOf(sim, core)?.id
    if (!preVote || !checkQuorum || id === undefined) return
    sim.reach('a leader in peace while others flap')
    const term = sim.oracle.logs.seen(id)?.term
    // Now and then nothing happens: then the logs of all are equal, and it takes more than that to refuse somebody a vote.
    sim.clients.hold(dice.below(2) === 0)
    sim.run((10 * sim.electionTime) / 1000)
    sim.clients.hold(false)
    const now = sim.oracle.logs.seen(id)
    if (now?.role !== 'leader' || now.term !== term)
      sim.violated(
        'I22',
        `node ${id}, which led term ${term} with a quorum, was deposed by somebody who goes on and off`,
      )
  }

  /**
   * The group is taken down to a single voter. Behind each removal comes one more entry, and then nothing: it has to be
   * committed by the smaller membership, without anybody's asking again.
   */
  #shrink(dice: Dice): void {
    const sim = this.#sim
    this.#patience.await(() => this.#patience.everybody())
    sim.clients.hold(true)
    for (;;) {
      const { voters } = sim.oracle.membership.latest
      if (voters.length < 2) break
      // First who cannot be started any more: the rest would be too few.
      const lost = voters.find((id) => sim.nodes[id - 1]?.isRefused === true)
      const nodeId = lost ?? dice.pick(voters)
      this.#patience.begin()
      this.#patience.until('an equal state of the smaller membership', limits.equal, () => {
        const nodes = this.#patience.everybody()
        if (sim.oracle.membership.latest.voters.includes(nodeId)) this.#remove(nodeId)
        else if (this.#patience.isSettled(nodes)) return true
        this.#patience.noteProgress(nodes)
        return false
      })
    }
    sim.clients.hold(false)
    sim.reach('shrunk to a single voter')
  }

  #remove(nodeId: NodeId): void {
    const leader = this.#sim.leader()
    const status = leader?.raw?.status()
    if (status === undefined || status.applied < status.lastIndex) return
    leader?.change({ version: 1, type: 'RemoveNode', nodeId })
    leader?.ask((raw) => raw.propose(new Uint8Array()))
  }

  #flap(dice: Dice, id: NodeId): void {
    const sim = this.#sim
    let isOff = true
    const next = (): void => {
      if (this.#isCalm) return
      sim.network.isolate(id, isOff)
      isOff = !isOff
      sim.agenda.after(dice.wait(sim.electionTime), next)
    }
    next()
  }

  /** I23: nobody waits for something that will never come. */
  #checkWaiting(): void {
    const sim = this.#sim
    sim.run((2 * sim.electionTime) / 1000)
    for (const node of sim.nodes)
      if (node.lateCommands > 0)
        sim.violated(
          'I23',
          `node ${node.id} owes an answer to ${node.lateCommands} commands whose place in the log is applied`,
        )
  }
}
