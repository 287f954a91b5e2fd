import { MessageError } from 'quorate'
import { describe, expect, test } from 'vitest'
import { bytes, confState, entry, snapshotAt } from '../support/entries.ts'
import { message, messageTypes, rejection } from '../support/messages.ts'
import { catchError } from '../support/refusal.ts'
import { Solo } from '../support/solo.ts'

describe('a proper message is taken', () => {
  test.each(messageTypes)('%s, by a follower', (type) => {
    const solo = new Solo({ asyncStorageWrites: type.startsWith('MsgStorage') })
    expect(() => solo.node.step(message(type))).not.toThrow()
  })

  const fromLeaders: ReadonlySet<string> = new Set(['MsgApp', 'MsgHeartbeat', 'MsgSnap'])
  const toLeader = messageTypes.filter((type) => !type.startsWith('MsgStorage') && !fromLeaders.has(type))
  test.each(toLeader)('%s, by a leader', (type) => {
    const solo = new Solo().elect()
    expect(() => solo.step(message(type))).not.toThrow()
    expect(solo.node.status().lastIndex).toBeGreaterThanOrEqual(2)
  })

  test.each([
    ['a rejection', rejection(1, { term: 0, index: 0 })],
    ['an answer of a peer without sessions', message('MsgAppResp', { session: null })],
    ['a request without entries', message('MsgApp', { entries: [] })],
    ['entries of several terms', message('MsgApp', { term: 3, entries: [entry(2, 1), entry(3, 3)] })],
    ['an entry without data', message('MsgApp', { entries: [entry(2, 1, null)] })],
    [
      'every kind of entry',
      message('MsgApp', {
        entries: [
          {
            type: 'EntryConfChange',
            term: 1,
            index: 2,
            change: { version: 1, type: 'AddNode', nodeId: 0, context: bytes('c') },
          },
          {
            type: 'EntryConfChangeV2',
            term: 1,
            index: 3,
            change: { version: 2, transition: 'auto', changes: [], context: null },
          },
          { type: 'EntryConfChangeV2', term: 1, index: 4, change: null },
        ],
      }),
    ],
    ['a round of reads', message('MsgHeartbeat', { context: 7 })],
    ['a context of another implementation', message('MsgHeartbeat', { context: bytes('ctx') })],
    ['a candidate of negative priority', message('MsgVote', { priority: -5 })],
    ['an empty read context', message('MsgReadIndex', { context: new Uint8Array() })],
    ['a Buffer for bytes', message('MsgReadIndex', { context: Buffer.from('r') })],
  ])('%s', (_, m) => {
    expect(() => new Solo().step(m)).not.toThrow()
  })
})

describe('who may say what', () => {
  test('requests are taken from anybody: a new leader may be known to nobody here yet (thesis §4.2.2)', () => {
    const requests = ['MsgApp', 'MsgHeartbeat', 'MsgSnap', 'MsgVote', 'MsgPreVote', 'MsgTimeoutNow'] as const
    for (const type of requests) expect(() => new Solo().step(message(type, { from: 9 }))).not.toThrow()
    for (const type of ['MsgProp', 'MsgReadIndex', 'MsgTransferLeader'] as const)
      expect(() => new Solo().elect().step(message(type, { from: 9 }))).not.toThrow()
  })

  test.each(['MsgAppResp', 'MsgHeartbeatResp', 'MsgVoteResp', 'MsgPreVoteResp', 'MsgReadIndexResp'] as const)(
    'a %s only from a member, a learner included',
    (type) => {
      for (const solo of [new Solo({ learners: [4] }), new Solo({ learners: [4] }).elect()]) {
        expect(() => solo.step(message(type, { from: 4 }))).not.toThrow()
        expect(() => solo.step(message(type, { from: 9 }))).toThrow(
          expect.objectContaining({ code: 'ERR_UNKNOWN_PEER', value: 9 }),
        )
      }
    },
  )

  test('an answer from the outgoing half of a joint configuration is one of a member (thesis §4.3)', () => {
    const joint = confState({ voters: [1, 2], votersOutgoing: [1, 5] })
    const solo = new Solo()
    solo.step(message('MsgSnap', { snapshot: { ...snapshotAt(5, 1), confState: joint } }))
    expect(() => solo.step(message('MsgVoteResp', { from: 5 }))).not.toThrow()
    expect(() => solo.step(message('MsgVoteResp', { from: 3 }))).toThrow(MessageError)
  })
})

// Broken: such a candidate got the vote.
test.each(['MsgVote', 'MsgPreVote'] as const)('a %s says of a log what can be true of one', (type) => {
  const log = { term: 2, lastLogIndex: 3, lastLogTerm: 1 }
  const refusals = [
    { ...log, lastLogTerm: 3 },
    { ...log, committed: { index: 4, term: 1 } },
    { ...log, committed: { index: 3, term: 2 } },
  ].map((parts) => catchError(() => new Solo().step(message(type, parts))).message)

  expect(refusals).toEqual([
    expect.stringMatching(/the lastLogTerm of a .* not to be beyond its term 2, got 3/),
    expect.stringMatching(/`committed` of a .* not to be beyond the end of its log/),
    expect.stringMatching(/`committed` of a .* not to be beyond the end of its log/),
  ])
  expect(() => new Solo().step(message(type, { ...log, committed: { index: 3, term: 1 } }))).not.toThrow()
})
