/** The whole cluster in one process: nodes, the network between them, and the time that passes for all of them alike. */

import { MemStorage, type NodeId, type Random, type RaftOptions, seededRandom } from 'quorate'

import { Elections } from './elections.ts'
import { EventFeed, type Events } from './events.ts'
import { networkTeller } from './from-network.ts'
import { eventsOf } from './from-trace.ts'
import { Network } from './network.ts'
import { DemoNode } from './node.ts'
import { ExpectationError } from './verdict.ts'

/** What a cluster is made of. */
export interface ClusterOptions {
  /** The first members, all of them voters. */
  readonly ids: readonly NodeId[]
  /** Every random number comes from it: same seed, same run. */
  readonly seed: number
  /** For every node; what is not said is as the library has it. */
  readonly raft?: Pick<RaftOptions, 'preVote' | 'checkQuorum'>
}

// Far more than any wait takes, and still over in a moment: elections that go on being split end some time.
const patience = 2000

/** A cluster that stands still until it is told to tick. */
export class Cluster {
  readonly network: Network
  readonly elections = new Elections()
  readonly #feed = new EventFeed()
  readonly #nodes = new Map<NodeId, DemoNode>()
  readonly #options: ClusterOptions
  readonly #random: Random
  #now = 0

  constructor(options: ClusterOptions) {
    this.#options = options
    this.#random = seededRandom(options.seed)
    this.network = new Network(
      networkTeller(this.#feed, (node) => ({
        tick: this.#now,
        node,
        term: this.#nodes.get(node)?.status().term ?? 0,
      })),
    )
    this.#feed.on('trace', (event, tick) => this.elections.note(event, tick))
    for (const id of options.ids) this.#start(id, MemStorage.bootstrap({ voters: options.ids }))
  }

  /** To listen to. */
  get events(): Events {
    return this.#feed
  }

  /** Ticks since the start. */
  get now(): number {
    return this.#now
  }

  /** The nodes that run, by ascending id. */
  get nodes(): readonly DemoNode[] {
    return [...this.#nodes.values()].sort((a, b) => a.id - b.id)
  }

  node(id: NodeId): DemoNode {
    const node = this.#nodes.get(id)
    if (node === undefined) throw new ExpectationError(`node ${id} runs`)
    return node
  }

  /** Who leads: of several that believe to, the one of the latest term, for the others are deposed (§5.1). */
  leader(): DemoNode | null {
    const leaders = this.nodes.filter((node) => node.status().role === 'leader')
    return leaders.sort((a, b) => b.status().term - a.status().term)[0] ?? null
  }

  /** One of these, as the seed will have it. */
  pick(nodes: readonly DemoNode[]): DemoNode {
    const node = nodes[Math.floor(this.#random() * nodes.length)]
    if (node === undefined) throw new ExpectationError('there is a node to pick')
    return node
  }

  /** One unit of time passes: every node's clock ticks, and what arrives in this tick is delivered. */
  tick(): void {
    this.#now++
    for (const node of this.nodes) this.act(node, () => node.tick())
    this.network.deliver(this.#now, (id) => {
      const node = this.#nodes.get(id)
      return node && ((message) => this.act(node, () => node.step(message)))
    })
    for (const { from, to, outcome } of this.network.takeSnapshotReports()) {
      const sender = this.#nodes.get(from)
      if (sender !== undefined) this.act(sender, () => sender.reportSnapshot(to, outcome))
    }
  }

  /** Does something to a node, and then what follows from it. Between two ticks too, as a client does. */
  act<Result>(node: DemoNode, action: () => Result): Result {
    const result = action()
    node.drainReady((messages) => {
      for (const message of messages) this.network.send(node.id, message, this.#now)
    })
    return result
  }

  /** Ticks until `condition` holds. A wait has an end: a cluster that hangs is a scenario that fails. */
  waitUntil(what: string, condition: () => boolean): void {
    const end = this.#now + patience
    while (!condition()) {
      if (this.#now >= end) throw new ExpectationError(`${what} (waited for ${patience} ticks)`)
      this.tick()
    }
  }

  /** A node that is to join: it runs, and knows nobody until the leader of a group that has taken it in talks to it. */
  add(id: NodeId): DemoNode {
    return this.#start(id, new MemStorage())
  }

  /** A node is switched off for good. */
  remove(id: NodeId): void {
    this.#nodes.delete(id)
  }

  #start(id: NodeId, storage: MemStorage): DemoNode {
    const trace: RaftOptions['trace'] = (event) => {
      this.#feed.publishTrace(event, this.#now)
      for (const each of eventsOf(event, this.#now)) this.#feed.publish(each)
    }
    // The checks of its own invariants cost little here, and an example that breaks one should say so.
    const fixed = { id, random: this.#random, trace, invariants: true }
    const node = new DemoNode(storage, { ...this.#options.raft, ...fixed })
    this.#nodes.set(id, node)
    return node
  }
}
