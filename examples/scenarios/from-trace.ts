/** From what the library tells (the option `trace`) to the events of this example. */

import type { Entry, TraceEvent } from 'quorate'

import { CommandError, commandText, decodeCommand } from './command.ts'
import type { ClusterEvent } from './events.ts'

/** The events that one trace event stands for; none for what is only told in words. */
export function eventsOf(trace: TraceEvent, tick: number): readonly ClusterEvent[] {
  const { type, node, term } = trace
  const moment = { tick, node, term }
  if (type === 'roleChanged') return [{ type: 'stateChange', ...moment, from: trace.from, to: trace.to }]
  if (type === 'electionStarted')
    return [{ type: 'electionStarted', ...moment, reason: trace.reason, preVote: trace.preVote }]
  if (type === 'leaderElected') return [{ type: 'leaderElected', ...moment }]
  if (type === 'snapshotRestored')
    return [{ type: 'logCommitted', ...moment, index: trace.index, by: 'snapshot' }]
  if (type === 'voteGranted') {
    const { candidate, voteTerm, preVote } = trace
    return [{ type: 'voteGranted', ...moment, candidate, voteTerm, preVote }]
  }
  const events: ClusterEvent[] = []
  if (type === 'entriesAppended') {
    const replaces = trace.truncatedFrom !== null
    for (const entry of trace.entries) {
      const { index, term: entryTerm } = entry
      events.push({ type: 'logAppended', ...moment, index, entryTerm, command: entryText(entry), replaces })
    }
  } else if (type === 'committed') {
    for (let index = trace.from + 1; index <= trace.to; index++)
      events.push({ type: 'logCommitted', ...moment, index, by: 'entries' })
  }
  return events
}

/** What an entry says, for people; `null` if it says nothing. */
export function entryText(entry: Entry): string | null {
  if (entry.type === 'EntryNormal') return entry.data === null ? null : dataText(entry.data)
  if (entry.change === null) return 'leave the joint membership'
  if (entry.change.version === 1) return `${entry.change.type} ${entry.change.nodeId}`
  return entry.change.changes.map(({ type, nodeId }) => `${type} ${nodeId}`).join(', ')
}

function dataText(data: Uint8Array): string {
  try {
    return commandText(decodeCommand(data))
  } catch (error) {
    if (error instanceof CommandError) return `${data.length} bytes`
    throw error
  }
}
