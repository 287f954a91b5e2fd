/** Terms, roles and votes: who may stand, who may vote for whom, who has won (§5.1, §5.2, §5.4.1, thesis §9.6). */

import type { PeerMessage } from '../../core/messages.ts'
import type { TraceEvent } from '../../core/trace.ts'
import type { NodeId } from '../../core/types.ts'
import { atLeastAsUpToDate, idText } from './abstract-log.ts'
import { configText, isLost, isQuorum, mayVote } from './configuration.ts'
import { deviates } from './deviation.ts'
import type { Server, State } from './state.ts'

type Told<Type extends TraceEvent['type']> = Extract<TraceEvent, { type: Type }>

/** §5.1: a term is entered because a message tells of it, or to stand for election in the next one. */
export function termChanged(state: State, s: Server, { from, term }: Told<'termChanged'>): void {
  if (from !== s.term || term <= from)
    deviates('Term', s.id, `goes from term ${from} to ${term}, and was in ${s.term} (§5.1)`)
  const m = state.inHand(s.id)
  s.term = term
  s.vote = null
  s.leadership = null
  if (m !== null && tellsOf(m as PeerMessage, term)) {
    if (s.role !== 'follower') s.duty = 'follow'
    return
  }
  if (term !== from + 1)
    deviates('Term', s.id, `enters term ${term} from ${from}, and no message in hand is of that term (§5.1)`)
  if (s.role === 'leader') deviates('Term', s.id, `leads term ${from} and raises its term by itself (§5.2)`)
  s.duty = 'stand'
  s.stoodAs = s.role
}

/** To be asked about a later term is not to be in it, nor is to be granted it (thesis §9.6). */
function tellsOf(m: PeerMessage, term: number): boolean {
  if (m.type === 'MsgPreVote' || (m.type === 'MsgPreVoteResp' && !m.reject)) return false
  return ('term' in m && m.term === term) || (m.type === 'MsgSnap' && m.snapshot.term === term)
}

/** Figure 4: the changes of role, each with its cause. */
export function roleChanged(state: State, s: Server, { from, to }: Told<'roleChanged'>): void {
  if (from !== s.role) deviates('Role', s.id, `says that it was ${from}, and was ${s.role}`)
  if (to === 'follower') checkYields(state, s)
  else if (to === 'candidate') {
    if (s.duty !== 'stand') deviates('Candidate', s.id, `becomes candidate without a new term (§5.2)`)
  } else if (to === 'pre-candidate') {
    if (from === 'leader') deviates('PreCandidate', s.id, `leads, and asks for votes (thesis §9.6)`)
    if (s.duty !== null) deviates('PreCandidate', s.id, `changes its term to ask around (thesis §9.6)`)
  } else if (from !== 'candidate') deviates('Leader', s.id, `becomes leader from ${from} (figure 4)`)
  else becomeLeader(state, s)
  if (to !== 'leader') s.leadership = null
  s.role = to
  s.mayYield = false
  if (s.duty === 'follow') s.duty = null
}

function checkYields(state: State, s: Server): void {
  if (s.duty === 'follow' || s.mayYield) return
  // It has learnt that its membership is over.
  if (s.role !== 'leader' && s.log.nextChange(s.applied, s.commit) !== undefined) return
  const m = state.inHand(s.id)
  const hears = m?.type === 'MsgApp' || m?.type === 'MsgHeartbeat' || m?.type === 'MsgSnap'
  if (hears && m.term === s.term && s.role !== 'leader') return
  deviates(
    'Follower',
    s.id,
    `was ${s.role} in term ${s.term} and follows, without a later term, a leader, or a word that it gives up (figure 4)`,
  )
}

/** It stands for election, or asks whether it should (§5.2, thesis §9.6). */
export function electionStarted(state: State, s: Server, { preVote, reason }: Told<'electionStarted'>): void {
  const what = preVote ? 'PreCandidate' : 'Candidate'
  if (!mayVote(s.config, s.id))
    deviates(what, s.id, `stands for election (${reason}) in ${configText(s.config)} (thesis §4.2.2)`)
  if (s.waiting !== null)
    deviates(what, s.id, `stands for election, and snapshot ${s.waiting} is not installed (§7)`)
  // docs/adr/0004: a change is in force when it is applied, so nobody stands with a committed one before them.
  const change = s.log.nextChange(s.applied, s.commit)
  if (change !== undefined)
    deviates(what, s.id, `stands for election, and the committed change at ${change.index} is not applied`)
  if (preVote) startPreVote(s)
  else startVote(state, s, reason)
  s.granted.clear()
  s.refused.clear()
}

function startPreVote(s: Server): void {
  if (s.role !== 'pre-candidate') deviates('PreCandidate', s.id, `asks around as ${s.role} (thesis §9.6)`)
}

function startVote(state: State, s: Server, reason: Told<'electionStarted'>['reason']): void {
  if (s.duty !== 'stand' || s.role !== 'candidate')
    deviates(
      'Candidate',
      s.id,
      `stands for election in term ${s.term} as ${s.role}, without raising its term (§5.2)`,
    )
  s.duty = null
  if (reason === 'transfer') {
    const m = state.inHand(s.id)
    if (m?.type !== 'MsgTimeoutNow' || m.term !== s.term - 1)
      deviates('Candidate', s.id, `stands for election at once, and no leader has told it to (thesis §3.10)`)
  } else if (state.preVote) {
    if (s.stoodAs !== 'pre-candidate' || !isQuorum(s.config, (id) => id === s.id || s.granted.has(id)))
      deviates(
        'Candidate',
        s.id,
        `stands for election in term ${s.term} from ${s.stoodAs}, and [${[...s.granted].join(' ')}] of ${configText(s.config)} would vote for it (thesis §9.6)`,
      )
  }
  s.vote = s.id
  s.votes.set(s.term, s.id)
  s.claims.set(s.term, s.log.last)
}

/** §5.2, §5.4.1: one vote for each term, and for nobody who may lack what is committed. */
export function voteGranted(
  state: State,
  s: Server,
  { preVote, candidate, voteTerm }: Told<'voteGranted'>,
): void {
  const what = preVote ? 'PreVote' : 'Vote'
  const m = state.inHand(s.id)
  if (m?.type !== (preVote ? 'MsgPreVote' : 'MsgVote') || m.from !== candidate || m.term !== voteTerm)
    return deviates(what, s.id, `votes for ${candidate} in term ${voteTerm}, and was not asked to`)
  const asked = { index: m.lastLogIndex, term: m.lastLogTerm }
  if (!atLeastAsUpToDate(asked, s.log.last))
    deviates(
      what,
      s.id,
      `votes for ${candidate}, whose log ends with ${idText(asked)}, and its own with ${idText(s.log.last)} (§5.4.1)`,
    )
  if (preVote) {
    if (voteTerm < s.term)
      deviates(what, s.id, `would vote in term ${voteTerm}, and is in ${s.term} (thesis §9.6)`)
    return
  }
  if (voteTerm !== s.term) deviates(what, s.id, `votes in term ${voteTerm}, and is in ${s.term} (§5.2)`)
  if (s.vote !== null && s.vote !== candidate)
    deviates(what, s.id, `votes for ${candidate} in term ${s.term}, and has voted for ${s.vote} (§5.2)`)
  s.vote = candidate
  s.votes.set(s.term, candidate)
}

/** A vote is refused for a reason that holds, or a group could wait for it for ever. */
export function voteRefused(
  state: State,
  s: Server,
  { candidate, preVote, voteTerm, why }: Told<'voteRefused'>,
): void {
  const m = state.inHand(s.id)
  if (m?.type !== 'MsgVote' && m?.type !== 'MsgPreVote') return
  const asked = { index: m.lastLogIndex, term: m.lastLogTerm }
  const holds =
    why === 'stale-term'
      ? voteTerm < s.term
      : why === 'already-voted'
        ? s.vote !== null && s.vote !== candidate
        : why === 'stale-log'
          ? !atLeastAsUpToDate(asked, s.log.last)
          : why === 'lower-priority'
            ? !m.transfer && atLeastAsUpToDate(s.log.last, asked)
            : true
  if (!holds)
    deviates(
      preVote ? 'PreVote' : 'Vote',
      s.id,
      `refuses ${candidate} in term ${voteTerm} for '${why}', with vote ${s.vote ?? '-'} in term ${s.term} and a log to ${idText(s.log.last)} against ${idText(asked)} (figure 2)`,
    )
}

/** An answer has come in: whoever sent it has answered, whatever becomes of it. */
export function countAnswer(s: Server, m: PeerMessage): void {
  const isVote = m.type === 'MsgVoteResp' && s.role === 'candidate' && m.term === s.term
  const isPreVote =
    m.type === 'MsgPreVoteResp' && s.role === 'pre-candidate' && m.term === (m.reject ? s.term : s.term + 1)
  if (isVote || isPreVote) (m.reject ? s.refused : s.granted).add(m.from)
}

/** §5.2: a candidate has lost when no majority is left for it. */
export function electionLost(s: Server): void {
  if (s.role !== 'candidate' && s.role !== 'pre-candidate')
    deviates('Lost', s.id, `gives up an election as ${s.role}`)
  if (!isLost(s.config, s.refused))
    deviates(
      'Lost',
      s.id,
      `gives up, and only [${[...s.refused].join(' ')}] of ${configText(s.config)} have refused (§5.2)`,
    )
  s.mayYield = true
}

/** §5.2: elected by a majority of its configuration, each of whom has sent its vote; nobody else ever in the same term. */
function becomeLeader(state: State, s: Server): void {
  const { id, term, config, granted } = s
  const other = state.leaderships.get(term)
  if (other !== undefined)
    deviates('Leader', id, `becomes leader of term ${term}, which node ${other.id} has led (§5.2)`)
  // docs/adr/0009: not before its own vote is durable, or it could forget that it led.
  const own = s.disk.durable.hardState
  if (own === null || own.term !== term || own.vote !== id)
    deviates('Leader', id, `becomes leader of term ${term}, and its own vote is not durable (figure 2)`)
  const votes = state.grants.get(term)
  const has = (voter: NodeId): boolean => voter === id || (granted.has(voter) && votes?.get(voter) === id)
  if (!isQuorum(config, has))
    deviates(
      'Leader',
      id,
      `becomes leader of term ${term} with the votes of [${[...granted].join(' ')}], which is no majority of ${configText(config)} (§5.2)`,
    )
  s.leadership = {
    term,
    id,
    match: new Map(),
    best: new Map(),
    session: new Map(),
    ended: new Map(),
    commit: s.commit,
    // The first term is that of the snapshot that the group begins with: then there is nothing before it.
    hasCommittedOwn: s.log.term(s.commit) === term,
  }
  state.leaderships.set(term, s.leadership)
  s.owesNoOp = true
}

/** thesis §6.2, thesis §4.2.2: a leader goes by itself when it has lost its quorum, or its part in the group. */
export function steppedDown(s: Server, { why }: Told<'steppedDown'>): void {
  if (s.role !== 'leader') deviates('StepDown', s.id, `steps down as ${s.role}`)
  if (why === 'removed') {
    if (mayVote(s.config, s.id))
      deviates('StepDown', s.id, `leaves, and is a voter of ${configText(s.config)} (thesis §4.2.2)`)
    // docs/adr/0004: those who stay know of its removal as soon as one more entry is committed.
    if (s.log.term(s.commit) !== s.term)
      deviates('StepDown', s.id, `leaves, and has committed nothing in term ${s.term} (thesis §4.2.2)`)
  }
  s.mayYield = true
}

/** §5.2: there is one leader in a term. To forget it is always allowed. */
export function leaderChanged(state: State, s: Server, { leader }: Told<'leaderChanged'>): void {
  if (leader === null) return
  const elected = state.leaderships.get(s.term)?.id
  if (elected !== leader)
    deviates(
      'Follower',
      s.id,
      `follows ${leader} in term ${s.term}, which ${elected ?? 'nobody'} was elected for (§5.2)`,
    )
}
