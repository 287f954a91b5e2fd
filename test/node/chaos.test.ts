import {
  MemNetwork,
  MemStorage,
  MemTransport,
  RaftNode,
  RefusedError,
  seededRandom,
  type StateMachine,
} from 'quorate'
import { type Call, checkLinearizability, HistoryRecorder, type OpenOperation } from 'quorate/testing'
import { expect, test } from 'vitest'

type Value = string | null
type Command =
  | { readonly kind: 'write'; readonly key: string; readonly to: Value }
  | { readonly kind: 'cas'; readonly key: string; readonly from: Value; readonly to: Value }

/** Registers that are read, written, and compared and set. */
class Registers implements StateMachine<Command, boolean, string, Value> {
  #values = new Map<string, Value>()

  apply(command: Command): boolean {
    const { key, to } = command
    if (command.kind === 'cas' && this.query(key) !== command.from) return false
    this.#values.set(key, to)
    return true
  }

  query(key: string): Value {
    return this.#values.get(key) ?? null
  }

  snapshot(): Uint8Array {
    return new TextEncoder().encode(JSON.stringify([...this.#values]))
  }

  restore(bytes: Uint8Array): void {
    this.#values = new Map(JSON.parse(new TextDecoder().decode(bytes)) as [string, Value][])
  }
}

type Node = RaftNode<Command, boolean, string, Value>

/** Five nodes, of which now and then some are cut off, stopped, or asked to hand over. */
class World {
  readonly network = new MemNetwork()
  readonly storages = new Map<number, MemStorage>()
  readonly nodes = new Map<number, Node>()
  readonly ids = [1, 2, 3, 4, 5]
  readonly faults: string[] = []

  async start(id: number): Promise<void> {
    const storage = this.storages.get(id) ?? new MemStorage()
    this.storages.set(id, storage)
    const node = await RaftNode.start<Command, boolean, string, Value>({
      id,
      stateMachine: new Registers(),
      storage,
      transport: new MemTransport(this.network),
      bootstrap: { voters: this.ids },
      heartbeatMs: 10,
      electionMs: 50,
      leases: true,
      snapshots: { everyEntries: 40, keepEntries: 5 },
      timeoutMs: 150,
      raft: { invariants: true },
    })
    this.nodes.set(id, node)
  }

  async disturb(random: () => number): Promise<void> {
    const id = 1 + Math.floor(random() * 5)
    const kind = random()
    if (kind < 0.3) {
      this.faults.push(`isolate ${id}`)
      this.network.isolate(id)
    } else if (kind < 0.45) {
      const other = 1 + (id % 5)
      this.faults.push(`cut ${id}>${other}`)
      this.network.cut(id, other)
    } else if (kind < 0.65) {
      this.network.heal()
    } else if (kind < 0.85) {
      this.faults.push(`restart ${id}`)
      await this.nodes.get(id)?.stop()
      await this.start(id)
    } else {
      this.faults.push(`transfer from ${id}`)
      await this.nodes
        .get(id)
        ?.transferLeadership()
        .catch(() => null)
    }
  }
}

/** One client after the other under new names: who does not know an outcome does not come back. */
async function client(
  world: World,
  name: string,
  random: () => number,
  recorder: HistoryRecorder,
  goesOn: () => boolean,
): Promise<void> {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
  for (let i = 0, life = 0; goesOn(); i++) {
    const node = world.nodes.get(pick(world.ids)) as Node
    const key = pick(['x', 'y', 'z'])
    const id = `${name}.${life}`
    const call: Call = pick([
      { client: id, key, kind: 'read' },
      { client: id, key, kind: 'write', input: `${id}:${i}` },
      {
        client: id,
        key,
        kind: 'cas',
        input: { from: await node.read(key, { consistency: 'local' }).catch(() => null), to: `${id}:${i}` },
      },
    ] as const)
    const open = recorder.invoke(call, performance.now())
    try {
      await perform(node, call, open, random)
    } catch (error) {
      if (call.kind === 'read' || error instanceof RefusedError) open.failed(performance.now())
      else life++
      // Not to fill the history with what is refused.
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}

async function perform(node: Node, call: Call, open: OpenOperation, random: () => number): Promise<void> {
  if (call.kind === 'read') {
    const value = await node.read(call.key, { consistency: random() < 0.5 ? 'lease' : 'linearizable' })
    open.answered(performance.now(), value)
  } else if (call.kind === 'write') {
    await node.propose({ kind: 'write', key: call.key, to: call.input as Value })
    open.answered(performance.now())
  } else if (call.kind === 'cas') {
    const { from, to } = call.input as { from: Value; to: Value }
    const { result } = await node.propose({ kind: 'cas', key: call.key, from, to })
    open.answered(performance.now(), result)
  }
}

test('what clients see of five running nodes is linearizable, through cuts, restarts and new leaders', async () => {
  const ms = Number(process.env['QUORATE_CHAOS_MS'] ?? 4000)
  const random = seededRandom(Number(process.env['QUORATE_SEED'] ?? 1))
  const world = new World()
  for (const id of world.ids) await world.start(id)
  const recorder = new HistoryRecorder()
  const end = performance.now() + ms
  const goesOn = (): boolean => performance.now() < end

  const clients = Array.from({ length: 8 }, (_, i) => client(world, `c${i}`, random, recorder, goesOn))
  while (goesOn()) {
    await world.disturb(random)
    await new Promise((resolve) => setTimeout(resolve, 60))
  }
  await Promise.all(clients)
  world.network.heal()
  const nodes = world.ids.map((id) => world.nodes.get(id) as Node)
  const applied = await Promise.all(nodes.map((node) => node.barrier({ timeoutMs: 5000 })))
  const finals: Value[][] = []
  for (const key of ['x', 'y', 'z'])
    finals.push(await Promise.all(nodes.map((node) => node.read(key, { timeoutMs: 5000 }))))
  for (const node of world.nodes.values()) await node.stop()

  const operations = recorder.operations()
  const answered = operations.filter(({ returned, failed }) => returned !== null && failed !== true)
  expect(Math.min(...applied)).toBeGreaterThan(1)
  expect(answered.length).toBeGreaterThan(ms / 20)
  expect(world.faults.length).toBeGreaterThan(ms / 400)
  for (const values of finals) expect(new Set(values).size).toBe(1)
  const { verdict, violations } = checkLinearizability(operations)
  expect(violations).toEqual([])
  expect(verdict).toBe('linearizable')
})
