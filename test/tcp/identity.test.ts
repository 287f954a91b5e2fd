/** Nodes talk to the nodes that they mean, and to nobody else; whoever is wrong says how. */

import { setTimeout } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { afterAll, describe, expect, test } from 'vitest'
import { encodeHello, encodeReply } from '../../src/transport/tcp/handshake.ts'
import { TcpTransport, type TcpOptions } from 'quorate/tcp'
import { createServer } from 'node:net'
import { Authority } from '../support/certificates.ts'
import { beat, until } from '../support/recorder.ts'
import { freePorts } from '../support/tcp-network.ts'
import { testCodec } from '../support/test-codec.ts'
import { local, pair, type Running, startNode } from './nodes.ts'

const authority = new Authority()
const stranger = new Authority('somebody else')
const tlsOf = {
  1: authority.issue('URI:quorate://test/1'),
  2: authority.issue('URI:quorate://test/2, DNS:localhost'),
  foreign: stranger.issue('URI:quorate://test/2'),
}
afterAll(() => {
  authority.remove()
  stranger.remove()
})

/** Node 1 sends to what it takes for node 2, which listens on this port; answers node 1 when something was told. */
async function dials(port: number, options: Partial<TcpOptions> = {}): Promise<Running> {
  const node = await startNode(1, { peers: new Map([[2, local(port)]]), ...options })
  node.transport.send([beat(1, 2)])
  await until(() => node.errors.length > 0, 'an error')
  return node
}

describe('a handshake that does not fit is turned down on both sides, and says how to mend it', () => {
  test('another cluster', async () => {
    const other = await startNode(2, { cluster: 'other' })
    const node = await dials(other.port)
    expect(node.errors[0]).toMatchObject({ code: 'ERR_TRANSPORT_HANDSHAKE' })
    expect(node.errors[0]?.message).toMatch(/turned this node down \(cluster\).*"test".*"other"/)
    expect(other.errors[0]?.message).toMatch(/belongs to cluster "test", and node 2 to "other"/)
    expect(node.recorder.unreachables).toContain(2)
    expect(other.recorder.received).toEqual([])
  })

  test('another node at that address', async () => {
    const other = await startNode(3)
    const node = await dials(other.port)
    expect(node.errors[0]?.message).toMatch(/wants node 2, and this is node 3/)
    expect(other.recorder.received).toEqual([])
  })

  test('an address that is that of the node itself', async () => {
    const [port = 0] = await freePorts(1)
    const node = await dials(port, { listen: { port } })
    expect(node.errors.map(({ message }) => message).join()).toMatch(/Node 1 has reached itself/)
  })

  test('a second process with the same id', async () => {
    const first = await startNode(1, { incarnation: 1 })
    const second = await dials(first.port, { incarnation: 2 })
    expect(second.errors[0]?.message).toMatch(/Somebody else claims to be node 1/)
  })

  test('a version of the future, dialled', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      // As a release would answer that speaks versions from 4 on.
      socket.once('data', () =>
        socket.end(
          encodeReply({ status: 'version', text: 'The peer speaks versions 1 to 1, and node 2 4 to 5' }),
        ),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const node = await dials((server.address() as { port: number }).port)
    expect(node.errors[0]?.message).toMatch(/turned this node down \(version\).*4 to 5/)
    await node.transport.stop()
    server.close()
  })

  test('a version of the future, dialling', async () => {
    const node = await startNode(1)
    const { connect } = await import('node:net')
    const socket = connect(node.port, '127.0.0.1')
    const hello = {
      lane: 'bulk',
      from: 2,
      to: 1,
      incarnation: 1,
      cluster: 'test',
      host: '',
      port: 0,
    } as const
    socket.write(encodeHello({ min: 4, max: 5, ...hello }))
    await until(() => node.errors.length > 0, 'an error')
    expect(node.errors[0]?.message).toMatch(
      /speaks versions 4 to 5 of the protocol, and node 1 versions 1 to 1/,
    )
    socket.destroy()
  })

  test('a refusal that goes on is told once, and kept in the status', async () => {
    const other = await startNode(3)
    const node = await dials(other.port)
    await until(() => other.errors.length > 3, 'several attempts')
    expect(node.errors).toHaveLength(1)
    expect(node.transport.status()).toMatchObject([
      { id: 2, isConnected: false, lastError: node.errors[0]?.message },
    ])
  })
})

describe('of two processes that are the same node', () => {
  test('the later one is believed, and the earlier one turned down', async () => {
    const node = await startNode(1)
    const peers = new Map([[1, local(node.port)]])
    const earlier = await startNode(2, { peers, incarnation: 1 })
    await until(() => earlier.transport.status()[0]?.isConnected === true, 'a connection')
    const later = await startNode(2, { peers, incarnation: 2 })
    await until(() => earlier.errors.length > 0, 'the earlier one to be turned down')
    expect(earlier.errors[0]?.message).toMatch(/superseded.*started later is node 2/)
    later.transport.send([beat(2, 1, 9)])
    await until(() => node.recorder.beats.includes(9), 'the later one to be heard')
  })

  test('one that stopped may be followed by one whose clock is behind', async () => {
    const node = await startNode(1)
    const peers = new Map([[1, local(node.port)]])
    const first = await startNode(2, { peers, incarnation: 2 })
    await until(() => first.transport.status()[0]?.isConnected === true, 'a connection')
    await first.transport.stop()
    const second = await startNode(2, { peers, incarnation: 1 })
    second.transport.send([beat(2, 1, 9)])
    await until(() => second.transport.status()[0]?.isConnected === true, 'a connection')
  })
})

describe('with TLS', () => {
  test('nodes with their own certificates talk to each other', async () => {
    const [one, other] = await pair((id) => ({ tls: tlsOf[id as 1 | 2] }))
    one.transport.send([beat(1, 2, 5)])
    other.transport.send([beat(2, 1, 6)])
    await until(() => one.recorder.beats.includes(6) && other.recorder.beats.includes(5), 'both')
  })

  test('a node whose certificate is that of another node is not dialled', async () => {
    const other = await startNode(2, { tls: tlsOf[1] })
    const node = await dials(other.port, { tls: tlsOf[1] })
    expect(node.errors[0]?.message).toMatch(
      /Expected a certificate for quorate:\/\/test\/2, got one for quorate:\/\/test\/1/,
    )
    expect(other.recorder.received).toEqual([])
  })

  test('a node does not get in with the certificate of another node', async () => {
    const other = await startNode(2, { tls: tlsOf[2] })
    // It means node 2, and claims to be node 3.
    const liar = await startNode(3, { tls: tlsOf[1], peers: new Map([[2, local(other.port)]]) })
    liar.transport.send([beat(3, 2)])
    await until(() => liar.errors.length > 0 && other.errors.length > 0, 'errors')
    expect(liar.errors[0]?.message).toMatch(/turned this node down \(identity\)/)
    expect(other.errors[0]?.message).toMatch(/quorate:\/\/test\/3, got one for quorate:\/\/test\/1/)
    expect(other.recorder.received).toEqual([])
  })

  test('a certificate of another authority is worth nothing, in either direction', async () => {
    const other = await startNode(2, { tls: tlsOf.foreign })
    const node = await dials(other.port, { tls: tlsOf[1] })
    expect(node.errors[0]).toMatchObject({ code: 'ERR_TRANSPORT_HANDSHAKE' })
    expect(node.errors[0]?.message).toMatch(/TLS with node 2 failed/)
    // Somebody who trusts everybody, and whom nobody has to trust.
    const { cert, key } = tlsOf.foreign
    const socket = connectTls({ port: node.port, host: '127.0.0.1', cert, key, rejectUnauthorized: false })
    socket.on('error', () => {})
    let isClosed = false
    socket.on('close', () => {
      isClosed = true
    })
    await until(() => isClosed, 'the stranger to be turned away')
    expect(node.errors.at(-1)?.message).toMatch(/turned down by TLS/)
  })

  test('somebody without a certificate is turned away', async () => {
    const node = await startNode(1, { tls: tlsOf[1] })
    const socket = connectTls({ port: node.port, host: '127.0.0.1', rejectUnauthorized: false })
    socket.on('error', () => {})
    let isClosed = false
    socket.on('close', () => {
      isClosed = true
    })
    await until(() => isClosed, 'the stranger to be turned away')
    expect(node.errors.at(-1)?.message).toMatch(/turned down by TLS/)
    expect(node.recorder.received).toEqual([])
  })

  test.each([
    ['a node without it is not understood', { 1: undefined, 2: tlsOf[2] }],
    ['a node with it does not speak to one without', { 1: tlsOf[1], 2: undefined }],
  ])('%s', async (_, { 1: own, 2: theirs }) => {
    const other = await startNode(2, { tls: theirs, connectTimeout: 300 })
    const node = await startNode(1, {
      tls: own,
      connectTimeout: 300,
      peers: new Map([[2, local(other.port)]]),
    })
    node.transport.send([beat(1, 2)])
    await until(() => node.recorder.unreachables.length > 0 && other.errors.length > 0, 'both to notice')
    expect(other.recorder.received).toEqual([])
  })

  test('certificates can be replaced while it runs', async () => {
    const [one, other] = await pair((id) => ({ tls: id === 1 ? tlsOf[1] : tlsOf.foreign }))
    one.transport.send([beat(1, 2)])
    await until(() => one.errors.length > 0, 'an error')
    other.transport.setTls(tlsOf[2])
    await until(() => {
      one.transport.send([beat(1, 2, 3)])
      return other.recorder.beats.includes(3)
    }, 'a message')
  })
})

describe('without TLS', () => {
  const options: TcpOptions = { cluster: 'test', listen: { port: 0 }, peers: new Map(), codec: testCodec }
  const far = { host: '192.0.2.1', port: 7000 }

  test('listening to other machines needs to be asked for', () => {
    expect(() => new TcpTransport({ ...options, listen: { host: '0.0.0.0', port: 0 } })).toThrow(
      /Listening, 0\.0\.0\.0, would be without TLS.*`insecure: true`/s,
    )
    expect(
      () => new TcpTransport({ ...options, listen: { host: '0.0.0.0', port: 0 }, insecure: true }),
    ).not.toThrow()
    expect(
      () => new TcpTransport({ ...options, listen: { host: '::', port: 0 }, tls: tlsOf[1] }),
    ).not.toThrow()
  })

  test('connecting to other machines needs to be asked for', async () => {
    const insecure = { code: 'ERR_TRANSPORT_INSECURE' }
    expect(() => new TcpTransport({ ...options, peers: new Map([[2, far]]) })).toThrow(
      expect.objectContaining(insecure),
    )
    const transport = new TcpTransport(options)
    expect(() => transport.setPeer(2, far)).toThrow(expect.objectContaining(insecure))
    const node = await startNode(1, { peers: () => far })
    node.transport.send([beat(1, 2)])
    await until(() => node.errors.length > 0, 'an error')
    expect(node.errors).toMatchObject([insecure])
  })

  test('a name that stays inside this machine may be dialled', async () => {
    const other = await startNode(2)
    const node = await startNode(1, { peers: new Map([[2, { host: 'localhost', port: other.port }]]) })
    node.transport.send([beat(1, 2, 4)])
    await until(() => other.recorder.beats.includes(4), 'a message')
    await setTimeout(1)
  })
})
