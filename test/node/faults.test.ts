import { type AsyncStorage, MemStorage, type NodeEvent, StateMachineError, StorageError } from 'quorate'
import { afterEach, expect, test } from 'vitest'
import { DriverCluster } from '../support/driver-cluster.ts'
import { RegisterMachine } from '../support/register-machine.ts'

let cluster: DriverCluster
afterEach(() => cluster.stop())

/** A storage whose writes wait until they are let go, or fail. */
class SlowStorage implements AsyncStorage {
  readonly memory = new MemStorage()
  hold: Promise<void> | null = null
  failure: Error | null = null
  hardState = () => this.memory.hardState()
  confState = () => this.memory.confState()
  firstIndex = () => this.memory.firstIndex()
  lastIndex = () => this.memory.lastIndex()
  term = (index: number) => this.memory.term(index)
  entries = (lo: number, hi: number, maxSize: number) => this.memory.entries(lo, hi, maxSize)
  snapshot = () => this.memory.snapshot()
  compact = (index: number) => this.memory.compact(index)

  async write(batch: Parameters<AsyncStorage['write']>[0]): Promise<void> {
    await this.hold
    if (this.failure !== null) throw this.failure
    this.memory.append(batch)
  }

  writeSnapshot(...args: Parameters<AsyncStorage['writeSnapshot']>) {
    return Promise.resolve(this.memory.createSnapshot(...args))
  }

  writeConfState(...args: Parameters<AsyncStorage['writeConfState']>) {
    return Promise.resolve(this.memory.saveConfState(...args))
  }
}

test('a state machine that throws stops its node with what it threw, before that becomes state', async () => {
  cluster = await DriverCluster.start(3)
  const leader = await cluster.leader()
  await leader.propose({ add: 1, to: 'x' })
  const fatal = new Promise<NodeEvent>((resolve) => leader.once('fatal', resolve))
  const proposed = leader.propose({ fail: 'overflow' })
  await expect(proposed).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' })
  await expect(leader.stopped).rejects.toThrow(StateMachineError)
  await expect(leader.stopped).rejects.toThrow(/threw in apply, at index 4: overflow/)
  expect(await fatal).toMatchObject({ type: 'fatal', error: { code: 'ERR_STATE_MACHINE' } })
  await expect(leader.propose({ add: 1, to: 'x' })).rejects.toMatchObject({ reason: 'stopped' })
  expect(cluster.lines).toContainEqual(expect.objectContaining({ level: 'error', node: leader.id }))
})

test('a disk that fails stops its node; the others go on', async () => {
  const disks = new Map([1, 2, 3].map((id) => [id, new SlowStorage()]))
  cluster = await startOn(disks)
  const leader = await cluster.leader()
  disks.get(leader.id)!.failure = new Error('EIO')
  await expect(leader.propose({ add: 1, to: 'x' })).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' })
  await expect(leader.stopped).rejects.toThrow(/EIO/)
  const next = await cluster.leader([1, 2, 3].filter((id) => id !== leader.id))
  expect(await next.read('x')).toBeLessThanOrEqual(1)
})

test('a leader whose disk stands still hands over instead of keeping everybody loyal', async () => {
  const disks = new Map([1, 2, 3].map((id) => [id, new SlowStorage()]))
  cluster = await startOn(disks, { maxWriteMs: 100 })
  const leader = await cluster.leader()
  let letGo = (): void => {}
  disks.get(leader.id)!.hold = new Promise((resolve) => (letGo = resolve))
  void leader.propose({ add: 1, to: 'x' }).catch(() => {})
  const next = await cluster.leader([1, 2, 3].filter((id) => id !== leader.id))
  expect((await next.propose({ add: 10, to: 'x' })).result).toBeGreaterThanOrEqual(10)
  letGo()
  expect(await leader.read('x')).toBeGreaterThanOrEqual(10)
})

test('what a node answers to a write is durable on a majority: nothing is acknowledged before', async () => {
  const disks = new Map([1, 2, 3].map((id) => [id, new SlowStorage()]))
  cluster = await startOn(disks, { maxWriteMs: Infinity })
  const leader = await cluster.leader()
  const letGo: (() => void)[] = []
  for (const disk of disks.values()) disk.hold = new Promise((resolve) => letGo.push(resolve))
  const proposed = leader.propose({ add: 1, to: 'x' }, { timeoutMs: 150 })
  await expect(proposed).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' })
  for (const go of letGo) go()
  expect(await (await cluster.leader()).read('x')).toBe(1)
})

test('listeners and loggers that throw hurt nobody', async () => {
  cluster = await DriverCluster.start(3, {
    log: () => {
      throw new Error('logger')
    },
  })
  const heard: string[] = []
  for (const id of [1, 2, 3]) {
    cluster.node(id).on('applied', () => {
      throw new Error('listener')
    })
    cluster.node(id).on('applied', () => heard.push(`${id}`))
  }
  for (let i = 0; i < 10; i++) await cluster.node(1).propose({ add: 1, to: 'x' })
  expect(heard.length).toBeGreaterThanOrEqual(10)
})

test('a storage that does not fit together is refused at the start', async () => {
  cluster = await DriverCluster.start(1)
  await cluster.remove(1)
  const lying = Object.assign(new MemStorage(), { lastIndex: () => 7 })
  await expect(cluster.add(1, { storage: lying })).rejects.toThrow(StorageError)
})

test('a snapshot that cannot be restored stops the start, and says whose fault it is', async () => {
  cluster = await DriverCluster.start(1)
  await cluster.node(1).propose({ add: 1, to: 'x' })
  await cluster.node(1).snapshot()
  await cluster.remove(1)
  const broken = Object.assign(new RegisterMachine(), {
    restore: () => {
      throw new Error('unknown version')
    },
  })
  await expect(cluster.add(1, { stateMachine: broken })).rejects.toThrow(
    /The state machine threw in restore: unknown version/,
  )
})

test('every event of a life comes in order, to who reads them as a stream too', async () => {
  cluster = await DriverCluster.start(3)
  const leader = await cluster.leader()
  const stream = leader.events()
  const first = stream.next()
  for (let i = 0; i < 5; i++) await leader.propose({ add: 1, to: 'x' })
  const events: NodeEvent[] = [(await first).value as NodeEvent]
  await leader.stop()
  for await (const event of stream) events.push(event)
  cluster.nodes.delete(leader.id)
  for (const type of ['logAppended', 'logCommitted', 'applied', 'messageSent'])
    expect(events.some((event) => event.type === type)).toBe(true)
  const sequences = events.map(({ sequence }) => sequence)
  expect(sequences).toEqual(sequences.toSorted((a, b) => a - b))
})

test('a slow reader of events loses the oldest, and can tell', async () => {
  cluster = await DriverCluster.start(1)
  const stream = cluster.node(1).events({ buffer: 4 })
  const first = stream.next()
  for (let i = 0; i < 20; i++) await cluster.node(1).propose({ add: 1, to: 'x' })
  const at = ((await first).value as NodeEvent).sequence
  const next = ((await stream.next()).value as NodeEvent).sequence
  expect(next).toBeGreaterThan(at + 1)
  await stream.return(undefined)
})

async function startOn(
  disks: ReadonlyMap<number, SlowStorage>,
  options: Parameters<typeof DriverCluster.start>[1] = {},
): Promise<DriverCluster> {
  return DriverCluster.start(disks.size, options, (id) => disks.get(id) as SlowStorage)
}
