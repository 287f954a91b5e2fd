import type { PeerMessage } from 'quorate'
import { describe, expect, test } from 'vitest'
import { stepCandidate } from '../../../src/core/raft/candidate.ts'
import { campaign } from '../../../src/core/raft/election.ts'
import type { Raft } from '../../../src/core/raft/state.ts'
import { becomePreCandidate } from '../../../src/core/raft/transitions.ts'
import { bare, type BareOptions, sentBy, typesOf } from '../../support/bare.ts'
import { message } from '../../support/messages.ts'

/** A candidate in term 1, of five; its own vote is not durable yet. */
function candidate(options: BareOptions = {}) {
  const given = bare({ voters: [1, 2, 3, 4, 5], ...options })
  campaign(given.raft, 'campaign')
  sentBy(given.raft)
  given.events.length = 0
  return given
}

/** One that asks whether to stand for term 1. */
function preCandidate(options: BareOptions = {}) {
  const given = bare({ voters: [1, 2, 3, 4, 5], ...options })
  becomePreCandidate(given.raft, 'timeout')
  given.events.length = 0
  return given
}

function take(raft: Raft, ...messages: readonly PeerMessage[]) {
  return messages.map((m) => {
    const { role } = raft
    if (role.name !== 'candidate' && role.name !== 'pre-candidate')
      throw new Error(`it is ${role.name} already`)
    return stepCandidate(raft, role, m)
  })
}

const vote = (from: number, reject = false) => message('MsgVoteResp', { from, term: 1, reject })
const preVote = (from: number, reject = false, term = 1) => message('MsgPreVoteResp', { from, term, reject })

describe('a candidate (§5.2)', () => {
  test('leads with a majority of votes, its own among them, and begins with an entry of its own', () => {
    const { raft, events } = candidate()
    take(raft, vote(1), vote(2))
    expect(raft.role.name).toBe('candidate')
    take(raft, vote(4))
    expect(raft.role.name).toBe('leader')
    expect(raft.log.entriesFrom(2, Infinity)).toMatchObject([{ index: 2, term: 1, data: null }])
    expect(typesOf(events)).toEqual([
      'voteCounted',
      'voteCounted',
      'voteCounted',
      'roleChanged',
      'leaderChanged',
      'leaderElected',
      'entriesAppended',
    ])
  })

  test('waits for its own vote to be durable, whatever the others say: a crash could make it forget the term', () => {
    const { raft } = candidate()
    take(raft, vote(2), vote(3), vote(4), vote(5))
    expect(raft.role.name).toBe('candidate')
    take(raft, vote(1))
    expect(raft.role.name).toBe('leader')
  })

  test('does not in the reference', () => {
    const { raft } = candidate({ referenceBehaviour: true })
    take(raft, vote(2), vote(3), vote(4))
    expect(raft.role.name).toBe('leader')
  })

  test('follows nobody, in the same term, when a majority has refused', () => {
    const { raft, events } = candidate()
    take(raft, vote(1), vote(2, true), vote(3, true))
    expect(raft.role.name).toBe('candidate')
    take(raft, vote(4, true))
    expect(raft).toMatchObject({ term: 1, vote: 1, role: { name: 'follower', leader: null } })
    expect(events.slice(-2)).toMatchObject([
      { type: 'electionLost', preVote: false },
      { type: 'roleChanged', to: 'follower' },
    ])
  })

  test('counts no answers to the question whether to stand', () => {
    const { raft, events } = candidate()
    take(raft, preVote(2), preVote(3), preVote(4), preVote(5, true))
    expect([raft.role, events]).toEqual([{ name: 'candidate', votes: new Map() }, []])
  })
})

describe('a pre-candidate (thesis §9.6)', () => {
  test('stands for election with a majority, for the reason that it asked for', () => {
    const { raft, events } = preCandidate()
    take(raft, preVote(1), preVote(2))
    expect(raft).toMatchObject({ term: 0, role: { name: 'pre-candidate' } })
    take(raft, preVote(3))
    expect(raft).toMatchObject({ term: 1, vote: 1, role: { name: 'candidate', votes: new Map() } })
    expect(events).toContainEqual({
      node: 1,
      term: 1,
      type: 'electionStarted',
      reason: 'timeout',
      preVote: false,
    })
    expect(sentBy(raft).now.map(({ type, to }) => [type, to])).toEqual(
      [2, 3, 4, 5].map((to) => ['MsgVote', to]),
    )
  })

  test('follows nobody, in its old term, when a majority has refused', () => {
    const { raft, events } = preCandidate()
    take(raft, preVote(1), preVote(2, true), preVote(3, true), preVote(4, true))
    expect(raft).toMatchObject({ term: 0, vote: null, role: { name: 'follower', leader: null } })
    expect(events.at(-2)).toMatchObject({ type: 'electionLost', preVote: true })
  })

  test.each([
    ['an earlier question', 0],
    ['a later term than it asks about', 2],
  ])('counts no grant of %s', (_, term) => {
    const { raft, events } = preCandidate()
    take(raft, preVote(2, false, term), preVote(3, false, term), preVote(4, false, term))
    expect([typesOf(events), raft.role]).toMatchObject([[], { votes: new Map() }])
  })

  test('counts a refusal in whatever term: it carries that of who refuses', () => {
    const { raft } = preCandidate()
    take(raft, preVote(2, true, 0), preVote(3, true, 0), preVote(4, true, 1))
    expect(raft.role.name).toBe('follower')
  })

  test('counts every grant in the reference', () => {
    const { raft } = preCandidate({ referenceBehaviour: true })
    take(raft, preVote(2, false, 0), preVote(3, false, 9), preVote(4, false, 1))
    expect(raft.role.name).toBe('candidate')
  })

  test('counts no votes', () => {
    const { raft, events } = preCandidate()
    take(raft, vote(2), vote(3), vote(4), vote(5, true))
    expect([raft.role, events]).toMatchObject([{ name: 'pre-candidate', votes: new Map() }, []])
  })
})

describe.each([
  ['candidate', candidate],
  ['pre-candidate', preCandidate],
] as const)('as %s', (_, make) => {
  test('a proposal is dropped, and the trace is told', () => {
    const { raft, events } = make()
    expect(take(raft, message('MsgProp'))).toEqual(['no-leader'])
    expect(events).toMatchObject([{ type: 'proposalDropped', why: 'no-leader' }])
  })

  test('a read is dropped', () => {
    expect(take(make().raft, message('MsgReadIndex'))).toEqual(['no-leader'])
  })

  test.each([
    'MsgApp',
    'MsgHeartbeat',
    'MsgSnap',
    'MsgTransferLeader',
    'MsgTimeoutNow',
    'MsgVote',
    'MsgPreVote',
    'MsgAppResp',
    'MsgHeartbeatResp',
    'MsgReadIndexResp',
  ] as const)('a %s is nothing to it', (type) => {
    const { raft, events } = make()
    const { role, term, vote: own } = raft
    expect(take(raft, message(type))).toEqual([null])
    expect([raft.role, raft.term, raft.vote, raft.log.lastIndex]).toEqual([role, term, own, 1])
    expect([events, sentBy(raft), raft.readStates]).toEqual([[], { now: [], later: [] }, []])
  })
})
