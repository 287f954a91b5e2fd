import { describe, expect, test } from 'vitest'
import { type TcpOptions, TcpTransport, TransportError } from 'quorate/tcp'
import { RaftError } from 'quorate'
import { Recorder } from '../support/recorder.ts'
import { testCodec } from '../support/test-codec.ts'
import { local, startNode } from './nodes.ts'

const options: TcpOptions = { cluster: 'test', listen: { port: 0 }, peers: new Map(), codec: testCodec }

describe('options', () => {
  test.each([
    ['no cluster', { cluster: '' }, 'cluster'],
    ['a cluster whose name would be part of a URI', { cluster: 'a/b' }, 'cluster'],
    ['nowhere to listen', { listen: undefined }, 'listen'],
    ['a port that is none', { listen: { port: 65_536 } }, 'listen'],
    ['peers that are no map', { peers: { 1: local(7000) } }, 'peers'],
    ['a peer without a port', { peers: new Map([[2, { host: '127.0.0.1' }]]) }, 'peers(2)'],
    ['no codec', { codec: {} }, 'codec'],
    ['TLS without an authority', { tls: { cert: 'x', key: 'x' } }, 'tls.ca'],
    ['a queue that holds no message', { maxQueueBytes: 1024 }, 'maxQueueBytes'],
    ['a pause that shrinks', { backoff: { min: 5, max: 4 } }, 'backoff.max'],
    ['a timeout of nothing', { frameTimeout: 0 }, 'frameTimeout'],
    ['a name that is misspelt', { maxQueBytes: 5 }, 'maxQueBytes'],
  ])('with %s are refused by name', (_, wrong, option) => {
    expect(() => new TcpTransport({ ...options, ...wrong } as TcpOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION', option }),
    )
  })

  test('are needed', () => {
    expect(() => new TcpTransport(undefined as unknown as TcpOptions)).toThrow(RaftError)
  })
})

describe('a transport', () => {
  test('says so if the port is taken, and can be started again', async () => {
    const { port, transport: first } = await startNode(1)
    const second = new TcpTransport({ ...options, listen: { port } })
    const refused = second.start(2, new Recorder())
    await expect(refused).rejects.toMatchObject({ code: 'ERR_TRANSPORT_LISTEN' })
    await expect(refused).rejects.toThrow(/Another process listens there/)
    await first.stop()
    await second.start(2, new Recorder())
    expect(second.address).toEqual({ host: '127.0.0.1', port })
    await second.stop()
  })

  test('does not start twice, nor as nobody', async () => {
    const { transport } = await startNode(1)
    await expect(transport.start(1, new Recorder())).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' })
    await expect(new TcpTransport(options).start(0, new Recorder())).rejects.toThrow(/node id/)
  })

  test('sends nothing before its start, and does not mind after its end', async () => {
    const transport = new TcpTransport(options)
    expect(() => transport.send([])).toThrow(TransportError)
    await expect(transport.request(2, new Uint8Array())).rejects.toMatchObject({
      code: 'ERR_TRANSPORT_STOPPED',
    })
    await transport.start(1, new Recorder())
    await transport.stop()
    await transport.stop()
    transport.send([])
    await expect(transport.request(2, new Uint8Array())).rejects.toMatchObject({
      code: 'ERR_TRANSPORT_STOPPED',
    })
    await expect(transport.start(1, new Recorder())).rejects.toThrow(/has not been started/)
  })

  test('that never started stops', async () => {
    await expect(new TcpTransport(options).stop()).resolves.toBeUndefined()
  })
})
