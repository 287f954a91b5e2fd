import { describe, expect, test } from 'vitest'
import { OptionsError, type PeerMessage } from 'quorate'
import { ByteWriter, CodecError, decodeMessage, encodeMessage, MessageCodec } from 'quorate/codec'
import { everyMessage } from '../../../src/testing/transport-suite/messages.ts'

const message: PeerMessage = { type: 'MsgTimeoutNow', from: 1, to: 2, term: 3 }

describe('a codec with a cluster', () => {
  const orders = new MessageCodec({ cluster: 'orders' })

  test('names it in each message, and takes those that name it', () => {
    for (const m of everyMessage(2, 3, 4)) {
      const bytes = orders.encode(m)
      expect(bytes.length).toBe(orders.size(m))
      expect(orders.decode(bytes)).toEqual(m)
      const writer = new ByteWriter()
      expect(orders.write(writer, m)).toBe(bytes.length)
      expect(writer.view()).toEqual(bytes)
    }
  })

  test.each(['order', 'orders!', 'Orders', 'örders'])('refuses a message of %s', (cluster) => {
    const bytes = new MessageCodec({ cluster }).encode(message)
    expect(() => orders.decode(bytes)).toThrow(`got "${cluster}" (string)`)
    expect(() => orders.decode(bytes)).toThrow(CodecError)
  })

  test('takes a message that names none: those of other implementations do not', () => {
    expect(orders.decode(encodeMessage(message))).toEqual(message)
  })

  test('is understood by who does not ask for it', () => {
    expect(decodeMessage(orders.encode(message))).toEqual(message)
  })
})

describe('the bytes of messages', () => {
  const withPayload = (i: number): PeerMessage => ({
    type: 'MsgProp',
    from: 1,
    to: 2,
    // Some share a buffer with others, and some are too large for that.
    entries: [{ type: 'EntryNormal', data: new Uint8Array((i * 397) % 12_000).fill(i) }],
  })

  test('stay what they are, whatever is encoded after them or cannot be', () => {
    const codec = new MessageCodec()
    const encoded = Array.from({ length: 100 }, (__, i) => {
      expect(() => codec.encode({ ...message, term: -1 })).toThrow(CodecError)
      return codec.encode(withPayload(i))
    })
    for (const [i, bytes] of encoded.entries()) expect(codec.decode(bytes)).toEqual(withPayload(i))
  })

  test('keep no more memory than a slab alive', () => {
    const codec = new MessageCodec()
    for (let i = 0; i < 100; i++)
      expect(codec.encode(withPayload(i)).buffer.byteLength).toBeLessThanOrEqual(64 * 1024)
  })
})

test.each([
  [{ dialect: 'tikv' }, 'dialect'],
  [{ dialect: 'toString' }, 'dialect'],
  [{ cluster: '' }, 'cluster'],
  [{ cluster: 7 }, 'cluster'],
])('the options %o are refused', (options, option) => {
  expect(() => new MessageCodec(options as never)).toThrow(OptionsError)
  expect(() => new MessageCodec(options as never)).toThrow(`\`${option}\``)
})
