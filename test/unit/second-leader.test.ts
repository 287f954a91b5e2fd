/** A term has one leader at most. Who meets a second one is the last who can tell that something is very wrong. */

import { MessageError } from 'quorate'
import { describe, expect, test } from 'vitest'
import { snapshotAt } from '../support/entries.ts'
import { message } from '../support/messages.ts'
import { expectRefused } from '../support/refusal.ts'
import { Solo } from '../support/solo.ts'

describe('a second leader in one term (§5.2)', () => {
  const second = (['MsgApp', 'MsgHeartbeat', 'MsgSnap'] as const).map((type) => message(type, { from: 3 }))

  test.each(second.map((m) => [m.type, m] as const))('is not followed: %s', (_, wrong) => {
    const act = ({ node }: Solo): unknown => node.step(wrong)
    const says = /of term 1 from its leader, node [12], got one from node 3: two leaders in one term/
    for (const on of ['follower', 'leader'] as const)
      expectRefused({ act, error: MessageError, code: 'ERR_INVALID_MESSAGE', says }, on)
  })

  test('is none, if it only passes a snapshot on', () => {
    const solo = new Solo()
    solo.step(message('MsgHeartbeat'))
    solo.step(message('MsgSnap', { from: 3, session: null, snapshot: snapshotAt(9, 1) }))
    expect(solo.node.status()).toMatchObject({ leader: 2, commit: 9 })
  })

  test('is followed as the reference does it, if that is what was asked for', () => {
    const solo = new Solo({ referenceBehaviour: true })
    for (const from of [2, 3]) solo.step(message('MsgHeartbeat', { from }))
    expect(solo.node.status().leader).toBe(3)
  })
})

test('a snapshot that an application sends by itself makes nobody a leader', () => {
  const solo = new Solo()
  solo.node.campaign()
  solo.step(message('MsgSnap', { session: null, snapshot: snapshotAt(9, 1) }))
  expect(solo.node.status()).toMatchObject({ role: 'follower', leader: null, term: 1, commit: 9 })
})
