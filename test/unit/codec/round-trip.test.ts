import fc from 'fast-check'
import type { PeerMessage } from 'quorate'
import { describe, expect, test } from 'vitest'
import { entrySize } from '../../../src/core/entry-size.ts'
import {
  ByteWriter,
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
  messageSize,
  writeEntry,
  writeHardState,
  writeMessage,
  writeSnapshot,
} from 'quorate/codec'
import { everyMessage } from '../../../src/testing/transport-suite/messages.ts'
import { anyConfState, anyEntry, anyHardState, anyMessage, anySnapshot } from './arbitrary.ts'

describe('nothing is lost on the wire', () => {
  test.each(everyMessage(2, 3, 4).map((m, i) => [i, m.type, m] as const))('form %s, a %s', (_, __, m) => {
    expect(decodeMessage(encodeMessage(m))).toEqual(m)
  })

  test('of any message', () => {
    fc.assert(
      fc.property(anyMessage, (m) => {
        const bytes = encodeMessage(m)
        expect(bytes.length).toBe(messageSize(m))
        expect(decodeMessage(bytes)).toEqual(m)
      }),
      { numRuns: 2000 },
    )
  })

  test('of any entry, in as many bytes as the limits of the core count', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const bytes = encodeEntry(entry)
        expect(bytes.length).toBe(entrySize(entry))
        expect(decodeEntry(bytes)).toEqual(entry)
      }),
      { numRuns: 500 },
    )
  })

  test('of any membership change', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        if (entry.type === 'EntryConfChange')
          expect(decodeConfChange(encodeConfChange(entry.change))).toEqual(entry.change)
        else if (entry.type === 'EntryConfChangeV2' && entry.change !== null)
          expect(decodeConfChangeV2(encodeConfChange(entry.change))).toEqual(entry.change)
      }),
    )
  })

  test('of any state', () => {
    fc.assert(
      fc.property(anyHardState, anyConfState, anySnapshot, (hardState, confState, snapshot) => {
        expect(decodeHardState(encodeHardState(hardState))).toEqual(hardState)
        expect(decodeConfState(encodeConfState(confState))).toEqual(confState)
        expect(decodeSnapshot(encodeSnapshot(snapshot))).toEqual(snapshot)
      }),
      { numRuns: 300 },
    )
  })
})

test('what is written into a writer, one behind the other, is what each is alone', () => {
  fc.assert(
    fc.property(anyMessage, anyEntry, anyHardState, anySnapshot, (message, entry, hardState, snapshot) => {
      const writer = new ByteWriter(0)
      const sizes = [
        writeMessage(writer, message),
        writeEntry(writer, entry),
        writeHardState(writer, hardState),
        writeSnapshot(writer, snapshot),
      ]
      const alone = [
        encodeMessage(message),
        encodeEntry(entry),
        encodeHardState(hardState),
        encodeSnapshot(snapshot),
      ]
      expect(sizes).toEqual(alone.map(({ length }) => length))
      expect(Buffer.concat(alone).equals(writer.view())).toBe(true)
    }),
    { numRuns: 200 },
  )
})

test('payloads are views of what was read: nothing is copied', () => {
  const message = everyMessage(2, 3, 4).find((m) => m.type === 'MsgApp' && m.entries.length > 2)
  const bytes = encodeMessage(message as PeerMessage)
  // Within a larger buffer, as it comes from a socket.
  const chunk = new Uint8Array(bytes.length + 20)
  chunk.set(bytes, 10)
  const decoded = decodeMessage(chunk.subarray(10, 10 + bytes.length))
  expect(decoded).toEqual(message)
  const payloads =
    decoded.type === 'MsgApp'
      ? decoded.entries.flatMap((e) => (e.type === 'EntryNormal' && e.data ? [e.data] : []))
      : []
  const full = payloads.filter(({ length }) => length > 0)
  expect(full.length).toBeGreaterThan(1)
  for (const payload of full) expect(payload.buffer).toBe(chunk.buffer)
})

test('entries are read at every index', () => {
  for (let bits = 0; bits <= 53; bits++) {
    const index = 2 ** bits - 1
    const data = new Uint8Array(20_000).subarray(0, 2 ** (bits % 15))
    const entries = [{ type: 'EntryNormal', term: bits, index, data }] as const
    const message: PeerMessage = {
      type: 'MsgApp',
      from: 1,
      to: 2,
      term: 60,
      session: null,
      prevLogIndex: 0,
      prevLogTerm: 0,
      entries,
      commit: 0,
    }
    expect(decodeMessage(encodeMessage(message))).toEqual(message)
  }
})

test('payloads read from a Buffer are plain bytes', () => {
  const data = Uint8Array.of(1, 2, 3)
  const decoded = decodeEntry(Buffer.from(encodeEntry({ type: 'EntryNormal', term: 1, index: 1, data })))
  expect(decoded).toEqual({ type: 'EntryNormal', term: 1, index: 1, data })
  expect(decoded.type === 'EntryNormal' && Object.getPrototypeOf(decoded.data)).toBe(Uint8Array.prototype)
})
