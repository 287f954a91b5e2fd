import { describe, expect, test } from 'vitest'
import {
  CodecError,
  decodeConfState,
  decodeEntry,
  decodeHardState,
  decodeMessage,
  encodeEntry,
} from 'quorate/codec'
import { unhex } from './golden-files.ts'
import { stretched, varint } from './varint.ts'

describe('numbers', () => {
  const termOf = (...digits: number[]) => {
    const message = decodeMessage(Uint8Array.from([0x08, 14, 0x20, ...digits]))
    return message.type === 'MsgTimeoutNow' ? message.term : null
  }

  test.each([0, 1, 127, 128, 2 ** 14, 2 ** 21 - 1, 2 ** 28, 2 ** 35, 2 ** 49, 2 ** 53 - 1])(
    '%d is read, also when it is written in ten bytes',
    (value) => {
      expect(termOf(...varint(value))).toBe(value)
      const short = varint(value)
      expect(termOf(...stretched(short, 10 - short.length))).toBe(value)
    },
  )

  test.each([2n ** 53n, 2n ** 53n + 1n, 2n ** 60n, 2n ** 63n, 2n ** 64n - 1n])('%d is refused', (value) => {
    expect(() => termOf(...varint(value))).toThrow(/up to 2\^53 - 1.*at byte 3/)
  })

  test.each([
    ['of eleven bytes', [...Array.from({ length: 10 }, () => 0x80), 0]],
    ['of more than 64 bits', [...Array.from({ length: 9 }, () => 0x80), 2]],
    ['without an end', [0x80, 0x80]],
    ['of no bytes', []],
  ])('a varint %s is refused', (_, digits) => {
    expect(() => termOf(...digits)).toThrow(CodecError)
  })

  test('a flag is set by any number but 0', () => {
    const reject = (...digits: number[]) =>
      decodeMessage(Uint8Array.from([0x08, 6, 0x50, ...digits])) as { readonly reject?: boolean }
    expect(reject(0).reject).toBe(false)
    expect(reject(0x80, 0).reject).toBe(false)
    expect(reject(2).reject).toBe(true)
    expect(reject(...varint(2n ** 64n - 1n)).reject).toBe(true)
  })

  test('a priority is any safe integer, and no other', () => {
    const priority = (value: bigint) =>
      (
        decodeMessage(
          Uint8Array.from([0x08, 5, ...varint(1002 * 8), ...varint(BigInt.asUintN(64, value))]),
        ) as {
          readonly priority?: number
        }
      ).priority
    expect(priority(-1n)).toBe(-1)
    expect(priority(-(2n ** 53n) + 1n)).toBe(Number.MIN_SAFE_INTEGER)
    expect(priority(2n ** 53n - 1n)).toBe(Number.MAX_SAFE_INTEGER)
    expect(() => priority(2n ** 53n)).toThrow(CodecError)
    expect(() => priority(-(2n ** 53n))).toThrow(CodecError)
  })
})

describe('fields', () => {
  test('that nobody knows are passed over, of whatever type', () => {
    const unknown = [
      0x98, 0x06, 0x01, 0x99, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0x9a, 0x06, 2, 9, 9, 0x9d, 0x06, 1, 2, 3, 4,
    ]
    expect(decodeMessage(Uint8Array.from([...unknown, 0x08, 14, ...unknown, 0x20, 5]))).toEqual({
      type: 'MsgTimeoutNow',
      from: 0,
      to: 0,
      term: 5,
    })
  })

  test.each([
    ['a number without an end', [0x98, 0x06, 0x80]],
    ['a number of more than 64 bits', [0x98, 0x06, ...Array.from({ length: 9 }, () => 0x80), 2]],
    ['eight bytes that are seven', [0x99, 0x06, 1, 2, 3, 4, 5, 6, 7]],
    ['bytes that are too few', [0x9a, 0x06, 2, 9]],
    ['four bytes that are three', [0x9d, 0x06, 1, 2, 3]],
  ])('that nobody knows must be whole all the same: %s', (_, field) => {
    expect(() => decodeMessage(Uint8Array.from([0x08, 14, ...field]))).toThrow(CodecError)
  })

  test.each([3, 4, 6, 7])('of wire type %d, groups among them, are refused', (type) => {
    expect(() => decodeMessage(Uint8Array.from([0x08, 14, ...varint(99 * 8 + type), 0]))).toThrow(
      /wire type of 0, 1, 2 or 5/,
    )
  })

  test('of number 0, or beyond all numbers, are refused', () => {
    expect(() => decodeMessage(Uint8Array.of(0x08, 14, 0x00, 0x01))).toThrow(/the tag of a field/)
    expect(() => decodeMessage(Uint8Array.from([0x08, 14, ...varint(2n ** 33n), 1]))).toThrow(
      /the tag of a field/,
    )
  })

  test.each([1, 2, 3, 4, 5, 6, 8, 10, 11, 1001, 1002, 1003, 1004])(
    'with number %d are numbers, and are refused as bytes',
    (number) => {
      expect(() => decodeMessage(Uint8Array.from([...varint(number * 8 + 2), 1, 1]))).toThrow(/wire type/)
    },
  )

  test.each([7, 9, 12, 1005])('with number %d are bytes, and are refused as a number', (number) => {
    expect(() => decodeMessage(Uint8Array.from([...varint(number * 8), 1]))).toThrow(/wire type/)
  })

  test.each([13, 14])(
    'with number %d are passed over in any form: each implementation has its own',
    (number) => {
      for (const field of [
        [...varint(number * 8), 1],
        [...varint(number * 8 + 2), 1, 0xff],
      ])
        expect(decodeMessage(Uint8Array.from([0x08, 14, ...field]))).toMatchObject({ type: 'MsgTimeoutNow' })
    },
  )

  test('that come twice count as they came last', () => {
    expect(decodeMessage(unhex('080e080e20012002'))).toMatchObject({ type: 'MsgTimeoutNow', term: 2 })
  })

  test('of a snapshot that comes in two parts add up', () => {
    const parts = unhex('08074a0812060a04080108024a0612041003180a')
    expect(decodeMessage(parts)).toMatchObject({
      snapshot: { index: 3, term: 10, confState: { voters: [1, 2] } },
    })
  })

  test('of a list of members may be packed, or not, or both', () => {
    expect(decodeConfState(unhex('08010a0302ac0208051a0103'))).toMatchObject({
      voters: [1, 2, 300, 5],
      votersOutgoing: [3],
    })
  })

  test('that are not there are 0, or none', () => {
    expect(decodeEntry(unhex(''))).toEqual({ type: 'EntryNormal', term: 0, index: 0, data: null })
    const change = { version: 1, type: 'AddNode', nodeId: 0, context: null }
    for (const entry of ['0801', '08012200'])
      expect(decodeEntry(unhex(entry))).toEqual({ type: 'EntryConfChange', term: 0, index: 0, change })
    for (const entry of ['0802', '08022200'])
      expect(decodeEntry(unhex(entry))).toEqual({
        type: 'EntryConfChangeV2',
        term: 0,
        index: 0,
        change: null,
      })
    expect(decodeMessage(unhex('080f3a00'))).toEqual({
      type: 'MsgReadIndex',
      from: 0,
      to: 0,
      context: new Uint8Array(0),
    })
    expect(decodeHardState(unhex(''))).toEqual({ term: 0, vote: null, commit: 0 })
  })

  test('of an entry may come in any order', () => {
    const change = encodeEntry({
      type: 'EntryConfChange',
      term: 5,
      index: 6,
      change: { version: 1, type: 'RemoveNode', nodeId: 3, context: null },
    })
    // The type, which says what the data is, comes last.
    const turned = Uint8Array.from([...change.subarray(2), ...change.subarray(0, 2)])
    expect(decodeEntry(turned)).toEqual(decodeEntry(change))
  })
})
