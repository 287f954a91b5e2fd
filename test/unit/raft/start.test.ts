/** How a node comes back: what it takes from its storage, and what it refuses to start with (figure 2, thesis §3.8). */

import { type HardState, type LogReader, MemStorage, OptionsError, RawNode, StorageError } from 'quorate'
import { describe, expect, test } from 'vitest'
import { bytes, confState, entriesOf, snapshotAt } from '../../support/entries.ts'
import { message } from '../../support/messages.ts'
import { Solo } from '../../support/solo.ts'

const add = (nodeId: number, index: number) =>
  ({
    type: 'EntryConfChange',
    term: 2,
    index,
    change: { version: 1, type: 'AddNode', nodeId, context: null },
  }) as const

/** A snapshot at 3 of term 1, and entries 4 to 8 of term 2; 6 are committed. */
function stored(hardState: HardState | null = { term: 2, vote: 3, commit: 6 }): MemStorage {
  const storage = new MemStorage()
  storage.append({ hardState: null, entries: [], snapshot: snapshotAt(3, 1), mustSync: true })
  storage.append({ hardState, entries: entriesOf([2, 2, 2, 2, 2], 4), snapshot: null, mustSync: true })
  return storage
}

describe('a node that comes back', () => {
  test('has its term, its vote and its log, and is a follower of nobody', () => {
    const { node } = new Solo({ storage: stored() })
    expect(node.status()).toMatchObject({
      role: 'follower',
      term: 2,
      vote: 3,
      leader: null,
      commit: 6,
      applied: 3,
      firstIndex: 4,
      lastIndex: 8,
    })
  })

  test('hands out what is committed behind the snapshot, which the state machine is restored from', () => {
    const solo = new Solo({ storage: stored() }).finish()
    expect(solo.applied.map(({ index }) => index)).toEqual([4, 5, 6])
  })

  test('hands out nothing that the state machine has applied', () => {
    const solo = new Solo({ storage: stored(), applied: 5 }).finish()
    expect(solo.applied.map(({ index }) => index)).toEqual([6])
  })

  test('has the membership of the snapshot, with the changes that were applied since', () => {
    const storage = stored()
    storage.append({ hardState: null, entries: [add(4, 5), add(5, 6)], snapshot: null, mustSync: true })
    expect(new Solo({ storage }).confState).toEqual(confState())
    expect(new Solo({ storage, applied: 5 }).confState).toEqual(confState({ voters: [1, 2, 3, 4] }))
    expect(new Solo({ storage, applied: 6 }).confState).toEqual(confState({ voters: [1, 2, 3, 4, 5] }))

    const first = stored({ term: 2, vote: null, commit: 4 })
    first.append({ hardState: null, entries: [add(4, 4)], snapshot: null, mustSync: true })
    expect(new Solo({ storage: first, applied: 4 }).confState).toEqual(confState({ voters: [1, 2, 3, 4] }))
  })

  test('leaves out a change that was impossible then, too', () => {
    const storage = stored()
    const leave = { type: 'EntryConfChangeV2', term: 2, index: 5, change: null } as const
    storage.append({ hardState: null, entries: [leave, add(4, 6)], snapshot: null, mustSync: true })
    expect(new Solo({ storage, applied: 6 }).confState).toEqual(confState({ voters: [1, 2, 3, 4] }))
  })

  test('takes the snapshot for committed, even if an older commit index is all that was kept', () => {
    const storage = stored()
    storage.createSnapshot(5, confState(), bytes(''))
    storage.append({
      hardState: { term: 2, vote: 3, commit: 4 },
      entries: [],
      snapshot: null,
      mustSync: false,
    })
    expect(new Solo({ storage }).node.status()).toMatchObject({ commit: 5, applied: 5 })
  })

  test('applies from behind the snapshot, though its membership may be a later one', () => {
    const storage = stored()
    const later = { confState: confState({ voters: [1, 2] }), index: 6 }
    const solo = new Solo({ storage: Object.assign(storage, { confState: () => later }) }).finish()

    expect(solo.applied.map(({ index }) => index)).toEqual([4, 5, 6])
    expect(solo.confState).toEqual(confState({ voters: [1, 2] }))
  })

  test('takes what was applied for committed: a commit index may be lost that was written without a sync', () => {
    const { node } = new Solo({ storage: stored({ term: 2, vote: 3, commit: 4 }), applied: 6 })
    expect(node.status()).toMatchObject({ commit: 6, applied: 6 })
  })
})

describe('a node does not start', () => {
  test.each([
    ['with entries and no hard state', stored(null), /entries up to 8 and no hard state/],
    [
      'with a commit index beyond the log',
      stored({ term: 2, vote: null, commit: 9 }),
      /ends at 8, before its commit index 9/,
    ],
    [
      'with an entry of a later term than its own',
      stored({ term: 1, vote: null, commit: 6 }),
      /entry of term 2, later than .* 1/,
    ],
  ])('%s: something was lost', (_, storage, says) => {
    expect(() => new RawNode({ id: 1, storage })).toThrow(StorageError)
    expect(() => new RawNode({ id: 1, storage })).toThrow(says)
  })

  test('when the log begins behind its membership', () => {
    const storage = stored()
    storage.createSnapshot(6, confState(), bytes(''))
    storage.compact(6)
    const early: LogReader = Object.assign(storage, {
      confState: () => ({ confState: confState(), index: 3 }),
    })
    expect(() => new RawNode({ id: 1, storage: early, applied: 6 })).toThrow(StorageError)
  })

  test.each([
    ['before the stored log begins', 2],
    ['beyond what the log holds', 9],
  ])('with `applied` %s', (_, applied) => {
    const act = (): unknown => new RawNode({ id: 1, storage: stored(), applied })
    expect(act).toThrow(OptionsError)
    expect(act).toThrow(expect.objectContaining({ option: 'applied', value: applied }))
  })
})

describe('with lease reads (thesis §6.4.1)', () => {
  const lease = { readOnly: 'lease-based', checkQuorum: true, electionTick: 4 } as const
  const asksFor = {
    type: 'MsgVote',
    from: 2,
    to: 1,
    term: 5,
    lastLogIndex: 9,
    lastLogTerm: 2,
    transfer: false,
    priority: 0,
    committed: null,
  } as const

  test('a node that comes back votes for nobody for an election timeout: it may have promised so', () => {
    const solo = new Solo({ storage: stored(), ...lease })
    solo.step(asksFor)
    expect(solo.takeSent()).toEqual([])
    for (let i = 0; i < 4; i++) solo.node.tick()
    solo.step(asksFor)
    expect(solo.takeType('MsgVoteResp')).toMatchObject([{ reject: false }])
  })

  test('a node promises nothing that it would not know of any more: its first answer waits for the write', () => {
    const promised = new Solo({ ...lease, asyncStorageWrites: true })
    promised.node.step({ type: 'MsgHeartbeat', from: 3, to: 1, term: 1, commit: 1, context: 1 })
    const { messages, storageAppend } = promised.node.ready()
    expect(messages).toEqual([])
    expect(storageAppend?.responses).toMatchObject([{ type: 'MsgHeartbeatResp', context: 1 }])
    promised.storage.append({ ...storageAppend!, mustSync: true })

    const again = new Solo({ ...lease, storage: promised.storage })
    again.step(asksFor)
    expect(again.takeSent()).toEqual([])
  })
})

describe('election timeouts (§5.2)', () => {
  test.each([
    [0, 10],
    [0.5, 15],
    [0.99, 19],
    [1, 19],
    [-1, 10],
    [7, 19],
    [NaN, 10],
  ])('a draw of %d gives %i ticks, within one and two timeouts', (drawn, ticks) => {
    const { node } = new Solo({ random: () => drawn })
    expect(node.status().randomizedElectionTimeout).toBe(ticks)
  })

  test('are drawn anew with each change of role', () => {
    let calls = 0
    const solo = new Solo({ random: () => (calls++ % 10) / 10 })
    const before = calls
    solo.elect()
    expect(calls).toBeGreaterThan(before + 1)
  })
})

describe('a snapshot of a later term than the node has heard of', () => {
  /** Restored from a backup: the snapshot is all there is. */
  function backup(): MemStorage {
    const storage = new MemStorage()
    storage.append({ hardState: null, entries: [], snapshot: snapshotAt(9, 7), mustSync: true })
    return storage
  }

  test('says that there was an election: the next one is in a later term', () => {
    const solo = new Solo({ storage: backup() })
    expect(solo.node.status()).toMatchObject({ term: 7, vote: null, commit: 9 })
    solo.elect()
    expect(solo.node.status()).toMatchObject({ role: 'leader', term: 8 })
    expect(solo.takeType('MsgApp')).toMatchObject([
      { term: 8, prevLogTerm: 7 },
      { term: 8, prevLogTerm: 7 },
    ])
  })

  test.each([
    ['no hard state', null],
    ['an older one, whose vote was for that term', { term: 3, vote: 2, commit: 9 }],
  ] as const)('is written down before anything that follows from it: with %s', (_, hardState) => {
    const storage = backup()
    storage.append({ hardState, entries: [], snapshot: null, mustSync: true })
    const solo = new Solo({ storage })
    expect(solo.node.status()).toMatchObject({ term: 7, vote: null })
    solo.step(
      message('MsgApp', { term: 7, prevLogIndex: 9, prevLogTerm: 7, entries: entriesOf([7], 10), commit: 9 }),
    )
    expect(storage.hardState()).toMatchObject({ term: 7, vote: null })
    expect(new Solo({ storage }).node.status()).toMatchObject({ term: 7, lastIndex: 10 })
  })

  test('of the first term is what a group begins with, and says nothing', () => {
    expect(new Solo().node.status()).toMatchObject({ term: 0, commit: 1 })
  })

  test('raises the term when an application sends it before any election', () => {
    const solo = new Solo({ storage: new MemStorage() })
    solo.step(message('MsgSnap', { term: 0, session: null, snapshot: snapshotAt(9, 7) }))
    expect(solo.node.status()).toMatchObject({ term: 7, leader: null, commit: 9 })
    expect(solo.storage.hardState()).toMatchObject({ term: 7 })
  })
})
