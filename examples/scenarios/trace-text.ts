/** What the library tells, in words. */

import type { RoleName, TraceEvent } from 'quorate'

import { entryText } from './from-trace.ts'
import { nodesText } from './words.ts'

type Told<Type extends TraceEvent['type']> = Extract<TraceEvent, { readonly type: Type }>

const reasons = {
  timeout: 'election timeout',
  campaign: 'told to campaign',
  transfer: 'told to by the leader',
} as const

/**
 * One line of log for an event; `null` where another event says it already.
 * @param role - the node's, before it changed
 */
export function traceText(event: TraceEvent, role: RoleName): string | null {
  switch (event.type) {
    case 'termChanged':
      return null // the line of whatever brought it tells the new term
    case 'roleChanged':
      return roleText(event.to)
    case 'leaderChanged':
      return leaderText(event)
    case 'electionStarted':
      return electionText(event, role)
    case 'electionHeldBack':
      return `does not stand for election: ${event.why}`
    case 'voteGranted':
    case 'voteRefused':
    case 'voteIgnored':
    case 'voteCounted':
      return voteText(event)
    case 'electionLost':
      return event.preVote ? 'would not be elected' : 'lost the election'
    case 'leaderElected':
      return `elected leader of term ${event.term}, becoming leader`
    case 'steppedDown':
      return event.why === 'removed' ? 'is removed, stepping down' : 'hears from no majority, stepping down'
    case 'messageIgnored':
      return `ignores ${event.message} of node ${event.from}: ${event.why}`
    case 'entriesAppended':
      return appendText(event)
    case 'appendRejected':
      return `rejects entries behind ${event.prevLogIndex}: its log has no such entry`
    case 'committed':
      return `committed index ${event.to}`
    case 'proposalDropped':
      return `drops a proposal: ${event.why}`
    case 'confChangeRefused':
      return `refuses a membership change: ${event.why}`
    case 'configChanged':
    case 'readDropped':
    case 'snapshotIgnored':
    case 'snapshotRestored':
    case 'snapshotSent':
    case 'transferAborted':
    case 'transferStarted':
      return laterText(event)
    default:
      return event satisfies never
  }
}

type Later =
  | 'configChanged'
  | 'readDropped'
  | 'snapshotIgnored'
  | 'snapshotRestored'
  | 'snapshotSent'
  | 'transferAborted'
  | 'transferStarted'

function laterText(event: Told<Later>): string {
  switch (event.type) {
    case 'configChanged':
      return configText(event)
    case 'snapshotSent':
      return `sends node ${event.to} a snapshot as of index ${event.index}`
    case 'snapshotRestored':
      return `committed index ${event.index}, by installing a snapshot`
    case 'snapshotIgnored':
      return `ignores a snapshot as of index ${event.index}: ${event.why}`
    case 'readDropped':
      return `drops a read: ${event.why}`
    case 'transferStarted':
      return `hands leadership to node ${event.target}`
    case 'transferAborted':
      return `does not hand leadership to node ${event.target}: ${event.why}`
    default:
      return event satisfies never
  }
}

function roleText(to: RoleName): string | null {
  // The others are told with the reason for it, by electionStarted and leaderElected.
  return to === 'follower' ? 'becoming follower' : null
}

function electionText({ reason, preVote }: Told<'electionStarted'>, role: RoleName): string {
  if (preVote) return `${reasons[reason]}, becoming pre-candidate`
  return `${role === 'pre-candidate' ? 'would be elected' : reasons[reason]}, becoming candidate`
}

function leaderText({ node, leader }: Told<'leaderChanged'>): string | null {
  if (leader === node) return null
  return leader === null ? 'knows no leader any more' : `follows node ${leader}`
}

function voteText(event: Told<'voteGranted' | 'voteRefused' | 'voteIgnored' | 'voteCounted'>): string {
  const vote = event.preVote ? 'pre-vote' : 'vote'
  if (event.type === 'voteCounted')
    return `counts a ${event.granted ? '' : 'refused '}${vote} of node ${event.voter}`
  const whom = `${vote} for node ${event.candidate} in term ${event.voteTerm}`
  if (event.type === 'voteGranted') return `granted ${whom}`
  return event.type === 'voteRefused' ? `refused ${whom}: ${event.why}` : `ignored request of a ${whom}`
}

function appendText({ entries, truncatedFrom }: Told<'entriesAppended'>): string {
  const what = entries.map((entry) => `${entry.index} (${entryText(entry) ?? 'empty'})`).join(', ')
  return `appended ${what}${truncatedFrom === null ? '' : `, instead of what it had from ${truncatedFrom} on`}`
}

function configText({ confState: { voters, votersOutgoing, learners } }: Told<'configChanged'>): string {
  const joint = votersOutgoing.length === 0 ? '' : ` jointly with ${nodesText(votersOutgoing)}`
  return `membership: ${nodesText(voters)}${joint} vote${learners.length === 0 ? '' : `, ${nodesText(learners)} learn`}`
}
