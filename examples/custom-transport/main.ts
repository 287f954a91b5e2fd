/** Three nodes on loopback, over HTTP, agree on one write: `npx tsx examples/custom-transport/main.ts`. */

import { createServer } from 'node:net'
import { MemStorage, type NodeId, RawNode } from 'quorate'
import { HttpTransport } from './http-transport.ts'

const ids: readonly NodeId[] = [1, 2, 3]

/** A port that nobody listens on. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })
}

const ports = new Map<NodeId, number>()
for (const id of ids) ports.set(id, await freePort())

const members = ids.map((id) => {
  const storage = MemStorage.bootstrap({ voters: ids })
  return { id, storage, node: new RawNode({ id, storage }), transport: new HttpTransport(ports), value: '' }
})

/** Everything that a node wants done, in the order of the contract. */
function work({ node, storage, transport }: (typeof members)[number], learn: (value: string) => void): void {
  while (node.hasReady()) {
    const ready = node.ready()
    transport.send(ready.messages)
    storage.append(ready)
    transport.send(ready.persistedMessages)
    for (const entry of ready.committedEntries)
      if (entry.type === 'EntryNormal' && entry.data !== null) learn(new TextDecoder().decode(entry.data))
    node.advance(ready)
    if (ready.softState?.role === 'leader') node.propose(new TextEncoder().encode('hello'))
  }
}

await new Promise<void>((resolve) => {
  for (const member of members) {
    const { id, node, transport } = member
    const go = (call: () => void): void => {
      call()
      work(member, (value) => {
        member.value = value
        if (members.every((one) => one.value !== '')) resolve()
      })
    }
    void transport.start(id, {
      receive: (message) => go(() => node.step(message)),
      unreachable: (peer) => go(() => node.reportUnreachable(peer)),
      snapshotSent: (peer, outcome) => go(() => node.reportSnapshot(peer, outcome)),
    })
    setInterval(() => go(() => node.tick()), 10).unref()
  }
})
for (const { id, value } of members) console.log(`node ${id} reads "${value}"`)
await Promise.all(members.map(({ transport }) => transport.stop()))
