import {
  type LogLine,
  MemNetwork,
  MemStorage,
  MemTransport,
  RaftNode,
  type RaftNodeOptions,
  type NodeId,
} from 'quorate'
import { type RegisterCommand, RegisterMachine } from './register-machine.ts'

export type RegisterNode = RaftNode<RegisterCommand, number, string, number>
type Options = RaftNodeOptions<RegisterCommand, number, string, number>

/** Running nodes in one process, on storages that outlive them, over a network that can be cut. */
export class DriverCluster {
  readonly network = new MemNetwork()
  readonly storages = new Map<NodeId, Options['storage']>()
  readonly machines = new Map<NodeId, RegisterMachine>()
  readonly nodes = new Map<NodeId, RegisterNode>()
  readonly lines: LogLine[] = []
  readonly #voters: readonly NodeId[]
  readonly #options: Partial<Options>

  private constructor(voters: readonly NodeId[], options: Partial<Options>) {
    this.#voters = voters
    this.#options = options
  }

  static async start(
    size: number,
    options: Partial<Options> = {},
    storageOf?: (id: NodeId) => Options['storage'],
  ): Promise<DriverCluster> {
    const voters = Array.from({ length: size }, (_, i) => i + 1)
    const cluster = new DriverCluster(voters, options)
    for (const id of voters) if (storageOf !== undefined) cluster.storages.set(id, storageOf(id))
    await Promise.all(voters.map((id) => cluster.add(id)))
    await cluster.leader()
    return cluster
  }

  /** Starts a node, on what its storage holds. One that is none of the first voters waits to be added to the group. */
  async add(id: NodeId, options: Partial<Options> = {}): Promise<RegisterNode> {
    const machine = new RegisterMachine()
    const storage = options.storage ?? this.storages.get(id) ?? new MemStorage()
    this.storages.set(id, storage)
    this.machines.set(id, machine)
    const node = await RaftNode.start<RegisterCommand, number, string, number>({
      id,
      stateMachine: machine,
      transport: new MemTransport(this.network),
      bootstrap: this.#voters.includes(id) ? { voters: this.#voters } : undefined,
      heartbeatMs: 20,
      electionMs: 100,
      log: (line) => this.lines.push(line),
      raft: { invariants: true },
      ...this.#options,
      ...options,
      storage,
    })
    this.nodes.set(id, node)
    return node
  }

  node(id: NodeId): RegisterNode {
    return this.nodes.get(id) as RegisterNode
  }

  machine(id: NodeId): RegisterMachine {
    return this.machines.get(id) as RegisterMachine
  }

  /** Stops a node and forgets it; its storage stays. */
  async remove(id: NodeId): Promise<void> {
    await this.node(id).stop({ transfer: false })
    this.nodes.delete(id)
  }

  /** Who leads, as all nodes that are asked have it. */
  async leader(among: readonly NodeId[] = [...this.nodes.keys()]): Promise<RegisterNode> {
    for (;;) {
      const said = new Set(await Promise.all(among.map((id) => this.node(id).waitForLeader())))
      const [leader] = said
      if (said.size === 1 && leader !== undefined && among.includes(leader)) {
        if (this.node(leader).status().role === 'leader') return this.node(leader)
      }
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  /** The nodes that do not lead. */
  async followers(): Promise<readonly RegisterNode[]> {
    const leader = await this.leader()
    return [...this.nodes.values()].filter((node) => node !== leader)
  }

  async stop(): Promise<void> {
    await Promise.all([...this.nodes.values()].map((node) => node.stop({ transfer: false, timeoutMs: 1 })))
  }
}
