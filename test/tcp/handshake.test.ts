import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { certificateFlaw, certificateName } from '../../src/transport/tcp/certificate.ts'
import {
  decodeHello,
  decodeReply,
  encodeHello,
  encodeReply,
  handshakeSize,
  type Hello,
  maxHandshake,
} from '../../src/transport/tcp/handshake.ts'

const hello: Hello = {
  min: 1,
  max: 1,
  lane: 'bulk',
  from: 3,
  to: Number.MAX_SAFE_INTEGER,
  incarnation: 2 ** 41,
  cluster: 'orders',
  host: 'node-3.example',
  port: 7000,
}

describe('the first words', () => {
  test('say what they were told to', () => {
    const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
    const hellos = fc.record({
      min: fc.constant(1),
      max: fc.integer({ min: 1, max: 255 }),
      lane: fc.constantFrom('control', 'bulk', 'snapshot'),
      from: id,
      to: id,
      incarnation: fc.nat(Number.MAX_SAFE_INTEGER),
      cluster: fc.stringMatching(/^[\w.-]{1,64}$/),
      host: fc.stringMatching(/^[\w.:-]{0,255}$/),
      port: fc.nat(65_535),
    }) satisfies fc.Arbitrary<Hello>
    fc.assert(
      fc.property(hellos, (one) => {
        const bytes = encodeHello(one)
        expect(bytes.length).toBeLessThanOrEqual(maxHandshake)
        expect(handshakeSize(bytes)).toBe(bytes.length)
        expect(decodeHello(bytes)).toEqual(one)
      }),
    )
  })

  test('answer a welcome, or why not', () => {
    const welcome = {
      status: 'welcome',
      version: 1,
      from: 2 ** 40,
      incarnation: 7,
      cluster: 'orders',
    } as const
    expect(decodeReply(encodeReply(welcome))).toEqual(welcome)
    const refusal = { status: 'cluster', text: 'The peer belongs to cluster "other"' } as const
    expect(decodeReply(encodeReply(refusal))).toEqual(refusal)
    expect(decodeReply(encodeReply({ status: 'node', text: 'x'.repeat(5000) }))).toMatchObject({
      status: 'node',
    })
  })

  test('of a version of the future say which versions it is, whatever else has changed', () => {
    const future = encodeHello({ ...hello, min: 2, max: 9 })
    expect(decodeHello(future)).toEqual({ min: 2, max: 9 })
  })

  test('are not awaited any longer once they cannot be any', () => {
    const bytes = encodeHello(hello)
    for (let length = 0; length < bytes.length; length++)
      expect([0, bytes.length]).toContain(handshakeSize(bytes.subarray(0, length)))
    expect(() => handshakeSize(Buffer.from('G'))).toThrow(/does not begin as a node of quorate does/)
    expect(() => handshakeSize(Buffer.of(22, 3, 1))).toThrow(/speaks TLS, and this side does not/)
    const long = Buffer.from(bytes)
    long.writeUInt16LE(5000, 6)
    expect(() => handshakeSize(long)).toThrow(/claims 5012 bytes, and 1024 is the limit/)
  })

  test('are refused if any one bit of them is another', () => {
    const bytes = encodeHello(hello)
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const altered = Buffer.from(bytes)
      altered[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => {
        if (handshakeSize(altered) === bytes.length) decodeHello(altered)
        else throw Object.assign(new Error('another size'), { code: 'ERR_TRANSPORT_HANDSHAKE' })
      }).toThrow(expect.objectContaining({ code: 'ERR_TRANSPORT_HANDSHAKE' }))
    }
  })
})

describe('a certificate', () => {
  test('belongs to the node whose name it holds, among others', () => {
    const names = 'DNS:localhost, URI:https://example.com/a, URI:quorate://orders/3, IP Address:127.0.0.1'
    expect(certificateFlaw(names, 'orders', 3)).toBeNull()
    expect(certificateName('orders', 3)).toBe('quorate://orders/3')
  })

  test.each([
    ['of another node', 'URI:quorate://orders/33'],
    ['of another cluster', 'URI:quorate://other/3'],
    ['with the name of the node as that of a host', 'DNS:quorate://orders/3'],
    ['with a name that only begins like it', 'URI:quorate://orders/3/4'],
    ['without names', ''],
    ['with names that cannot be read', 'nonsense'],
  ])('%s is refused', (_, names) => {
    expect(certificateFlaw(names, 'orders', 3)?.message).toContain(
      'Expected a certificate for quorate://orders/3',
    )
  })

  test('with a comma in a name does not pass for one with two names', () => {
    expect(certificateFlaw('URI:"x, URI:quorate://orders/3, y"', 'orders', 3)).not.toBeNull()
    expect(certificateFlaw('DNS:"a\\", URI:quorate://orders/3, \\"b"', 'orders', 3)).not.toBeNull()
    expect(certificateFlaw('DNS:"a, b", URI:quorate://orders/3', 'orders', 3)).toBeNull()
  })
})
