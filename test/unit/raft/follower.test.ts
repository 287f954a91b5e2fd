import type { PeerMessage } from 'quorate'
import { describe, expect, test } from 'vitest'
import { stepFollower } from '../../../src/core/raft/follower.ts'
import { bare, type BareOptions, sentBy, typesOf } from '../../support/bare.ts'
import { bytes, snapshotAt } from '../../support/entries.ts'
import { message } from '../../support/messages.ts'

/** A follower in term 1, of `leader` or of nobody, that takes in one message. */
function takes(m: PeerMessage, leader: number | null = null, options: BareOptions = {}) {
  const { raft, events } = bare(options)
  Object.assign(raft, { term: 1, electionElapsed: 7 })
  const self = { name: 'follower' as const, leader }
  raft.role = self
  const dropped = stepFollower(raft, self, m)
  return { raft, events, dropped, ...sentBy(raft) }
}

describe('what a leader sends (§5.1)', () => {
  test.each([
    ['MsgApp', message('MsgApp', { commit: 2 }), 'MsgAppResp', 2],
    ['MsgHeartbeat', message('MsgHeartbeat', { context: 4 }), 'MsgHeartbeatResp', 1],
    ['MsgSnap', message('MsgSnap', { snapshot: snapshotAt(9, 1) }), 'MsgAppResp', 9],
  ] as const)(
    '%s: its sender is followed, the timeout starts over, and it is answered',
    (_, m, answer, commit) => {
      const { raft, events, dropped, now, later } = takes(m)
      expect(dropped).toBeNull()
      expect(raft).toMatchObject({ electionElapsed: 0, role: { name: 'follower', leader: 2 } })
      expect(typesOf(events)[0]).toBe('leaderChanged')
      expect([...now, ...later]).toMatchObject([{ type: answer, to: 2 }])
      expect(raft.log.committed).toBe(commit)
    },
  )
})

describe('what is for the leader is passed on, in the name of who asked', () => {
  test.each([
    ['a proposal', message('MsgProp', { from: 9 })],
    ['a read', message('MsgReadIndex', { from: 9 })],
    ['a wish to lead', message('MsgTransferLeader', { from: 9, term: 1 })],
  ] as const)('%s', (_, m) => {
    const { dropped, now, later, raft } = takes(m, 3)
    expect(dropped).toBeNull()
    expect([now, later]).toEqual([[{ ...m, from: 9, to: 3 }], []])
    // To ask is no sign of life of the leader.
    expect(raft.electionElapsed).toBe(7)
  })

  test('a proposal is not if that is switched off, and the trace is told', () => {
    const { dropped, now, events } = takes(message('MsgProp'), 3, { disableProposalForwarding: true })
    expect([dropped, now]).toEqual(['forwarding-disabled', []])
    expect(events).toMatchObject([{ type: 'proposalDropped', why: 'forwarding-disabled' }])
  })

  test('reads are, all the same', () => {
    const { dropped, now } = takes(message('MsgReadIndex'), 3, { disableProposalForwarding: true })
    expect([dropped, now.length]).toEqual([null, 1])
  })
})

describe('without a leader', () => {
  test.each([
    ['a proposal is dropped, and the trace is told', message('MsgProp'), 'no-leader', ['proposalDropped']],
    ['a read is dropped', message('MsgReadIndex'), 'no-leader', []],
    ['a wish to lead comes to nothing', message('MsgTransferLeader'), null, []],
  ] as const)('%s', (_, m, why, told) => {
    for (const options of [{}, { disableProposalForwarding: true }]) {
      const { dropped, now, later, events } = takes(m, null, options)
      expect([dropped, now, later, typesOf(events)]).toEqual([why, [], [], told])
    }
  })
})

describe('a word to stand for election', () => {
  test('is followed at once, without asking around first (thesis §3.10)', () => {
    const { raft, now } = takes(message('MsgTimeoutNow'), 2, { preVote: true })
    expect(raft).toMatchObject({ term: 2, vote: 1, role: { name: 'candidate' } })
    expect(now).toMatchObject([2, 3].map((to) => ({ type: 'MsgVote', to, transfer: true })))
  })

  test('is not by a learner', () => {
    const { raft, events } = takes(message('MsgTimeoutNow'), 2, { voters: [2, 3], learners: [1] })
    expect(raft).toMatchObject({ term: 1, role: { name: 'follower', leader: 2 } })
    expect(events).toMatchObject([{ type: 'electionHeldBack', why: 'not-promotable' }])
  })
})

test('a confirmed read is handed out', () => {
  const { raft, now } = takes(message('MsgReadIndexResp', { index: 5, context: bytes('r') }), 2)
  expect([raft.readStates, now]).toEqual([[{ index: 5, context: bytes('r') }], []])
})

describe('answers to a role that it has left, and what step.ts has answered already', () => {
  test.each([
    'MsgVote',
    'MsgPreVote',
    'MsgAppResp',
    'MsgHeartbeatResp',
    'MsgVoteResp',
    'MsgPreVoteResp',
  ] as const)('a %s is nothing to it', (type) => {
    const { raft, events, dropped, now, later } = takes(message(type), 2)
    expect([dropped, events, now, later]).toEqual([null, [], [], []])
    expect(raft).toMatchObject({ term: 1, vote: null, electionElapsed: 7, role: { leader: 2 } })
  })
})
