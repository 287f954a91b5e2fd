/** Nodes for one test, which are stopped after it. */

import { connect, type Socket } from 'node:net'
import type { NodeId } from 'quorate'
import { TcpTransport, type PeerAddress, type TcpOptions, type TransportError } from 'quorate/tcp'
import { onTestFinished } from 'vitest'
import { Recorder } from '../support/recorder.ts'
import { freePorts } from '../support/tcp-network.ts'
import { testCodec } from '../support/test-codec.ts'

/** A node that runs. */
export interface Running {
  readonly id: NodeId
  readonly transport: TcpTransport
  readonly recorder: Recorder
  readonly errors: TransportError[]
  readonly port: number
}

/** Starts node `id`; without more it knows nobody, and nobody knows it. */
export async function startNode(id: NodeId, options: Partial<TcpOptions> = {}): Promise<Running> {
  const recorder = new Recorder()
  const errors: TransportError[] = []
  const transport = new TcpTransport({
    cluster: 'test',
    listen: { port: 0 },
    peers: new Map(),
    codec: testCodec,
    backoff: { min: 10, max: 50 },
    onError: (error) => void errors.push(error),
    ...options,
  })
  onTestFinished(() => transport.stop())
  await transport.start(id, recorder)
  return { id, transport, recorder, errors, port: transport.address!.port }
}

/** Two nodes that know each other. */
export async function pair(
  optionsOf: (id: NodeId) => Partial<TcpOptions> = () => ({}),
): Promise<readonly [Running, Running]> {
  const [first = 0, second = 0] = await freePorts(2)
  const peers = new Map([
    [1, local(first)],
    [2, local(second)],
  ])
  const start = (id: NodeId, port: number): Promise<Running> =>
    startNode(id, { listen: { port }, peers, ...optionsOf(id) })
  return [await start(1, first), await start(2, second)]
}

export function local(port: number): PeerAddress {
  return { host: '127.0.0.1', port }
}

/** Somebody who is no node connects. It takes down what comes back, and whether it was turned away. */
export class Stranger {
  readonly socket: Socket
  received: Buffer = Buffer.alloc(0)
  isClosed = false

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.socket.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk])
    })
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.isClosed = true
    })
    onTestFinished(() => void this.socket.destroy())
  }

  say(bytes: Uint8Array | string): void {
    this.socket.write(bytes)
  }
}
