import type { HeartbeatContext } from 'quorate'
import { describe, expect, test } from 'vitest'
import {
  broadcastHeartbeat,
  handleHeartbeat,
  leaderNamedBy,
  noteLeader,
} from '../../../src/core/raft/heartbeat.ts'
import type { Follower } from '../../../src/core/raft/role.ts'
import { bare, type BareOptions, bareLeader, sentBy, typesOf } from '../../support/bare.ts'
import { bytes, entriesOf, snapshotAt } from '../../support/entries.ts'
import { message } from '../../support/messages.ts'

const lease = { readOnly: 'lease-based', checkQuorum: true } as const

describe('a leader’s heartbeat', () => {
  /** What is sent: to whom, with which commit index and round. */
  function heartbeats({ raft, leader }: ReturnType<typeof bareLeader>) {
    broadcastHeartbeat(raft, leader)
    const { now, later } = sentBy(raft)
    expect(later).toEqual([])
    return now.map((m) => (m.type === 'MsgHeartbeat' ? [m.to, m.commit, m.context] : m))
  }

  test('goes to all others, learners too, without a round while nobody reads', () => {
    const solo = bareLeader({ learners: [4] })
    expect(heartbeats(solo)).toEqual([
      [2, 0, null],
      [3, 0, null],
      [4, 0, null],
    ])
    expect(solo.leader.reads.round).toBe(0)
    expect(solo.leader.reads.leaseStart(0)).toBeNull()
  })

  test('tells each of the commit index as far as it is known to hold the log (etcd#10166)', () => {
    const solo = bareLeader({ log: entriesOf([1, 1, 1, 1], 2) })
    solo.leader.progress.get(2)?.maybeUpdate(3)
    solo.leader.progress.get(3)?.maybeUpdate(5)
    solo.raft.log.commitTo(4)
    expect(heartbeats(solo)).toEqual([
      [2, 3, null],
      [3, 4, null],
    ])
    // Who has been told need not be told again.
    const [, , third] = solo.leader.progress.all
    third?.becomeReplicate()
    expect(third?.canBumpCommit(4)).toBe(false)
  })

  test('repeats the last round while a read waits, and begins none', () => {
    const solo = bareLeader()
    solo.leader.reads.nextRound()
    solo.leader.reads.add({ from: 1, context: bytes('r') }, 1)
    for (let i = 0; i < 2; i++)
      expect(heartbeats(solo)).toEqual([
        [2, 0, 1],
        [3, 0, 1],
      ])
  })

  test('is a round of its own with lease reads, and notes when it was sent', () => {
    const solo = bareLeader(lease)
    solo.raft.ticks = 40
    heartbeats(solo)
    solo.raft.ticks = 43
    expect(heartbeats(solo)).toEqual([
      [2, 0, 2],
      [3, 0, 2],
    ])
    expect([1, 2].map((round) => solo.leader.reads.leaseStart(round))).toEqual([40, 43])
  })
})

describe('a heartbeat that comes in', () => {
  const answered = (options: BareOptions, context: HeartbeatContext) => {
    const { raft } = bare({ log: entriesOf([1, 1], 2), ...options })
    Object.assign(raft, { term: 1, ticks: 40, promisedUntil: 0 })
    handleHeartbeat(raft, message('MsgHeartbeat', { commit: 2, context }))
    return { raft, ...sentBy(raft) }
  }
  const response = (context: HeartbeatContext) => ({
    type: 'MsgHeartbeatResp',
    from: 1,
    to: 2,
    term: 1,
    context,
  })

  test('moves the commit index, and back it does not go', () => {
    const { raft } = answered({}, null)
    expect(raft.log.committed).toBe(2)
    handleHeartbeat(raft, message('MsgHeartbeat', { commit: 1 }))
    expect(raft.log.committed).toBe(2)
  })

  test.each([
    ['without a round', {}, null],
    ['with a round', {}, 5],
    ['with the context of another implementation', {}, bytes('ctx')],
    ['with lease reads, without a round', lease, null],
    ['with lease reads and a round, as the reference does it', { ...lease, referenceBehaviour: true }, 5],
  ])('is answered at once, and promises nothing: %s', (_, options, context) => {
    const { raft, now, later } = answered(options, context)
    expect([now, later]).toEqual([[response(context)], []])
    expect(raft.promisedUntil).toBe(0)
  })

  test('with lease reads and a round is a promise for an election timeout, given when the term is durable (thesis §6.4.1)', () => {
    const { raft, now, later } = answered({ ...lease, electionTick: 12 }, 5)
    expect([now, later]).toEqual([[], [response(5)]])
    expect(raft.promisedUntil).toBe(52)
  })
})

describe('who leads, by a message (§5.2)', () => {
  const { raft } = bare()
  const reference = bare({ referenceBehaviour: true }).raft

  test.each([
    ['entries name their sender', message('MsgApp'), 2, 2],
    ['a heartbeat does', message('MsgHeartbeat'), 2, 2],
    ['a snapshot of a session does', message('MsgSnap'), 2, 2],
    ['one that an application passes on does not', message('MsgSnap', { session: null }), null, 2],
    ['a request for a vote does not', message('MsgVote'), null, null],
    ['an answer does not', message('MsgAppResp'), null, null],
    ['a word of the leader to stand for election does not', message('MsgTimeoutNow'), null, null],
  ] as const)('%s', (_, m, named, byReference) => {
    expect([leaderNamedBy(raft, m), leaderNamedBy(reference, m)]).toEqual([named, byReference])
  })

  test('is noted once, and the election timeout starts over each time', () => {
    const { raft: node, events } = bare()
    const self = node.role as Follower
    for (let i = 0; i < 2; i++) {
      node.electionElapsed = 7
      noteLeader(node, self, message('MsgHeartbeat'))
      expect([node.electionElapsed, self.leader]).toEqual([0, 2])
    }
    expect(typesOf(events)).toEqual(['leaderChanged'])
  })

  test('stays as it is known if a snapshot is passed on by somebody else', () => {
    const { raft: node, events } = bare()
    node.electionElapsed = 7
    const self: Follower = { name: 'follower', leader: 3 }
    noteLeader(node, self, message('MsgSnap', { session: null, snapshot: snapshotAt(9, 1) }))
    expect([self.leader, node.electionElapsed, events]).toEqual([3, 0, []])
  })
})
