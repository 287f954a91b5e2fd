import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FrameBatch } from '../../src/transport/tcp/frame-batch.ts'
import { FrameReader } from '../../src/transport/tcp/frame-reader.ts'
import { type FrameLimits, FrameType, headerSize, messageLimits } from '../../src/transport/tcp/frame.ts'

const limits: FrameLimits = { ...messageLimits(70_000), [FrameType.end]: 0 }

interface Frame {
  readonly type: FrameType
  readonly payload: Uint8Array
}

const frames = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        type: fc.constantFrom<FrameType>(FrameType.message, FrameType.question),
        payload: fc.uint8Array({ maxLength: 40 }),
      }),
    },
    fc.constant<Frame>({ type: FrameType.end, payload: new Uint8Array() }),
    fc.tuple(fc.integer({ min: 16_000, max: 70_000 }), fc.nat(255)).map(([length, value]): Frame => ({
      type: FrameType.message,
      payload: new Uint8Array(length).fill(value),
    })),
  ),
  { maxLength: 12 },
)

/** The bytes of these frames. */
function written(all: readonly Frame[]): Buffer {
  const batch = new FrameBatch()
  for (const { type, payload } of all) batch.add(type, payload)
  const { bytes } = batch
  const stream = Buffer.concat(batch.take())
  expect(stream.length).toBe(bytes)
  expect(batch.bytes).toBe(0)
  return stream
}

/** The frames that a reader finds in these pieces. Payloads are copied: they are views. */
function read(pieces: readonly Buffer[], allowed = limits): Frame[] {
  const found: Frame[] = []
  const reader = new FrameReader(allowed, (type, payload) => {
    found.push({ type: type as FrameType, payload: new Uint8Array(payload) })
  })
  for (const piece of pieces) reader.push(piece)
  expect(reader.frames).toBe(found.length)
  return found
}

/** Cut at these places. */
function cut(stream: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [
    0,
    ...places.map((place) => place % (stream.length + 1)).sort((a, b) => a - b),
    stream.length,
  ]
  return sorted.slice(1).map((end, at) => stream.subarray(sorted[at], end))
}

/** Long payloads are compared as text, which is quicker by far. */
function textOf(all: readonly Frame[]): string[] {
  return all.map(({ type, payload }) => `${type} ${Buffer.from(payload).toString('latin1')}`)
}

describe('frames', () => {
  test('come out as they went in, however the stream of bytes is cut', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat(), { maxLength: 40 }), (all, places) => {
        expect(textOf(read(cut(written(all), places)))).toEqual(textOf(all))
      }),
      { numRuns: 200 },
    )
  })

  test('come out as they went in, byte by byte', () => {
    const all: Frame[] = [
      { type: FrameType.message, payload: Uint8Array.of(1, 2, 3) },
      { type: FrameType.end, payload: new Uint8Array() },
      { type: FrameType.question, payload: Uint8Array.of(4) },
    ]
    expect(read([...written(all)].map((byte) => Buffer.of(byte)))).toEqual(all)
  })

  test('that are written in several batches follow one another, and what was taken out stays as it was', () => {
    const batch = new FrameBatch()
    batch.add(FrameType.message, Uint8Array.of(1))
    const first = batch.take()
    const before = Buffer.concat(first)
    batch.add(FrameType.message, Uint8Array.of(2))
    const second = batch.take()
    expect(Buffer.concat(first)).toEqual(before)
    const found = read([...first, ...second].map((piece) => Buffer.from(piece)))
    expect(found.map(({ payload }) => payload[0])).toEqual([1, 2])
  })

  test('are refused if any one bit of them is another', () => {
    const stream = written([{ type: FrameType.message, payload: Uint8Array.of(1, 2, 3, 4) }])
    for (let bit = 0; bit < 8 * stream.length; bit++) {
      const altered = Buffer.from(stream)
      altered[bit >> 3]! ^= 1 << (bit & 7)
      // A length that has grown waits for more, which the deadline of the connection ends.
      let found: Frame[] = []
      try {
        found = read([altered])
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_TRANSPORT_CONNECTION' })
      }
      expect(found).toEqual([])
    }
  })
})

describe('limits', () => {
  /** A header alone. */
  function header(type: number, length: number): Buffer {
    const bytes = Buffer.alloc(headerSize)
    bytes.writeUInt32LE(length, 4)
    bytes[8] = type
    return bytes
  }

  test('are looked at as soon as the header is there, whole or in pieces', () => {
    for (const pieces of [[header(1, 70_001)], cut(header(1, 70_001), [3, 7])])
      expect(() => read(pieces)).toThrow(/claims 70001 bytes, and 70000 is the limit/)
    expect(() => read([header(1, 2 ** 32 - 1)])).toThrow(/limit/)
    expect(read([header(1, 70_000)])).toEqual([])
  })

  test('hold for each type by itself, and a type without one has no place', () => {
    expect(() => read([header(FrameType.ping, 5)])).toThrow(/claims 5 bytes, and 4 is the limit/)
    expect(() => read([header(FrameType.answer, 5)])).toThrow(/type 3, which has no place/)
    expect(() => read([header(200, 0)])).toThrow(/type 200, which has no place/)
  })

  test('a frame that claims much and sends little takes no more memory than it sends', () => {
    const reader = new FrameReader(messageLimits(2 ** 30), () => {})
    const before = process.memoryUsage().arrayBuffers
    reader.push(header(1, 2 ** 30))
    reader.push(Buffer.alloc(1000))
    expect(reader.begun).toBe(2 ** 30 + headerSize)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24)
  })

  test('garbage is refused, and never delivered', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 9, maxLength: 200 }), (bytes) => {
        try {
          expect(read([Buffer.from(bytes)])).toEqual([])
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_TRANSPORT_CONNECTION' })
        }
      }),
    )
  })
})

test('a reader that is closed from within hands nothing on any more', () => {
  const found: number[] = []
  const reader = new FrameReader(limits, (_, payload) => {
    found.push(payload[0]!)
    reader.close()
  })
  const all = [1, 2, 3].map((value): Frame => ({ type: FrameType.message, payload: Uint8Array.of(value) }))
  reader.push(written(all))
  reader.push(written(all))
  expect(found).toEqual([1])
})
