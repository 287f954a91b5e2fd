import type { HardState, MsgStorageAppendResp, PeerMessage } from 'quorate'
import { describe, expect, test } from 'vitest'
import { storageAppend, storageApply } from '../../src/core/storage-messages.ts'
import { bare } from '../support/bare.ts'
import { entriesOf, snapshotAt } from '../support/entries.ts'
import { message } from '../support/messages.ts'

/** Node 1 in term 7. */
const { raft } = bare()
raft.term = 7

const nothing = { hardState: null, entries: [], snapshot: null, mustSync: false } as const
const hardState: HardState = { term: 7, vote: 2, commit: 3 }
const lastEntry = { term: 7, index: 3 }
const commit = { commit: 3, mustTell: false }
const responses = (): (PeerMessage | MsgStorageAppendResp)[] => [message('MsgVoteResp', { from: 1, to: 2 })]

describe('a write (thesis §10.2.1)', () => {
  test('is none if there is nothing to write, and nothing waits for it', () => {
    expect(storageAppend(raft, nothing, [], null, commit)).toBeNull()
    // What is not durable yet was asked for with an earlier write already.
    expect(storageAppend(raft, nothing, [], lastEntry, commit)).toBeNull()
  })

  test.each([
    ['a hard state', { ...nothing, hardState }],
    ['entries', { ...nothing, entries: entriesOf([7], 3), mustSync: true }],
    ['a snapshot', { ...nothing, snapshot: snapshotAt(9, 7), mustSync: true }],
  ])('is one for %s', (_, write) => {
    expect(storageAppend(raft, write, [], null, commit)).toMatchObject({
      type: 'MsgStorageAppend',
      from: 1,
      to: 'AppendThread',
      ...write,
    })
  })

  test('is one for what waits for an earlier write too', () => {
    const waiting = responses()
    expect(storageAppend(raft, nothing, waiting, null, commit)).toMatchObject({
      ...nothing,
      responses: waiting,
      mustSync: true,
    })
  })
})

describe('when a write is done', () => {
  const written = (lastOne: typeof lastEntry | null, snapshot = false) =>
    storageAppend(
      raft,
      { ...nothing, hardState, snapshot: snapshot ? snapshotAt(9, 7) : null },
      responses(),
      lastOne,
      commit,
    )?.responses

  test('others are told first, and then the node itself, by its last entry and the term', () => {
    expect(written(lastEntry)).toEqual([
      ...responses(),
      {
        type: 'MsgStorageAppendResp',
        from: 'AppendThread',
        to: 1,
        term: 7,
        lastEntry,
        snapshot: null,
        commit: 3,
      },
    ])
  })

  test('the node is told of a snapshot, though all entries are durable', () => {
    expect(written(null, true)?.at(-1)).toMatchObject({ lastEntry: null, snapshot: snapshotAt(9, 7) })
  })

  test('the node need not be told of a hard state alone', () => {
    expect(written(null)).toEqual(responses())
  })

  test('the node is told of a commit index that it waits for, though there is nothing else to write', () => {
    const write = storageAppend(raft, nothing, [], null, { commit: 3, mustTell: true })
    expect(write).toMatchObject({ ...nothing, mustSync: true, responses: [{ commit: 3, lastEntry: null }] })
  })

  // Broken: a term that a heartbeat told of was handed out as what need not be durable.
  test('a term, a vote or entries must be durable, whether anybody waits or not; so must what somebody waits for', () => {
    const must = [
      storageAppend(raft, { ...nothing, hardState, mustSync: true }, [], null, commit),
      storageAppend(raft, { ...nothing, hardState }, responses(), null, commit),
      storageAppend(raft, { ...nothing, hardState }, [], lastEntry, commit),
      storageAppend(raft, { ...nothing, hardState }, [], null, commit),
    ]
    expect(must.map((write) => write?.mustSync)).toEqual([true, true, true, false])
  })
})

describe('entries to apply', () => {
  test('may be none, and then there is no message', () => {
    expect(storageApply(raft, [])).toBeNull()
  })

  test('come back with the answer that they are applied', () => {
    const entries = entriesOf([1, 7], 2)
    expect(storageApply(raft, entries)).toEqual({
      type: 'MsgStorageApply',
      from: 1,
      to: 'ApplyThread',
      entries,
      responses: [{ type: 'MsgStorageApplyResp', from: 'ApplyThread', to: 1, entries }],
    })
  })
})
