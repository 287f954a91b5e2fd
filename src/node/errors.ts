/**
 * What can go wrong with a request to a running node. What matters to whoever asked is whether it may have happened all the same:
 * a refusal may be repeated without a thought, an unknown outcome may not.
 */

import { describeCause, RaftError } from '../core/errors.ts'
import type { NodeId } from '../core/types.ts'

/** Why a request was refused. */
export type RefusalReason =
  /** No leader is known; perhaps one is being elected. */
  | 'no-leader'
  /** This node does not lead and does not forward. */
  | 'not-leader'
  /** Too much is waiting already. */
  | 'overloaded'
  /** Leadership is being handed over. */
  | 'transferring'
  /** Leadership changed before the request got into a log that lasts. */
  | 'leadership-lost'
  /** Another change of the membership is not finished. */
  | 'change-pending'
  /** The membership is not the one that the change was meant for. */
  | 'membership-changed'
  /** A learner did not catch up in time. */
  | 'learner-behind'
  /** The change is not possible from the present membership. */
  | 'impossible-change'
  /** Too few voters of the membership to come have been heard from lately: it could decide nothing. */
  | 'quorum-at-risk'
  /** The session is not open, or no longer: its commands may have been applied. */
  | 'no-session'
  /** The node to hand leadership to is no voter, or leads already. */
  | 'bad-target'
  /** The time for it is over, or its signal was aborted, before it was handed over. */
  | 'given-up'
  /** The node is stopping or has stopped. */
  | 'stopped'

const fixes: Readonly<Record<RefusalReason, string>> = {
  'no-leader': 'Try again; if it lasts, look whether a majority of the voters is up and reachable',
  'not-leader': 'Ask the leader, or let this node forward: option `forward`',
  overloaded: 'Try again later, and with less at a time',
  transferring: 'Try again: it is over within an election timeout',
  'leadership-lost': 'Try again: it is in no log that lasts',
  'change-pending': 'Wait until the other change is done',
  'membership-changed': 'Look at the membership of now and decide again',
  'learner-behind': 'Look why the learner lags, then promote it again',
  'impossible-change': 'Look at the membership of now: status().confState',
  'quorum-at-risk': 'Bring the missing voters back first, or remove those that are gone for good one by one',
  'no-session': 'Open a new session, and find out by a read what of the old one was done',
  'bad-target': 'Choose another voter',
  'given-up': 'Try again, perhaps with a longer `timeoutMs`',
  stopped: 'Ask another node, or start this one again',
}

/** A request that has done nothing and will do nothing: it may be repeated (`ERR_REFUSED`). */
export class RefusedError extends RaftError {
  static override readonly name = 'RefusedError'
  override readonly name = 'RefusedError'
  readonly reason: RefusalReason
  /** Who leads, as far as the node that refused knows; `null` if it does not. */
  readonly leader: NodeId | null
  /** Nothing has happened. */
  readonly applied = 'no'

  constructor(reason: RefusalReason, what: string, leader: NodeId | null = null, cause?: unknown) {
    super('ERR_REFUSED', what, fixes[reason], reason, cause)
    this.reason = reason
    this.leader = leader
  }
}

/**
 * A request that may have happened, may happen yet, or may never (`ERR_OUTCOME_UNKNOWN`): it was handed over, and no answer came. To
 * repeat it may do it twice, unless it is a command of a session.
 */
export class OutcomeUnknownError extends RaftError {
  static override readonly name = 'OutcomeUnknownError'
  override readonly name = 'OutcomeUnknownError'
  /** Nobody knows. */
  readonly applied = 'unknown'

  constructor(what: string, cause?: unknown) {
    super(
      'ERR_OUTCOME_UNKNOWN',
      what,
      'Find out by a read, or use a session: its commands may be repeated and are applied once',
      undefined,
      cause,
    )
  }
}

/** Fatal: the state machine threw (`ERR_STATE_MACHINE`). The node has stopped before that could become state. */
export class StateMachineError extends RaftError {
  static override readonly name = 'StateMachineError'
  override readonly name = 'StateMachineError'

  constructor(call: string, cause: unknown) {
    super(
      'ERR_STATE_MACHINE',
      `The state machine threw in ${call}: ${describeCause(cause)}`,
      'Mend the state machine: it must take every command that may be proposed, on every node alike',
      undefined,
      cause,
    )
  }
}
