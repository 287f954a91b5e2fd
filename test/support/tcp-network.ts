/** Nodes on loopback, each on a port of its own that it keeps when it starts again. */

import type { NodeId } from 'quorate'
import { TcpTransport, type PeerAddress, type TcpOptions } from 'quorate/tcp'
import type { TransportNetwork } from 'quorate/testing'
import { createServer } from 'node:net'
import { testCodec } from './test-codec.ts'

/** Options that are not alike on all nodes. */
export type NodeOptions = (id: NodeId) => Partial<TcpOptions>

/** A network for nodes of these ids. */
export async function tcpNetwork(
  ids: readonly NodeId[],
  optionsOf: NodeOptions = () => ({}),
): Promise<TransportNetwork & { open: (id: NodeId) => TcpTransport }> {
  const peers = new Map<NodeId, PeerAddress>()
  for (const [at, port] of (await freePorts(ids.length)).entries())
    peers.set(ids[at]!, { host: '127.0.0.1', port })
  return {
    open: (id) =>
      new TcpTransport({
        cluster: 'test',
        listen: peers.get(id)!,
        peers,
        codec: testCodec,
        backoff: { min: 10, max: 100 },
        ...optionsOf(id),
      }),
  }
}

/**
 * Ports that nobody listens on. Below those that systems give out for connections: a node that stops and starts again must find
 * its own port free.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = 12_000 + Math.floor(Math.random() * 20_000)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
