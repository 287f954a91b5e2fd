import { describe, expect, test } from 'vitest'
import type { ConfChange, Entry, PeerMessage, ProposedEntry } from 'quorate'
import { CodecError, decodeMessage, MessageCodec } from 'quorate/codec'
import { everyMessage } from '../../../src/testing/transport-suite/messages.ts'
import { bytes, entry } from '../../support/entries.ts'
import { snapshot } from './expected.ts'
import { goldenFile, goldenLines, hex, unhex } from './golden-files.ts'

const codec = new MessageCodec({ dialect: 'raft-rs' })
const way = { from: 1, to: 2, term: 5 }

/** What a Rust program has written with eraftpb. */
const golden = new Map(
  (JSON.parse(goldenFile('raft-rs.json')) as { name: string; hex: string }[]).map((one) => [
    one.name,
    unhex(one.hex),
  ]),
)

/** What each of them is to us. */
const expected: Readonly<Record<string, PeerMessage>> = {
  'MsgVote with a priority and what is committed': {
    type: 'MsgVote',
    ...way,
    lastLogIndex: 303,
    lastLogTerm: 4,
    transfer: false,
    priority: 7,
    committed: { index: 300, term: 4 },
  },
  'MsgPreVote with a priority below 0': {
    type: 'MsgPreVote',
    ...way,
    lastLogIndex: 303,
    lastLogTerm: 4,
    transfer: false,
    priority: -7,
    committed: null,
  },
  'MsgVoteResp with what is committed': {
    type: 'MsgVoteResp',
    ...way,
    reject: true,
    committed: { index: 300, term: 4 },
  },
  'MsgAppResp that asks for a snapshot': {
    type: 'MsgAppResp',
    ...way,
    session: null,
    reject: true,
    rejected: 303,
    hint: { index: 200, term: 3 },
  },
  'MsgHeartbeatResp with a commit index': { type: 'MsgHeartbeatResp', ...way, context: bytes('ctx') },
  'MsgApp with an entry that has a context': {
    type: 'MsgApp',
    ...way,
    session: null,
    prevLogIndex: 0,
    prevLogTerm: 0,
    entries: [entry(1, 5, 'x=1')],
    commit: 0,
  },
  'MsgApp with changes': {
    type: 'MsgApp',
    ...way,
    session: null,
    prevLogIndex: 0,
    prevLogTerm: 0,
    entries: [
      {
        type: 'EntryConfChange',
        term: 5,
        index: 1,
        change: { version: 1, type: 'AddLearnerNode', nodeId: 4, context: null },
      },
      {
        type: 'EntryConfChangeV2',
        term: 5,
        index: 2,
        change: {
          version: 2,
          transition: 'explicit',
          changes: [
            { type: 'AddNode', nodeId: 5 },
            { type: 'RemoveNode', nodeId: 5 },
            { type: 'AddLearnerNode', nodeId: 5 },
          ],
          context: null,
        },
      },
      { type: 'EntryConfChangeV2', term: 5, index: 3, change: null },
    ],
    commit: 0,
  },
  MsgSnap: { type: 'MsgSnap', ...way, session: null, snapshot },
}

describe('messages that raft-rs has written', () => {
  test('are all expected to be something', () => {
    expect([...golden.keys()].toSorted()).toEqual(Object.keys(expected).toSorted())
  })

  test.each(Object.entries(expected))('%s', (name, message) => {
    expect(codec.decode(golden.get(name) as Uint8Array)).toEqual(message)
    expect(codec.decode(codec.encode(message))).toEqual(message)
  })

  test('mean something else in the dialect of etcd, whose number of a learner is that of an update', () => {
    const misread = decodeMessage(golden.get('MsgApp with changes') as Uint8Array)
    expect(misread).toMatchObject({ entries: [{ change: { type: 'UpdateNode' } }, {}, {}] })
  })
})

/** raft-rs has no `UpdateNode`. */
function withoutUpdates(m: PeerMessage): PeerMessage {
  const changed = <T extends { type: string }>(one: T): T =>
    one.type === 'UpdateNode' ? { ...one, type: 'AddLearnerNode' } : one
  const ofChange = (change: ConfChange | null): ConfChange | null =>
    change?.version === 2 ? { ...change, changes: change.changes.map(changed) } : change && changed(change)
  const ofEntry = <E extends Entry | ProposedEntry>(one: E): E =>
    one.type === 'EntryNormal' ? one : { ...one, change: ofChange(one.change) }
  if (m.type === 'MsgProp') return { ...m, entries: m.entries.map(ofEntry) }
  return m.type === 'MsgApp' ? { ...m, entries: m.entries.map(ofEntry) } : m
}

/** To proto3 no bytes are as good as none, and so is 0. */
function withoutZeros(m: PeerMessage): PeerMessage {
  const ofEntry = <E extends Entry | ProposedEntry>(one: E): E =>
    one.type === 'EntryNormal' && one.data?.length === 0 ? { ...one, data: null } : one
  if ('committed' in m && m.committed?.index === 0) return { ...m, committed: null }
  if (m.type === 'MsgProp') return { ...m, entries: m.entries.map(ofEntry) }
  return m.type === 'MsgApp' ? { ...m, entries: m.entries.map(ofEntry) } : m
}

/** What the reader in Rust says of one message: what it saw of it, and in what bytes it writes it again. */
interface Read {
  readonly name: string
  readonly type: string
  readonly changes: string
  readonly priority: string
  readonly commit: string
  readonly hex: string
}

describe('what quorate has written for raft-rs', () => {
  const messages = everyMessage(2, 3, 4).map(withoutUpdates)
  const read = goldenLines<Read>('read-by-raft-rs.jsonl')

  test('is what the reader in Rust was given', async () => {
    const given = messages.map((m, i) =>
      JSON.stringify({ name: `${i} ${m.type}`, hex: hex(codec.encode(m)) }),
    )
    await expect(`${given.join('\n')}\n`).toMatchFileSnapshot('golden/quorate-raft-rs.jsonl')
    expect(read.map(({ name }) => name)).toEqual(messages.map((m, i) => `${i} ${m.type}`))
  })

  test.each(messages.map((m, i) => [i, m.type, m] as const))(
    'is understood: %s, a %s, comes back as it was',
    (i, _, m) => {
      expect(codec.decode(unhex(read[i]?.hex as string))).toEqual(withoutZeros(m))
    },
  )

  test('has learners, priorities and what is committed where raft-rs looks for them', () => {
    for (const [i, m] of messages.entries()) {
      const seen = read[i] as Read
      if (m.type === 'MsgVote') {
        const { index, term } = m.committed ?? { index: 0, term: 0 }
        expect(seen).toMatchObject({ priority: String(m.priority), commit: `${index}@${term}` })
      }
      if (m.type === 'MsgProp' && m.entries.length > 1) {
        expect(seen.changes).toContain('[AddLearnerNode 3]')
        expect(seen.changes).toContain(
          '[Explicit, AddNode 8589934592, RemoveNode 1, AddLearnerNode 0, AddLearnerNode 5]',
        )
      }
    }
  })

  test('is no update of a node: raft-rs would take it for another change', () => {
    const change = { version: 1, type: 'UpdateNode', nodeId: 2, context: null } as const
    const m: PeerMessage = { type: 'MsgProp', from: 1, to: 2, entries: [{ type: 'EntryConfChange', change }] }
    expect(() => codec.encode(m)).toThrow(CodecError)
  })
})
