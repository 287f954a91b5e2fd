import { type Applied, MemStorage, OutcomeUnknownError, RefusedError, UsageError } from 'quorate'
import { afterEach, expect, test } from 'vitest'
import { DriverCluster } from '../support/driver-cluster.ts'

let cluster: DriverCluster
afterEach(() => cluster.stop())

test('a command is answered by the state machine, whichever node is asked', async () => {
  cluster = await DriverCluster.start(3)
  const results: Applied<number>[] = []
  for (const id of [1, 2, 3]) results.push(await cluster.node(id).propose({ add: 5, to: 'x' }))
  expect(results.map(({ result }) => result)).toEqual([5, 10, 15])
  expect(new Set(results.map(({ index }) => index)).size).toBe(3)
  await Promise.all([1, 2, 3].map((id) => cluster.node(id).waitForApplied(results[2]!.index)))
  for (const id of [1, 2, 3]) expect(cluster.machine(id).values.get('x')).toBe(15)
})

test('a thousand commands at once are each applied once, on every node in the same order', async () => {
  cluster = await DriverCluster.start(3)
  const asked = Array.from({ length: 1000 }, (_, i) => cluster.node((i % 3) + 1).propose({ add: 1, to: 'x' }))
  const results = (await Promise.all(asked)).map(({ result }) => result)
  expect(results.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1))
})

test('a node alone elects itself and answers', async () => {
  cluster = await DriverCluster.start(1)
  expect(await cluster.node(1).propose({ add: 1, to: 'x' })).toMatchObject({ result: 1 })
  expect(await cluster.node(1).read('x')).toBe(1)
})

test('what a leader has acknowledged is there after it has gone, and the others go on', async () => {
  cluster = await DriverCluster.start(3)
  const leader = await cluster.leader()
  let acknowledged = 0
  for (; acknowledged < 50; acknowledged++) await leader.propose({ add: 1, to: 'x' })
  cluster.network.isolate(leader.id)
  const rest = [1, 2, 3].filter((id) => id !== leader.id)
  const next = await cluster.leader(rest)
  expect(await next.read('x')).toBe(acknowledged)
  expect(await cluster.node(rest[0]!).propose({ add: 1, to: 'x' })).toMatchObject({ result: 51 })
})

test('a leader that is cut off does not know what becomes of its command, and says so', async () => {
  cluster = await DriverCluster.start(3)
  const leader = await cluster.leader()
  cluster.network.isolate(leader.id)
  const proposed = leader.propose({ add: 1, to: 'x' }, { timeoutMs: 60 })
  await expect(proposed).rejects.toThrow(OutcomeUnknownError)
  await expect(proposed).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN', applied: 'unknown' })
})

test('a command that another leader has overwritten is proposed again, for it is in no log that lasts', async () => {
  cluster = await DriverCluster.start(3)
  const leader = await cluster.leader()
  cluster.network.isolate(leader.id)
  const lost = leader.propose({ add: 1, to: 'x' })
  const next = await cluster.leader([1, 2, 3].filter((id) => id !== leader.id))
  await next.propose({ add: 10, to: 'x' })
  cluster.network.heal()
  expect(await lost).toMatchObject({ result: 11 })
  expect(cluster.machine(next.id).applies).toBe(2)
})

test('without a majority a command is refused, since no leader takes it', async () => {
  cluster = await DriverCluster.start(3)
  await cluster.remove(1)
  await cluster.remove(2)
  while (cluster.node(3).leader !== null) await new Promise((resolve) => setTimeout(resolve, 10))
  const proposed = cluster.node(3).propose({ add: 1, to: 'x' }, { timeoutMs: 50 })
  await expect(proposed).rejects.toThrow(RefusedError)
  await expect(proposed).rejects.toMatchObject({ reason: 'given-up', applied: 'no' })
  expect(cluster.machine(3).applies).toBe(0)
})

test('a node that does not forward names the leader', async () => {
  cluster = await DriverCluster.start(3, { forward: false })
  const leader = await cluster.leader()
  const [follower] = await cluster.followers()
  const proposed = follower!.propose({ add: 1, to: 'x' })
  await expect(proposed).rejects.toMatchObject({ reason: 'not-leader', leader: leader.id })
})

test('waiting ends when the signal is aborted: before a leader is there nothing has happened', async () => {
  cluster = await DriverCluster.start(3)
  const leader = await cluster.leader()
  cluster.network.isolate(leader.id)
  const handedOver = leader.propose({ add: 1, to: 'x' }, { signal: AbortSignal.timeout(20) })
  await expect(handedOver).rejects.toThrow(OutcomeUnknownError)
  const lonely = await cluster.add(9)
  const early = lonely.propose({ add: 1, to: 'x' }, { signal: AbortSignal.abort('enough') })
  await expect(early).rejects.toMatchObject({ reason: 'given-up', cause: 'enough' })
})

test('a command that is too large is refused before anything is done', async () => {
  cluster = await DriverCluster.start(1, { maxCommandBytes: 30 })
  const proposed = cluster.node(1).propose({ add: 1, to: 'a name that is too long' })
  await expect(proposed).rejects.toThrow(UsageError)
  await expect(proposed).rejects.toThrow(/at most 30 bytes, got one of \d+/)
})

test('a leader with too much that is not committed refuses more, and takes it later', async () => {
  cluster = await DriverCluster.start(3, { maxPendingBytes: 100, raft: {} })
  const leader = await cluster.leader()
  const asked = Array.from({ length: 50 }, () => leader.propose({ add: 1, to: 'x' }))
  const settled = await Promise.allSettled(asked)
  const refused = settled.filter((one) => one.status === 'rejected')
  expect(refused.length).toBeGreaterThan(0)
  for (const one of refused) expect(one.reason).toMatchObject({ reason: 'overloaded' })
  expect(await leader.propose({ add: 0, to: 'x' })).toMatchObject({ result: 50 - refused.length })
})

test('a restart goes on from what is stored', async () => {
  cluster = await DriverCluster.start(3)
  for (let i = 0; i < 20; i++) await cluster.node(1).propose({ add: 1, to: 'x' })
  for (const id of [1, 2, 3]) await cluster.remove(id)
  for (const id of [1, 2, 3]) await cluster.add(id)
  expect(await cluster.node(2).read('x')).toBe(20)
  expect(cluster.storages.get(1)).toBeInstanceOf(MemStorage)
})

test('a node that was stopped refuses everything, and stops only once', async () => {
  cluster = await DriverCluster.start(3)
  const node = cluster.node(1)
  const waiting = node.waitForApplied(1_000_000)
  await Promise.all([node.stop(), node.stop()])
  await expect(waiting).rejects.toMatchObject({ reason: 'stopped' })
  for (const call of [
    () => node.propose({ add: 1, to: 'x' }),
    () => node.read('x', { consistency: 'local' }),
    () => node.barrier(),
    () => node.waitForLeader(),
    () => node.snapshot(),
    () => node.changeMembership({ remove: 2 }),
    () => node.transferLeadership(),
  ])
    await expect(call()).rejects.toMatchObject({ code: 'ERR_REFUSED', reason: 'stopped' })
  await expect(node.stopped).resolves.toBeUndefined()
})
