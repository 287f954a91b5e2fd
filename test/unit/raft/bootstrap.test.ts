import { MemStorage } from 'quorate'
import { describe, expect, test } from 'vitest'
import { bytes, confState } from '../../support/entries.ts'
import { Solo } from '../../support/solo.ts'

const change = (nodeId: number, context: Uint8Array | null = null) =>
  ({ version: 1, type: 'AddNode', nodeId, context }) as const

describe('the first start of a group without a snapshot', () => {
  test('writes one membership change per peer, committed in term 1', () => {
    const solo = new Solo({ storage: new MemStorage() })
    solo.node.bootstrap([{ id: 1, context: bytes('here') }, { id: 2 }, { id: 3 }])
    const ready = solo.node.ready()

    expect(ready.hardState).toEqual({ term: 1, vote: null, commit: 3 })
    expect(ready.entries).toEqual([
      { type: 'EntryConfChange', term: 1, index: 1, change: change(1, bytes('here')) },
      { type: 'EntryConfChange', term: 1, index: 2, change: change(2) },
      { type: 'EntryConfChange', term: 1, index: 3, change: change(3) },
    ])
    expect(ready.committedEntries).toEqual(ready.entries)
    solo.handle(ready)
    expect(solo.confState).toEqual(confState())
    expect(solo.node.status()).toMatchObject({ role: 'follower', applied: 3 })
  })

  test('is in force at once: a single member can stand for election before it has applied anything', () => {
    const solo = new Solo({ storage: new MemStorage() })
    solo.node.bootstrap([{ id: 1 }])
    expect(solo.confState.voters).toEqual([1])
    solo.finish().node.campaign()
    solo.finish()
    expect(solo.node.status()).toMatchObject({ role: 'leader', term: 2, commit: 2 })
  })

  test('is the same again after a restart', () => {
    const storage = new MemStorage()
    const first = new Solo({ storage })
    first.node.bootstrap([{ id: 1 }, { id: 2 }])
    first.finish()

    const second = new Solo({ storage })
    expect(second.confState).toEqual(confState({ voters: [] }))
    expect(second.finish().confState).toEqual(confState({ voters: [1, 2] }))
    expect(new Solo({ storage, applied: 2 }).confState).toEqual(confState({ voters: [1, 2] }))
  })
})
