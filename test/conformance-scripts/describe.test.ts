import type { Message, MsgStorageAppend, Ready, Snapshot } from 'quorate'
import { describe, expect, it } from 'vitest'

import { describeEntry, describeMessage, describeReady } from './describe.ts'
import { describeConfig, describeProgressMap } from './describe-tracker.ts'
import { goQuote } from './go-quote.ts'
import { describeQuorum } from './quorum-commands.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const config = { voters: [2, 1], votersOutgoing: [11], learners: [3], learnersNext: [12], autoLeave: true }
const snapshot: Snapshot = { index: 7, term: 2, confState: config, data: bytes('x') }

describe('goQuote', () => {
  it.each([
    ['', '""'],
    ['a "b" \\', '"a \\"b\\" \\\\"'],
    ["it's `so`", '"it\'s `so`"'],
    ['\u0007\b\f\n\r\t\v', '"\\a\\b\\f\\n\\r\\t\\v"'],
    ['\0\u001b\u007f', '"\\x00\\x1b\\x7f"'],
    ['é 世界 😀', '"é 世界 😀"'],
    ['\u0080\u00a0\u200b\ufeff\u2028', '"\\u0080\\u00a0\\u200b\\ufeff\\u2028"'],
    ['\ue000\ufffd', '"\\ue000\ufffd"'],
    ['\u{e0001}', '"\\U000e0001"'],
  ])('%j', (text, quoted) => {
    expect(goQuote(bytes(text))).toBe(quoted)
  })

  it.each([
    [[0xff, 0x41], '"\\xffA"'],
    [[0xc3], '"\\xc3"'],
    [[0xc0, 0x80], '"\\xc0\\x80"'],
    [[0xed, 0xa0, 0x80], '"\\xed\\xa0\\x80"'],
    [[0xe4, 0xb8, 0x41], '"\\xe4\\xb8A"'],
    [[0x80, 0xf0, 0x9f, 0x98, 0x80], '"\\x80😀"'],
  ])('%j, which is not all UTF-8', (raw, quoted) => {
    expect(goQuote(Uint8Array.from(raw))).toBe(quoted)
  })
})

describe('describeEntry', () => {
  it.each([
    [{ type: 'EntryNormal', term: 1, index: 2, data: bytes('a b') } as const, '1/2 EntryNormal "a b"'],
    [{ type: 'EntryNormal', data: null } as const, '0/0 EntryNormal ""'],
    [
      {
        type: 'EntryConfChange',
        term: 3,
        index: 4,
        change: { version: 1, type: 'UpdateNode', nodeId: 17, context: null },
      } as const,
      '3/4 EntryConfChange u17',
    ],
    [{ type: 'EntryConfChangeV2', term: 3, index: 4, change: null } as const, '3/4 EntryConfChangeV2'],
    [
      {
        type: 'EntryConfChangeV2',
        change: {
          version: 2,
          transition: 'auto',
          context: null,
          changes: [
            { type: 'AddLearnerNode', nodeId: 2 },
            { type: 'RemoveNode', nodeId: 3 },
          ],
        },
      } as const,
      '0/0 EntryConfChangeV2 l2 r3',
    ],
  ])('%o', (entry, text) => {
    expect(describeEntry(entry)).toBe(text)
  })
})

describe('describeMessage', () => {
  const ends = { from: 10, to: 31 } as const
  const entry = (index: number) => ({ type: 'EntryNormal', term: 1, index, data: bytes('d') }) as const

  it.each<[Message, string]>([
    [
      {
        ...ends,
        type: 'MsgAppResp',
        term: 4,
        session: 1,
        reject: true,
        rejected: 9,
        hint: { term: 3, index: 6 },
      },
      'a->1f MsgAppResp Term:4 Log:3/9 Rejected (Hint: 6)',
    ],
    [
      { ...ends, type: 'MsgAppResp', term: 4, session: null, reject: false, match: 9 },
      'a->1f MsgAppResp Term:4 Log:0/9',
    ],
    [
      { ...ends, type: 'MsgPreVoteResp', term: 4, reject: true, committed: null },
      'a->1f MsgPreVoteResp Term:4 Log:0/0 Rejected (Hint: 0)',
    ],
    [
      {
        ...ends,
        type: 'MsgVote',
        term: 4,
        lastLogIndex: 8,
        lastLogTerm: 3,
        transfer: true,
        priority: 5,
        committed: null,
      },
      'a->1f MsgVote Term:4 Log:3/8',
    ],
    [{ ...ends, type: 'MsgHeartbeat', term: 4, commit: 0, context: 1 }, 'a->1f MsgHeartbeat Term:4 Log:0/0'],
    [
      { ...ends, type: 'MsgHeartbeat', term: 4, commit: 12, context: null },
      'a->1f MsgHeartbeat Term:4 Log:0/0 Commit:12',
    ],
    [
      { ...ends, type: 'MsgProp', entries: [{ type: 'EntryNormal', data: bytes('p') }] },
      'a->1f MsgProp Term:0 Log:0/0 Entries:[0/0 EntryNormal "p"]',
    ],
    [
      { ...ends, type: 'MsgReadIndexResp', term: 4, index: 8, context: bytes('r') },
      'a->1f MsgReadIndexResp Term:4 Log:0/8 Entries:[0/0 EntryNormal "r"]',
    ],
    [
      { ...ends, type: 'MsgSnap', term: 4, session: null, snapshot: { ...snapshot, index: 0 } },
      'a->1f MsgSnap Term:4 Log:0/0',
    ],
    [{ ...ends, type: 'MsgTimeoutNow', term: 4, from: 0 }, 'None->1f MsgTimeoutNow Term:4 Log:0/0'],
  ])('%o', (m, text) => {
    expect(describeMessage(m)).toBe(text)
  })

  it('puts several entries on lines of their own', () => {
    const m: Message = {
      ...ends,
      type: 'MsgApp',
      term: 4,
      session: 1,
      prevLogIndex: 5,
      prevLogTerm: 1,
      commit: 3,
      entries: [entry(6), entry(7)],
    }
    expect(describeMessage(m, '  ').split('\n')).toEqual([
      '  a->1f MsgApp Term:4 Log:1/5 Commit:3 Entries:[',
      '    1/6 EntryNormal "d"',
      '    1/7 EntryNormal "d"',
      '  ]',
    ])
  })

  it('puts a snapshot and responses on lines of their own, one level further in', () => {
    const m: MsgStorageAppend = {
      type: 'MsgStorageAppend',
      from: 10,
      to: 'AppendThread',
      hardState: { term: 2, vote: 10, commit: 7 },
      entries: [],
      snapshot,
      mustSync: true,
      responses: [
        {
          type: 'MsgStorageAppendResp',
          from: 'AppendThread',
          to: 10,
          term: 2,
          lastEntry: { term: 2, index: 9 },
          snapshot,
          commit: 7,
        },
      ],
    }
    const line =
      'Snapshot: Index:7 Term:2 ConfState:Voters:[2 1] VotersOutgoing:[11] Learners:[3] LearnersNext:[12] AutoLeave:true'
    expect(describeMessage(m).split('\n')).toEqual([
      'a->AppendThread MsgStorageAppend Term:2 Log:0/0 Commit:7 Vote:10',
      `  ${line} Responses:[`,
      '  AppendThread->a MsgStorageAppendResp Term:2 Log:2/9',
      `    ${line}`,
      ']',
    ])
  })
})

describe('describeReady', () => {
  const empty: Ready = {
    softState: null,
    hardState: null,
    readStates: [],
    droppedReads: [],
    entries: [],
    snapshot: null,
    committedEntries: [],
    messages: [],
    persistedMessages: [],
    mustSync: false,
    storageAppend: null,
    storageApply: null,
  }

  it('names an empty one', () => {
    expect(describeReady(empty)).toBe('<empty Ready>')
  })

  it('lists the parts in the order of the reference', () => {
    const entry = { type: 'EntryNormal', term: 1, index: 3, data: null } as const
    const heartbeat = { type: 'MsgHeartbeatResp', from: 1, to: 2, term: 3, context: null } as const
    const ready: Ready = {
      softState: { leader: null, role: 'pre-candidate' },
      hardState: { term: 3, vote: null, commit: 2 },
      readStates: [
        { index: 4, context: bytes('ab') },
        { index: 5, context: bytes('') },
      ],
      droppedReads: [],
      entries: [entry],
      snapshot: { ...snapshot, confState: { ...config, votersOutgoing: [], autoLeave: false } },
      committedEntries: [entry],
      messages: [heartbeat],
      persistedMessages: [{ type: 'MsgVoteResp', from: 1, to: 2, term: 3, reject: false, committed: null }],
      mustSync: true,
      storageAppend: null,
      storageApply: null,
    }
    expect(describeReady(ready)).toBe(
      [
        'Ready MustSync=true:',
        'Lead:0 State:StatePreCandidate',
        'HardState Term:3 Commit:2',
        'ReadStates [{4 [97 98]} {5 []}]',
        'Entries:',
        '1/3 EntryNormal ""',
        'Snapshot Index:7 Term:2 ConfState:Voters:[2 1] VotersOutgoing:[] Learners:[3] LearnersNext:[12] AutoLeave:false',
        'CommittedEntries:',
        '1/3 EntryNormal ""',
        'Messages:',
        '1->2 MsgHeartbeatResp Term:3 Log:0/0',
        '1->2 MsgVoteResp Term:3 Log:0/0',
        '',
      ].join('\n'),
    )
  })
})

describe('the tracker', () => {
  it('leaves out of a configuration what is empty, and writes ids in hexadecimal', () => {
    expect(describeConfig(config)).toBe('voters=(1 2)&&(b) learners=(3) learners_next=(c) autoleave')
    const plain = { voters: [], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false }
    expect(describeConfig(plain)).toBe('voters=()')
  })

  it('prints a progress with all that is true of it, by ascending id, in decimal', () => {
    const progress = {
      id: 11,
      state: 'StateReplicate',
      match: 1,
      next: 4,
      isLearner: true,
      paused: true,
      recentActive: false,
      pendingSnapshot: null,
      inflight: { count: 2, full: true },
    } as const
    const other = {
      ...progress,
      id: 2,
      state: 'StateSnapshot',
      isLearner: false,
      recentActive: true,
      pendingSnapshot: 3,
      inflight: { count: 0, full: false },
    } as const
    expect(describeProgressMap([progress, other])).toBe(
      '2: StateSnapshot match=1 next=4 paused pendingSnap=3\n' +
        '11: StateReplicate match=1 next=4 learner paused inactive inflight=2[full]\n',
    )
  })

  it('draws a quorum', () => {
    const known = new Map([
      [1, 7],
      [16, 123_456],
      [3, 7],
    ])
    expect(describeQuorum(new Set([16, 1, 2, 3]), known)).toBe(
      [
        '        idx',
        'x>        7    (id=1)',
        '?         0    (id=2)',
        'x>        7    (id=3)',
        'xxx>  123456    (id=10)',
        '',
      ].join('\n'),
    )
  })
})
