import { afterEach, expect, test } from 'vitest'
import { DriverCluster } from '../support/driver-cluster.ts'

let cluster: DriverCluster
afterEach(() => cluster.stop())

test('a read sees every write that was finished before it, on every node (thesis §6.4)', async () => {
  cluster = await DriverCluster.start(3)
  for (let i = 1; i <= 30; i++) {
    await cluster.node((i % 3) + 1).propose({ add: 1, to: 'x' })
    expect(await cluster.node(((i + 1) % 3) + 1).read('x')).toBe(i)
  }
})

test('a leader that was replaced without knowing answers no read', async () => {
  cluster = await DriverCluster.start(3)
  const old = await cluster.leader()
  await old.propose({ add: 1, to: 'x' })
  cluster.network.isolate(old.id)
  const next = await cluster.leader([1, 2, 3].filter((id) => id !== old.id))
  await next.propose({ add: 1, to: 'x' })
  await expect(old.read('x', { timeoutMs: 60 })).rejects.toMatchObject({ reason: 'given-up' })
  expect(await old.read('x', { consistency: 'local' })).toBe(1)
  cluster.network.heal()
  expect(await old.read('x')).toBe(2)
})

test('a barrier names the index that is applied then', async () => {
  cluster = await DriverCluster.start(3)
  const { index } = await cluster.node(1).propose({ add: 1, to: 'x' })
  for (const id of [1, 2, 3]) {
    expect(await cluster.node(id).barrier()).toBeGreaterThanOrEqual(index)
    expect(cluster.node(id).status().applied).toBeGreaterThanOrEqual(index)
  }
})

test('a lease answers without a round of messages, and a linearizable read asks for one all the same', async () => {
  cluster = await DriverCluster.start(3, { leases: true })
  const leader = await cluster.leader()
  await leader.propose({ add: 1, to: 'x' })
  const read = (consistency: 'lease' | 'linearizable') =>
    Promise.all(Array.from({ length: 20 }, () => leader.read('x', { consistency })))
  await read('lease')
  const heartbeats: unknown[] = []
  leader.on('messageSent', ({ message }) => {
    if (message.type === 'MsgHeartbeat' && message.context !== null) heartbeats.push(message)
  })
  const rounds = async (consistency: 'lease' | 'linearizable') => {
    heartbeats.length = 0
    for (let i = 0; i < 20; i++) await leader.read('x', { consistency })
    return heartbeats.length
  }
  const byLease = await rounds('lease')
  const byRound = await rounds('linearizable')
  expect(byRound).toBeGreaterThanOrEqual(20 * 2)
  expect(byLease).toBeLessThan(byRound / 2)
})

test('a leader that stood still does not rely on its lease when it wakes (thesis §6.4.1)', async () => {
  let ahead = 0
  const clock = { now: () => performance.now() + ahead }
  cluster = await DriverCluster.start(3, { leases: true })
  const others = [1, 2, 3]
  for (const id of others) await cluster.remove(id)
  for (const id of others) await cluster.add(id, id === 1 ? { now: () => clock.now() } : {})
  await cluster.leader()
  await cluster.node(1).transferLeadership(1)
  await cluster.node(1).propose({ add: 1, to: 'x' })
  await cluster.node(1).read('x', { consistency: 'lease' })
  cluster.network.isolate(1)
  // As if the process had been stopped for ten seconds: others may lead by now, and its timers have yet to fire.
  ahead += 10_000
  const read = cluster.node(1).read('x', { consistency: 'lease', timeoutMs: 100 })
  await expect(read).rejects.toMatchObject({ reason: 'given-up' })
})
