/** How the scripts print what a leader knows of its followers, and the configuration that it follows from. */

import type { ConfState, NodeId, ProgressStatus } from 'quorate'

/** What is printed of a progress. */
export type ProgressView = Omit<ProgressStatus, 'session' | 'inflight'> & {
  readonly inflight: { readonly count: number; readonly full: boolean }
}

/** One line per member, by ascending id, each ending with a line break. */
export function describeProgressMap(all: readonly ProgressView[]): string {
  const sorted = all.toSorted((a, b) => a.id - b.id)
  return sorted.map((progress) => `${progress.id}: ${describeProgress(progress)}\n`).join('')
}

function describeProgress(progress: ProgressView): string {
  const { state, match, next, isLearner, paused, pendingSnapshot, recentActive, inflight } = progress
  let text = `${state} match=${match} next=${next}`
  if (isLearner) text += ' learner'
  if (paused) text += ' paused'
  if (pendingSnapshot !== null && pendingSnapshot > 0) text += ` pendingSnap=${pendingSnapshot}`
  if (!recentActive) text += ' inactive'
  if (inflight.count > 0) text += ` inflight=${inflight.count}${inflight.full ? '[full]' : ''}`
  return text
}

/** `voters=(1 2)&&(1) learners=(3) learners_next=(4) autoleave`: what is empty is left out. */
export function describeConfig(config: ConfState): string {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = config
  let text = `voters=${describeIds(voters)}`
  if (votersOutgoing.length > 0) text += `&&${describeIds(votersOutgoing)}`
  if (learners.length > 0) text += ` learners=${describeIds(learners)}`
  if (learnersNext.length > 0) text += ` learners_next=${describeIds(learnersNext)}`
  return autoLeave ? `${text} autoleave` : text
}

function describeIds(ids: readonly NodeId[]): string {
  const sorted = ids.toSorted((a, b) => a - b)
  return `(${sorted.map((id) => id.toString(16)).join(' ')})`
}
