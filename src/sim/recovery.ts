/**
 * After the faults: what must come right again, and how soon (I21-I24). First the whole cluster is left in peace, then a part
 * of it that is just a quorum, while the rest goes on and off.
 */

import type { NodeId } from '../core/types.ts'
import { majoritySize } from '../core/quorum/majority.ts'
import type { Micros } from './agenda.ts'
import type { Dice } from './dice.ts'
import type { SimNode } from './node.ts'
import { textOf } from './oracle/application.ts'
import type { Simulation } from './simulation.ts'

/** Election timeouts that each thing may take. */
const limits = { leader: 10, commit: 20, equal: 50 } as const

/** How many times as long it may take while it gets on: the way may be narrow for all that was left over. */
const patience = 10

/** Lets the cluster recover. Throws what is violated if it does not. */
export class Recovery {
  readonly #sim: Simulation
  readonly #dice: Dice
  #began = 0
  #progress = 0
  /** From here on getting on is not enough. */
  #lateFrom: Micros = 0

  constructor(sim: Simulation) {
    this.#sim = sim
    this.#dice = sim.dice.fork('recovery')
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
    this.#await(() => this.#everybody())
    if (sim.setup.voters > 2) this.#quorumOnly()
    if (this.#dice.below(2) === 0) this.#shrink()
    sim.clients.stop()
    this.#began = sim.agenda.now
    this.#until('an answer for every client', limits.equal, () => sim.clients.open === 0)
    this.#checkWaiting()
  }

  /** A quorum of what is the membership by now, and nobody else. */
  #quorumOnly(): void {
    const sim = this.#sim
    const { voters, votersOutgoing } = sim.oracle.membership.latest
    if (votersOutgoing.length > 0 || voters.length < 3) return
    const able = voters.filter((id) => sim.nodes[id - 1]?.isRefused === false)
    const out = new Set<NodeId>()
    while (able.length - out.size > majoritySize(voters.length)) out.add(this.#dice.pick(able))
    for (const id of out) sim.network.isolate(id, true)
    sim.reach('recovery of a bare quorum')
    const core = sim.nodes.filter(({ id }) => able.includes(id) && !out.has(id))
    this.#await(() => core)
    this.#checkDeposed(out)
    for (const id of out) this.#flap(id)
    this.#checkCalm(core)
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
  #checkCalm(core: readonly SimNode[]): void {
    const sim = this.#sim
    const { preVote, checkQuorum } = sim.setup.raft
    const id = leaderOf(sim, core)?.id
    if (!preVote || !checkQuorum || id === undefined) return
    sim.reach('a leader in peace while others flap')
    const term = sim.oracle.logs.seen(id)?.term
    // Now and then nothing happens: then the logs of all are equal, and it takes more than that to refuse somebody a vote.
    sim.clients.hold(this.#dice.below(2) === 0)
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
  #shrink(): void {
    const sim = this.#sim
    this.#await(() => this.#everybody())
    sim.clients.hold(true)
    for (;;) {
      const { voters } = sim.oracle.membership.latest
      if (voters.length < 2) break
      // First who cannot be started any more: the rest would be too few.
      const lost = voters.find((id) => sim.nodes[id - 1]?.isRefused === true)
      const nodeId = lost ?? this.#dice.pick(voters)
      this.#began = sim.agenda.now
      this.#lateFrom = this.#patience()
      this.#until('an equal state of the smaller membership', limits.equal, () => {
        const nodes = this.#everybody()
        if (sim.oracle.membership.latest.voters.includes(nodeId)) this.#remove(nodeId)
        else if (this.#isSettled(nodes)) return true
        this.#noteProgress(nodes)
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

  #flap(id: NodeId): void {
    const sim = this.#sim
    let isOff = true
    const next = (): void => {
      // Over when the network was healed for good.
      if (sim.clients.isOver) return sim.network.isolate(id, false)
      sim.network.isolate(id, isOff)
      isOff = !isOff
      sim.agenda.after(this.#dice.wait(sim.electionTime), next)
    }
    next()
  }

  /** Who has a part in it: all that are members, or do not know of it yet. */
  #everybody(): readonly SimNode[] {
    const sim = this.#sim
    const { voters, votersOutgoing, learners } = sim.oracle.membership.latest
    const latest = textOf(sim.oracle.membership.latest)
    const members = new Set([...voters, ...votersOutgoing, ...learners])
    // As long as somebody who stays does not know, a removed node may be needed: for its vote, or to tell.
    const allKnow = [...members].every((id) => {
      const seen = sim.oracle.logs.seen(id)
      return seen !== undefined && textOf(seen.config) === latest
    })
    for (const node of sim.nodes) {
      // Who was removed and has not heard of it would stand for election for ever: whoever runs the cluster stops it.
      const stops = allKnow && !members.has(node.id)
      sim.keepDown(node.id, stops)
      if (stops) node.crash()
      else if (!node.isUp) node.start()
    }
    return sim.nodes.filter(({ isUp }) => isUp)
  }

  #await(core: () => readonly SimNode[]): void {
    const sim = this.#sim
    this.#began = sim.agenda.now
    this.#lateFrom = this.#patience()
    sim.clients.hold(true)
    this.#until('a leader', limits.leader, () => leaderOf(sim, core()) !== undefined)
    // What was left over may be a lot, and the way for it narrow: it is enough that it gets less.
    this.#until('an equal state on all nodes', limits.equal, () => {
      const nodes = core()
      this.#leaveJoint()
      if (this.#isSettled(nodes)) return true
      this.#noteProgress(nodes)
      return false
    })
    sim.clients.hold(false)
    this.#began = sim.agenda.now
    const { committed } = sim.oracle.ledger
    this.#until('a commit', limits.commit, () => sim.oracle.ledger.committed > committed)
  }

  /** As long as it gets on the time does not count. */
  #noteProgress(nodes: readonly SimNode[]): void {
    const { agenda, oracle } = this.#sim
    let progress = 0
    for (const { id } of nodes) {
      const log = oracle.logs.seen(id)?.log
      progress += (log?.last ?? 0) + (log?.committed ?? 0) + (log?.applied ?? 0)
    }
    const isLate = agenda.now > this.#lateFrom
    if (progress !== this.#progress && !isLate) this.#began = agenda.now
    this.#progress = progress
  }

  /** What is left over may have to go the narrowest way: entry by entry, one after the other. */
  #patience(): Micros {
    const { oracle, setup, agenda, nodes, electionTime } = this.#sim
    const last = Math.max(...nodes.map(({ id }) => oracle.logs.seen(id)?.log.last ?? 0))
    const perEntry = 10 * (setup.minDelayMs + setup.meanDelayMs + setup.syncMs) * 1000
    return agenda.now + patience * limits.equal * electionTime + (last - oracle.ledger.committed) * perEntry
  }

  /** An explicit joint configuration is left by whoever has asked for it. */
  #leaveJoint(): void {
    const { votersOutgoing, autoLeave } = this.#sim.oracle.membership.latest
    if (votersOutgoing.length > 0 && !autoLeave) this.#sim.leader()?.change({ version: 2, changes: [] })
  }

  /** Has everybody applied everything there is, and is the membership a simple one? */
  #isSettled(nodes: readonly SimNode[]): boolean {
    const { logs, membership, ledger } = this.#sim.oracle
    if (membership.latest.votersOutgoing.length > 0) return false
    // Who has been removed gets nothing any more.
    const { voters, learners } = membership.latest
    return nodes.every(({ id }) => {
      if (!voters.includes(id) && !learners.includes(id)) return true
      const log = logs.seen(id)?.log
      return log?.applied === ledger.committed && log.last === log.applied
    })
  }

  #until(what: string, timeouts: number, isTrue: () => boolean): void {
    const sim = this.#sim
    while (!isTrue()) {
      if (sim.agenda.now >= this.#began + timeouts * sim.electionTime) {
        const invariant =
          what.includes('equal') && sim.oracle.membership.latest.votersOutgoing.length > 0 ? 'I24' : 'I21'
        sim.violated(invariant, `${timeouts} election timeouts after the faults there is not ${what}`)
      }
      sim.run(sim.electionTime / 8000)
    }
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

/** The node of the latest term among those that lead. */
function leaderOf(sim: Simulation, nodes: readonly SimNode[]): SimNode | undefined {
  let leader: SimNode | undefined
  let term = 0
  for (const node of nodes) {
    const seen = sim.oracle.logs.seen(node.id)
    if (seen?.role !== 'leader' || seen.term <= term) continue
    leader = node
    term = seen.term
  }
  return leader
}
