import { MemStorage } from 'quorate'
import { afterEach, expect, test } from 'vitest'
import { DriverCluster } from '../support/driver-cluster.ts'

let cluster: DriverCluster
afterEach(() => cluster.stop())

test('a node makes snapshots by itself, and its log stays short', async () => {
  cluster = await DriverCluster.start(3, { snapshots: { everyEntries: 50, keepEntries: 10 } })
  for (let i = 0; i < 300; i++) await cluster.node(1).propose({ add: 1, to: 'x' })
  for (const id of [1, 2, 3]) {
    const { firstIndex, lastIndex } = cluster.node(id).status()
    expect(firstIndex).toBeGreaterThan(200)
    expect(lastIndex - firstIndex).toBeLessThan(10 + 2 * 50 + 10)
  }
})

test('also after so many bytes', async () => {
  cluster = await DriverCluster.start(1, { snapshots: { everyBytes: 500, keepEntries: 0 } })
  for (let i = 0; i < 60; i++) await cluster.node(1).propose({ add: 1, to: 'x' })
  expect(cluster.node(1).status().firstIndex).toBeGreaterThan(20)
})

test('never by itself if that is switched off, but when it is asked to', async () => {
  cluster = await DriverCluster.start(1, { snapshots: false })
  for (let i = 0; i < 60; i++) await cluster.node(1).propose({ add: 1, to: 'x' })
  expect(cluster.node(1).status().firstIndex).toBe(2)
  const taken = await cluster.node(1).snapshot()
  expect(taken?.index).toBe(cluster.node(1).status().applied)
  expect(await cluster.node(1).snapshot()).toMatchObject({ index: taken?.index })
})

test('who is too far behind for the log gets a snapshot, and its state is right (§7)', async () => {
  cluster = await DriverCluster.start(3, { snapshots: { everyEntries: 20, keepEntries: 0 } })
  const [late] = await cluster.followers()
  cluster.network.isolate(late!.id)
  const leader = await cluster.leader([1, 2, 3].filter((id) => id !== late!.id))
  for (let i = 0; i < 100; i++) await leader.propose({ add: 1, to: 'x' })
  const installed = new Promise((resolve) => late!.once('snapshotInstalled', resolve))
  cluster.network.heal()
  await installed
  expect(await late!.read('x')).toBe(100)
  expect(cluster.machine(late!.id).restores).toBeGreaterThan(0)
})

test('a restart begins with the newest snapshot and applies what follows it', async () => {
  cluster = await DriverCluster.start(1, { snapshots: { everyEntries: 40, keepEntries: 5 } })
  for (let i = 0; i < 100; i++) await cluster.node(1).propose({ add: 1, to: 'x' })
  const { applied } = cluster.node(1).status()
  await cluster.remove(1)
  await cluster.add(1)
  await cluster.node(1).waitForApplied(applied)
  expect(cluster.machine(1).values.get('x')).toBe(100)
  expect(cluster.machine(1).applies).toBeLessThan(60)
})

test('a state machine that gives its snapshot in pieces goes on while they are written', async () => {
  const storage = new MemStorage()
  cluster = await DriverCluster.start(1, { snapshots: false })
  await cluster.remove(1)
  const text = new TextEncoder()
  let value = 0
  const pieces = {
    apply: (command: { add: number }) => (value += command.add),
    query: () => value,
    async *snapshot() {
      for (const digit of `${value}`.padStart(8, '0')) {
        await new Promise((resolve) => setTimeout(resolve, 5))
        yield text.encode(digit)
      }
    },
    restore: () => {
      throw new Error('not this one')
    },
    async restoreFrom(chunks: AsyncIterable<Uint8Array>) {
      let digits = ''
      for await (const chunk of chunks) digits += new TextDecoder().decode(chunk)
      value = Number(digits)
    },
  }
  // The pieces have to be of the state of the moment at which they are asked for.
  const frozen = { ...pieces, snapshot: () => frozenAt(value) }
  async function* frozenAt(then: number): AsyncGenerator<Uint8Array> {
    for (const digit of `${then}`.padStart(8, '0')) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      yield text.encode(digit)
    }
  }
  const node = await cluster.add(1, { stateMachine: frozen as never, storage })
  await node.propose({ add: 41, to: 'x' })
  const taking = node.snapshot()
  await node.propose({ add: 1, to: 'x' })
  const taken = await taking
  await cluster.remove(1)
  value = -1
  const again = await cluster.add(1, { stateMachine: frozen as never, storage })
  await again.waitForApplied((taken?.index ?? 0) + 1)
  expect(value).toBe(42)
})
