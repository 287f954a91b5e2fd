/** What the calls of a RawNode answer: outcomes are values, and each says what became of the request. */

import { type ConfChange, type ConfChangeEntry, ConfChangeError, MemStorage, RawNode } from 'quorate'
import { describe, expect, test } from 'vitest'
import { bytes, confState, entriesOf } from '../support/entries.ts'
import { message } from '../support/messages.ts'
import { catchError } from '../support/refusal.ts'
import { Solo } from '../support/solo.ts'

const addNode = (nodeId: number): ConfChange => ({ version: 1, type: 'AddNode', nodeId, context: null })

/** A follower of leader 2. */
function follower(options = {}): Solo {
  const solo = new Solo(options)
  solo.step(message('MsgHeartbeat'))
  solo.takeSent()
  return solo
}

describe('a proposal', () => {
  test('to a leader is appended: the answer names its place', () => {
    const solo = new Solo().elect()
    expect(solo.node.propose(bytes('a'))).toEqual({ index: 3, term: 1 })
    expect(solo.node.proposeBatch([bytes('b'), bytes('c')])).toEqual({ index: 4, term: 1 })
    expect(solo.node.status().lastIndex).toBe(5)
  })

  test('to a follower is forwarded: the answer names to whom', () => {
    const solo = follower()
    expect(solo.node.propose(bytes('a'))).toEqual({ forwarded: 2 })
    expect(solo.finish().takeSent()).toEqual([
      { type: 'MsgProp', from: 1, to: 2, entries: [{ type: 'EntryNormal', data: bytes('a') }] },
    ])
  })

  test('that is forwarded to a leader is appended by it', () => {
    const solo = new Solo().elect()
    expect(solo.step(message('MsgProp'))).toBeNull()
    expect(solo.node.status().lastIndex).toBe(3)
  })

  test('to a follower that must not forward is dropped', () => {
    const solo = follower({ disableProposalForwarding: true })
    expect(solo.node.propose(bytes('a'))).toEqual({ dropped: 'forwarding-disabled' })
    expect(solo.step(message('MsgProp', { from: 3 }))).toEqual({ dropped: 'forwarding-disabled' })
    expect(solo.takeSent()).toEqual([])
  })

  test('during a transfer of leadership is dropped (thesis §3.10)', () => {
    const solo = new Solo().elect()
    solo.node.transferLeadership(2)
    expect(solo.node.propose(bytes('a'))).toEqual({ dropped: 'transferring' })
    expect(solo.step(message('MsgProp'))).toEqual({ dropped: 'transferring' })
  })

  test('beyond the limit on what is not committed is dropped, the batch as a whole', () => {
    const solo = new Solo({ maxUncommittedSize: 10 }).elect()
    expect(solo.node.propose(bytes('much more than that'))).toMatchObject({ index: 3 })
    expect(solo.node.propose(bytes('x'))).toEqual({ dropped: 'overloaded' })
    expect(solo.node.propose(bytes(''))).toMatchObject({ index: 4 })

    solo.finish().acknowledge()
    expect(solo.node.status().uncommittedSize).toBe(0)
    expect(solo.node.propose(bytes('12345'))).toMatchObject({ index: 5 })
    expect(solo.node.proposeBatch([bytes('12345'), bytes('6')])).toEqual({ dropped: 'overloaded' })
    expect(solo.node.status().lastIndex).toBe(5)
  })

  test('of an earlier leader does not count against the limit, nor for it', () => {
    const solo = new Solo({ maxUncommittedSize: 10 })
    solo.step(message('MsgApp', { entries: entriesOf([1, 1, 1], 2) }))
    solo.elect()
    for (const from of [2, 3]) solo.step(message('MsgAppResp', { from, term: 2, session: from, match: 5 }))
    expect(solo.node.status()).toMatchObject({ applied: 5, uncommittedSize: 0 })
    expect(solo.node.propose(bytes('1234567890'))).toMatchObject({ index: 6 })
    expect(solo.node.propose(bytes('1'))).toEqual({ dropped: 'overloaded' })
  })

  test('to a leader that is not a member any more is dropped', () => {
    const solo = new Solo({ stepDownOnRemoval: false }).elect()
    solo.acknowledge()
    solo.node.proposeConfChange({ version: 1, type: 'RemoveNode', nodeId: 1, context: null })
    solo.finish().acknowledge()
    expect(solo.node.status().role).toBe('leader')
    expect(solo.node.propose(bytes('a'))).toEqual({ dropped: 'removed' })
  })

  test('is dropped when the indexes are used up, and so is one that a follower passes on', () => {
    const storage = new MemStorage()
    const index = Number.MAX_SAFE_INTEGER - 4
    const snapshot = { index, term: 1, confState: confState({ voters: [1] }), data: bytes('') }
    storage.append({
      hardState: { term: 1, vote: null, commit: index },
      entries: [],
      snapshot,
      mustSync: true,
    })
    const solo = new Solo({ storage }).elect()
    expect(solo.node.status()).toMatchObject({ role: 'leader', lastIndex: Number.MAX_SAFE_INTEGER - 3 })
    expect(solo.node.proposeBatch([bytes('a'), bytes('b')])).toEqual({ dropped: 'log-full' })
    expect(solo.node.propose(bytes('a'))).toMatchObject({ index: Number.MAX_SAFE_INTEGER - 2 })
    expect(solo.node.propose(bytes('a'))).toEqual({ dropped: 'log-full' })
    const forwarded = { ...message('MsgProp'), entries: [{ type: 'EntryNormal', data: null }] } as const
    expect(solo.node.step(forwarded)).toEqual({ dropped: 'log-full' })
  })
})

describe('a membership change', () => {
  test('is appended, and takes effect when it is applied (thesis §4.1)', () => {
    const solo = new Solo().elect()
    solo.acknowledge()
    expect(solo.node.proposeConfChange(addNode(4))).toEqual({ index: 3, term: 1 })
    expect(solo.confState).toEqual(confState())
    solo.finish().acknowledge()
    expect(solo.confState).toEqual(confState({ voters: [1, 2, 3, 4] }))
  })

  test.each<[string, ConfChange, string]>([
    [
      'that leaves a joint configuration there is not',
      { version: 2, transition: 'auto', changes: [], context: null },
      'not-joint',
    ],
    [
      'that removes everybody',
      {
        version: 2,
        transition: 'auto',
        changes: [1, 2, 3].map((nodeId) => ({ type: 'RemoveNode', nodeId })),
        context: null,
      },
      'impossible',
    ],
  ])('%s is refused, and uses up an index', (_, change, refused) => {
    const solo = new Solo().elect()
    solo.acknowledge()
    expect(solo.node.proposeConfChange(change)).toEqual({ refused, index: 3, term: 1 })
    solo.finish().acknowledge()
    expect(solo.applied.at(-1)).toEqual({ type: 'EntryNormal', term: 1, index: 3, data: null })
  })

  test('while another one is pending is refused', () => {
    const solo = new Solo().elect().acknowledge()
    expect(solo.node.proposeConfChange(addNode(4))).toMatchObject({ index: 3 })
    expect(solo.node.proposeConfChange(addNode(5))).toMatchObject({ refused: 'pending-change', index: 4 })
  })

  test('may lie in the log of a predecessor, so a new leader refuses one until all of that is applied', () => {
    const solo = new Solo()
    solo.step(message('MsgApp', { entries: entriesOf([1, 1], 2) }))
    solo.elect()
    expect(solo.node.proposeConfChange(addNode(4))).toMatchObject({ refused: 'pending-change', index: 5 })
    for (const from of [2, 3]) solo.step(message('MsgAppResp', { from, term: 2, session: null, match: 5 }))
    expect(solo.node.proposeConfChange(addNode(4))).toMatchObject({ index: 6 })
  })

  test('in a joint configuration is refused, unless it leaves it', () => {
    const solo = new Solo().elect()
    solo.acknowledge()
    const joint: ConfChange = { version: 2, transition: 'explicit', changes: [], context: null }
    solo.node.proposeConfChange({ ...joint, changes: [{ type: 'AddNode', nodeId: 4 }] })
    solo.finish().acknowledge()
    expect(solo.node.proposeConfChange(addNode(5))).toMatchObject({ refused: 'still-joint' })
    expect(solo.node.proposeConfChange(joint)).toMatchObject({ refused: 'impossible' })
    expect(solo.node.proposeConfChange({ ...joint, transition: 'auto' })).toEqual({ index: 6, term: 1 })
  })

  test('is forwarded by a follower', () => {
    const solo = follower()
    expect(solo.node.proposeConfChange(addNode(4))).toEqual({ forwarded: 2 })
    expect(solo.finish().takeType('MsgProp')).toMatchObject([
      { entries: [{ type: 'EntryConfChange', change: addNode(4) }] },
    ])
  })

  test('is appended without a look at it if the application checks itself', () => {
    const solo = new Solo({ disableConfChangeValidation: true }).elect()
    solo.acknowledge()
    const leave: ConfChange = { version: 2, transition: 'auto', changes: [], context: null }
    expect(solo.node.proposeConfChange(leave)).toEqual({ index: 3, term: 1 })
    solo.node.step(message('MsgAppResp', { session: null, match: 3 }))
    const ready = solo.node.ready()
    solo.storage.append(ready)
    solo.node.advance(ready)
    const { committedEntries } = solo.node.ready()
    const impossible = committedEntries[0] as ConfChangeEntry

    expect(() => solo.node.applyConfChange(impossible)).toThrow(ConfChangeError)
    expect(solo.node.skipConfChange(impossible)).toEqual(confState())
  })

  test('is made once, though its entry may come again', () => {
    const solo = new Solo({ voters: [1] }).elect()
    const index = solo.node.proposeConfChange(addNode(4)).index as number
    solo.finish()
    const entry: ConfChangeEntry = { type: 'EntryConfChange', term: 1, index, change: addNode(4) as never }
    expect(solo.node.applyConfChange(entry)).toEqual(confState({ voters: [1, 4] }))
    expect(solo.node.skipConfChange(entry)).toEqual(confState({ voters: [1, 4] }))
  })
})

describe('a transfer of leadership (thesis §3.10)', () => {
  test.each<[string, number, object]>([
    ['to a voter is started', 2, { started: 2 }],
    ['to the leader itself is refused', 1, { refused: 'already-leader' }],
    ['to a learner is refused', 4, { refused: 'not-a-voter' }],
    ['to a stranger is refused', 9, { refused: 'not-a-voter' }],
  ])('%s', (_, target, result) => {
    expect(new Solo({ learners: [4] }).elect().node.transferLeadership(target)).toEqual(result)
  })

  test('that is on already is refused, another takes its place', () => {
    const { node } = new Solo().elect()
    node.transferLeadership(2)
    expect(node.transferLeadership(2)).toEqual({ refused: 'in-progress' })
    expect(node.transferLeadership(3)).toEqual({ started: 3 })
    expect(node.status().transferee).toBe(3)
  })

  test('is asked of the leader by a follower', () => {
    const solo = follower()
    expect(solo.node.transferLeadership(3)).toEqual({ forwarded: 2 })
    expect(solo.finish().takeSent()).toEqual([{ type: 'MsgTransferLeader', from: 3, to: 2, term: 1 }])
  })

  test('tells a target that lacks nothing at once, another when it has caught up', () => {
    const solo = new Solo().elect()
    solo.acknowledge(2)
    solo.node.transferLeadership(2)
    expect(solo.finish().takeType('MsgTimeoutNow')).toMatchObject([{ to: 2, term: 1 }])

    solo.node.transferLeadership(3)
    expect(solo.finish().takeType('MsgTimeoutNow')).toEqual([])
    solo.step(message('MsgAppResp', { from: 3, session: null, match: 2 }))
    expect(solo.takeType('MsgTimeoutNow')).toMatchObject([{ to: 3 }])
  })

  test('is given up after an election timeout, and when the target loses its vote', () => {
    const solo = new Solo({ electionTick: 3 }).elect()
    solo.acknowledge()
    solo.node.transferLeadership(2)
    for (let i = 0; i < 3; i++) solo.node.tick()
    expect(solo.node.status().transferee).toBeNull()
    expect(solo.node.propose(bytes('x'))).toMatchObject({ index: 3 })

    solo.node.proposeConfChange({ version: 1, type: 'AddLearnerNode', nodeId: 2, context: null })
    solo.node.transferLeadership(2)
    solo.finish().acknowledge(3)
    expect(solo.confState.learners).toEqual([2])
    expect(solo.node.status().transferee).toBeNull()
  })
})

describe('a read (thesis §6.4)', () => {
  test('is asked of the leader, whoever that is', () => {
    expect(new Solo().elect().node.readIndex(bytes('r'))).toEqual({ asked: 1 })
    expect(follower().node.readIndex(bytes('r'))).toEqual({ asked: 2 })
  })

  test('ends with the leadership that it was asked of, and the Ready says so', () => {
    const solo = new Solo().elect()
    solo.acknowledge()
    solo.node.readIndex(bytes('r'))
    solo.node.step(message('MsgHeartbeat', { term: 2, from: 3 }))
    expect(solo.node.ready().droppedReads).toEqual([bytes('r')])
  })
})

describe('with asynchronous writes (thesis §10.2.1)', () => {
  test('nothing is acknowledged, committed or applied before the answers to the writes', () => {
    const solo = new Solo({ asyncStorageWrites: true })
    solo.node.step(message('MsgApp', { entries: entriesOf([1, 1], 2), commit: 3 }))
    const { storageAppend, storageApply, messages, persistedMessages } = solo.node.ready()
    expect([messages, persistedMessages, storageApply]).toEqual([[], [], null])
    expect(storageAppend).toEqual({
      type: 'MsgStorageAppend',
      from: 1,
      to: 'AppendThread',
      hardState: { term: 1, vote: null, commit: 3 },
      entries: entriesOf([1, 1], 2),
      snapshot: null,
      mustSync: true,
      responses: [
        { type: 'MsgAppResp', from: 1, to: 2, term: 1, session: 1, reject: false, match: 3 },
        {
          type: 'MsgStorageAppendResp',
          from: 'AppendThread',
          to: 1,
          term: 1,
          lastEntry: { term: 1, index: 3 },
          snapshot: null,
          commit: 3,
        },
      ],
    })
  })

  test('a write of an earlier term says nothing of the log any more (the append ABA race)', () => {
    const solo = new Solo({ asyncStorageWrites: true })
    solo.node.step(message('MsgApp'))
    const first = solo.node.ready().storageAppend!
    solo.node.step(message('MsgHeartbeat', { term: 2, from: 3 }))
    solo.storage.append({ ...first, mustSync: true })
    solo.node.step(first.responses.at(-1)!)
    const second = solo.node.ready().storageAppend!

    expect(second.entries).toEqual([])
    expect(second.responses.at(-1)).toMatchObject({ term: 2, lastEntry: { term: 1, index: 2 } })
  })

  test('a candidate asks for votes after its write, unless it is told not to wait', () => {
    const patient = new Solo({ asyncStorageWrites: true })
    patient.node.campaign()
    const asked = patient.node.ready()
    expect(asked.messages).toEqual([])
    expect(asked.storageAppend?.responses.map(({ type }) => type)).toEqual([
      'MsgVoteResp',
      'MsgVote',
      'MsgVote',
    ])

    const hasty = new Solo({ asyncStorageWrites: true, requestVotesBeforePersist: true })
    hasty.node.campaign()
    expect(hasty.node.ready().messages.map(({ type }) => type)).toEqual(['MsgVote', 'MsgVote'])
  })

  test.each([true, false])(
    'a leader that is removed takes its own answers all the same (stepDownOnRemoval %s)',
    (steps) => {
      const solo = new Solo({ asyncStorageWrites: true, stepDownOnRemoval: steps }).elect().acknowledge()
      solo.node.proposeConfChange({ version: 1, type: 'RemoveNode', nodeId: 1, context: null })
      solo.finish()
      for (const from of [2, 3]) solo.node.step(message('MsgAppResp', { from, session: from, match: 3 }))
      solo.node.propose(bytes('x'))
      const { storageAppend } = solo.node.ready()
      solo.storage.append({ ...storageAppend!, mustSync: true })
      // It waits for the answer to the first write, which says that it is durable that the change is committed.
      solo.node.step(storageAppend!.responses.find(({ type }) => type === 'MsgStorageAppendResp')!)
      const { committedEntries } = solo.node.ready()
      solo.node.applyConfChange(committedEntries[0] as ConfChangeEntry)

      expect(solo.confState.voters).toEqual([2, 3])
      const own = storageAppend!.responses.filter(({ to }) => to === 1)
      expect(own.map(({ type }) => type)).toEqual(['MsgAppResp', 'MsgStorageAppendResp'])
      for (const response of own) expect(() => solo.node.step(response)).not.toThrow()
    },
  )
})

describe('what is passed in and called back', () => {
  test.each(['trace', 'random'] as const)('%s must not throw: nobody knows how far the node got', (name) => {
    const mistake = new Error('a bug of the application')
    const storage = MemStorage.bootstrap({ voters: [1, 2, 3] })
    let fails = false
    const call = (): number => {
      if (fails) throw mistake
      return 0
    }
    const node = new RawNode({ id: 1, storage, preVote: false, [name]: call })
    fails = true
    const thrown = catchError(() => node.campaign())

    expect(thrown).toMatchObject({ code: 'ERR_INVARIANT', cause: mistake })
    expect(thrown.message).toContain(`\`${name}\``)
    expect(catchError(() => node.tick())).toBe(thrown)
  })

  test('must not call the node, which is in the middle of something', () => {
    const thrown: unknown[] = []
    const storage = MemStorage.bootstrap({ voters: [1, 2, 3] })
    const node: RawNode = new RawNode({
      id: 1,
      storage,
      trace: () => thrown.push(catchError(() => node.tick())),
    })
    node.campaign()
    expect(thrown.length).toBeGreaterThan(0)
    for (const error of thrown) expect(error).toMatchObject({ code: 'ERR_REENTRANT' })
    expect(() => node.tick()).not.toThrow()
  })
})

test('id answers who it is', () => {
  expect(new Solo({ id: 3 }).node.id).toBe(3)
})
