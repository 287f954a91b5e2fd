/** What the parts of a run know of each other. */

import type { RaftErrorCode } from '../core/errors.ts'
import type { Message, PeerMessage } from '../core/messages.ts'
import type { TraceEvent } from '../core/trace.ts'
import type { ConfState, Entry, LogIndex, NodeId } from '../core/types.ts'
import type { Agenda } from './agenda.ts'
import type { Dice } from './dice.ts'
import type { Disk, Recovery } from './disk.ts'
import type { Faults } from './faults.ts'
import type { Applied, Machine } from './machine.ts'
import type { Sight } from './milestones.ts'
import type { Setup } from './setup.ts'

/** An invariant does not hold. */
export class Violation extends Error {
  override readonly name = 'Violation'
  /** Its number: `I5`. */
  readonly invariant: string

  constructor(invariant: string, what: string) {
    super(what)
    this.invariant = invariant
  }
}

/** What has to be true is looked after by whoever is told these. */
export interface Watcher {
  /** A node has come up. Its log is what its disk holds. */
  started(id: NodeId, disk: Disk, confState: ConfState, applied: LogIndex, recovery: Recovery): void
  /** A node is gone, and everything in its memory. */
  stopped(id: NodeId): void
  /** Something happened inside of a node. */
  traced(event: TraceEvent): void
  /** A node lets a message go. */
  sent(id: NodeId, message: PeerMessage): void
  /** A node is about to take a message in. */
  received(id: NodeId, message: Message): void
  /** A node has taken a message in, or refused it. */
  handled(id: NodeId, message: Message, refused: RaftErrorCode | null): void
  /** The disk of a node has become durable up to here. */
  synced(id: NodeId, disk: Disk): void
  /** A node has applied an entry; `applied` tells what the command did. */
  applied(id: NodeId, entry: Entry, machine: Machine, applied: Applied | null): void
  /** A membership change is in force on a node. */
  configured(id: NodeId, index: LogIndex, confState: ConfState): void
  /** A node has made a snapshot of its own state. */
  snapshotted(id: NodeId, index: LogIndex, confState: ConfState, machine: Machine): void
  /** A node has put a snapshot of another in place of its own state. */
  restored(id: NodeId, index: LogIndex, confState: ConfState, machine: Machine): void
}

/** Everything around a node. */
export interface World {
  readonly setup: Setup
  readonly agenda: Agenda
  readonly faults: Faults
  readonly dice: Dice
  readonly watcher: Watcher
  /** Gives a message to the network. */
  send(message: PeerMessage, sender: NodeId): void
  /** A node has died by itself: starts it again after a while. */
  revive(id: NodeId): void
  /** Notes that something was reached, for the counters that show what a batch of runs has seen. */
  reach(what: Sight): void
  /** Something that must not happen has happened. Ends the run. */
  violated(invariant: string, what: string): never
}
