/**
 * Whatever is wrong is refused at once, by an error of the right class and code, whose message names what was wrong, the
 * value, and what to do; and the node is as it was. What looks odd and is none of it: not-an-error.test.ts.
 */

import {
  type ConfChangeEntry,
  MemStorage,
  OptionsError,
  RawNode,
  type RaftOptions,
  UsageError,
} from 'quorate'
import { describe, expect, test } from 'vitest'
import { describeValue } from '../../src/core/errors.ts'
import { bytes } from '../support/entries.ts'
import { catchError, expectRefused, type Refusal } from '../support/refusal.ts'
import { Solo } from '../support/solo.ts'

/** What is no node id. */
const noIds = [0, -1, NaN, 1.5, 2 ** 53, Infinity, '1', null, undefined, {}, 1n, true]
/** What is no bytes. */
const noBytes = ['text', 5, null, undefined, {}, [1, 2], new ArrayBuffer(2), new Uint16Array(2)]

type Row = readonly [name: string, refusal: Refusal]

const argument = { error: UsageError, code: 'ERR_INVALID_ARGUMENT' } as const

/** One row per value. */
function each(
  name: string,
  values: readonly unknown[],
  refusal: (value: unknown) => Partial<Refusal>,
): Row[] {
  return values.map((value) => [
    `${name} ${describeValue(value)}`,
    { ...argument, value, says: /./, ...refusal(value) } as Refusal,
  ])
}

const withHole: Uint8Array[] = []
withHole.length = 1

/** To look at it is a mistake already. */
const unreadable = new Proxy({} as never, {
  get: () => {
    throw new TypeError('do not look')
  },
})

/** To ask it anything at all is a mistake. */
const { proxy: revoked, revoke } = Proxy.revocable({} as never, {})
revoke()

const change = (parts: object) =>
  ({ version: 1, type: 'AddNode', nodeId: 4, context: null, ...parts }) as never
const change2 = (parts: object) =>
  ({
    version: 2,
    transition: 'auto',
    changes: [{ type: 'AddNode', nodeId: 4 }],
    context: null,
    ...parts,
  }) as never
const changeEntry = (parts: object) =>
  ({ type: 'EntryConfChange', term: 1, index: 2, change: change({}), ...parts }) as unknown as ConfChangeEntry

const ids: readonly Row[] = [
  ...each('transferLeadership to', noIds, (id) => ({
    act: ({ node }) => node.transferLeadership(id as number),
    says: /`target` to be a safe integer >= 1/,
  })),
  ...each('reportUnreachable of', noIds, (id) => ({
    act: ({ node }) => node.reportUnreachable(id as number),
    says: /`id` to be a safe integer >= 1/,
  })),
  ...each('reportSnapshot of', noIds, (id) => ({
    act: ({ node }) => node.reportSnapshot(id as number, 'finish'),
    says: /`id` to be a safe integer >= 1/,
  })),
]

const proposals: readonly Row[] = [
  ...each('propose', noBytes, (data) => ({
    act: ({ node }) => node.propose(data as Uint8Array),
    says: /`data` to be a Uint8Array/,
  })),
  ...each('proposeBatch with one that is', noBytes, (data) => ({
    act: ({ node }) => node.proposeBatch([bytes('fine'), data as Uint8Array]),
    says: /`batch\[1\]` to be a Uint8Array/,
  })),
  ...each('proposeBatch', [null, undefined, 'text', 5, {}, bytes('x')], (batch) => ({
    act: ({ node }) => node.proposeBatch(batch as Uint8Array[]),
    says: /`batch` to be an array/,
  })),
  [
    'proposeBatch with a hole',
    { ...argument, act: ({ node }) => node.proposeBatch(withHole), says: /`batch\[0\]` to be/ },
  ],
  [
    'proposeBatch of nothing',
    {
      act: ({ node }) => node.proposeBatch([]),
      error: UsageError,
      code: 'ERR_EMPTY_PROPOSAL',
      says: /at least one command .* got none/,
    },
  ],
  ...each('readIndex', noBytes, (context) => ({
    act: ({ node }) => node.readIndex(context as Uint8Array),
    says: /`context` to be a Uint8Array/,
  })),
]

const membership: readonly Row[] = [
  ...each('proposeConfChange of', [null, undefined, 5, 'AddNode', {}, []], (given) => ({
    act: ({ node }) => node.proposeConfChange(given as never),
    says: /a proper membership change, but/,
    value: undefined,
  })).map(withoutValue),
  ...each('proposeConfChange with nodeId', noIds, (nodeId) => ({
    act: ({ node }) => node.proposeConfChange(change({ nodeId })),
    says: /nodeId/,
  })).map(withoutValue),
  ...each('proposeConfChange of version 2 with nodeId', noIds, (nodeId) => ({
    act: ({ node }) => node.proposeConfChange(change2({ changes: [{ type: 'AddNode', nodeId }] })),
    says: /nodeId/,
  })).map(withoutValue),
  ...(
    [
      ['of a version there is not', change({ version: 3 }), /version/],
      ['of a type there is not', change({ type: 'Add' }), /type is none of AddNode/],
      ['with a context that is no bytes', change({ context: 'text' }), /context/],
      ['that cannot be read', unreadable, /can be read/],
      ['with a transition there is not', change2({ transition: 'joint' }), /transition/],
      ['with changes that are no list', change2({ changes: {} }), /changes is no array/],
      ['with a change that is none', change2({ changes: [null] }), /type/],
    ] as const
  ).map(([name, given, says]): Row => [
    `proposeConfChange ${name}`,
    { ...argument, act: ({ node }) => node.proposeConfChange(given), says },
  ]),
  ...(['applyConfChange', 'skipConfChange'] as const).flatMap((method) =>
    (
      [
        ['nothing', undefined, /it is no object/],
        ['null', null, /it is no object/],
        ['an entry that cannot be read', unreadable, /can be read/],
        ['an entry of another type', { type: 'EntryNormal', term: 1, index: 1, data: null }, /EntryNormal/],
        ['an entry without its change', changeEntry({ change: undefined }), /the change is no object/],
        ['an entry that is not committed', changeEntry({ index: 99 }), /committed entry, got index 99/],
        ...[NaN, undefined, null, '1', 0.5, -1, {}].map(
          (index) => [`an entry of index ${describeValue(index)}`, changeEntry({ index }), /index/] as const,
        ),
      ] as const
    ).map(([name, given, says]): Row => [
      `${method} of ${name}`,
      { ...argument, act: ({ node }) => node[method](given as ConfChangeEntry), says },
    ]),
  ),
]

const others: readonly Row[] = [
  ...(['transferLeadership', 'reportUnreachable'] as const).map((method): Row => [
    `${method} to what cannot be read`,
    { ...argument, act: ({ node }) => node[method](revoked), says: /an object that cannot be read/ },
  ]),
  [
    'propose of what cannot be read',
    { ...argument, act: ({ node }) => node.propose(revoked), says: /`data`/ },
  ],
  [
    'readIndex of what cannot be read',
    { ...argument, act: ({ node }) => node.readIndex(revoked), says: /`context`/ },
  ],
  [
    'bootstrap of what cannot be read',
    { ...argument, act: ({ node }) => node.bootstrap([unreadable]), says: /can be read/ },
  ],
  ...each('reportSnapshot that', ['ok', undefined, null, true], (outcome) => ({
    act: ({ node }) => node.reportSnapshot(2, outcome as 'finish'),
    says: /`outcome` to be "finish" or "failure"/,
  })),
  ...each('setPriority to', [NaN, 0.5, '1', null, undefined, Infinity], (priority) => ({
    act: ({ node }) => node.setPriority(priority as number),
    says: /`priority` to be a safe integer/,
  })),
  ...each('setRandomizedElectionTimeout to', [0, -1, NaN, 0.5, '1', null, Infinity], (ticks) => ({
    act: ({ node }) => node.setRandomizedElectionTimeout(ticks as number),
    says: /`ticks` to be a safe integer >= 1/,
  })),
]

/** The message describes what is wrong in words of its own instead of the value. */
function withoutValue([name, refusal]: Row): Row {
  const { act, error, code, says } = refusal
  return [name, { act, error, code, says }]
}

describe.each([
  ['ids', ids],
  ['proposals and reads', proposals],
  ['membership', membership],
  ['the rest', others],
] as const)('wrong arguments: %s', (_, rows) => {
  test.each(rows)('%s', (_name, refusal) => {
    for (const on of ['follower', 'candidate', 'leader'] as const) expectRefused(refusal, on)
  })
})

describe('wrong options', () => {
  const good = (): object => ({ id: 1, storage: MemStorage.bootstrap({ voters: [1] }) })
  const integers = ['electionTick', 'heartbeatTick', 'maxInflightMsgs'] as const
  const sizes = [
    'maxSizePerMsg',
    'maxCommittedSizePerReady',
    'maxUncommittedSize',
    'maxInflightBytes',
  ] as const
  const flags = [
    'preVote',
    'checkQuorum',
    'asyncStorageWrites',
    'requestVotesBeforePersist',
    'disableProposalForwarding',
    'disableConfChangeValidation',
    'stepDownOnRemoval',
    'coalesceAppends',
    'referenceBehaviour',
    'invariants',
  ] as const
  const rows: readonly (readonly [string, unknown])[] = [
    ...noIds.map((id) => ['id', id] as const),
    ...[undefined, null, 5, 'disk', {}, []].map((storage) => ['storage', storage] as const),
    ...integers.flatMap((name) => [0, -1, NaN, 1.5, 2 ** 53, '5', {}].map((value) => [name, value] as const)),
    ...sizes.flatMap((name) => [-1, NaN, 1.5, '5', {}, -Infinity].map((value) => [name, value] as const)),
    ...['maxCommittedSizePerReady', 'maxUncommittedSize', 'maxInflightBytes'].map(
      (name) => [name, 0] as const,
    ),
    ...flags.flatMap((name) => [0, 1, 'true', {}].map((value) => [name, value] as const)),
    ...['fast', true, 0].map((value) => ['readOnly', value] as const),
    ...[0.5, 'x', {}].flatMap((value) => [['random', value] as const, ['trace', value] as const]),
    ...[NaN, 0.5, '1', Infinity].map((value) => ['priority', value] as const),
    ...[-1, NaN, 0.5, '1', 99].map((value) => ['applied', value] as const),
    ...['electonTick', 'storage2', 'toString', ''].map((name) => [name, 5] as const),
  ]

  test.each(rows.map(([name, value]) => [name, describeValue(value), value] as const))(
    '%s: %s',
    (name, described, value) => {
      const act = (): unknown => new RawNode({ ...good(), [name]: value } as unknown as RaftOptions)
      const thrown = catchError(act)

      expect(thrown).toBeInstanceOf(OptionsError)
      expect(thrown).toMatchObject({ code: 'ERR_INVALID_OPTION', option: name })
      expect(thrown.message).toContain(`\`${name}\``)
      expect(thrown.message).toContain(described)
      expect(thrown.message.endsWith(thrown.fix)).toBe(true)
    },
  )

  test.each([undefined, null, 5, 'x', () => 1])('no options at all: %s', (options) => {
    expect(() => new RawNode(options as never)).toThrow(OptionsError)
    expect(() => new RawNode(options as never)).toThrow(/at least \{ id, storage \}/)
  })
})

describe('wrong first members', () => {
  test.each(noIds.map((id) => [describeValue(id), id] as const))('of a storage: %s', (_, id) => {
    for (const members of [{ voters: [1, id] }, { voters: [1], learners: [id] }]) {
      const thrown = catchError(() => MemStorage.bootstrap(members as { voters: number[] }))
      expect(thrown.code).toBe('ERR_INVALID_ARGUMENT')
      expect(thrown).toBeInstanceOf(UsageError)
      expect(thrown.message).toMatch(/proper first members, but (voters|learners) holds what is no node id/)
    }
  })

  test.each([
    ['none', { voters: [] }, /there is no voter/],
    ['one twice', { voters: [1, 1] }, /voters names a node twice/],
    ['one as voter and learner', { voters: [1], learners: [1] }, /node 1 is both voter and learner/],
  ])('of a storage: %s', (_, members, says) => {
    expect(() => MemStorage.bootstrap(members)).toThrow(UsageError)
    expect(() => MemStorage.bootstrap(members)).toThrow(says)
  })

  const fresh = (): Solo => new Solo({ storage: new MemStorage() })
  const wrongPeers: readonly (readonly [string, unknown, RegExp])[] = [
    ...noIds.map(
      (id) => [`the id ${describeValue(id)}`, [{ id: 1 }, { id }], /`peers\[\]\.id` to be/] as const,
    ),
    ...[null, undefined, 5, {}, []].map(
      (peers) =>
        [`peers that are ${describeValue(peers)}`, peers, /`peers` to be an array of at least one/] as const,
    ),
    ['a peer that is none', [null], /peers\[\]\.id/],
    ['a peer twice', [{ id: 1 }, { id: 1 }], /each peer once/],
    ['a context that is no bytes', [{ id: 1, context: 'x' }], /`peers\[\]\.context` to be a Uint8Array/],
  ]
  test.each(wrongPeers)('of a node: %s', (_, peers, says) => {
    const solo = fresh()
    const before = solo.node.status()
    const thrown = catchError(() => solo.node.bootstrap(peers as never))

    expect(thrown).toBeInstanceOf(UsageError)
    expect(thrown.message).toMatch(says)
    expect(solo.node.status()).toEqual(before)
    expect(solo.node.hasReady()).toBe(false)
    solo.node.bootstrap([{ id: 1 }])
    expect(solo.finish().confState.voters).toEqual([1])
  })

  test('of a node that has a log or a term already', () => {
    for (const on of ['follower', 'candidate', 'leader'] as const) {
      const act: Refusal['act'] = ({ node }) => node.bootstrap([{ id: 1 }])
      const says = /empty storage, got one whose log ends at \d, in term \d/
      expectRefused({ act, error: UsageError, code: 'ERR_ALREADY_BOOTSTRAPPED', says }, on)
    }
  })
})
