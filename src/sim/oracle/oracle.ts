/** Everything that is watched in a run, in one place: each event goes to whom it concerns. */

import type { RaftErrorCode } from '../../core/errors.ts'
import type { Message, PeerMessage } from '../../core/messages.ts'
import type { TraceEvent } from '../../core/trace.ts'
import type { ConfState, Entry, LogIndex, NodeId } from '../../core/types.ts'
import type { Disk } from '../disk.ts'
import type { Applied, Machine } from '../machine.ts'
import type { Watcher } from '../world.ts'
import { Application } from './application.ts'
import type { Bench } from './bench.ts'
import { Bounds } from './bounds.ts'
import { Durability } from './durability.ts'
import { Ledger } from './ledger.ts'
import { Logs } from './logs.ts'
import { Membership } from './membership.ts'
import { Sightings } from './sightings.ts'

/** The watchers of one run. */
export class Oracle implements Watcher {
  readonly ledger: Ledger
  readonly logs: Logs
  readonly membership: Membership
  readonly #bench: Bench
  readonly #durability: Durability
  readonly #application: Application
  readonly #bounds: Bounds
  readonly #sightings: Sightings

  /**
   * @param start - the index of the snapshot that the group begins with
   * @param config - its membership
   */
  constructor(bench: Bench, start: LogIndex, config: ConfState) {
    this.#bench = bench
    this.ledger = new Ledger(start)
    this.logs = new Logs(bench, this.ledger)
    this.membership = new Membership(bench, this.logs, start, config)
    this.#durability = new Durability(bench, this.logs)
    this.#application = new Application(bench, this.ledger, start, config)
    this.#bounds = new Bounds(bench, this.logs)
    this.#sightings = new Sightings(bench, this.logs)
  }

  started(id: NodeId, disk: Disk, confState: ConfState, applied: LogIndex): void {
    this.logs.started(id, disk, confState, applied)
    this.#durability.synced(id, disk)
    this.#application.started(id, applied)
  }

  stopped(id: NodeId): void {
    this.logs.stopped(id)
    if (this.logs.running === 0) this.#bench.reach('all nodes down at once')
  }

  traced(event: TraceEvent): void {
    this.#sightings.traced(event)
    this.logs.traced(event)
    this.membership.traced(event)
    if (event.type === 'committed' && this.logs.seen(event.node)?.role === 'leader')
      this.#durability.committed(event.node, event.to)
  }

  sent(id: NodeId, message: PeerMessage): void {
    this.#durability.sent(id, message)
  }

  received(id: NodeId, message: Message): void {
    this.#durability.received(id, message)
    this.#bounds.received(id, message)
    if (message.type === 'MsgStorageAppendResp') this.#sightings.written(id, message)
  }

  handled(id: NodeId, message: Message, refused: RaftErrorCode | null): void {
    // Late answers of who was removed, and what was not meant for this node, are all that may be refused.
    if (refused !== null && refused !== 'ERR_UNKNOWN_PEER' && message.to === id)
      this.#bench.violated('core', `node ${id} refuses a ${message.type} of ${message.from}: ${refused}`)
    if (refused === null && message.to !== id)
      this.#bench.violated('I20', `node ${id} takes in what is for ${message.to}`)
    if (refused !== null) this.#bench.reach(`message refused: ${refused}`)
    else this.#bounds.handled(id, message)
  }

  synced(id: NodeId, disk: Disk): void {
    this.#durability.synced(id, disk)
  }

  applied(id: NodeId, entry: Entry, machine: Machine, applied: Applied | null): void {
    this.#application.applied(id, entry, machine, applied)
    const seen = this.logs.seen(id)
    if (seen !== undefined) seen.log.applied = entry.index
  }

  configured(id: NodeId, index: LogIndex, confState: ConfState): void {
    this.#application.configured(id, index, confState)
    this.#durability.configured(id, index)
    this.membership.configured(id, index, confState)
  }

  snapshotted(id: NodeId, index: LogIndex, confState: ConfState, machine: Machine): void {
    this.#application.snapshotted(id, index, confState, machine)
  }

  restored(id: NodeId, index: LogIndex, confState: ConfState, machine: Machine): void {
    this.#application.restored(id, index, confState, machine)
    const seen = this.logs.seen(id)
    if (seen !== undefined) seen.log.applied = Math.max(seen.log.applied, index)
  }

  /** From time to time: what is committed is safe from the loss of any minority. */
  probe(): void {
    const { committed } = this.ledger
    const term = this.ledger.committedTerm(committed)
    if (term !== null) this.#durability.probe(committed, term, this.membership.latest)
  }
}
