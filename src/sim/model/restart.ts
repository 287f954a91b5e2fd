/** What is on disk, and what comes back of a server when it starts again: that, and nothing else (figure 2, §5.5). */

import type { ConfState, LogIndex, NodeId } from '../../core/types.ts'
import type { Disk } from '../disk.ts'
import type { Image } from '../image.ts'
import { AbstractLog, idText } from './abstract-log.ts'
import { configText, isSame } from './configuration.ts'
import { deviates } from './deviation.ts'
import type { Server, State } from './state.ts'

const nobody: ConfState = { voters: [], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false }

/** A server has come up: with what its disk holds, which is something that it has had. */
export function started(
  state: State,
  id: NodeId,
  disk: Disk,
  confState: ConfState,
  applied: LogIndex,
): Server {
  const { seen } = disk
  const before = state.server(id)
  if (before?.isUp === true) deviates('Restart', id, `comes up, and is up`)
  const log = AbstractLog.of(seen)
  if (before !== undefined) checkComesBack(before, seen, log, applied)
  const commit = Math.max(seen.hardState?.commit ?? 0, applied, seen.snapshot?.index ?? 0, log.baseIndex)
  checkStanding(state, id, log, commit, applied)
  const config = state.configAt(applied) ?? nobody
  if (!isSame(config, confState))
    deviates(
      'Restart',
      id,
      `comes up with ${configText(confState)}, and the membership as of ${applied} is ${configText(config)} (thesis §4.1)`,
    )
  // A snapshot of a later term that was installed says that there was an election (docs/adr/0009).
  const stored = seen.hardState?.term ?? 0
  const term = log.lastTerm > 1 ? Math.max(stored, log.lastTerm) : stored
  const vote = term === stored ? (seen.hardState?.vote ?? null) : null
  return fresh(id, disk, { term, vote, log, commit, applied, config: confState })
}

function fresh(
  id: NodeId,
  disk: Disk,
  {
    term,
    vote,
    log,
    commit,
    applied,
    config,
  }: Pick<Server, 'term' | 'vote' | 'log' | 'commit' | 'applied' | 'config'>,
): Server {
  const { hardState } = disk.durable
  return {
    id,
    disk,
    isUp: true,
    role: 'follower',
    term,
    vote,
    log,
    commit,
    applied,
    config,
    configIndex: applied,
    appliedConfig: config,
    configured: null,
    waiting: null,
    duty: null,
    stoodAs: 'follower',
    mayYield: false,
    granted: new Set(),
    refused: new Set(),
    claims: new Map(),
    leadership: null,
    owesNoOp: false,
    votes: new Map(vote === null ? [] : [[term, vote]]),
    durable: { term: hardState?.term ?? 0, vote: hardState?.vote ?? null },
    tails: [log.last],
  }
}

/** Figure 2: term, vote and log survive, and nothing comes back that was not there. */
function checkComesBack(before: Server, seen: Image, log: AbstractLog, applied: LogIndex): void {
  const { id, durable, votes, tails } = before
  const { term, vote, commit } = seen.hardState ?? { term: 0, vote: null, commit: 0 }
  if (term < durable.term || term > before.term)
    deviates(
      'Restart',
      id,
      `comes back in term ${term}, with ${durable.term} durable and ${before.term} its last (figure 2)`,
    )
  if (term === durable.term && durable.vote !== null && vote !== durable.vote)
    deviates('Restart', id, `has forgotten in term ${term} that it voted for ${durable.vote} (figure 2)`)
  if (vote !== null && votes.get(term) !== vote && !(term === durable.term && vote === durable.vote))
    deviates(
      'Restart',
      id,
      `comes back with a vote for ${vote} in term ${term}, which it never gave (figure 2)`,
    )
  const { last } = log
  if (!tails.some((one) => one.index === last.index && one.term === last.term))
    deviates(
      'Restart',
      id,
      `comes back with a log up to ${idText(last)}, and since it was durable its log has ended with ${tails.map(idText).join(' ')} (figure 2)`,
    )
  if (commit > before.commit || applied > before.commit)
    deviates(
      'Restart',
      id,
      `comes back with ${commit} committed and ${applied} applied, and knew ${before.commit} (figure 2)`,
    )
}

function checkStanding(
  state: State,
  id: NodeId,
  log: AbstractLog,
  commit: LogIndex,
  applied: LogIndex,
): void {
  if (applied < log.baseIndex)
    deviates(
      'Restart',
      id,
      `comes back with ${applied} applied, and its log begins behind ${log.baseIndex} (§7)`,
    )
  if (commit > log.lastIndex)
    deviates(
      'Restart',
      id,
      `comes back with ${commit} committed, and its log ends at ${log.lastIndex} (figure 2)`,
    )
  const [own, chosen] = [log.term(commit), state.chosenTerm(commit)]
  if (commit > 0 && own !== null && own !== chosen)
    deviates(
      'Restart',
      id,
      `comes back with ${own}/${commit} committed, where ${chosen ?? 'nothing'} is (figure 3)`,
    )
}

/** What was written is durable: it is what the server has had, and is never taken back. */
export function synced(s: Server, disk: Disk): void {
  const { durable } = disk
  const { term, vote } = durable.hardState ?? { term: 0, vote: null }
  const known = s.durable
  if (term < known.term || (term === known.term && known.vote !== null && vote !== known.vote))
    deviates(
      'Persist',
      s.id,
      `writes term ${term} and vote ${vote ?? '-'} over term ${known.term} and vote ${known.vote ?? '-'} (figure 2)`,
    )
  if (term > s.term || (vote !== null && vote !== known.vote && s.votes.get(term) !== vote))
    deviates('Persist', s.id, `writes term ${term} and vote ${vote ?? '-'}, which it never had (figure 2)`)
  if (durable.firstIndex - 1 > (durable.snapshot?.index ?? 0))
    deviates(
      'Compact',
      s.id,
      `keeps its log from ${durable.firstIndex} on, and its snapshot is of ${durable.snapshot?.index ?? 0} (§7)`,
    )
  s.durable = { term, vote }
  const index = durable.lastIndex
  const lastTerm = durable.term(index)
  const { tails } = s
  const first = tails.findIndex((one) => one.index === index && one.term === lastTerm)
  if (first < 0)
    deviates(
      'Persist',
      s.id,
      `has a log up to ${lastTerm}/${index} on disk, and its log has ended with ${tails.map(idText).join(' ')} (figure 2)`,
    )
  if (first > 0) tails.splice(0, first)
  for (const old of s.votes.keys()) if (old < term) s.votes.delete(old)
}
