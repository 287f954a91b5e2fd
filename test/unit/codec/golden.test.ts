import { describe, expect, test } from 'vitest'
import {
  CodecError,
  decodeConfChange,
  decodeConfChangeV2,
  decodeConfState,
  decodeEntry,
  decodeHardState,
  decodeMessage,
  decodeSnapshot,
  encodeConfChange,
  encodeConfState,
  encodeEntry,
  encodeHardState,
  encodeMessage,
  encodeSnapshot,
} from 'quorate/codec'
import { everyMessage } from '../../../src/testing/transport-suite/messages.ts'
import { bytes } from '../../support/entries.ts'
import { alike, replace, snapshot, unlike } from './expected.ts'
import { goldenFile, goldenLines, hex, unhex } from './golden-files.ts'

interface Golden {
  readonly name: string
  readonly kind: string
  readonly hex: string
}

const golden = JSON.parse(goldenFile('etcd.json')) as Golden[]
const ofKind = (kind: string): Golden[] => golden.filter((one) => one.kind === kind)

/** The golden bytes of this name. */
function bytesOf(name: string): Uint8Array {
  const found = golden.find((one) => one.name === name)
  if (found === undefined) throw new Error(`There is no golden "${name}"`)
  return unhex(found.hex)
}

describe('messages that etcd-io/raft has written', () => {
  test('are all expected to be something', () => {
    const known = [...Object.keys(alike), ...Object.keys(unlike)].toSorted()
    const given = ofKind('Message').map(({ name }) => name)
    expect(given.filter((name) => !name.startsWith('refused: ')).toSorted()).toEqual(known)
    expect(new Set(Object.values(alike).map(({ type }) => type)).size).toBe(14)
  })

  test.each(Object.entries(alike))('%s is read, and written in the same bytes', (name, message) => {
    expect(decodeMessage(bytesOf(name))).toEqual(message)
    expect(hex(encodeMessage(message))).toBe(hex(bytesOf(name)))
  })

  test.each(Object.entries(unlike))('%s is read, and written in other bytes', (name, message) => {
    expect(decodeMessage(bytesOf(name))).toEqual(message)
    expect(hex(encodeMessage(message))).not.toBe(hex(bytesOf(name)))
    expect(decodeMessage(encodeMessage(message))).toEqual(message)
  })

  test.each(ofKind('Message').filter(({ name }) => name.startsWith('refused: ')))(
    '$name',
    ({ hex: text }) => {
      expect(() => decodeMessage(unhex(text))).toThrow(CodecError)
    },
  )

  test.each(ofKind('Traffic'))('$name: a real node’s message is written in its own bytes again', (one) => {
    const message = decodeMessage(unhex(one.hex))
    expect(one.name).toMatch(new RegExp(`: ${message.type}$`))
    expect(hex(encodeMessage(message))).toBe(one.hex)
  })

  test('were of every type', () => {
    expect(new Set(ofKind('Traffic').map((one) => decodeMessage(unhex(one.hex)).type)).size).toBe(14)
  })
})

describe('parts that etcd-io/raft has written', () => {
  const entry = { type: 'EntryNormal', term: 5, index: 303, data: bytes('x=1') } as const

  test.each([
    ['an entry', entry],
    ['an entry without data', { ...entry, data: null }],
    [
      'an entry with a membership change',
      { type: 'EntryConfChangeV2', term: 5, index: 304, change: replace },
    ],
  ] as const)('%s', (name, expected) => {
    expect(decodeEntry(bytesOf(name))).toEqual(expected)
    expect(hex(encodeEntry(expected))).toBe(hex(bytesOf(name)))
  })

  test.each([
    ['a hard state', { term: 5, vote: 2, commit: 300 }],
    ['a hard state without a vote', { term: 5, vote: null, commit: 0 }],
  ])('%s', (name, expected) => {
    expect(decodeHardState(bytesOf(name))).toEqual(expected)
    expect(hex(encodeHardState(expected))).toBe(hex(bytesOf(name)))
  })

  test.each([
    ['a membership', snapshot.confState],
    ['nobody', { voters: [], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false }],
  ])('%s', (name, expected) => {
    expect(decodeConfState(bytesOf(name))).toEqual(expected)
    expect(hex(encodeConfState(expected))).toBe(hex(bytesOf(name)))
  })

  test('a snapshot', () => {
    expect(decodeSnapshot(bytesOf('a snapshot'))).toEqual(snapshot)
    expect(hex(encodeSnapshot(snapshot))).toBe(hex(bytesOf('a snapshot')))
  })

  test('a change', () => {
    const expected = { version: 1, type: 'UpdateNode', nodeId: 300, context: bytes('why') } as const
    expect(decodeConfChange(bytesOf('a change'))).toEqual(expected)
    expect(hex(encodeConfChange(expected))).toBe(hex(bytesOf('a change')))
  })

  test('a change with an id of etcd’s own, which is left out', () => {
    const expected = { version: 1, type: 'RemoveNode', nodeId: 3, context: null } as const
    expect(decodeConfChange(bytesOf('a change with an id'))).toEqual(expected)
  })

  test('several changes', () => {
    expect(decodeConfChangeV2(bytesOf('several changes'))).toEqual(replace)
    expect(hex(encodeConfChange(replace))).toBe(hex(bytesOf('several changes')))
  })
})

/** What the reader in Go says of one message: what it saw of it, and whether it writes it in the same bytes again. */
interface Read {
  readonly name: string
  readonly fields: Readonly<Record<string, unknown>>
  /** The bytes that it does not know. */
  readonly unknown: number
  readonly same: boolean
}

describe('what quorate has written', () => {
  const messages = everyMessage(2, 3, 4)

  test('is what the reader in Go was given', async () => {
    const given = messages.map((m, i) =>
      JSON.stringify({ name: `${i} ${m.type}`, hex: hex(encodeMessage(m)) }),
    )
    await expect(`${given.join('\n')}\n`).toMatchFileSnapshot('golden/quorate.jsonl')
  })

  test('etcd-io/raft reads without losing a byte', () => {
    const read = goldenLines<Read>('read-by-etcd.jsonl')
    expect(read.map(({ name }) => name)).toEqual(messages.map((m, i) => `${i} ${m.type}`))
    for (const [i, m] of messages.entries()) {
      const { fields, unknown, same } = read[i] as Read
      expect(same, `${i} ${m.type}`).toBe(true)
      expect(fields).toMatchObject({ type: m.type, from: String(m.from), to: String(m.to) })
      const isOwn =
        ('session' in m && m.session !== null) ||
        ('committed' in m && m.committed !== null) ||
        ('priority' in m && m.priority !== 0)
      expect(unknown > 0, `${i} ${m.type}`).toBe(isOwn)
    }
  })
})
