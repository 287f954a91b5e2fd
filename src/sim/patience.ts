/** Waiting for a group to recover, and saying what it does not come to (I21, I24). */

import type { Micros } from './agenda.ts'
import type { SimNode } from './node.ts'
import { textOf } from './oracle/application.ts'
import type { Simulation } from './simulation.ts'

/** Election timeouts that each thing may take. */
export const limits = { leader: 10, commit: 20, equal: 50 } as const

/** How many times as long it may take while it gets on: the way may be narrow for all that was left over. */
const patience = 10

/** Waits, as long as may be. */
export class Patience {
  readonly #sim: Simulation
  #began = 0
  #progress = 0
  /** From here on getting on is not enough. */
  #lateFrom: Micros = 0

  constructor(sim: Simulation) {
    this.#sim = sim
  }

  /** From now on the time counts. */
  begin(): void {
    this.#began = this.#sim.agenda.now
    this.#lateFrom = this.#deadline()
  }

  /** Who has a part in it: all that are members, or do not know of it yet. */
  everybody(): readonly SimNode[] {
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

  /** A leader, then equal logs, then a commit: for this part of the group, and so many times as long as usual. */
  await(core: () => readonly SimNode[], times = 1): void {
    const sim = this.#sim
    this.begin()
    sim.clients.hold(true)
    this.until('a leader', times * limits.leader, () => leaderOf(sim, core()) !== undefined)
    // What was left over may be a lot, and the way for it narrow: it is enough that it gets less.
    this.until('an equal state on all nodes', times * limits.equal, () => {
      const nodes = core()
      this.#leaveJoint()
      if (this.isSettled(nodes)) return true
      this.noteProgress(nodes)
      return false
    })
    sim.clients.hold(false)
    this.#began = sim.agenda.now
    const { committed } = sim.oracle.ledger
    this.until('a commit', times * limits.commit, () => sim.oracle.ledger.committed > committed)
  }

  /** As long as it gets on the time does not count. */
  noteProgress(nodes: readonly SimNode[]): void {
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
  #deadline(): Micros {
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
  isSettled(nodes: readonly SimNode[]): boolean {
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

  /** Waits for something, at most so many election timeouts since it began or last got on. */
  until(what: string, timeouts: number, isTrue: () => boolean): void {
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
}

/** The node of the latest term among those that lead. */
export function leaderOf(sim: Simulation, nodes: readonly SimNode[]): SimNode | undefined {
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
