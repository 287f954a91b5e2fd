import { describe, expect, test } from 'vitest'
import { abortTransfer, continueTransfer, startTransfer } from '../../../src/core/raft/transfer.ts'
import { type BareOptions, bareLeader, sentBy } from '../../support/bare.ts'
import { entriesOf } from '../../support/entries.ts'

/** A leader with a log up to 4, of which 2 holds everything and 3 a part; 4 is a learner that holds everything. */
function leading(options: BareOptions = {}) {
  const given = bareLeader({ learners: [4], log: entriesOf([1, 1], 2), ...options })
  for (const [id, match] of [
    [2, 4],
    [3, 3],
    [4, 4],
  ] as const) {
    given.leader.progress.get(id)?.maybeUpdate(match)
    given.leader.progress.get(id)?.becomeReplicate()
  }
  given.leader.transferElapsed = 5
  return given
}

const timeoutNow = (to: number) => ({ type: 'MsgTimeoutNow', from: 1, to, term: 1 })
const event = (type: string, parts: object) => ({ node: 1, term: 1, type, ...parts })

describe('handing leadership over (thesis §3.10)', () => {
  test('to a voter that holds the whole log: it is told to stand at once', () => {
    const { raft, leader, events } = leading()
    expect(startTransfer(raft, leader, 2)).toBeNull()
    expect([leader.transferee, leader.transferElapsed, leader.timeoutNowSent]).toEqual([2, 0, true])
    expect(sentBy(raft)).toEqual({ now: [timeoutNow(2)], later: [] })
    expect(events).toEqual([event('transferStarted', { target: 2 })])
  })

  test('to one that does not: it is sent what it lacks, and told nothing yet', () => {
    const { raft, leader } = leading()
    expect(startTransfer(raft, leader, 3)).toBeNull()
    expect([leader.transferee, leader.timeoutNowSent]).toEqual([3, false])
    expect(sentBy(raft).now).toMatchObject([
      { type: 'MsgApp', to: 3, prevLogIndex: 3, entries: [{ index: 4 }] },
    ])
  })

  test('to one whose last entries are on their way: it is asked whether they have come', () => {
    const { raft, leader } = leading()
    leader.progress.get(3)?.sent(1, 1, 0)
    startTransfer(raft, leader, 3)
    expect(sentBy(raft).now).toMatchObject([{ type: 'MsgApp', to: 3, prevLogIndex: 4, entries: [] }])
  })

  test.each([
    ['a stranger', 9, 'not-a-voter'],
    ['a learner', 4, 'not-a-voter'],
    ['the leader itself', 1, 'already-leader'],
  ] as const)('is refused to %s', (_, target, why) => {
    const { raft, leader, events } = leading()
    expect(startTransfer(raft, leader, target)).toBe(why)
    expect([leader.transferee, leader.transferElapsed, leader.timeoutNowSent]).toEqual([null, 5, false])
    expect([sentBy(raft).now, events]).toEqual([[], []])
  })

  test('leaves the clock of the quorum check alone; in the reference it is one clock', () => {
    for (const [referenceBehaviour, elapsed] of [
      [false, 7],
      [true, 0],
    ] as const) {
      const { raft, leader } = leading({ referenceBehaviour })
      raft.electionElapsed = 7
      startTransfer(raft, leader, 3)
      expect(raft.electionElapsed).toBe(elapsed)
    }
  })
})

describe('while leadership is being handed to 3', () => {
  function handing() {
    const given = leading()
    startTransfer(given.raft, given.leader, 3)
    sentBy(given.raft)
    given.events.length = 0
    given.leader.transferElapsed = 5
    return given
  }

  test('the same again is the same transfer, whose time goes on', () => {
    const { raft, leader, events } = handing()
    expect(startTransfer(raft, leader, 3)).toBe('in-progress')
    expect([leader.transferElapsed, sentBy(raft).now, events]).toEqual([5, [], []])
  })

  test('another target takes its place', () => {
    const { raft, leader, events } = handing()
    expect(startTransfer(raft, leader, 2)).toBeNull()
    expect([leader.transferee, leader.transferElapsed]).toEqual([2, 0])
    expect(events).toEqual([
      event('transferAborted', { target: 3, why: 'replaced' }),
      event('transferStarted', { target: 2 }),
    ])
  })

  test('the leader itself as target calls it off', () => {
    const { raft, leader, events } = handing()
    expect(startTransfer(raft, leader, 1)).toBe('already-leader')
    expect(leader.transferee).toBeNull()
    expect(events).toEqual([event('transferAborted', { target: 3, why: 'replaced' })])
  })

  test('a target that cannot be one changes nothing', () => {
    const { raft, leader, events } = handing()
    expect(startTransfer(raft, leader, 4)).toBe('not-a-voter')
    expect([leader.transferee, events]).toEqual([3, []])
  })

  test.each([
    ['the target, when it holds everything', 3, 4, true],
    ['the target, while it lacks something', 3, 3, false],
    ['another one, though it holds everything', 2, 4, false],
  ] as const)('an acknowledgement of %s', (_, from, match, told) => {
    const { raft, leader } = handing()
    const progress = leader.progress.get(from)!
    progress.maybeUpdate(match)
    continueTransfer(raft, leader, progress)
    expect(sentBy(raft).now).toEqual(told ? [timeoutNow(3)] : [])
    expect(leader.timeoutNowSent).toBe(told)
  })

  test.each(['timeout', 'replaced', 'removed'] as const)('it is given up once: %s', (why) => {
    const { raft, leader, events } = handing()
    for (let i = 0; i < 2; i++) abortTransfer(raft, leader, why)
    expect(leader.transferee).toBeNull()
    expect(events).toEqual([event('transferAborted', { target: 3, why })])
  })

  test('it does not help the lease that it was given up: somebody may still stand for election', () => {
    const { raft, leader } = handing()
    leader.progress.get(3)?.maybeUpdate(4)
    continueTransfer(raft, leader, leader.progress.get(3)!)
    abortTransfer(raft, leader, 'timeout')
    expect(leader.timeoutNowSent).toBe(true)
  })
})
