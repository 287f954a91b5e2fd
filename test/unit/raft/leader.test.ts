import type { Message, PeerMessage } from 'quorate'
import { describe, expect, test } from 'vitest'
import { stepLeader } from '../../../src/core/raft/leader.ts'
import { type BareOptions, bareLeader, sentBy } from '../../support/bare.ts'
import { bytes, entriesOf } from '../../support/entries.ts'
import { message, rejection } from '../../support/messages.ts'

/** A leader with a log up to 4, its own entry the last; 2 and 3 hold it up to 3. All has been sent. */
function leading(options: BareOptions = {}) {
  const given = bareLeader({ log: entriesOf([1, 1], 2), coalesceAppends: false, ...options })
  const { raft, leader, events } = given
  for (const id of [2, 3]) {
    leader.progress.get(id)?.maybeUpdate(3)
    leader.progress.get(id)?.becomeReplicate()
    leader.progress.get(id)?.sent(1, 0, 1)
  }
  leader.progress.get(1)?.maybeUpdate(4)
  const take = (m: Message) => {
    events.length = 0
    const dropped = stepLeader(raft, leader, m as PeerMessage)
    return { dropped, ...sentBy(raft) }
  }
  return { ...given, take }
}

const accept = (match: number, from = 2) => message('MsgAppResp', { from, session: null, match })

describe('an answer to entries (§5.3)', () => {
  test('moves what is known of the follower, and the commit index', () => {
    const { raft, leader, take } = leading()
    take(accept(4))
    expect(leader.progress.get(2)?.match).toBe(4)
    expect(raft.log.committed).toBe(4)
  })

  test('of nobody who is a member is passed over', () => {
    const { leader, take, events } = leading()
    expect(take(accept(4, 9))).toEqual({ dropped: null, now: [], later: [] })
    expect([leader.progress.all.map(({ match }) => match), events]).toEqual([[4, 3, 3], []])
  })

  test('tells the target of a transfer to stand as soon as it holds everything (thesis §3.10)', () => {
    const { leader, take } = leading()
    leader.transferee = 2
    expect(take(accept(4)).now.map(({ type }) => type)).toContain('MsgTimeoutNow')
  })

  test.each([
    ['a rejection', rejection(4, { term: 1, index: 4 })],
    ['what was known before', accept(4)],
  ])('does not tell it again: %s', (_, m) => {
    const { leader, take } = leading()
    leader.progress.get(2)?.maybeUpdate(4)
    leader.transferee = 2
    expect(take(m).now.filter(({ type }) => type === 'MsgTimeoutNow')).toEqual([])
  })

  test('lets a leader go that was removed, when it commits what it leaves with (thesis §4.2.2)', () => {
    const { raft, leader, take } = leading()
    leader.leavesAt = 4
    take(accept(3))
    expect(raft.role).toBe(leader)
    take(accept(4))
    expect(raft.role.name).toBe('follower')
  })
})

describe('an answer to a heartbeat', () => {
  test('is a sign of life: what may have been lost is asked for again', () => {
    const { leader, take } = leading()
    Object.assign(leader.progress.get(2)!, { recentActive: false })
    const { now } = take(message('MsgHeartbeatResp'))
    expect(leader.progress.get(2)?.recentActive).toBe(true)
    expect(now).toMatchObject([{ type: 'MsgApp', to: 2, prevLogIndex: 4, entries: [] }])
  })

  test('confirms the reads of its round (thesis §6.4)', () => {
    const { raft, leader, take } = leading()
    leader.reads.add({ from: 1, context: bytes('r') }, 4)
    leader.reads.nextRound()
    take(message('MsgHeartbeatResp', { context: null }))
    expect(raft.readStates).toEqual([])
    take(message('MsgHeartbeatResp', { context: 1 }))
    expect(raft.readStates).toEqual([{ index: 4, context: bytes('r') }])
  })

  test('of nobody who is a member is passed over, and confirms nothing', () => {
    const { raft, leader, take } = leading({ voters: [1] })
    leader.reads.nextRound()
    leader.reads.add({ from: 1, context: bytes('r') }, 4)
    expect(take(message('MsgHeartbeatResp', { from: 9, context: 1 }))).toEqual({
      dropped: null,
      now: [],
      later: [],
    })
    expect([leader.reads.reached(9), raft.readStates]).toEqual([0, []])
  })
})

describe('what is asked of it', () => {
  test('a proposal is appended, all of it', () => {
    const { raft, take } = leading()
    const entries = [
      { type: 'EntryNormal', data: bytes('a') } as const,
      { type: 'EntryNormal', data: null } as const,
    ]
    expect(take(message('MsgProp', { entries })).dropped).toBeNull()
    expect(raft.log.lastIndex).toBe(6)
  })

  test('a proposal that is dropped is answered with the reason', () => {
    const { raft, leader, take } = leading()
    leader.transferee = 2
    expect(take(message('MsgProp')).dropped).toBe('transferring')
    expect(raft.log.lastIndex).toBe(4)
  })

  test('a read waits for its first commit, and after that for a round', () => {
    const { raft, leader, take } = leading({ log: entriesOf([1, 2], 2) })
    const read = message('MsgReadIndex', { from: 3 })
    take(read)
    expect([leader.reads.parked.length, leader.reads.isWaiting]).toEqual([1, false])
    raft.log.commitTo(4)
    expect(take(read).now.map(({ type }) => type)).toEqual(['MsgHeartbeat', 'MsgHeartbeat'])
  })

  test('a wish to lead is that of its sender (thesis §3.10)', () => {
    const { leader, take } = leading()
    take(message('MsgTransferLeader', { from: 3 }))
    expect(leader.transferee).toBe(3)
  })
})

describe('what no peer says to a leader of the term', () => {
  test.each([
    'MsgApp',
    'MsgHeartbeat',
    'MsgSnap',
    'MsgTimeoutNow',
    'MsgVote',
    'MsgPreVote',
    'MsgVoteResp',
    'MsgPreVoteResp',
    'MsgReadIndexResp',
  ] as const)('a %s is nothing to it', (type) => {
    const { raft, leader, take, events } = leading()
    raft.electionElapsed = 7
    expect(take(message(type))).toEqual({ dropped: null, now: [], later: [] })
    expect(raft).toMatchObject({ term: 1, vote: 1, role: leader, electionElapsed: 7, readStates: [] })
    expect([raft.log.committed, raft.log.lastIndex, events]).toEqual([1, 4, []])
  })
})
