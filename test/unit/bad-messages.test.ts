/**
 * Messages that no correct peer sends are refused at once and change nothing, whatever role they meet. What is odd and
 * none of it: not-an-error.test.ts.
 */

import { type Entry, LogLostError, type Message, MessageError } from 'quorate'
import { describe, expect, test } from 'vitest'
import { describeValue } from '../../src/core/errors.ts'
import { bytes, confState, entry, snapshotAt } from '../support/entries.ts'
import { message, messageTypes, rejection } from '../support/messages.ts'
import { catchError, expectRefused, type Refusal } from '../support/refusal.ts'
import { Solo } from '../support/solo.ts'

type Row = readonly [name: string, wrong: unknown, says: RegExp, more?: Partial<Refusal>]

const noNumbers = [NaN, -1, 1.5, 2 ** 53, Infinity, '1', {}, undefined, true, 1n]
const noIds = [...noNumbers, 0, null]
const noBytes = ['text', 5, null, undefined, [1], new ArrayBuffer(1)]
const peerTypes = messageTypes.filter((type) => !type.startsWith('MsgStorage'))
const requests = [
  'MsgApp',
  'MsgHeartbeat',
  'MsgVote',
  'MsgPreVote',
  'MsgTimeoutNow',
  'MsgTransferLeader',
] as const
const votes = ['MsgVote', 'MsgPreVote'] as const

/** A message with parts that its type does not allow. */
function broken(type: Message['type'], parts: object): unknown {
  return { ...message(type), ...parts }
}

/** One row per value that a field may not have. */
function field(type: Message['type'], name: string, values: readonly unknown[], base: object = {}): Row[] {
  return values.map((value) => [
    `${type} with ${name} ${describeValue(value)}`,
    broken(type, { ...base, [name]: value }),
    new RegExp(`\\b${name}\\b.*${type}|${type}.*\\b${name}\\b|the ${name} of a ${type}`),
    { value },
  ])
}

const fields: readonly Row[] = [
  ...peerTypes.flatMap((type) => field(type, 'from', noIds)),
  ...peerTypes
    .filter((type) => type !== 'MsgProp' && type !== 'MsgReadIndex')
    .flatMap((type) => field(type, 'term', [...noNumbers, null])),
  ...requests.flatMap((type) => field(type, 'term', [0])),
  ...['prevLogIndex', 'prevLogTerm', 'commit'].flatMap((name) => field('MsgApp', name, [...noNumbers, null])),
  ...(['MsgApp', 'MsgAppResp', 'MsgSnap'] as const).flatMap((type) => field(type, 'session', noNumbers)),
  ...field('MsgAppResp', 'match', [...noNumbers, null]),
  ...field('MsgAppResp', 'reject', [undefined, null, 0, 'no']),
  ...field('MsgAppResp', 'rejected', [...noNumbers, null], rejection(1, { term: 0, index: 0 })),
  ...votes.flatMap((type) => field(type, 'lastLogIndex', [...noNumbers, null])),
  ...votes.flatMap((type) => field(type, 'lastLogTerm', [...noNumbers, null])),
  ...votes.flatMap((type) => field(type, 'transfer', [undefined, null, 0, 'no'])),
  ...votes.flatMap((type) => field(type, 'priority', [NaN, 1.5, '1', undefined, null, Infinity])),
  ...(['MsgVoteResp', 'MsgPreVoteResp'] as const).flatMap((type) =>
    field(type, 'reject', [undefined, null, 1, 'yes']),
  ),
  ...field('MsgHeartbeat', 'commit', [...noNumbers, null]),
  ...(['MsgHeartbeat', 'MsgHeartbeatResp'] as const).flatMap((type) => field(type, 'context', noNumbers)),
  ...field('MsgReadIndexResp', 'index', [...noNumbers, null]),
  ...(['MsgReadIndex', 'MsgReadIndexResp'] as const).flatMap((type) => field(type, 'context', noBytes)),
  ...field('MsgApp', 'entries', [undefined, null, {}, 'x', 5]),
  ...field('MsgProp', 'entries', [undefined, null, {}, 'x', 5]),
]

const hints: readonly Row[] = [undefined, null, {}, 5, { term: 1 }, { index: 1 }].map((hint) => [
  `MsgAppResp with the hint ${JSON.stringify(hint)}`,
  rejection(1, hint as never),
  /the hint of a MsgAppResp to be an index and a term/,
])
for (const value of noNumbers)
  for (const name of ['term', 'index'] as const)
    (hints as Row[]).push([
      `MsgAppResp with the ${name} ${describeValue(value)} in its hint`,
      rejection(1, { term: 1, index: 1, [name]: value }),
      /the hint of a MsgAppResp/,
    ])

const change = { version: 1, type: 'AddNode', nodeId: 4, context: null } as const
const withEntries = (...entries: unknown[]): unknown => broken('MsgApp', { term: 3, prevLogTerm: 1, entries })

const entries: readonly Row[] = [
  ['a gap before the first entry', withEntries(entry(3, 1)), /entry 0 of a MsgApp to have index 2.*got 3/],
  ['a gap between entries', withEntries(entry(2, 1), entry(4, 1)), /entry 1 .* to have index 3.*got 4/],
  ['an entry twice', withEntries(entry(2, 1), entry(2, 1)), /entry 1 .* to have index 3.*got 2/],
  ['entries in reverse', withEntries(entry(3, 1), entry(2, 1)), /entry 0 .* to have index 2.*got 3/],
  [
    'a term that falls',
    withEntries(entry(2, 3), entry(3, 2)),
    /entry 3 .* not to fall in term below 3, got 2/,
  ],
  [
    'a term below that of the entry before',
    broken('MsgApp', { term: 3, prevLogTerm: 2 }),
    /fall in term below 2, got 1/,
  ],
  ['an entry of a later term than the message', withEntries(entry(2, 4)), /of its term 3 or before, got 4/],
  [
    'a prevLogTerm later than the message',
    broken('MsgApp', { prevLogTerm: 2 }),
    /prevLogTerm .* at most its term 1, got 2/,
  ],
  ...[undefined, null, 5, 'x', {}].map((wrong): Row => [
    `an entry that is ${describeValue(wrong)}`,
    withEntries(wrong),
    /entry 0 .* index 2/,
  ]),
  ...noNumbers.map((term): Row => [
    `an entry of term ${describeValue(term)}`,
    withEntries({ ...entry(2, 1), term }),
    /entry 2 .* term/,
  ]),
  [
    'an entry of no type',
    withEntries({ ...entry(2, 1), type: 'EntryCommand' }),
    /its type is none of EntryNormal/,
  ],
  ['an entry with text for data', withEntries({ ...entry(2, 1), data: 'text' }), /its data is no Uint8Array/],
  ['an entry without data', withEntries({ ...entry(2, 1), data: undefined }), /its data is no Uint8Array/],
  [
    'a change that is none',
    withEntries({ type: 'EntryConfChange', term: 1, index: 2, change: null }),
    /the change/,
  ],
  [
    'a change of the other version',
    withEntries({ type: 'EntryConfChangeV2', term: 1, index: 2, change }),
    /not of version 2/,
  ],
  [
    'a log that is used up',
    broken('MsgApp', {
      prevLogIndex: Number.MAX_SAFE_INTEGER - 1,
      entries: [entry(Number.MAX_SAFE_INTEGER, 1)],
    }),
    /without a gap/,
  ],
  [
    'an entry of term 0, in which nobody leads',
    broken('MsgApp', { prevLogIndex: 0, prevLogTerm: 0, entries: [entry(1, 0)] }),
    /term/,
  ],
]

const snapshots: readonly Row[] = [
  ...[undefined, null, 5, 'x', {}, []].map((snapshot): Row => [
    `a snapshot that is ${describeValue(snapshot)}`,
    broken('MsgSnap', { snapshot }),
    /the snapshot/,
  ]),
  ...noNumbers.flatMap((value): Row[] => [
    [
      `a snapshot at ${describeValue(value)}`,
      broken('MsgSnap', { snapshot: { ...snapshotAt(5, 1), index: value } }),
      /the index is no safe integer/,
    ],
    [
      `a snapshot of term ${describeValue(value)}`,
      broken('MsgSnap', { snapshot: { ...snapshotAt(5, 1), term: value } }),
      /the term is no safe integer/,
    ],
  ]),
  ...noBytes.map((data): Row => [
    `a snapshot of ${describeValue(data)}`,
    broken('MsgSnap', { snapshot: { ...snapshotAt(5, 1), data } }),
    /the data is no Uint8Array/,
  ]),
  ...(
    [
      ['no voters', { voters: undefined }, /voters is no array/],
      ['a voter that is none', { voters: [1, 'x'] }, /voters holds what is no node id/],
      ['a voter twice', { voters: [1, 1] }, /voters names a node twice/],
      ['a voter that is learner too', { learners: [2] }, /node 2 is both voter and learner/],
      [
        'a learner to be that does not go out',
        { learnersNext: [9] },
        /learnersNext and is no outgoing voter/,
      ],
      [
        'a learner to be that comes in',
        { votersOutgoing: [3], learnersNext: [3] },
        /learnersNext and is an incoming/,
      ],
      ['a joint configuration of nobody', { voters: [], votersOutgoing: [3] }, /no incoming voters/],
      ['an end by itself without a joint configuration', { autoLeave: true }, /autoLeave is set outside/],
      ['an autoLeave that is none', { autoLeave: 1 }, /autoLeave is no boolean/],
    ] as const
  ).map(([name, parts, says]): Row => [
    `a snapshot with ${name}`,
    broken('MsgSnap', { snapshot: { ...snapshotAt(5, 1), confState: confState(parts as never) } }),
    says,
  ]),
  ['a snapshot of one’s own', broken('MsgSnap', { from: 1 }), /come from another node/],
  ['a snapshot of a later term than the message', broken('MsgSnap', { snapshot: snapshotAt(5, 2) }), /term/],
]

const kinds: readonly Row[] = [
  ...[undefined, null, 5, 'x', () => 1].map((wrong): Row => [
    describeValue(wrong),
    wrong,
    /a message to be an object/,
    { value: wrong },
  ]),
  ...[[], {}, { type: 'MsgFoo' }, { type: null }, { type: 5 }].map((wrong): Row => [
    JSON.stringify(wrong),
    wrong,
    /a message of a known type/,
  ]),
  ...[
    'MsgHup',
    'MsgBeat',
    'MsgCheckQuorum',
    'MsgUnreachable',
    'MsgSnapStatus',
    'MsgForgetLeader',
    'MsgStorageAppend',
    'MsgStorageApply',
  ].map((type): Row => [
    `the local ${type}`,
    { type, from: 2, to: 1, term: 1 },
    new RegExp(`from a peer, got the local ${type}`),
    { code: 'ERR_LOCAL_MESSAGE' },
  ]),
  ...(['MsgStorageAppendResp', 'MsgStorageApplyResp'] as const).flatMap((type) =>
    [2, 1, null, undefined, type === 'MsgStorageAppendResp' ? 'ApplyThread' : 'AppendThread'].map(
      (from): Row => [
        `${type} from ${describeValue(from)}`,
        broken(type, { from }),
        new RegExp(`Expected a ${type} from this node's own \\w+Thread`),
        { code: 'ERR_LOCAL_MESSAGE', value: from },
      ],
    ),
  ),
  ...(['MsgStorageAppendResp', 'MsgStorageApplyResp'] as const).map((type): Row => [
    `${type} for another node`,
    broken(type, { to: 2 }),
    /to 2 \(number\)/,
    { code: 'ERR_LOCAL_MESSAGE' },
  ]),
  ...peerTypes.flatMap((type) =>
    [2, 99, null, '1', undefined].map((to): Row => [
      `${type} to ${describeValue(to)}`,
      broken(type, { to }),
      new RegExp(`Expected a ${type} for node 1`),
      { value: to },
    ]),
  ),
  ...(['MsgAppResp', 'MsgHeartbeatResp', 'MsgVoteResp', 'MsgPreVoteResp', 'MsgReadIndexResp'] as const).map(
    (type): Row => [
      `${type} from a stranger`,
      broken(type, { from: 9 }),
      new RegExp(`Expected a ${type} from a member of the configuration`),
      { code: 'ERR_UNKNOWN_PEER' },
    ],
  ),
  [
    'MsgProp of nothing',
    broken('MsgProp', { entries: [] }),
    /at least one entry/,
    { code: 'ERR_EMPTY_PROPOSAL' },
  ],
  [
    'MsgProp of text',
    broken('MsgProp', { entries: [{ type: 'EntryNormal', data: 'x' }] }),
    /its data is no Uint8Array/,
  ],
  ['MsgProp of null', broken('MsgProp', { entries: [null] }), /it is no object/],
]

describe.each([
  ['fields', fields],
  ['hints', hints],
  ['entries', entries],
  ['snapshots', snapshots],
  ['kinds', kinds],
] as const)('a wrong message: %s', (_, rows) => {
  test.each(rows.map(([name, wrong, says, more]) => [name, { wrong, says, more }] as const))(
    '%s',
    (_name, { wrong, says, more }) => {
      const act = ({ node }: Solo): unknown => node.step(wrong as Message)
      const refusal = { act, error: MessageError, code: 'ERR_INVALID_MESSAGE', says, ...more }
      for (const on of ['follower', 'candidate', 'leader'] as const) expectRefused(refusal, on)
    },
  )
})

describe('a wrong answer to a leader', () => {
  test.each([
    [
      'an acknowledgement of what its log does not hold',
      message('MsgAppResp', { match: 99 }),
      /`match`.*ends at 3, got 99/,
    ],
    [
      'an answer to a round that was never sent',
      message('MsgHeartbeatResp', { context: 99 }),
      /a round that was sent, up to \d, got 99/,
    ],
    [
      'an answer with a context of another implementation',
      message('MsgHeartbeatResp', { context: new Uint8Array(3) }),
      /a round that was sent, up to \d, got an object/,
    ],
  ])('%s would be believed otherwise', (_, wrong, says) => {
    const act = ({ node }: Solo): unknown => node.step(wrong)
    expectRefused({ act, error: MessageError, code: 'ERR_INVALID_MESSAGE', says }, 'leader')
  })
})

describe('a wrong answer of the storage threads', () => {
  const wrong: readonly (readonly [string, object])[] = [
    ['lastEntry', { lastEntry: undefined }],
    ['lastEntry', { lastEntry: { term: NaN, index: 2 } }],
    ['lastEntry', { lastEntry: { term: 1, index: '2' } }],
    ['snapshot', { snapshot: undefined }],
    ['snapshot', { snapshot: { index: 9 } }],
    ['term', { term: NaN }],
    ['term', { term: undefined }],
  ]
  test.each(wrong.map(([name, parts]) => [name, JSON.stringify(parts), parts] as const))(
    'MsgStorageAppendResp: %s in %s',
    (name, _, parts) => {
      const act = ({ node }: Solo): unknown => node.step(broken('MsgStorageAppendResp', parts) as Message)
      const refusal = { act, error: MessageError, code: 'ERR_INVALID_MESSAGE', says: new RegExp(name) }
      for (const on of ['follower', 'candidate'] as const)
        expectRefused(refusal, on, { asyncStorageWrites: true })
    },
  )

  test.each([[undefined], [null], [{}], [[null]], [[{ ...entry(2, 1), index: NaN }]], [[entry(99, 1)]]])(
    'MsgStorageApplyResp: entries that are %j',
    (given) => {
      const wrongEntries = given as unknown as Entry[]
      const act = ({ node }: Solo): unknown =>
        node.step(message('MsgStorageApplyResp', { entries: wrongEntries }))
      const refusal = { act, error: MessageError, code: 'ERR_INVALID_MESSAGE', says: /entries/ }
      for (const on of ['follower', 'candidate'] as const)
        expectRefused(refusal, on, { asyncStorageWrites: true })
    },
  )

  test.each(['MsgStorageAppendResp', 'MsgStorageApplyResp'] as const)(
    '%s where nothing is written asynchronously: it would make a node forget what is not durable',
    (type) => {
      const parts = { lastEntry: { term: 1, index: 2 }, entries: [entry(2, 1)] }
      const act = ({ node }: Solo): unknown => node.step(broken(type, parts) as Message)
      const says = /asyncStorageWrites/
      expectRefused({ act, error: MessageError, code: 'ERR_LOCAL_MESSAGE', says }, 'follower')
    },
  )
})

describe('a heartbeat whose commit lies beyond the log: durable entries were lost', () => {
  const beyond = message('MsgHeartbeat', { commit: 9 })
  const calls: readonly (readonly [string, (solo: Solo) => unknown])[] = [
    ['tick', ({ node }) => node.tick()],
    ['step', ({ node }) => node.step(message('MsgHeartbeat'))],
    ['step of something wrong', ({ node }) => node.step(undefined as never)],
    ['propose', ({ node }) => node.propose(bytes('x'))],
    ['campaign', ({ node }) => node.campaign()],
    ['hasReady', ({ node }) => node.hasReady()],
    ['ready', ({ node }) => node.ready()],
    ['readIndex', ({ node }) => node.readIndex(bytes('x'))],
    ['transferLeadership', ({ node }) => node.transferLeadership(2)],
    ['applyConfChange', ({ node }) => node.applyConfChange(undefined as never)],
    ['advance', ({ node }) => node.advance(undefined as never)],
    ['forgetLeader', ({ node }) => node.forgetLeader()],
    ['reportUnreachable', ({ node }) => node.reportUnreachable(2)],
  ]

  test.each(calls)('stops the node: %s throws the same again', (_, call) => {
    const solo = new Solo()
    solo.node.step(message('MsgApp'))
    const before = solo.node.status()
    const thrown = catchError(() => solo.node.step(beyond))

    expect(thrown).toBeInstanceOf(LogLostError)
    expect(thrown).toMatchObject({ code: 'ERR_LOG_LOST', commit: 9, lastIndex: 2 })
    expect(thrown.message).toMatch(/up to 9, but its log ends at 2.*Do not restart it on this storage/)
    expect(catchError(() => call(solo))).toBe(thrown)
    expect(solo.node.status()).toEqual(before)
  })

  test('is looked at before anything changes: a later term is not entered', () => {
    const solo = new Solo()
    expect(() => solo.node.step({ ...beyond, term: 7 })).toThrow(LogLostError)
    expect(solo.node.status()).toMatchObject({ term: 0, leader: null })
  })

  test('is nothing to worry about if it comes from an earlier term', () => {
    const later = new Solo()
    later.step(message('MsgHeartbeat', { term: 5, from: 3 }))
    expect(() => later.step(beyond)).not.toThrow()
  })
})
