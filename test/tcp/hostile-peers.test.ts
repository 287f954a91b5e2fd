/** Whoever can reach the port may send anything. A node that knows its peers by their handshake goes on. */

import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { FrameBatch } from '../../src/transport/tcp/frame-batch.ts'
import { FrameType, headerSize } from '../../src/transport/tcp/frame.ts'
import { decodeReply, encodeHello, type Hello } from '../../src/transport/tcp/handshake.ts'
import { beat, until } from '../support/recorder.ts'
import { testCodec } from '../support/test-codec.ts'
import { local, pair, type Running, startNode, Stranger } from './nodes.ts'

const hello: Hello = {
  min: 1,
  max: 1,
  lane: 'control',
  from: 2,
  to: 1,
  incarnation: 5,
  cluster: 'test',
  host: '',
  port: 0,
}

/** Milliseconds: well before silence would end a connection too. */
const soon = 2000

/** A frame with this payload. */
function frame(type: FrameType, payload: Uint8Array): Buffer {
  const batch = new FrameBatch()
  batch.add(type, payload)
  return Buffer.concat(batch.take())
}

/** A stranger who has passed for a node. */
async function passing(node: Running, more: Partial<Hello> = {}): Promise<Stranger> {
  const stranger = new Stranger(node.port)
  stranger.say(encodeHello({ ...hello, ...more }))
  await until(() => stranger.received.length > 0, 'a reply')
  expect(decodeReply(stranger.received)).toMatchObject({ status: 'welcome', from: node.id })
  return stranger
}

/** It is closed to the stranger, says why, and is still open to a node. */
async function turnsAway(node: Running, stranger: Stranger, why: RegExp): Promise<void> {
  await until(() => stranger.isClosed, 'the stranger to be turned away')
  expect(node.errors.map(({ message }) => message).join('\n')).toMatch(why)
  const friend = await startNode(7, { peers: new Map([[node.id, local(node.port)]]) })
  friend.transport.send([beat(7, node.id, 77)])
  await until(() => node.recorder.beats.includes(77), 'a node to be heard')
}

describe('before the handshake', () => {
  test.each([
    ['garbage', 'GET / HTTP/1.1\r\nHost: node-1\r\n\r\n', /does not begin as a node of quorate does/],
    ['TLS where there is none', Buffer.of(22, 3, 1, 2, 0, 1, 0, 1), /speaks TLS, and this side does not/],
    ['a handshake that claims too much', Buffer.from('QRTE\x01\x01\xff\xff', 'latin1'), /1024 is the limit/],
    ['a handshake with another checksum', altered(encodeHello(hello)), /checksum of the handshake is wrong/],
    [
      'a handshake that says nothing sensible',
      encodeHello({ ...hello, lane: 'x' as 'bulk' }),
      /cannot be read/,
    ],
  ])('%s is turned away', async (_, words, why) => {
    const node = await startNode(1)
    const stranger = new Stranger(node.port)
    stranger.say(words)
    await turnsAway(node, stranger, why)
    expect(node.recorder.received).toHaveLength(1)
  })

  test.each([
    ['says nothing', ''],
    ['says half of it and then nothing', encodeHello(hello).subarray(0, 20)],
  ])('somebody who %s is turned away after a while', async (_, words) => {
    const node = await startNode(1, { connectTimeout: 60 })
    const stranger = new Stranger(node.port)
    stranger.say(words)
    await turnsAway(node, stranger, /not said who it is within 60 ms/)
  })

  test('somebody who says it byte by byte, too slowly, is turned away after a while', async () => {
    const node = await startNode(1, { connectTimeout: 100 })
    const stranger = new Stranger(node.port)
    for (const byte of encodeHello(hello)) {
      stranger.say(Buffer.of(byte))
      await setTimeout(10)
      if (stranger.isClosed) break
    }
    await turnsAway(node, stranger, /not said who it is within 100 ms/)
  })

  test('of many who say nothing only some are kept waiting, and nodes get in when those are gone', async () => {
    const node = await startNode(1, { connectTimeout: 150 })
    const strangers = Array.from({ length: 100 }, () => new Stranger(node.port))
    await until(() => strangers.filter(({ isClosed }) => isClosed).length >= 36, 'some to be turned away')
    await turnsAway(node, strangers[0]!, /not said who it is/)
  })
})

describe('after the handshake', () => {
  test('half a frame and then silence ends the connection', async () => {
    const node = await startNode(1, { frameTimeout: 60 })
    const stranger = await passing(node)
    stranger.say(frame(FrameType.message, testCodec.encode(beat(2, 1))).subarray(0, 30))
    await until(() => stranger.isClosed, 'the connection to end', soon)
    await setTimeout(5)
    expect(node.recorder.received).toEqual([])
  })

  test('a frame that trickles in is no sign of life', async () => {
    const node = await startNode(1, { frameTimeout: 100 })
    const stranger = await passing(node)
    for (const byte of frame(FrameType.message, new Uint8Array(1000))) {
      stranger.say(Buffer.of(byte))
      await setTimeout(5)
      if (stranger.isClosed) break
    }
    expect(stranger.isClosed).toBe(true)
  })

  test('silence ends the connection', async () => {
    const node = await startNode(1, { pingInterval: 20 })
    const stranger = await passing(node)
    const start = performance.now()
    await until(() => stranger.isClosed, 'the connection to end', soon)
    expect(performance.now() - start).toBeGreaterThan(40)
  })

  test('a frame that is too long ends it before its bytes are awaited', async () => {
    const node = await startNode(1, { maxMessageBytes: 2 ** 16 })
    const stranger = await passing(node)
    const header = Buffer.alloc(headerSize)
    header.writeUInt32LE(2 ** 16 + 1, 4)
    header[8] = FrameType.message
    stranger.say(header)
    await until(() => stranger.isClosed, 'the connection to end', soon)
  })

  test.each([
    ['an answer that nobody asked for', frame(FrameType.answer, new Uint8Array(5))],
    ['a piece of a snapshot among messages', frame(FrameType.chunk, new Uint8Array(5))],
    ['a type that nobody knows', frame(99 as FrameType, new Uint8Array(5))],
    ['bytes that are no frame', Buffer.alloc(64, 0xff)],
    ['a frame with another checksum', altered(frame(FrameType.message, testCodec.encode(beat(2, 1))))],
  ])('%s ends it', async (_, bytes) => {
    const node = await startNode(1)
    const stranger = await passing(node)
    stranger.say(bytes)
    await until(() => stranger.isClosed, 'the connection to end', soon)
    expect(node.recorder.received).toEqual([])
  })

  test('a message that cannot be read is dropped, and the next one arrives', async () => {
    const node = await startNode(1)
    const stranger = await passing(node)
    stranger.say(frame(FrameType.message, Buffer.from('no message')))
    stranger.say(frame(FrameType.message, testCodec.encode(beat(2, 1, 8))))
    await until(() => node.recorder.beats.includes(8), 'the next message')
    expect(node.errors).toMatchObject([{ code: 'ERR_TRANSPORT_MESSAGE' }])
    expect(stranger.isClosed).toBe(false)
  })

  test('a message for somebody else is dropped, and said so', async () => {
    const node = await startNode(1)
    const stranger = await passing(node)
    stranger.say(frame(FrameType.message, testCodec.encode(beat(2, 3))))
    await until(() => node.errors.length > 0, 'an error')
    expect(node.errors[0]?.message).toMatch(/for node 3, and this is node 1/)
    expect(node.recorder.received).toEqual([])
  })

  test.each([
    ['bytes before it has begun', [frame(FrameType.chunk, new Uint8Array(5))], /bytes came before it/],
    ['a message that is no snapshot', [first(0, 5, testCodec.encode(beat(2, 1)))], /is a MsgHeartbeat/],
    ['a message that cannot be read', [first(0, 5, Buffer.from('?'))], /cannot be read/],
    ['a size beyond the limit', [first(0, 2 ** 40, snapBytes())], /claims 1099511627776 bytes/],
    ['a snapshot from a store', [first(1, 5, snapBytes())], /this node has none/],
    [
      'an early end',
      [first(0, 5, snapBytes()), frame(FrameType.end, new Uint8Array())],
      /ended after 0 bytes of 5/,
    ],
    [
      'more bytes than it says',
      [first(0, 5, snapBytes()), frame(FrameType.chunk, new Uint8Array(6))],
      /more came/,
    ],
  ])('a snapshot with %s is refused', async (_, frames, why) => {
    const node = await startNode(1)
    const stranger = await passing(node, { lane: 'snapshot' })
    for (const one of frames) stranger.say(one)
    await until(() => node.errors.length > 0, 'an error')
    expect(node.errors[0]?.message).toMatch(why)
    expect(node.recorder.received).toEqual([])
  })
})

test('a handler that throws costs its message, and neither the connection nor the process', async () => {
  const [one, other] = await pair()
  other.recorder.react = (message) => {
    if ('term' in message && message.term === 1) throw new Error('no more room')
  }
  one.transport.send([beat(1, 2, 1), beat(1, 2, 2)])
  await until(() => other.recorder.beats.includes(2), 'the next message')
  expect(other.errors).toMatchObject([{ code: 'ERR_TRANSPORT_HANDLER' }])
  expect(other.errors[0]?.message).toContain('no more room')
  expect(one.recorder.unreachables).toEqual([])
})

test('who throws when told of an error is not listened to', async () => {
  const node = await startNode(1, {
    onError: () => {
      throw new Error('and this is mine')
    },
  })
  const stranger = new Stranger(node.port)
  stranger.say('garbage')
  await until(() => stranger.isClosed, 'the stranger to be turned away')
})

function altered(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy[20]! ^= 1
  return copy
}

/** The first frame of a snapshot. */
function first(kind: number, size: number, message: Uint8Array): Buffer {
  const head = Buffer.alloc(9)
  head[0] = kind
  head.writeBigUInt64LE(BigInt(size), 1)
  return frame(FrameType.snapshot, Buffer.concat([head, message]))
}

function snapBytes(): Uint8Array {
  const confState = { voters: [1], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false }
  const snapshot = { index: 5, term: 2, confState, data: new Uint8Array() }
  return testCodec.encode({ type: 'MsgSnap', from: 2, to: 1, term: 2, session: null, snapshot })
}
