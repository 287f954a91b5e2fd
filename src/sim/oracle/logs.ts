/** Election safety, leader append-only, log matching, leader completeness, monotonic commit (I1-I4, I6; figure 3). */

import type { TraceEvent } from '../../core/trace.ts'
import type { ConfState, LogIndex, NodeId, RoleName, Term } from '../../core/types.ts'
import type { Disk } from '../disk.ts'
import { type Ledger, ShadowLog } from './ledger.ts'
import type { Bench } from './bench.ts'

/** A node as its trace shows it. */
export interface Seen {
  readonly id: NodeId
  readonly log: ShadowLog
  term: Term
  role: RoleName
  /** The membership that it goes by. */
  config: ConfState
}

/** Watches the logs. */
export class Logs {
  readonly #bench: Bench
  readonly #ledger: Ledger
  readonly #nodes = new Map<NodeId, Seen>()

  constructor(bench: Bench, ledger: Ledger) {
    this.#bench = bench
    this.#ledger = ledger
  }

  /** A running node, as its trace shows it. */
  seen(id: NodeId): Seen | undefined {
    return this.#nodes.get(id)
  }

  /** How many nodes run. */
  get running(): number {
    return this.#nodes.size
  }

  started(id: NodeId, disk: Disk, config: ConfState, applied: LogIndex): void {
    const log = ShadowLog.of(disk.seen)
    const { hardState } = disk.seen
    log.committed = Math.max(hardState?.commit ?? 0, applied, disk.seen.snapshot?.index ?? 0, log.base.index)
    log.applied = applied
    this.#nodes.set(id, { id, log, term: hardState?.term ?? 0, role: 'follower', config })
    this.#checkCommitted(id, log)
  }

  stopped(id: NodeId): void {
    this.#nodes.delete(id)
  }

  traced(event: TraceEvent): void {
    const seen = this.#nodes.get(event.node)
    // The first events come out of the constructor, when there is nothing to compare with yet.
    if (seen === undefined) return
    if (event.term < seen.term)
      this.#bench.violated('I7', `node ${seen.id} goes back from term ${seen.term} to ${event.term}`)
    seen.term = event.term
    if (event.type === 'roleChanged') seen.role = event.to
    else if (event.type === 'configChanged') seen.config = event.confState
    else if (event.type === 'leaderElected') this.#elected(seen)
    else if (event.type === 'entriesAppended') this.#appended(seen, event)
    else if (event.type === 'committed') this.#committed(seen, event.from, event.to)
    else if (event.type === 'snapshotRestored') this.#restored(seen, event.index)
  }

  #elected(seen: Seen): void {
    const { id, term, log } = seen
    this.#bench.elected(id)
    const other = this.#ledger.lead(term, id)
    if (other !== null) this.#bench.violated('I1', `nodes ${other} and ${id} both lead term ${term}`)
    const must = this.#ledger.committedBefore(term)
    if (log.last < must)
      this.#bench.violated(
        'I4',
        `node ${id} leads term ${term} with a log that ends at ${log.last}, and ${must} is committed`,
      )
    const own = log.term(must)
    const right = this.#ledger.committedTerm(must)
    if (own !== null && own !== right)
      this.#bench.violated(
        'I4',
        `node ${id} leads term ${term} with term ${own} at ${must}, and ${right} is committed there`,
      )
  }

  #appended(
    { id, log, role }: Seen,
    { entries, truncatedFrom }: Extract<TraceEvent, { type: 'entriesAppended' }>,
  ): void {
    if (truncatedFrom !== null) {
      if (role === 'leader')
        this.#bench.violated('I2', `leader ${id} cuts off its own log at ${truncatedFrom}`)
      if (truncatedFrom <= log.committed)
        this.#bench.violated(
          'I6',
          `node ${id} cuts off its log at ${truncatedFrom}, and ${log.committed} is committed`,
        )
      this.#bench.reach(
        log.last - truncatedFrom >= 2 ? 'conflict of three entries or more cut off' : 'conflict cut off',
      )
      log.truncate(truncatedFrom)
    }
    for (const entry of entries) {
      if (entry.index !== log.last + 1)
        this.#bench.violated('I3', `node ${id} appends ${entry.index} behind ${log.last}`)
      const flaw = this.#ledger.note(entry, log.term(entry.index - 1))
      if (flaw !== null) this.#bench.violated('I3', `on node ${id}, ${flaw}`)
      log.push(entry.term)
    }
  }

  #committed(seen: Seen, from: LogIndex, to: LogIndex): void {
    const { id, log, role, term } = seen
    if (from !== log.committed || to <= from)
      this.#bench.violated('I6', `node ${id} commits from ${from} to ${to}, and was at ${log.committed}`)
    if (to > log.last) this.#bench.violated('I6', `node ${id} commits ${to}, and its log ends at ${log.last}`)
    log.committed = to
    if (role === 'leader') {
      if (log.term(from + 1) !== term && log.term(to) === term)
        this.#bench.reach('entries of an earlier term committed with a later one')
      for (let index = this.#ledger.committed + 1; index <= to; index++)
        this.#ledger.commit(log.term(index) ?? 0, term)
    }
    this.#checkCommitted(id, log)
  }

  #restored({ id, log }: Seen, index: LogIndex): void {
    const term = this.#ledger.committedTerm(index)
    if (term === null)
      this.#bench.violated('I5', `node ${id} installs a snapshot of ${index}, which is not committed`)
    if (index <= log.committed)
      this.#bench.violated(
        'I6',
        `node ${id} installs a snapshot of ${index}, and ${log.committed} is committed`,
      )
    log.reset(index, term)
    log.committed = index
  }

  /** What is committed here is committed everywhere, and the same. */
  #checkCommitted(id: NodeId, log: ShadowLog): void {
    const { committed } = log
    const right = this.#ledger.committedTerm(committed)
    const own = log.term(committed)
    if (committed > 0 && right === null)
      this.#bench.violated('I5', `node ${id} commits ${committed}, which no leader has`)
    if (committed > 0 && own !== null && own !== right)
      this.#bench.violated(
        'I5',
        `node ${id} commits term ${own} at ${committed}, where ${right} is committed`,
      )
  }
}
