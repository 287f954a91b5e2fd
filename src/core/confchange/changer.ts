/**
 * From one configuration to the next: one voter at a time (thesis §4.1) or through a joint configuration (thesis §4.3).
 * Pure: what is handed in stays as it is, and an impossible change throws.
 */

import { ConfChangeError } from '../errors.ts'
import type { ConfChange, ConfChangeSingle, ConfState, NodeId } from '../types.ts'
import { canonicalConfState, isJoint, isMember } from '../conf-state.ts'

/** The next configuration, and whose progress starts from nothing in it. */
export interface ConfigStep {
  readonly config: ConfState
  /** Nodes that came in anew, or that left and came back by one and the same change. */
  readonly fresh: ReadonlySet<NodeId>
}

/** Changes the configuration as the log entry says. Throws {@link ConfChangeError} where that is impossible. */
export function changeConfig(config: ConfState, change: ConfChange | null): ConfigStep {
  const changes = changesOf(change)
  if (needsJoint(change)) return enterJoint(config, changes, leavesByItself(change))
  return changes.length === 0 ? leaveJoint(config) : simple(config, changes)
}

/** The steps of either form of change; none means to leave the joint configuration. */
export function changesOf(change: ConfChange | null): readonly ConfChangeSingle[] {
  if (change === null) return []
  return change.version === 1 ? [{ type: change.type, nodeId: change.nodeId }] : change.changes
}

/** Applies changes that add or remove one voter at most, so that old and new majorities overlap (thesis §4.1). */
export function simple(config: ConfState, changes: readonly ConfChangeSingle[]): ConfigStep {
  if (isJoint(config)) throw new ConfChangeError('simple-in-joint', changes)
  const draft = new Draft(config)
  draft.apply(changes)
  if (symmetricDifference(config.voters, draft.voters) > 1)
    throw new ConfChangeError('more-than-one-voter', changes)
  return draft.finish(config.autoLeave)
}

/** Enters C(old,new): the voters of today become the outgoing half, the changes are made to the incoming one. */
export function enterJoint(
  config: ConfState,
  changes: readonly ConfChangeSingle[],
  autoLeave: boolean,
): ConfigStep {
  if (isJoint(config)) throw new ConfChangeError('already-joint', changes)
  // A group that never had a voter cannot agree on anything, hence neither on this.
  if (config.voters.length === 0) throw new ConfChangeError('no-voters-before', changes)
  const draft = new Draft({ ...config, votersOutgoing: config.voters })
  draft.apply(changes)
  return draft.finish(autoLeave)
}

/** Leaves C(old,new) for C(new): outgoing voters go, or become the learners that they were to be. */
export function leaveJoint(config: ConfState): ConfigStep {
  if (!isJoint(config)) throw new ConfChangeError('not-joint', null)
  const learners = [...config.learners, ...config.learnersNext]
  const next = { voters: config.voters, votersOutgoing: [], learners, learnersNext: [], autoLeave: false }
  return { config: canonicalConfState(next), fresh: new Set() }
}

function needsJoint(change: ConfChange | null): boolean {
  // Several changes at once may leave majorities without a common voter: only a joint configuration bridges that.
  return change?.version === 2 && (change.transition !== 'auto' || change.changes.length > 1)
}

function leavesByItself(change: ConfChange | null): boolean {
  return change?.version === 2 && change.transition !== 'explicit'
}

/** A configuration in the making. */
class Draft {
  readonly voters: Set<NodeId>
  readonly #outgoing: ReadonlySet<NodeId>
  readonly #learners: Set<NodeId>
  readonly #learnersNext: Set<NodeId>
  readonly #fresh = new Set<NodeId>()

  constructor(config: ConfState) {
    this.voters = new Set(config.voters)
    this.#outgoing = new Set(config.votersOutgoing)
    this.#learners = new Set(config.learners)
    this.#learnersNext = new Set(config.learnersNext)
  }

  apply(changes: readonly ConfChangeSingle[]): void {
    for (const { type, nodeId } of changes) {
      if (nodeId === 0) continue // vetoed by the application
      if (type === 'AddNode') this.#makeVoter(nodeId)
      else if (type === 'AddLearnerNode') this.#makeLearner(nodeId)
      else if (type === 'RemoveNode') this.#remove(nodeId)
    }
    if (this.voters.size === 0) throw new ConfChangeError('no-voters-left', changes)
  }

  finish(autoLeave: boolean): ConfigStep {
    const config = canonicalConfState({
      voters: [...this.voters],
      votersOutgoing: [...this.#outgoing],
      learners: [...this.#learners],
      learnersNext: [...this.#learnersNext],
      autoLeave,
    })
    for (const id of this.#fresh) if (!isMember(config, id)) this.#fresh.delete(id)
    return { config, fresh: this.#fresh }
  }

  #makeVoter(id: NodeId): void {
    this.#noteIfFresh(id)
    this.#learners.delete(id)
    this.#learnersNext.delete(id)
    this.voters.add(id)
  }

  #makeLearner(id: NodeId): void {
    this.#noteIfFresh(id)
    if (this.#learners.has(id)) return
    this.voters.delete(id)
    // It still votes in the outgoing half, and nobody may be voter and learner at once: it waits for the joint to end.
    if (this.#outgoing.has(id)) this.#learnersNext.add(id)
    else this.#learners.add(id)
  }

  #remove(id: NodeId): void {
    this.voters.delete(id)
    this.#learners.delete(id)
    this.#learnersNext.delete(id)
  }

  #noteIfFresh(id: NodeId): void {
    if (!this.voters.has(id) && !this.#outgoing.has(id) && !this.#learners.has(id)) this.#fresh.add(id)
  }
}

function symmetricDifference(before: readonly NodeId[], after: ReadonlySet<NodeId>): number {
  const kept = before.filter((id) => after.has(id)).length
  return before.length - kept + (after.size - kept)
}
