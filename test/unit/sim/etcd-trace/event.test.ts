import { describe, expect, test } from 'vitest'
import { emptyConfState } from '../../../../src/core/conf-state.ts'
import {
  changeOf,
  isTold,
  messageOf,
  receiveOf,
  sendOf,
  type ToldMessage,
} from '../../../../src/sim/etcd-trace/event.ts'

const route = { from: 1, to: 2, term: 3 } as const
const zeros = {
  term: 3,
  from: '1',
  to: '2',
  entries: 0,
  logTerm: 0,
  index: 0,
  commit: 0,
  vote: '0',
  reject: false,
  rejectHint: 0,
}
const entry = { type: 'EntryNormal', index: 6, term: 3, data: null } as const

describe('messages, with the fields of the reference', () => {
  const asked = { lastLogIndex: 5, lastLogTerm: 2, transfer: false, priority: 0, committed: null }
  const app = {
    type: 'MsgApp',
    ...route,
    session: 1,
    prevLogIndex: 5,
    prevLogTerm: 2,
    entries: [entry],
  } as const
  const snapshot = { index: 9, term: 2, confState: emptyConfState, data: new Uint8Array() }
  const accept = { type: 'MsgAppResp', ...route, session: 1, reject: false, match: 6 } as const
  const reject = { ...accept, reject: true, rejected: 5, hint: { index: 4, term: 2 } } as const
  const table: readonly (readonly [ToldMessage, object, string, string])[] = [
    [{ ...app, commit: 4 }, { entries: 1, logTerm: 2, index: 5, commit: 4 }, 'AppendEntries', 'Request'],
    [{ type: 'MsgHeartbeat', ...route, commit: 4, context: 7 }, { commit: 4 }, 'AppendEntries', 'Request'],
    [{ type: 'MsgSnap', ...route, session: 1, snapshot }, { entries: 9 }, 'AppendEntries', 'Request'],
    [accept, { index: 6 }, 'AppendEntries', 'Response'],
    [reject, { index: 5, logTerm: 2, reject: true, rejectHint: 4 }, 'AppendEntries', 'Response'],
    [{ type: 'MsgHeartbeatResp', ...route, context: null }, {}, 'AppendEntries', 'Response'],
    [{ type: 'MsgVote', ...route, ...asked }, { index: 5, logTerm: 2 }, 'RequestVote', 'Request'],
    [
      { type: 'MsgVoteResp', ...route, reject: true, committed: null },
      { reject: true },
      'RequestVote',
      'Response',
    ],
  ]
  test.each(table)('%o', (message, fields, rpc, kind) => {
    expect(messageOf(message)).toEqual({ type: message.type, ...zeros, ...fields })
    expect([sendOf(message), receiveOf(message)]).toEqual([`Send${rpc}${kind}`, `Receive${rpc}${kind}`])
  })

  test('a leader tells of no more than the message vouches for', () => {
    expect(messageOf({ ...app, commit: 99 }).commit).toBe(6)
  })

  test('the answer to a leader of an earlier term is a rejection', () => {
    expect(messageOf({ ...accept, session: null, match: 0 }).reject).toBe(true)
  })

  test('of what the specification does not know nothing is told', () => {
    const types = [
      'MsgPreVote',
      'MsgPreVoteResp',
      'MsgProp',
      'MsgReadIndex',
      'MsgTimeoutNow',
      'MsgStorageAppendResp',
    ]
    expect(types.filter((type) => isTold({ type }))).toEqual([])
  })
})

describe('membership changes', () => {
  test('what is added and removed', () => {
    const steps = [
      ['AddNode', 'AddNewServer'],
      ['RemoveNode', 'RemoveServer'],
      ['AddLearnerNode', 'AddLearner'],
    ] as const
    for (const [type, action] of steps) {
      const change = { version: 1, type, nodeId: 4, context: null } as const
      const told = changeOf({ type: 'EntryConfChange', index: 6, term: 3, change })
      expect(told).toEqual({ changes: [{ nid: '4', action }] })
    }
  })

  test('the end of a joint configuration is not told of', () => {
    expect(changeOf({ type: 'EntryConfChangeV2', index: 6, term: 3, change: null })).toBeNull()
  })
})
