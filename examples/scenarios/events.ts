/**
 * What happens in the cluster, as plain data: eight kinds of event that a log, a test or a visualizer is made of, which
 * `--json` prints with the same field names, one per line; and a ninth for messages that are lost.
 */

import { EventEmitter } from 'eventemitter3'
import type { ElectionReason, LogIndex, NodeId, PeerMessage, RoleName, Term, TraceEvent } from 'quorate'

import type { Loss } from './network.ts'

/** What every event says: when it happened, on which node, and the term of that node then. */
export interface Moment {
  readonly tick: number
  readonly node: NodeId
  readonly term: Term
}

/** The node has another role (§5.1). */
interface StateChange extends Moment {
  readonly type: 'stateChange'
  readonly from: RoleName
  readonly to: RoleName
}

/** The node has said something. What becomes of it is told by a `messageReceived` of the same `id`; without one it is lost, or on its way. */
interface MessageSent extends Moment {
  readonly type: 'messageSent'
  readonly id: number
  readonly to: NodeId
  readonly message: PeerMessage['type']
  /** What it says, for people. */
  readonly detail: string
}

/** The node has heard something; `term` is the one from before it took it in. */
interface MessageReceived extends Moment {
  readonly type: 'messageReceived'
  readonly id: number
  readonly from: NodeId
  readonly message: PeerMessage['type']
  readonly detail: string
}

/** What the node has said reaches nobody. */
interface MessageLost extends Moment {
  readonly type: 'messageLost'
  readonly id: number
  readonly to: NodeId
  readonly message: PeerMessage['type']
  readonly why: Loss
}

/** The node supports `candidate` (§5.2). A candidate's vote for itself is not told. */
interface VoteGranted extends Moment {
  readonly type: 'voteGranted'
  readonly candidate: NodeId
  /** The term that the vote is for; with `preVote` nothing binding, and a term that has not begun (thesis §9.6). */
  readonly voteTerm: Term
  readonly preVote: boolean
}

/** One entry has been appended to the node's log (§5.3). */
interface LogAppended extends Moment {
  readonly type: 'logAppended'
  readonly index: LogIndex
  /** The entry's own term: older than `term` when a follower is catching up. */
  readonly entryTerm: Term
  /** The command, for people; `null` for the empty entry of a new leader. */
  readonly command: string | null
  /** Did it, or the entry before it in the same message, take the place of another one? */
  readonly replaces: boolean
}

/** The node has learned that everything up to `index` is committed (§5.3): one event for each entry. */
interface LogCommitted extends Moment {
  readonly type: 'logCommitted'
  readonly index: LogIndex
  /** `snapshot`: one event stands for all entries up to `index`, which came as a snapshot (§7). */
  readonly by: 'entries' | 'snapshot'
}

/** The node stands for election, or with `preVote` asks whether it could win one (thesis §9.6). */
interface ElectionStarted extends Moment {
  readonly type: 'electionStarted'
  readonly reason: ElectionReason
  readonly preVote: boolean
}

/** The node has won the election of `term` (§5.2). */
interface LeaderElected extends Moment {
  readonly type: 'leaderElected'
}

/** One thing that happened. */
export type ClusterEvent =
  | StateChange
  | MessageSent
  | MessageReceived
  | MessageLost
  | VoteGranted
  | LogAppended
  | LogCommitted
  | ElectionStarted
  | LeaderElected

/** The kinds of {@link ClusterEvent} that `--json` prints: all but `messageLost`, which only a network in memory can tell. */
export const eventKinds = [
  'stateChange',
  'messageSent',
  'messageReceived',
  'voteGranted',
  'logAppended',
  'logCommitted',
  'electionStarted',
  'leaderElected',
] as const satisfies readonly ClusterEvent['type'][]

/** Names and arguments. Mutable tuples, because eventemitter3 takes a readonly one for `any[]`. */
type EventMap = {
  [Kind in ClusterEvent['type']]: [event: Extract<ClusterEvent, { readonly type: Kind }>]
} & {
  /** All that the library itself tells (the option `trace`), the kinds above included, as it comes. */
  trace: [event: TraceEvent, tick: number]
}

/** The listening side. A listener only takes note: it is called in the middle of things. */
export type Events = Pick<EventFeed, 'on'>

/** Carries events to whoever listens. It holds an emitter and is none: who gets {@link Events} cannot emit. */
export class EventFeed {
  readonly #emitter = new EventEmitter<EventMap>()

  on<Name extends keyof EventMap>(name: Name, listener: EventEmitter.EventListener<EventMap, Name>): void {
    this.#emitter.on(name, listener)
  }

  /** One of the kinds above has happened. */
  publish(event: ClusterEvent): void {
    // That a kind and its event belong together is lost on the compiler once they are two arguments.
    const args: [event: never] = [event as never]
    this.#emitter.emit(event.type, ...args)
  }

  /** The library has told something. */
  publishTrace(event: TraceEvent, tick: number): void {
    this.#emitter.emit('trace', event, tick)
  }
}
