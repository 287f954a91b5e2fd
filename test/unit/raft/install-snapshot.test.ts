import { describe, expect, test } from 'vitest'
import type { Snapshot } from 'quorate'
import { handleSnapshot } from '../../../src/core/raft/install-snapshot.ts'
import { bare, type BareOptions, sentBy } from '../../support/bare.ts'
import { confState, entriesOf, snapshotAt } from '../../support/entries.ts'
import { message } from '../../support/messages.ts'

/** A follower in term 3 with entries 2 to 6 of term 1, committed up to 4, that is sent a snapshot. */
function sent(snapshot: Snapshot, session: number | null = 7, options: BareOptions = {}) {
  const { raft, events } = bare({ log: entriesOf([1, 1, 1, 1, 1], 2), commit: 4, ...options })
  raft.term = 3
  events.length = 0
  handleSnapshot(raft, message('MsgSnap', { term: 3, session, snapshot }))
  return { raft, events, ...sentBy(raft) }
}

const accepted = (match: number, session: number | null = 7) => ({
  type: 'MsgAppResp',
  from: 1,
  to: 2,
  term: 3,
  session,
  reject: false,
  match,
})
const withoutUs = (index: number): Snapshot => ({
  ...snapshotAt(index, 2),
  confState: confState({ voters: [2, 3] }),
})

describe('a snapshot with news (§7)', () => {
  test('replaces the whole log, is committed, and is acknowledged when it is durable', () => {
    const { raft, events, now, later } = sent(snapshotAt(9, 2, [1, 2]))
    expect([now, later]).toEqual([[], [accepted(9)]])
    expect([raft.log.firstIndex, raft.log.lastIndex, raft.log.committed]).toEqual([10, 9, 9])
    expect(raft.log.unstable.snapshot?.index).toBe(9)
    expect(events.map(({ type }) => type)).toEqual(['configChanged', 'snapshotRestored'])
    expect(events.at(-1)).toMatchObject({ index: 9 })
  })

  test('brings the membership as of there; what the application has applied stays as it was', () => {
    const { raft } = sent(snapshotAt(9, 2, [3, 1]))
    expect([raft.config, raft.configIndex]).toEqual([confState({ voters: [1, 3] }), 9])
    expect([raft.appliedConfig, raft.appliedConfigIndex]).toEqual([confState(), 1])
  })

  test.each([
    ['right behind what is committed, in another term', 5],
    ['at the end of a log that is of another term', 6],
    ['right behind the end', 7],
  ])('%s it replaces the log too', (_, index) => {
    const { raft, later } = sent(snapshotAt(index, 2))
    expect(later).toEqual([accepted(index)])
    expect([raft.log.firstIndex, raft.log.lastIndex]).toEqual([index + 1, index])
  })
})

describe('a snapshot of a term that is news too, as an application may send one by itself', () => {
  test.each([
    ['in a later term this node follows nobody yet', 5, {}, 5],
    ['in its own nothing changes', 3, {}, 3],
    ['in an earlier one neither', 2, {}, 3],
    ['the reference does not look', 5, { referenceBehaviour: true }, 3],
  ])('%s', (_, term, options, now) => {
    const { raft, later } = sent(snapshotAt(9, term), null, options)
    expect(raft).toMatchObject({ term: now, role: { name: 'follower', leader: null } })
    expect(later).toEqual([{ ...accepted(9, null), term: now }])
  })
})

describe('a snapshot is ignored', () => {
  test.each([
    ['before what is committed', 3],
    ['at what is committed', 4],
    ['of nothing', 0],
  ])('%s: the follower says how far it is', (_, index) => {
    const { raft, events, later } = sent(snapshotAt(index, 2))
    expect(later).toEqual([accepted(4)])
    expect([raft.log.committed, raft.log.lastIndex]).toEqual([4, 6])
    expect(events).toEqual([{ node: 1, term: 3, type: 'snapshotIgnored', index, why: 'stale' }])
  })

  test.each([5, 6])('if the log holds all of it: only the commit index moves, to %i', (index) => {
    const { raft, events, later } = sent(snapshotAt(index, 1))
    expect(later).toEqual([accepted(index)])
    expect([raft.log.committed, raft.log.lastIndex, raft.log.unstable.snapshot]).toEqual([index, 6, null])
    expect(raft.config).toEqual(confState())
    expect(events).toEqual([
      { node: 1, term: 3, type: 'committed', from: 4, to: index },
      { node: 1, term: 3, type: 'snapshotIgnored', index, why: 'matches' },
    ])
  })

  test('of a group that this node is not in, from somebody who does not track it', () => {
    const { raft, events, later } = sent(withoutUs(9), null)
    expect(later).toEqual([accepted(4, null)])
    expect([raft.log.lastIndex, raft.config]).toEqual([6, confState()])
    expect(events).toEqual([{ node: 1, term: 3, type: 'snapshotIgnored', index: 9, why: 'not-a-member' }])
  })

  test('as of another group even if the log would hold it: nothing is committed by it', () => {
    const { raft, events } = sent({ ...withoutUs(5), term: 1 }, null)
    expect(raft.log.committed).toBe(4)
    expect(events.at(-1)).toMatchObject({ why: 'not-a-member' })
  })
})

describe('who tracks this node has made it a member', () => {
  test('by a change that follows the snapshot: it is taken though it does not name this node', () => {
    const { raft, later } = sent(withoutUs(9))
    expect(later).toEqual([accepted(9)])
    expect(raft.config.voters).toEqual([2, 3])
  })

  test.each([
    ['as voter', { voters: [1, 2] }],
    ['as outgoing voter', { voters: [2], votersOutgoing: [1, 2] }],
    ['as learner', { voters: [2], learners: [1] }],
  ])('and where it is named, %s, no session is needed', (_, parts) => {
    const { later } = sent({ ...snapshotAt(9, 2), confState: confState(parts) }, null)
    expect(later).toEqual([accepted(9, null)])
  })
})
