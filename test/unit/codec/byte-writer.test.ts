import { describe, expect, test } from 'vitest'
import {
  ByteWriter,
  CodecError,
  decodeEntry,
  decodeMessage,
  messageSize,
  writeEntry,
  writeMessage,
} from 'quorate/codec'
import type { Entry, PeerMessage } from 'quorate'
import { entriesOf, entry } from '../../support/entries.ts'

const append: PeerMessage = {
  type: 'MsgApp',
  from: 1,
  to: 2,
  term: 3,
  session: 4,
  prevLogIndex: 5,
  prevLogTerm: 2,
  entries: entriesOf([3, 3, 3], 6),
  commit: 5,
}

describe('a writer', () => {
  test('frames messages: room for the length is left, and filled in when it is known', () => {
    const writer = new ByteWriter(16)
    for (let i = 0; i < 3; i++) {
      const at = writer.reserve(4)
      writer.setUint32(at, writeMessage(writer, append))
    }
    const bytes = writer.view()
    expect(bytes.length).toBe(3 * (4 + messageSize(append)))
    let at = 0
    while (at < bytes.length) {
      const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at)
      expect(decodeMessage(bytes.subarray(at + 4, at + 4 + length))).toEqual(append)
      at += 4 + length
    }
  })

  test('sets one byte, and four from the most significant on', () => {
    const writer = new ByteWriter()
    writer.reserve(6)
    writer.setUint8(0, 0xab)
    writer.setUint32(2, 0xfedc_ba98)
    expect([...writer.view()]).toEqual([0xab, 0, 0xfe, 0xdc, 0xba, 0x98])
  })

  test('leaves room that is 0, whatever was there before', () => {
    const writer = new ByteWriter()
    writeMessage(writer, append)
    writer.clear()
    writer.reserve(8)
    expect([...writer.view()]).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
  })

  test('that is cleared uses its memory again; one that is taken from does not', () => {
    const writer = new ByteWriter(1024)
    writeMessage(writer, append)
    const first = writer.view()
    writer.clear()
    writeMessage(writer, append)
    expect(writer.view().buffer).toBe(first.buffer)

    const taken = writer.take()
    expect(writer.length).toBe(0)
    expect(writer.capacity).toBe(1024)
    writer.reserve(taken.length)
    expect(decodeMessage(taken)).toEqual(append)
    expect(writer.take(10).buffer).not.toBe(taken.buffer)
    expect(writer.capacity).toBe(10)
  })

  test('goes back to where it was asked to', () => {
    const writer = new ByteWriter()
    const first = writeMessage(writer, append)
    writeMessage(writer, append)
    writer.clear(first)
    expect(decodeMessage(writer.view())).toEqual(append)
    expect(writer.view(first)).toEqual(new Uint8Array(0))
  })

  test('grows as it needs to, and keeps what is there', () => {
    const writer = new ByteWriter(0)
    const large: Entry = { type: 'EntryNormal', term: 1, index: 1, data: new Uint8Array(5000).fill(7) }
    const size = writeEntry(writer, entry(1, 1))
    writeEntry(writer, large)
    expect(decodeEntry(writer.view().subarray(0, size))).toEqual(entry(1, 1))
    expect(decodeEntry(writer.view(size))).toEqual(large)
  })

  test.each([
    ['setUint8', (writer: ByteWriter) => writer.setUint8(4, 1)],
    ['setUint32', (writer: ByteWriter) => writer.setUint32(1, 1)],
    ['setUint32 before the beginning', (writer: ByteWriter) => writer.setUint32(-1, 1)],
    ['clear', (writer: ByteWriter) => writer.clear(5)],
    ['clear to before the beginning', (writer: ByteWriter) => writer.clear(-1)],
    ['reserve of less than nothing', (writer: ByteWriter) => writer.reserve(-1)],
    ['reserve of no number', (writer: ByteWriter) => writer.reserve(Number.NaN)],
  ])('keeps to what has been written: %s', (_, misuse) => {
    const writer = new ByteWriter()
    writer.reserve(4)
    expect(() => misuse(writer)).toThrow(CodecError)
    expect([...writer.view()]).toEqual([0, 0, 0, 0])
  })
})

describe('what cannot be written leaves the writer as it was', () => {
  const change = (type: string, transition = 'auto') => ({
    type: 'MsgProp',
    from: 1,
    to: 2,
    entries: [
      {
        type: 'EntryConfChangeV2',
        change: { version: 2, transition, changes: [{ type, nodeId: 1 }], context: null },
      },
    ],
  })

  test.each([
    ['a term below 0', { ...append, term: -1 }],
    ['a broken index', { ...append, prevLogIndex: 1.5 }],
    ['an index beyond', { ...append, prevLogIndex: 2 ** 53 }],
    ['no number', { ...append, commit: Number.NaN }],
    ['a number as text', { ...append, commit: '7' }],
    ['a bigint', { ...append, commit: 7n }],
    ['a broken session', { ...append, session: 0.5 }],
    ['a payload of text', { ...append, entries: [entry(6, 3), { ...entry(7, 3), data: 'text' }] }],
    ['a payload of larger numbers', { ...append, entries: [{ ...entry(6, 3), data: new Uint16Array(3) }] }],
    [
      'an entry of no type',
      { ...append, entries: [{ type: 'EntryOther', term: 1, index: 1, change: null }] },
    ],
    ['an entry that is none', { ...append, entries: [null] }],
    ['no entries', { ...append, entries: undefined }],
    ['a change of no type', change('Add')],
    ['a change of no transition', change('AddNode', 'joint')],
    [
      'a heartbeat with a broken context',
      { type: 'MsgHeartbeat', from: 1, to: 2, term: 1, commit: 1, context: 0.5 },
    ],
    ['a context of text', { type: 'MsgHeartbeat', from: 1, to: 2, term: 1, commit: 1, context: 'ctx' }],
    [
      'a priority beyond',
      {
        type: 'MsgVote',
        from: 1,
        to: 2,
        term: 1,
        lastLogIndex: 0,
        lastLogTerm: 0,
        transfer: false,
        priority: -(2 ** 53),
        committed: null,
      },
    ],
    ['a local message', { type: 'MsgHup', from: 1, to: 2 }],
    ['a message for a storage thread', { type: 'MsgStorageAppend', from: 1, to: 'AppendThread' }],
    ['a name that every object has', { type: 'toString', from: 1, to: 2 }],
    ['a message of no type', {}],
    ['nothing', null],
  ])('%s', (_, message) => {
    const writer = new ByteWriter()
    writeMessage(writer, append)
    const before = Uint8Array.from(writer.view())
    expect(() => writeMessage(writer, message as unknown as PeerMessage)).toThrow(CodecError)
    expect(writer.view()).toEqual(before)
  })

  test('an entry of a log', () => {
    const writer = new ByteWriter()
    expect(() => writeEntry(writer, { ...entry(1, 1), index: -1 })).toThrow(/a safe integer >= 0, got -1/)
    expect(writer.length).toBe(0)
  })
})
