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

/** Ports that nobody listens on. All are held until the last is found, or the same one could be found twice. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
        }),
    ),
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
