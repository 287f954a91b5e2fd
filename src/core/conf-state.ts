/** Questions about one configuration (thesis §4.2, thesis §4.3). */

import type { ConfState, NodeId } from './types.ts'

/** Nobody is a member: what a node that waits to be added knows. */
export const emptyConfState: ConfState = Object.freeze({
  voters: Object.freeze([]),
  votersOutgoing: Object.freeze([]),
  learners: Object.freeze([]),
  learnersNext: Object.freeze([]),
  autoLeave: false,
})

/** Is it in transition between two sets of voters (thesis §4.3)? */
export function isJoint(config: ConfState): boolean {
  return config.votersOutgoing.length > 0
}

/** Does `id` have a vote, in either half? */
export function isVoter(config: ConfState, id: NodeId): boolean {
  return config.voters.includes(id) || config.votersOutgoing.includes(id)
}

/** Does `id` receive the log, as a voter of either half or as a learner? */
export function isMember(config: ConfState, id: NodeId): boolean {
  return isVoter(config, id) || config.learners.includes(id)
}

/** All voters of both halves, ascending. */
export function voterIds(config: ConfState): readonly NodeId[] {
  return isJoint(config) ? sortedIds([...config.voters, ...config.votersOutgoing]) : config.voters
}

/** Everybody who receives the log, ascending. */
export function memberIds(config: ConfState): readonly NodeId[] {
  if (config.learners.length === 0) return voterIds(config)
  return sortedIds([...config.voters, ...config.votersOutgoing, ...config.learners])
}

/** The ids once each, ascending: every list of a configuration is in this form. */
function sortedIds(ids: Iterable<NodeId>): readonly NodeId[] {
  return Object.freeze([...new Set(ids)].sort((a, b) => a - b))
}

/** The same configuration in canonical form: sorted lists, frozen. It must have no flaw (see `confStateFlaw`). */
export function canonicalConfState(config: ConfState): ConfState {
  return Object.freeze({
    voters: sortedIds(config.voters),
    votersOutgoing: sortedIds(config.votersOutgoing),
    learners: sortedIds(config.learners),
    learnersNext: sortedIds(config.learnersNext),
    autoLeave: config.autoLeave,
  })
}
