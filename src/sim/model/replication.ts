/** The log: what a leader appends, what a follower takes over, and what either may call committed (§5.3, §5.4.2). */

import type {
  Message,
  MsgApp,
  MsgAppResp,
  MsgPreVote,
  MsgPreVoteResp,
  MsgVote,
  MsgVoteResp,
} from '../../core/messages.ts'
import type { TraceEvent } from '../../core/trace.ts'
import type { Entry, LogIndex, NodeId } from '../../core/types.ts'
import { after, configText, hasPart, isJoint, isLeaving, isQuorum } from './configuration.ts'
import { deviates } from './deviation.ts'
import type { Leadership, Server, State } from './state.ts'

type Told<Type extends TraceEvent['type']> = Extract<TraceEvent, { type: Type }>

/** The log has grown. */
export function entriesAppended(state: State, s: Server, event: Told<'entriesAppended'>): void {
  if (s.role === 'leader') leaderAppends(state, s, event)
  else followerAppends(state, s, event)
  const { entries, truncatedFrom } = event
  if (truncatedFrom !== null) s.log.truncate(truncatedFrom)
  s.log.append(entries)
  s.tails.push(s.log.last)
}

/** Figure 3, Leader Append-Only: at its end, and in its own term. */
function leaderAppends(state: State, s: Server, { entries, truncatedFrom }: Told<'entriesAppended'>): void {
  const last = s.log.lastIndex
  if (truncatedFrom !== null)
    deviates('Propose', s.id, `leads, and cuts its log off at ${truncatedFrom} (figure 3)`)
  entries.forEach(({ index, term }, i) => {
    if (index !== last + 1 + i || term !== s.term)
      deviates(
        'Propose',
        s.id,
        `leads term ${s.term}, and appends ${term}/${index} behind ${last + i} (§5.3)`,
      )
  })
  const [first] = entries
  if (s.owesNoOp && (entries.length !== 1 || !isNoOp(first)))
    deviates(
      'Propose',
      s.id,
      `is new as leader of term ${s.term}, and appends something before an empty entry (§8)`,
    )
  if (!s.owesNoOp && !hasPart(s.config, s.id) && !entries.every(isNoOp))
    deviates('Propose', s.id, `has no part in ${configText(s.config)}, and takes a proposal (thesis §4.2.2)`)
  s.owesNoOp = false
  checkChanges(state, s, entries)
}

function isNoOp(entry: Entry | undefined): boolean {
  return entry?.type === 'EntryNormal' && entry.data === null
}

/** thesis §4.1, thesis §4.3: one change at a time, and in a joint configuration only the one that ends it. */
function checkChanges(state: State, s: Server, entries: readonly Entry[]): void {
  let pending: LogIndex | null = null
  for (const entry of entries) {
    if (entry.type === 'EntryNormal') continue
    pending ??= s.log.nextChange(s.applied, s.log.lastIndex)?.index ?? null
    if (pending !== null)
      deviates(
        'ProposeChange',
        s.id,
        `proposes a change at ${entry.index}, and the one at ${pending} is not applied (thesis §4.1)`,
      )
    pending = entry.index
    // Else it is up to who proposes it, and an impossible one changes nothing.
    if (!state.validates) continue
    if (isJoint(s.config) !== isLeaving(entry.change))
      deviates(
        'ProposeChange',
        s.id,
        `proposes a change at ${entry.index} that does not fit ${configText(s.config)} (thesis §4.3)`,
      )
    if (after(s.config, entry.change) === null)
      deviates(
        'ProposeChange',
        s.id,
        `proposes a change at ${entry.index} that is impossible in ${configText(s.config)} (thesis §4.1)`,
      )
  }
}

/** §5.3: what a message of the term's leader brings, if the entry before it is here; only a conflict takes something away. */
function followerAppends(state: State, s: Server, { entries, truncatedFrom }: Told<'entriesAppended'>): void {
  const m = state.inHand(s.id)
  if (m?.type !== 'MsgApp' || m.term !== s.term)
    return deviates(
      'Append',
      s.id,
      `appends as ${s.role} in term ${s.term}, and no leader of that term has sent it (§5.1)`,
    )
  if (s.log.term(m.prevLogIndex) !== m.prevLogTerm)
    deviates(
      'Append',
      s.id,
      `appends behind ${m.prevLogTerm}/${m.prevLogIndex}, where it has term ${s.log.term(m.prevLogIndex) ?? '-'} (§5.3)`,
    )
  const kept = matching(s, m)
  const from = m.prevLogIndex + kept + 1
  if (from <= s.commit)
    deviates('Append', s.id, `is sent another entry at ${from}, and ${s.commit} is committed (figure 3)`)
  const cut = kept < m.entries.length && from <= s.log.lastIndex ? from : null
  if (truncatedFrom !== cut)
    deviates(
      'Append',
      s.id,
      `cuts its log off at ${truncatedFrom ?? '-'}, and the first conflict is at ${cut ?? '-'} (§5.3)`,
    )
  const isRest =
    entries.length === m.entries.length - kept &&
    entries.every(({ index, term }, i) => {
      const sent = m.entries[kept + i] as Entry
      return index === sent.index && term === sent.term
    })
  if (!isRest)
    deviates(
      'Append',
      s.id,
      `appends ${entries.length} entries from ${entries[0]?.index ?? '-'} on, of ${m.entries.length} behind ${m.prevLogIndex} of which it has ${kept} (§5.3)`,
    )
}

/** How many of the entries are here already. */
function matching(s: Server, { entries }: MsgApp): number {
  let count = 0
  for (const { index, term } of entries) {
    if (s.log.term(index) !== term) break
    count++
  }
  return count
}

/** §5.3: what does not fit is refused, and only that. */
export function appendRejected(state: State, s: Server, { prevLogIndex }: Told<'appendRejected'>): void {
  const m = state.inHand(s.id)
  if (m?.type !== 'MsgApp' || m.term !== s.term || m.prevLogIndex !== prevLogIndex)
    return deviates('Reject', s.id, `refuses entries behind ${prevLogIndex} that nobody has sent (§5.3)`)
  if (prevLogIndex <= s.commit || s.log.term(prevLogIndex) === m.prevLogTerm)
    deviates('Reject', s.id, `refuses entries behind ${m.prevLogTerm}/${prevLogIndex}, which it has (§5.3)`)
}

/** The commit index has moved. */
export function committed(state: State, s: Server, { from, to }: Told<'committed'>): void {
  if (from !== s.commit || to <= from || to > s.log.lastIndex)
    deviates(
      'Commit',
      s.id,
      `commits from ${from} to ${to}, and was at ${s.commit} in a log up to ${s.log.lastIndex} (§5.3)`,
    )
  if (s.role === 'leader') leaderCommits(state, s, to)
  else followerCommits(state, s, to)
  const chosen = state.chosenTerm(to)
  if (chosen !== s.log.term(to))
    deviates(
      'Commit',
      s.id,
      `commits ${s.log.term(to) ?? '-'}/${to}, and a leader has committed term ${chosen ?? '-'} there (figure 3)`,
    )
  s.commit = to
}

/** §5.3, §5.4.2: an entry of its own term that a majority has acknowledged to it, or holds on its own disk. */
function leaderCommits(state: State, s: Server, to: LogIndex): void {
  const { id, term, config, leadership } = s
  if (leadership === null) return
  if (s.log.term(to) !== term)
    deviates(
      'Commit',
      id,
      `leads term ${term}, and commits ${s.log.term(to) ?? '-'}/${to} by counting replicas (§5.4.2)`,
    )
  const { match } = leadership
  const has = (voter: NodeId): boolean =>
    voter === id ? s.disk.durable.holds(to, term) : (match.get(voter) ?? 0) >= to
  if (!isQuorum(config, has))
    deviates(
      'Commit',
      id,
      `leads term ${term} and commits ${to}, which is acknowledged by no majority of ${configText(config)}: ${matchText(s, leadership)} (§5.3)`,
    )
  leadership.commit = to
  leadership.hasCommittedOwn = true
  state.choose(s.log, to)
}

function matchText(s: Server, { match }: Leadership): string {
  const others = [...match].map(([id, index]) => `${id}:${index}`)
  return [`${s.id}:${s.disk.durable.lastIndex}`, ...others].join(' ')
}

/** Figure 2: not further than the leader says, nor than the message vouches for. */
function followerCommits(state: State, s: Server, to: LogIndex): void {
  const m = state.inHand(s.id)
  if (m?.type === 'MsgApp' && m.term === s.term) {
    const end = m.entries.at(-1) ?? { index: m.prevLogIndex, term: m.prevLogTerm }
    if (to > m.commit || to > end.index)
      deviates(
        'Commit',
        s.id,
        `commits ${to}, and was told ${m.commit} with entries up to ${end.index} (figure 2)`,
      )
    if (s.log.term(end.index) !== end.term)
      deviates('Commit', s.id, `commits ${to}, and has another entry than the leader at ${end.index} (§5.3)`)
  } else if (m?.type === 'MsgHeartbeat' && m.term === s.term) {
    if (to > m.commit) deviates('Commit', s.id, `commits ${to}, and was told ${m.commit} (§5.3)`)
  } else if (m?.type === 'MsgSnap' && m.term === s.term) {
    if (to !== m.snapshot.index || s.log.term(to) !== m.snapshot.term)
      deviates('Commit', s.id, `commits ${to}, and was sent a snapshot of ${m.snapshot.index} (§7)`)
  } else if (isAboutVotes(m)) {
    // Who holds an entry that somebody knows to be committed knows it too: Log Matching (§5.3).
    if (to !== m.committed?.index || s.log.term(to) !== m.committed.term)
      deviates('Commit', s.id, `commits ${to}, and a ${m.type} told it ${m.committed?.index ?? '-'} (§5.3)`)
  } else
    deviates(
      'Commit',
      s.id,
      `commits ${to} as ${s.role}, and no leader of term ${s.term} has told it to (§5.3)`,
    )
}

type AboutVotes = MsgVote | MsgVoteResp | MsgPreVote | MsgPreVoteResp

function isAboutVotes(m: Message | null): m is AboutVotes {
  const type = m?.type
  return type === 'MsgVote' || type === 'MsgVoteResp' || type === 'MsgPreVote' || type === 'MsgPreVoteResp'
}

/** A leader has heard how much a follower holds. What was said to an earlier tracking of it does not count (docs/adr/0005). */
export function acknowledged({ leadership, term }: Server, m: MsgAppResp): void {
  if (leadership === null || m.reject || m.term !== term) return
  const { match, best, ended } = leadership
  if (m.session !== null && m.session <= (ended.get(m.from) ?? 0)) return
  if (m.match > (match.get(m.from) ?? 0)) match.set(m.from, m.match)
  if (m.match > (best.get(m.from) ?? 0)) best.set(m.from, m.match)
}

/** Who has left a leader's configuration, or has come into it, is tracked anew. */
export function track({ match, session, ended }: Leadership, id: NodeId): void {
  match.delete(id)
  const newest = session.get(id)
  if (newest !== undefined) ended.set(id, newest)
}
