import fc from 'fast-check'
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
  encodeEntry,
  encodeMessage,
  MessageCodec,
} from 'quorate/codec'
import { everyMessage } from '../../../src/testing/transport-suite/messages.ts'
import { entriesOf } from '../../support/entries.ts'
import { message as messageOf } from '../../support/messages.ts'
import { anyEntry, anyMessage } from './arbitrary.ts'
import { unhex } from './golden-files.ts'
import { stretched, varint } from './varint.ts'

const raftRs = new MessageCodec({ dialect: 'raft-rs', cluster: 'c' })
const readers: readonly (readonly [string, (bytes: Uint8Array) => unknown])[] = [
  ['decodeMessage', decodeMessage],
  ['MessageCodec.decode', (bytes) => raftRs.decode(bytes)],
  ['decodeEntry', decodeEntry],
  ['decodeSnapshot', decodeSnapshot],
  ['decodeHardState', decodeHardState],
  ['decodeConfState', decodeConfState],
  ['decodeConfChange', decodeConfChange],
  ['decodeConfChangeV2', decodeConfChangeV2],
]

/** The answer, or the error if that is a CodecError that points into the bytes. Anything else is thrown. */
function outcome<T>(read: (bytes: Uint8Array) => T, bytes: Uint8Array): T | 'refused' {
  try {
    return read(bytes)
  } catch (error) {
    if (!(error instanceof CodecError)) throw error
    expect(error.code).toBe('ERR_CODEC')
    expect(error.offset).toBeGreaterThanOrEqual(0)
    expect(error.offset).toBeLessThanOrEqual(bytes.length)
    return 'refused'
  }
}

/** What is done to good bytes on their way. */
const damage = fc.array(
  fc.record({
    kind: fc.constantFrom('set', 'insert', 'remove', 'repeat'),
    place: fc.nat(),
    byte: fc.nat(255),
  }),
  { minLength: 1, maxLength: 4 },
)

function damaged(
  bytes: Uint8Array,
  steps: readonly { kind: string; place: number; byte: number }[],
): Uint8Array {
  const out = [...bytes]
  for (const { kind, place, byte } of steps) {
    const at = place % (out.length + 1)
    if (kind === 'set') out[at] = byte
    else if (kind === 'insert') out.splice(at, 0, byte)
    else if (kind === 'remove') out.splice(at, 1)
    else out.push(...out.slice(at))
  }
  return Uint8Array.from(out)
}

describe('bytes that nobody meant', () => {
  test.each(readers)('%s reads them, or throws a CodecError and nothing else', (_, read) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        outcome(read, bytes)
      }),
      { numRuns: 300 },
    )
  })

  test('that look like fields are read or refused too', () => {
    const field = fc
      .tuple(
        fc.constantFrom(...Array.from({ length: 17 }, (_, i) => i), 1001, 1002, 1003, 1004, 1005, 2 ** 28),
        fc.nat(7),
        fc.uint8Array({ maxLength: 12 }),
      )
      .map(([number, type, content]) =>
        varint(number * 8 + type).concat(type === 2 ? varint(content.length) : [], Array.from(content)),
      )
    fc.assert(
      fc.property(fc.array(field, { maxLength: 8 }), (fields) => {
        for (const [, read] of readers) outcome(read, Uint8Array.from(fields.flat()))
      }),
      { numRuns: 300 },
    )
  })
})

describe('damaged messages', () => {
  test('are read or refused; what is read is a message that can be written', () => {
    fc.assert(
      fc.property(anyMessage, damage, (message, steps) => {
        const read = outcome(decodeMessage, damaged(encodeMessage(message), steps))
        if (read !== 'refused') expect(decodeMessage(encodeMessage(read))).toEqual(read)
      }),
      { numRuns: 1000 },
    )
  })

  test('are read or refused wherever they are cut off', () => {
    let refused = 0
    const usual = messageOf('MsgApp', { entries: entriesOf([1, 1, 1], 2) })
    for (const m of [usual, ...everyMessage(2, 3, 4)]) {
      const bytes = encodeMessage(m)
      for (let length = 0; length < bytes.length; length++) {
        // What lies behind the end of a view is nobody's business.
        const read = outcome(decodeMessage, bytes.subarray(0, length))
        expect(read).toEqual(outcome(decodeMessage, bytes.slice(0, length)))
        if (read === 'refused') refused++
      }
    }
    expect(refused).toBeGreaterThan(100)
  })
})

/** A MsgApp with this as its one entry. */
function around(entry: Uint8Array): Uint8Array {
  return Uint8Array.from([0x08, 3, 0x3a, ...varint(entry.length), ...entry])
}

describe('the short way to read the usual entry', () => {
  const first = (bytes: Uint8Array) => {
    const message = decodeMessage(bytes)
    if (message.type !== 'MsgApp') throw new Error('not a MsgApp')
    return message.entries[0]
  }

  test('and the long one come to the same, also of damaged entries', () => {
    fc.assert(
      fc.property(anyEntry, damage, fc.boolean(), (entry, steps, isWhole) => {
        const bytes = isWhole ? encodeEntry(entry) : damaged(encodeEntry(entry), steps)
        expect(outcome(first, around(bytes))).toEqual(outcome(decodeEntry, bytes))
      }),
      { numRuns: 1500 },
    )
  })

  test('does not take the last byte of an index for the tag of the data', () => {
    for (let digits = 1; digits <= 6; digits++) {
      const index = 0x22 * 2 ** (7 * digits)
      const entry = { type: 'EntryNormal', term: 1, index, data: new Uint8Array(33).fill(0x22) } as const
      expect(first(around(encodeEntry(entry)))).toEqual(entry)
    }
  })

  test('and the long one come to the same of numbers that are written longer than they need be', () => {
    const long = fc.tuple(fc.nat(2 ** 21), fc.nat(4)).map(([value, more]) => stretched(varint(value), more))
    fc.assert(
      fc.property(long, long, fc.nat(200), fc.nat(2), (term, index, length, more) => {
        const padded = stretched(varint(length), more)
        const data = Array.from({ length }, (_, i) => i)
        const bytes = Uint8Array.from([0x10, ...term, 0x18, ...index, 0x22, ...padded, ...data])
        expect(outcome(first, around(bytes))).toEqual(outcome(decodeEntry, bytes))
      }),
    )
  })
})

describe('a length that lies', () => {
  test.each([
    ['of an entry', [0x3a]],
    ['of a snapshot', [0x4a]],
    ['of a context', [0x62]],
    ['of a field that nobody knows', varint(2000 * 8 + 2)],
    ['of the data of an entry', [0x3a, 12, 0x22]],
    ['of the data of a snapshot', [0x4a, 12, 0x0a]],
    ['of a list of members', [0x4a, 20, 0x12, 18, 0x0a, 16, 0x0a]],
  ])('%s costs nothing', (_, tags) => {
    for (const length of [13n, 2n ** 31n, 2n ** 32n + 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) {
      const bytes = Uint8Array.from([
        0x08,
        3,
        ...tags,
        ...varint(length),
        ...Array.from({ length: 9 }, () => 0),
      ])
      const before = process.memoryUsage().arrayBuffers
      expect(() => decodeMessage(bytes)).toThrow(CodecError)
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024)
    }
  })

  test('reaches not beyond the message it stands in', () => {
    // An entry of 2 bytes, whose data says that it has 1 byte: it is there, but of the message around it.
    expect(() => decodeMessage(unhex('08033a0222012001'))).toThrow(/up to the 0 bytes that follow at byte 5/)
  })
})

test('messages within messages are not entered, however deep they are', () => {
  let bytes: Uint8Array = Uint8Array.of(0x08, 8)
  for (let depth = 0; depth < 5000; depth++)
    bytes = Uint8Array.from([0x08, 8, 0x72, ...varint(bytes.length), ...bytes])
  expect(decodeMessage(bytes)).toMatchObject({ type: 'MsgHeartbeat' })
})

test('a message in very many fields is read in one pass', () => {
  const fields = Array.from({ length: 100_000 }, (_, i) => [0x20, i % 128]).flat()
  expect(decodeMessage(Uint8Array.from([0x08, 14, ...fields]))).toMatchObject({ term: 99_999 % 128 })
})

test.each([null, undefined, 'bytes', 7, [8, 14], new ArrayBuffer(2), new Uint16Array(2)])(
  '%s is no bytes to be read',
  (value) => {
    expect(() => decodeMessage(value as unknown as Uint8Array)).toThrow(/Expected a Uint8Array/)
  },
)

test('a CodecError says where, what was expected, and what to do', () => {
  let caught: unknown
  try {
    decodeMessage(Uint8Array.of(0x08, 24))
  } catch (error) {
    caught = error
  }
  expect(caught).toMatchObject({ name: 'CodecError', code: 'ERR_CODEC', value: 24 })
  expect((caught as Error).message).toMatch(
    /^Expected a known type of message at byte 0, got 24 \(number\)\. Drop/,
  )
})
