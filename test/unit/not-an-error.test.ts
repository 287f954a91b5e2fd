/** What looks odd and belongs to the life of a cluster: it is taken as it is meant, and never throws. */

import type { Message } from 'quorate'
import { describe, expect, test } from 'vitest'
import { bytes, entriesOf, entry, snapshotAt } from '../support/entries.ts'
import { message } from '../support/messages.ts'
import { Solo } from '../support/solo.ts'

describe('a MsgApp', () => {
  test('whose commit lies beyond its entries commits what it brings (§5.3)', () => {
    const solo = new Solo()
    solo.step(message('MsgApp', { commit: 99 }))
    expect(solo.node.status()).toMatchObject({ commit: 2, lastIndex: 2 })
  })

  test('commits no further than its own entries, though the log goes on: what follows may be wrong', () => {
    const solo = new Solo()
    solo.step(message('MsgApp', { entries: entriesOf([1, 1, 1], 2) }))
    solo.step(message('MsgApp', { entries: [], commit: 99 }))
    expect(solo.node.status()).toMatchObject({ commit: 1, lastIndex: 4 })
  })

  test('that comes twice, or late, takes nothing away and is acknowledged again', () => {
    const solo = new Solo()
    const all = message('MsgApp', { entries: entriesOf([1, 1, 1], 2) })
    solo.step(all)
    solo.takeSent()
    solo.step(message('MsgApp', { entries: [entry(2, 1)] }))
    solo.step(all)

    expect(solo.takeType('MsgAppResp').map((m) => !m.reject && m.match)).toEqual([2, 4])
    expect(solo.node.status().lastIndex).toBe(4)
  })

  test('from before what is committed is acknowledged with the commit index', () => {
    const solo = new Solo()
    solo.step(message('MsgApp', { entries: entriesOf([1, 1, 1], 2), commit: 4 }))
    solo.takeSent()
    solo.step(message('MsgApp', { prevLogIndex: 2, entries: [entry(3, 1)] }))
    expect(solo.takeType('MsgAppResp')).toMatchObject([{ reject: false, match: 4 }])
  })

  test('that goes on where this log has ended already is rejected with a hint (§5.3)', () => {
    const solo = new Solo()
    solo.step(message('MsgApp', { prevLogIndex: 7, entries: [entry(8, 1)] }))
    expect(solo.takeType('MsgAppResp')).toMatchObject([
      { reject: true, rejected: 7, hint: { index: 1, term: 1 } },
    ])
  })
})

describe('a snapshot (§7)', () => {
  test.each([
    ['below the commit index', 2],
    ['at the commit index', 3],
    ['of nothing', 0],
  ])('%s is acknowledged with the commit index', (_, index) => {
    const solo = new Solo()
    solo.step(message('MsgApp', { entries: entriesOf([1, 1], 2), commit: 3 }))
    solo.takeSent()
    solo.step(message('MsgSnap', { snapshot: snapshotAt(index, 1) }))

    expect(solo.takeType('MsgAppResp')).toMatchObject([{ reject: false, match: 3 }])
    expect(solo.node.status()).toMatchObject({ lastIndex: 3, firstIndex: 2 })
  })

  test('of entries that are there all the same only commits them', () => {
    const solo = new Solo()
    solo.step(message('MsgApp', { entries: entriesOf([1, 1, 1], 2) }))
    solo.takeSent()
    solo.step(message('MsgSnap', { snapshot: snapshotAt(3, 1) }))

    expect(solo.takeType('MsgAppResp')).toMatchObject([{ reject: false, match: 3 }])
    expect(solo.node.status()).toMatchObject({ commit: 3, lastIndex: 4, firstIndex: 2 })
  })

  test('that comes twice is installed once', () => {
    const solo = new Solo()
    for (let i = 0; i < 2; i++) solo.step(message('MsgSnap', { snapshot: snapshotAt(9, 1) }))
    expect(solo.takeType('MsgAppResp').map((m) => !m.reject && m.match)).toEqual([9, 9])
    expect(solo.node.status()).toMatchObject({ commit: 9, firstIndex: 10 })
  })

  test('whose sending is reported though nobody asked for it', () => {
    for (const solo of [new Solo(), new Solo().elect()]) {
      const before = solo.node.status()
      solo.node.reportSnapshot(2, 'finish')
      solo.node.reportSnapshot(9, 'failure')
      solo.node.reportUnreachable(9)
      expect(solo.node.status()).toEqual(before)
    }
  })
})

describe('without a leader', () => {
  test('a proposal, a read and a transfer are answered with that', () => {
    const solo = new Solo()
    expect(solo.node.propose(bytes('x'))).toEqual({ dropped: 'no-leader' })
    expect(solo.node.readIndex(bytes('x'))).toEqual({ dropped: 'no-leader' })
    expect(solo.node.transferLeadership(2)).toEqual({ refused: 'no-leader' })
    expect(solo.step(message('MsgProp'))).toEqual({ dropped: 'no-leader' })
    expect(solo.step(message('MsgReadIndex'))).toEqual({ dropped: 'no-leader' })
    expect(solo.step(message('MsgTransferLeader'))).toBeNull()
    expect(solo.takeSent()).toEqual([])
  })

  test('a candidate answers the same', () => {
    const solo = new Solo()
    solo.node.campaign()
    solo.finish()
    expect(solo.node.propose(bytes('x'))).toEqual({ dropped: 'no-leader' })
    expect(solo.node.readIndex(bytes('x'))).toEqual({ dropped: 'no-leader' })
    expect(solo.node.transferLeadership(2)).toEqual({ refused: 'no-leader' })
  })
})

describe('a message that comes twice changes nothing the second time', () => {
  const cases: readonly (readonly [string, Message])[] = [
    ['a grant', message('MsgVoteResp')],
    ['a request for a vote', message('MsgVote', { term: 2 })],
    ['a heartbeat', message('MsgHeartbeat')],
    ['entries', message('MsgApp')],
    ['a snapshot', message('MsgSnap')],
  ]

  test.each(cases)('%s', (_, m) => {
    const solo = new Solo()
    solo.node.campaign()
    solo.finish()
    solo.step(m)
    const before = solo.node.status()
    solo.step(m)
    expect(solo.node.status()).toEqual(before)
  })

  test('an acknowledgement', () => {
    const solo = new Solo().elect()
    solo.acknowledge(2)
    const before = solo.node.status()
    solo.step(message('MsgAppResp', { session: null, match: 2 }))
    solo.step(message('MsgAppResp', { session: null, match: 1 }))
    expect(solo.node.status()).toEqual(before)
  })
})

describe('a message of an earlier term (§5.1)', () => {
  test.each([
    'MsgApp',
    'MsgAppResp',
    'MsgVote',
    'MsgVoteResp',
    'MsgPreVoteResp',
    'MsgHeartbeat',
    'MsgHeartbeatResp',
    'MsgSnap',
    'MsgTimeoutNow',
    'MsgTransferLeader',
    'MsgReadIndexResp',
  ] as const)('%s is passed over, whatever this node is', (type) => {
    const inTermFive = (): Solo => {
      const solo = new Solo()
      solo.step(message('MsgHeartbeat', { term: 5, from: 3 }))
      return solo
    }
    const leader = new Solo({ storage: inTermFive().storage }).elect()
    for (const solo of [inTermFive(), leader]) {
      const before = solo.node.status()
      solo.step(message(type, { term: 2 }))
      expect(solo.node.status()).toEqual(before)
    }
  })
})

test('a leader that is told to stand for election leads on', () => {
  const solo = new Solo().elect()
  const before = solo.node.status()
  for (const type of ['MsgTimeoutNow', 'MsgReadIndexResp'] as const) solo.step(message(type))
  expect(solo.node.status()).toEqual(before)
  expect(solo.node.transferLeadership(1)).toEqual({ refused: 'already-leader' })
})
