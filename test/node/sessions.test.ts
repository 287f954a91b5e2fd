import { afterEach, expect, test } from 'vitest'
import { DriverCluster } from '../support/driver-cluster.ts'

let cluster: DriverCluster
afterEach(() => cluster.stop())

const mark = (session: number, sequence: number, acknowledged = 0) => ({ session, sequence, acknowledged })

test('a command of a session is applied once, however often and wherever it is proposed (thesis §6.3)', async () => {
  cluster = await DriverCluster.start(3)
  const session = await cluster.node(1).openSession()
  const command = { add: 1, to: 'x' }
  const first = await cluster.node(1).propose(command, { mark: mark(session, 1) })
  for (const id of [1, 2, 3]) {
    const again = await cluster.node(id).propose(command, { mark: mark(session, 1) })
    expect(again.result).toBe(first.result)
  }
  expect(await cluster.node(2).read('x')).toBe(1)
})

test('it is recognised by the next leader, and after a restart from a snapshot', async () => {
  cluster = await DriverCluster.start(3, { snapshots: { everyEntries: 2, keepEntries: 0 } })
  const session = await cluster.node(1).openSession()
  await cluster.node(1).propose({ add: 7, to: 'x' }, { mark: mark(session, 1) })
  for (let i = 0; i < 5; i++) await cluster.node(1).propose({ add: 1, to: 'y' })
  for (const id of [1, 2, 3]) await cluster.node(id).snapshot()
  for (const id of [1, 2, 3]) await cluster.remove(id)
  for (const id of [1, 2, 3]) await cluster.add(id)
  await cluster.leader()
  expect(cluster.machine(1).restores).toBe(1)
  const again = await cluster.node(1).propose({ add: 7, to: 'x' }, { mark: mark(session, 1) })
  expect(again.result).toBe(7)
  expect(await cluster.node(3).read('x')).toBe(7)
})

test('an answer that the client has acknowledged is forgotten, and its command never applied again', async () => {
  cluster = await DriverCluster.start(1)
  const node = cluster.node(1)
  const session = await node.openSession()
  await node.propose({ add: 1, to: 'x' }, { mark: mark(session, 1) })
  await node.propose({ add: 1, to: 'x' }, { mark: mark(session, 2, 1) })
  const late = node.propose({ add: 1, to: 'x' }, { mark: mark(session, 1) })
  await expect(late).rejects.toMatchObject({ reason: 'no-session' })
  expect(await node.read('x')).toBe(2)
})

test('a session that was closed, or never opened, is refused', async () => {
  cluster = await DriverCluster.start(3)
  const [follower] = await cluster.followers()
  const session = await follower!.openSession()
  await follower!.closeSession(session)
  for (const id of [session, 999]) {
    const proposed = follower!.propose({ add: 1, to: 'x' }, { mark: mark(id, 1) })
    await expect(proposed).rejects.toMatchObject({ code: 'ERR_REFUSED', reason: 'no-session' })
  }
  expect(await follower!.read('x')).toBe(0)
})
