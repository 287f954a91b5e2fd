/**
 * What a leader knows of one follower's log, and how it sends to it (figure 2: nextIndex and matchIndex).
 *
 *   StateProbe      one MsgApp at a time, until it is known where the logs part
 *   StateReplicate  MsgApps one after the other without waiting, up to the inflight limits
 *   StateSnapshot   nothing, until the snapshot has arrived
 *
 * Always 0 <= match < next. All transitions between the states are here.
 */

import { invariant } from '../invariant.ts'
import type { Session } from '../messages.ts'
import type { Bytes, LogIndex, NodeId } from '../types.ts'
import { Inflights } from './inflights.ts'

/** The states, with what exists only in one of them. */
export type ProgressState =
  | { readonly name: 'StateProbe' }
  | { readonly name: 'StateReplicate'; readonly inflights: Inflights }
  | { readonly name: 'StateSnapshot'; readonly pendingSnapshot: LogIndex }

/** What limits the window of unacknowledged messages. */
export interface InflightLimits {
  readonly maxInflightMsgs: number
  readonly maxInflightBytes: Bytes
}

const probe: ProgressState = Object.freeze({ name: 'StateProbe' })

/** One follower, as its leader sees it; the leader keeps one of itself too. */
export class Progress {
  readonly id: NodeId
  /** Distinguishes this tracking of the follower from any earlier one in the same term. */
  readonly session: Session
  /** Does not vote, and so does not count for commit. */
  isLearner = false
  /** Has it been heard from since quorum activity was last checked? */
  recentActive: boolean
  readonly #limits: InflightLimits
  #state: ProgressState = probe
  #match: LogIndex = 0
  #next: LogIndex
  #sentCommit: LogIndex = 0
  #flowPaused = false

  constructor(id: NodeId, next: LogIndex, session: Session, recentActive: boolean, limits: InflightLimits) {
    this.id = id
    this.session = session
    this.recentActive = recentActive
    this.#next = next
    this.#limits = limits
  }

  get state(): ProgressState {
    return this.#state
  }

  /** The last entry known to be equal in both logs, durably. */
  get match(): LogIndex {
    return this.#match
  }

  /** The next entry to send. */
  get next(): LogIndex {
    return this.#next
  }

  /** Is nothing to be sent now, until something is heard? */
  get paused(): boolean {
    return this.#flowPaused || this.#state.name === 'StateSnapshot'
  }

  /** Is the window of unacknowledged messages used up? Only an empty MsgApp may be sent then. */
  get full(): boolean {
    return this.#state.name === 'StateReplicate' && this.#state.inflights.full
  }

  /** Would a MsgApp tell the follower of a higher commit index than it has been told, within what it was sent? */
  canBumpCommit(committed: LogIndex): boolean {
    return committed > this.#sentCommit && this.#sentCommit < this.#next - 1
  }

  /** The follower's log is known to end at or before what was assumed: look for the place where the logs part. */
  becomeProbe(): void {
    // A snapshot that went out may have been installed without our hearing of it: try from just behind it.
    const sent = this.#state.name === 'StateSnapshot' ? this.#state.pendingSnapshot : 0
    this.#enter(probe, Math.max(this.#match, sent) + 1)
    this.#sentCommit = Math.min(this.#sentCommit, this.#next - 1)
  }

  /** The logs are known to agree at `match`: stream from there. */
  becomeReplicate(): void {
    const inflights = new Inflights(this.#limits.maxInflightMsgs, this.#limits.maxInflightBytes)
    this.#enter({ name: 'StateReplicate', inflights }, this.#match + 1)
  }

  /** A snapshot at `index` is on its way. */
  becomeSnapshot(index: LogIndex): void {
    // It is newer than what is known to be equal, except with `referenceBehaviour`, where any snapshot is sent.
    this.#enter({ name: 'StateSnapshot', pendingSnapshot: index }, Math.max(index, this.#match) + 1)
    this.#sentCommit = index
  }

  /** The snapshot did not arrive: forget it, and look where the logs part. */
  snapshotFailed(): void {
    if (this.#state.name === 'StateSnapshot') this.#enter(probe, this.#match + 1)
    this.#sentCommit = Math.min(this.#sentCommit, this.#next - 1)
  }

  /** Send nothing more before something is heard. */
  pause(): void {
    this.#flowPaused = true
  }

  /** Something was heard: a message may go out again. */
  resume(): void {
    this.#flowPaused = false
  }

  /** A MsgApp with `count` entries and `bytes` of payload was sent, telling of `commit`. */
  sent(count: number, bytes: Bytes, commit: LogIndex): void {
    this.#sentCommit = commit
    const state = this.#state
    if (state.name === 'StateReplicate') {
      if (count > 0) {
        this.#next += count
        state.inflights.add(this.#next - 1, bytes)
      }
      // With the window used up each message is a probe: the next one waits for an answer, or for a heartbeat's.
      this.#flowPaused = state.inflights.full
    } else if (count > 0) {
      this.#flowPaused = true
    }
  }

  /** A heartbeat told of `commit`. */
  sentCommit(commit: LogIndex): void {
    this.#sentCommit = commit
  }

  /** The follower holds everything up to `index`. Answers whether that was news. */
  maybeUpdate(index: LogIndex): boolean {
    if (index <= this.#match) return false
    this.#match = index
    if (this.#next <= index) this.#next = index + 1
    this.#flowPaused = false
    return true
  }

  /** In StateReplicate: messages up to `index` are not on their way any more. */
  freeInflights(index: LogIndex): void {
    if (this.#state.name === 'StateReplicate') this.#state.inflights.freeTo(index)
  }

  /**
   * The follower has no entry `rejected` of the term that was assumed; the logs may agree at `hint`.
   * Answers false for an answer to a message that is overtaken by what is known since: such an answer must not move `next`.
   */
  maybeDecrement(rejected: LogIndex, hint: LogIndex): boolean {
    if (this.#state.name === 'StateReplicate') {
      if (rejected <= this.#match) return false
      this.#next = this.#match + 1
    } else {
      if (this.#next - 1 !== rejected) return false
      // Never at or below match: what is known to be equal need not be looked for (etcd-io/raft#149).
      this.#next = Math.max(Math.min(rejected, hint + 1), this.#match + 1)
      this.#flowPaused = false
    }
    this.#sentCommit = Math.min(this.#sentCommit, this.#next - 1)
    return true
  }

  #enter(state: ProgressState, next: LogIndex): void {
    this.#state = state
    this.#next = next
    this.#flowPaused = false
    invariant(this.#match < this.#next, `progress of ${this.id} keeps match < next`)
  }
}
