/** What the calls of a RawNode take, and what may be left out. */

import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { message } from '../support/messages.ts'
import { Solo } from '../support/solo.ts'

describe('standing for election', () => {
  test('begins at once', () => {
    const solo = new Solo()
    expect(solo.node.campaign()).toEqual({ started: true })
    expect(solo.node.status()).toMatchObject({ role: 'candidate', term: 1 })
  })

  test('is refused with the reason', () => {
    const change = { version: 1, type: 'AddNode', nodeId: 4, context: null } as const
    const unapplied = new Solo()
    unapplied.node.step(
      message('MsgApp', { entries: [{ type: 'EntryConfChange', term: 1, index: 2, change }], commit: 2 }),
    )
    const promised = new Solo({ checkQuorum: true, readOnly: 'lease-based' })
    promised.step(message('MsgHeartbeat', { context: 1 }))

    expect(new Solo().elect().node.campaign()).toEqual({ refused: 'already-leader' })
    expect(new Solo({ voters: [2, 3], learners: [1] }).node.campaign()).toEqual({ refused: 'not-promotable' })
    expect(unapplied.node.campaign()).toEqual({ refused: 'unapplied-conf-change' })
    expect(promised.node.campaign()).toEqual({ refused: 'promised' })
  })
})

describe('a membership change that is asked for', () => {
  test('needs neither context nor transition', () => {
    const solo = new Solo().elect().acknowledge()
    expect(
      solo.node.proposeConfChange({ version: 2, changes: [{ type: 'AddNode', nodeId: 4 }] }),
    ).toMatchObject({
      index: 3,
    })
    solo.finish().acknowledge()
    expect(solo.applied.at(-1)).toMatchObject({
      change: { version: 2, transition: 'auto', context: null, changes: [{ type: 'AddNode', nodeId: 4 }] },
    })
    solo.node.proposeConfChange({ version: 1, type: 'RemoveNode', nodeId: 4 })
    solo.finish().acknowledge(2, 3)
    expect(solo.confState.voters).toEqual([1, 2, 3])
  })
})

test('bytes of another realm are bytes', () => {
  const foreign = runInNewContext('new Uint8Array([1, 2])') as Uint8Array
  expect(foreign).not.toBeInstanceOf(Uint8Array)
  const solo = new Solo().elect().acknowledge()
  expect(solo.node.propose(foreign)).toMatchObject({ index: 3 })
  expect(solo.node.readIndex(foreign)).toEqual({ asked: 1 })
  solo.finish().acknowledge()
  expect(solo.applied.at(-1)).toMatchObject({ data: foreign })
  solo.storage.createSnapshot(3, solo.confState, foreign)
})
