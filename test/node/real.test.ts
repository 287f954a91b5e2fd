/** Nodes on files and sockets, as a service runs them. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type NodeId, RaftNode } from 'quorate'
import { TcpTransport } from 'quorate/tcp'
import { SnapshotFiles, WalStorage } from 'quorate/wal'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type RegisterCommand, RegisterMachine } from '../support/register-machine.ts'
import { freePorts } from '../support/tcp-network.ts'

type Node = RaftNode<RegisterCommand, number, string, number>

interface Service {
  readonly node: Node
  readonly machine: RegisterMachine
  close(): Promise<void>
}

let folder: string
let ports: readonly number[]
const services = new Map<NodeId, Service>()

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quorate-real-'))
  ports = await freePorts(4)
})
afterEach(async () => {
  for (const service of services.values()) await service.close()
  services.clear()
  rmSync(folder, { recursive: true })
})

/** A node on its own folder and port. */
async function start(id: NodeId, machine = new RegisterMachine()): Promise<Service> {
  const directory = join(folder, `node-${id}`)
  const storage = await WalStorage.open({ directory: join(directory, 'log'), cluster: 'test', node: id })
  const snapshots = await SnapshotFiles.open({ directory: join(directory, 'snapshots') })
  const at = (port: number) => ({ host: '127.0.0.1', port })
  const transport = new TcpTransport({
    cluster: 'test',
    listen: at(ports[id - 1] as number),
    peers: new Map([1, 2, 3].map((peer) => [peer, at(ports[peer - 1] as number)])),
    snapshots,
  })
  const node = await RaftNode.start<RegisterCommand, number, string, number>({
    id,
    stateMachine: machine,
    storage,
    transport,
    snapshotStore: snapshots,
    bootstrap: id <= 3 ? { voters: [1, 2, 3] } : undefined,
    snapshots: { everyEntries: 100, keepEntries: 10 },
  })
  const service = {
    node,
    machine,
    close: async () => {
      await node.stop()
      await storage.close()
    },
  }
  services.set(id, service)
  return service
}

const nodeOf = (id: NodeId): Node => (services.get(id) as Service).node

test('three nodes write, one is gone and comes back, and all of them restart on what is on their disks', async () => {
  for (const id of [1, 2, 3]) await start(id)
  for (let i = 0; i < 50; i++) await nodeOf((i % 3) + 1).propose({ add: 1, to: 'x' })
  const leader = await nodeOf(1).waitForLeader()
  await services.get(leader)?.close()
  const other = (leader % 3) + 1
  for (let i = 0; i < 150; i++) await nodeOf(other).propose({ add: 1, to: 'x' })
  await start(leader)
  expect(await nodeOf(leader).read('x')).toBe(200)

  for (const service of services.values()) await service.close()
  for (const id of [1, 2, 3]) await start(id)
  expect(await nodeOf(2).read('x')).toBe(200)
  expect(await nodeOf(3).propose({ add: 1, to: 'x' })).toMatchObject({ result: 201 })
})

test('a node that joins gets a large snapshot in pieces, at the address that came with the change', async () => {
  for (const id of [1, 2, 3]) await start(id)
  const names = Array.from({ length: 300 }, (_, i) => `${i} ${'long name '.repeat(2000)}`)
  await Promise.all(names.map((to, i) => nodeOf((i % 3) + 1).propose({ add: i, to })))
  const leader = nodeOf(await nodeOf(1).waitForLeader())
  await leader.snapshot()
  const joiner = await start(4)
  await leader.changeMembership({ add: 4, address: `127.0.0.1:${ports[3]}` })
  expect(await joiner.node.read(names[299] as string)).toBe(299)
  expect(joiner.machine.restores).toBe(1)
  expect(joiner.node.status().confState.voters).toEqual([1, 2, 3, 4])
})
