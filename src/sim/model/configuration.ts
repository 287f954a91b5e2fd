/** Configurations as the thesis has them: who votes, who is a quorum, and what a change makes of them (thesis §4.1, thesis §4.3). */

import type { ConfChange, ConfState, NodeId } from '../../core/types.ts'

/** Has a majority of each half something? A configuration without voters has no majority. */
export function isQuorum({ voters, votersOutgoing }: ConfState, has: (id: NodeId) => boolean): boolean {
  if (voters.length === 0) return false
  return hasMajority(voters, has) && (votersOutgoing.length === 0 || hasMajority(votersOutgoing, has))
}

/** Is there a half without a majority, now that these have refused? */
export function isLost({ voters, votersOutgoing }: ConfState, refused: ReadonlySet<NodeId>): boolean {
  const may = (id: NodeId): boolean => !refused.has(id)
  return !hasMajority(voters, may) || (votersOutgoing.length > 0 && !hasMajority(votersOutgoing, may))
}

function hasMajority(half: readonly NodeId[], has: (id: NodeId) => boolean): boolean {
  let count = 0
  for (const id of half) if (has(id)) count++
  return 2 * count > half.length
}

export function mayVote({ voters, votersOutgoing }: ConfState, id: NodeId): boolean {
  return voters.includes(id) || votersOutgoing.includes(id)
}

export function hasPart(config: ConfState, id: NodeId): boolean {
  return mayVote(config, id) || config.learners.includes(id)
}

export function isJoint({ votersOutgoing }: ConfState): boolean {
  return votersOutgoing.length > 0
}

/** Is it the change that ends a joint configuration? */
export function isLeaving(change: ConfChange | null): boolean {
  return (
    change === null || (change.version === 2 && change.transition === 'auto' && change.changes.length === 0)
  )
}

/** The configuration after a change; null where the change is impossible. */
export function after(config: ConfState, change: ConfChange | null): ConfState | null {
  if (isLeaving(change)) return isJoint(config) ? left(config) : null
  if (change === null || isJoint(config)) return null
  const steps = change.version === 1 ? [change] : change.changes
  const joint = change.version === 2 && (change.transition !== 'auto' || steps.length > 1)
  if (joint && config.voters.length === 0) return null
  const voters = new Set(config.voters)
  const learners = new Set(config.learners)
  const learnersNext = new Set<NodeId>()
  for (const { type, nodeId } of steps) {
    if (nodeId === 0 || type === 'UpdateNode') continue
    if (type === 'AddLearnerNode') {
      if (learners.has(nodeId)) continue
      voters.delete(nodeId)
      // Nobody is a voter and a learner at once: who votes in the outgoing half waits for its end.
      if (joint && config.voters.includes(nodeId)) learnersNext.add(nodeId)
      else learners.add(nodeId)
      continue
    }
    learners.delete(nodeId)
    learnersNext.delete(nodeId)
    if (type === 'AddNode') voters.add(nodeId)
    else voters.delete(nodeId)
  }
  if (voters.size === 0) return null
  const changed = [...voters, ...config.voters].filter(
    (id) => !voters.has(id) || !config.voters.includes(id),
  ).length
  // thesis §4.1: majorities overlap if one voter at the most comes or goes.
  if (!joint && changed > 1) return null
  return {
    voters: sorted(voters),
    votersOutgoing: joint ? config.voters : [],
    learners: sorted(learners),
    learnersNext: sorted(learnersNext),
    autoLeave: joint && change.transition !== 'explicit',
  }
}

/** C(new), after C(old,new) (thesis §4.3). */
function left({ voters, learners, learnersNext }: ConfState): ConfState {
  return {
    voters,
    votersOutgoing: [],
    learners: sorted(new Set([...learners, ...learnersNext])),
    learnersNext: [],
    autoLeave: false,
  }
}

export function isSame(one: ConfState, other: ConfState): boolean {
  return (
    one === other ||
    (isSameList(one.voters, other.voters) &&
      isSameList(one.votersOutgoing, other.votersOutgoing) &&
      isSameList(one.learners, other.learners) &&
      isSameList(one.learnersNext, other.learnersNext) &&
      one.autoLeave === other.autoLeave)
  )
}

/** For messages: `[1 2 3][] + [4]`. */
export function configText({ voters, votersOutgoing, learners, learnersNext }: ConfState): string {
  return `[${voters.join(' ')}][${votersOutgoing.join(' ')}] + [${learners.join(' ')}][${learnersNext.join(' ')}]`
}

function isSameList(one: readonly NodeId[], other: readonly NodeId[]): boolean {
  return one.length === other.length && one.every((id, i) => id === other[i])
}

function sorted(ids: ReadonlySet<NodeId>): readonly NodeId[] {
  return [...ids].sort((a, b) => a - b)
}
