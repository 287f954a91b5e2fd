/** What the core tells its trace, as events of the node. */

import type { TraceEvent } from '../core/trace.ts'
import type { Entry } from '../core/types.ts'
import type { Announcer } from './events.ts'

/** Notes what of it is of interest outside. */
export function announceTrace(announcer: Announcer, event: TraceEvent): void {
  const { term } = event
  if (event.type === 'roleChanged') announcer.note('stateChange', { from: event.from, to: event.to, term })
  else if (event.type === 'electionStarted')
    announcer.note('electionStarted', { term, preVote: event.preVote })
  else if (event.type === 'voteGranted')
    announcer.note('voteGranted', { to: event.candidate, term: event.voteTerm, preVote: event.preVote })
  else if (event.type === 'leaderChanged' && event.leader !== null)
    announcer.note('leaderElected', { leader: event.leader, term })
  else if (event.type === 'entriesAppended' && announcer.isHeard('logAppended')) {
    const { entries, truncatedFrom } = event
    const [first, last] = [entries[0] as Entry, entries[entries.length - 1] as Entry]
    announcer.note('logAppended', { from: first.index, to: last.index, truncatedFrom })
  } else if (event.type === 'committed' && announcer.isHeard('logCommitted'))
    announcer.note('logCommitted', { index: event.to, term })
}
