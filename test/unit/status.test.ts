import type { Message } from 'quorate'
import { describe, expect, test } from 'vitest'
import { bytes, confState } from '../support/entries.ts'
import { message, rejection } from '../support/messages.ts'
import { Solo } from '../support/solo.ts'

describe('the status of a node', () => {
  test('that has just started', () => {
    const solo = new Solo({ random: () => 0.5 })
    expect(solo.node.status()).toEqual({
      id: 1,
      role: 'follower',
      term: 0,
      vote: null,
      leader: null,
      commit: 1,
      applied: 1,
      firstIndex: 2,
      lastIndex: 1,
      confState: confState(),
      confIndex: 1,
      electionElapsed: 0,
      randomizedElectionTimeout: 15,
      votes: [],
      progress: [],
      transferee: null,
      uncommittedSize: 0,
    })
  })

  test('that stands for election, with the votes so far', () => {
    const solo = new Solo()
    solo.node.campaign()
    solo.finish()
    solo.step(message('MsgVoteResp', { from: 3, reject: true }))

    expect(solo.node.status()).toMatchObject({
      role: 'candidate',
      term: 1,
      vote: 1,
      leader: null,
      votes: [
        { id: 1, granted: true },
        { id: 3, granted: false },
      ],
    })
  })

  test('that leads, with what it knows of each member', () => {
    const solo = new Solo({ learners: [4], maxInflightMsgs: 1 }).elect()
    solo.acknowledge(2)
    solo.node.propose(bytes('12345'))
    solo.finish()
    const { progress, ...status } = solo.node.status()

    expect(status).toMatchObject({
      role: 'leader',
      leader: 1,
      commit: 2,
      lastIndex: 3,
      uncommittedSize: 5,
      votes: [],
    })
    expect(progress.map(({ id }) => id)).toEqual([1, 2, 3, 4])
    expect(progress[1]).toEqual({
      id: 2,
      state: 'StateReplicate',
      match: 2,
      next: 4,
      isLearner: false,
      paused: true,
      recentActive: true,
      pendingSnapshot: null,
      inflight: { count: 1, bytes: 5, full: true },
      session: 2,
    })
    expect(progress[3]).toMatchObject({
      id: 4,
      state: 'StateProbe',
      isLearner: true,
      match: 0,
      recentActive: false,
    })
  })

  test('that sends a snapshot', () => {
    const solo = new Solo().elect()
    solo.step(message('MsgHeartbeatResp', { from: 3 }))
    solo.step({ ...rejection(1, { term: 0, index: 0 }), from: 3 } as Message)

    expect(solo.node.status().progress[2]).toMatchObject({
      state: 'StateSnapshot',
      pendingSnapshot: 1,
      paused: true,
    })
  })

  test('that hands leadership over, and to whom', () => {
    const solo = new Solo().elect()
    solo.node.transferLeadership(3)
    expect(solo.node.status().transferee).toBe(3)
  })

  test('is plain data, which turns into JSON and back, and does not change afterwards', () => {
    const solo = new Solo().elect()
    const before = solo.node.status()
    const text = JSON.stringify(before)
    solo.node.propose(bytes('x'))
    solo.acknowledge()

    expect(JSON.parse(text)).toEqual(before)
    expect(JSON.stringify(before)).toBe(text)
  })
})
