import { type Message, MemStorage } from 'quorate'
import { describe, expect, test } from 'vitest'
import { bytes, confState } from '../../support/entries.ts'
import { message, rejection } from '../../support/messages.ts'
import { Solo } from '../../support/solo.ts'

/** A leader with entries up to 4, all compacted up to 3; node 3 holds nothing of it and has not been heard from. */
function leader(): Solo {
  const storage = MemStorage.bootstrap({ voters: [1, 2, 3] })
  const solo = new Solo({ storage }).elect().acknowledge(2)
  solo.node.proposeBatch([bytes('a'), bytes('b')])
  solo.finish().acknowledge(2)
  storage.createSnapshot(3, confState(), bytes('state'))
  storage.compact(3)
  solo.takeSent()
  return solo
}

/** The same, with the snapshot on its way to 3. */
function sending(): Solo {
  const solo = leader()
  solo.step(from3(rejection(1, { term: 0, index: 0 })))
  expect(solo.takeType('MsgSnap')).toMatchObject([{ to: 3, term: 1, session: 3, snapshot: { index: 3 } }])
  return solo
}

const from3 = (m: Message): Message => ({ ...m, from: 3 }) as Message
const progressOf3 = (solo: Solo) => solo.node.status().progress[2]

describe('a snapshot', () => {
  test('is sent to who lacks what is compacted, when it is heard from (§7)', () => {
    const solo = leader()
    for (let i = 0; i < 5; i++) solo.node.tick()
    expect(solo.finish().takeType('MsgSnap')).toEqual([])
    solo.step(from3(message('MsgHeartbeatResp')))
    expect(solo.takeType('MsgSnap')).toHaveLength(1)
    expect(progressOf3(solo)).toMatchObject({ state: 'StateSnapshot', pendingSnapshot: 3, next: 4 })
  })

  test('is all that is sent until it has arrived', () => {
    const solo = sending()
    solo.node.propose(bytes('c'))
    solo.finish()
    solo.step(from3(message('MsgHeartbeatResp')))
    expect(solo.takeSent().filter(({ to, type }) => to === 3 && type !== 'MsgHeartbeat')).toEqual([])
  })

  test('that is acknowledged is followed by what comes after it', () => {
    const solo = sending()
    solo.step(from3(message('MsgAppResp', { session: 3, match: 3 })))
    expect(progressOf3(solo)).toMatchObject({ state: 'StateReplicate', match: 3, next: 5 })
    expect(solo.takeType('MsgApp')).toMatchObject([{ to: 3, prevLogIndex: 3, entries: [{ index: 4 }] }])
  })

  test('need not be the one that was sent: any that reaches our log will do', () => {
    const solo = sending()
    solo.step(from3(message('MsgAppResp', { session: null, match: 4 })))
    expect(progressOf3(solo)).toMatchObject({ state: 'StateReplicate', match: 4 })
  })

  test('that ends before our log begins is not enough', () => {
    const solo = sending()
    solo.step(from3(message('MsgAppResp', { session: null, match: 2 })))
    expect(progressOf3(solo)).toMatchObject({ state: 'StateSnapshot', match: 2 })
  })
})

describe('what is reported of a snapshot', () => {
  test('it has been sent: its acknowledgement will come, so wait for that', () => {
    const solo = sending()
    solo.node.reportSnapshot(3, 'finish')
    expect(progressOf3(solo)).toMatchObject({ state: 'StateProbe', next: 4, paused: true })
  })

  test('it was lost: try again, but not at once', () => {
    const solo = sending()
    solo.node.reportSnapshot(3, 'failure')
    expect(progressOf3(solo)).toMatchObject({ state: 'StateProbe', next: 1, paused: true })
    expect(solo.finish().takeType('MsgSnap')).toEqual([])
    solo.step(from3(message('MsgHeartbeatResp')))
    expect(solo.takeType('MsgSnap')).toHaveLength(1)
  })
})

describe('a peer that cannot be reached', () => {
  test('is probed instead of streamed to', () => {
    const solo = leader()
    expect(solo.node.status().progress[1]?.state).toBe('StateReplicate')
    solo.node.reportUnreachable(2)
    expect(solo.node.status().progress[1]).toMatchObject({ state: 'StateProbe', match: 4, next: 5 })
  })

  test('still gets its snapshot, which may be on its way', () => {
    const solo = sending()
    solo.node.reportUnreachable(3)
    expect(progressOf3(solo)?.state).toBe('StateSnapshot')
  })
})
