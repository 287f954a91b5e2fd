/** One run: a cluster, its clients, everything that goes wrong, and the watch over it. All of it follows from the setup. */

import { canonicalConfState, emptyConfState } from '../core/conf-state.ts'
import type { PeerMessage } from '../core/messages.ts'
import type { RawNode } from '../core/raw-node.ts'
import type { ConfState, NodeId } from '../core/types.ts'
import { Agenda, type Micros } from './agenda.ts'
import { Clients, type Operation } from './clients.ts'
import { Dice } from './dice.ts'
import type { Disk } from './disk.ts'
import { type FaultKind, Faults } from './faults.ts'
import type { Sight } from './milestones.ts'
import { Model } from './model/model.ts'
import { Nemesis } from './nemesis.ts'
import { Network } from './network.ts'
import { SimNode } from './node.ts'
import type { Bench } from './oracle/bench.ts'
import { Oracle } from './oracle/oracle.ts'
import { Recorder, type TraceSink } from './recorder.ts'
import type { Setup } from './setup.ts'
import { Violation, type Watcher, type World } from './world.ts'

/** What a run may be told besides its setup. */
export interface SimulationOptions {
  /** Single faults that are not to happen, by the names that an earlier run gave them. */
  readonly without?: ReadonlySet<string> | undefined
  /** Keep the names of all faults. */
  readonly rememberFaults?: boolean | undefined
  /** Receives the trace. */
  readonly sink?: TraceSink | undefined
}

/** What a run may be told by those who know it from inside. */
interface WatchedOptions extends SimulationOptions {
  /** Puts another watcher in front of those that there are, to which it has to pass on what it is told. */
  readonly watch?: ((next: Watcher, clock: Agenda) => Watcher) | undefined
}

/** A cluster with everything around it. */
export class Simulation implements World, Bench {
  readonly setup: Setup
  readonly agenda: Agenda = new Agenda()
  readonly dice: Dice
  readonly faults: Faults
  readonly watcher: Watcher
  readonly clients: Clients
  readonly network: Network
  readonly oracle: Oracle
  readonly recorder: Recorder
  readonly #nemesis: Nemesis
  readonly #nodes: SimNode[] = []
  readonly #reached = new Map<Sight, number>()
  readonly #downForGood = new Set<NodeId>()
  readonly #streams = new Map<string, Dice>()
  #rotten = 0

  constructor(setup: Setup, { without, rememberFaults = false, sink, watch }: WatchedOptions = {}) {
    this.setup = setup
    this.dice = new Dice(setup.seed).fork('run')
    this.faults = new Faults(setup.faults, without ?? new Set(), rememberFaults)
    const confState = firstMembers(setup)
    this.oracle = new Oracle(this, 1, confState)
    const { preVote, disableConfChangeValidation } = setup.raft
    const model = new Model(
      {
        preVote,
        validates: !disableConfChangeValidation,
        start: { index: 1, term: 1 },
        config: confState,
      },
      this.oracle,
    )
    this.recorder = new Recorder(this.agenda, model, sink ?? null)
    this.watcher = watch?.(this.recorder, this.agenda) ?? this.recorder
    this.network = new Network(this.agenda, setup, this.faults, {
      arrive: (to, message) => {
        this.#arrive(to, message)
      },
      lost: (message) => {
        this.#lost(message)
      },
    })
    const first = { index: 1, term: 1, confState, data: new Uint8Array() }
    for (let i = 0; i < setup.voters + setup.learners; i++) this.newNode().disk.format(first)
    this.clients = new Clients(this, this)
    this.#nemesis = new Nemesis(this, this)
  }

  get nodes(): readonly SimNode[] {
    return this.#nodes
  }

  /** What was reached, and how often. */
  get reached(): ReadonlyMap<Sight, number> {
    return this.#reached
  }

  /** The history of the clients. */
  get history(): readonly Operation[] {
    return this.clients.history
  }

  /** Starts everything. */
  start(): void {
    for (const node of this.#nodes) node.start()
    this.clients.start()
    this.#nemesis.start()
    this.#probe()
  }

  /** Lets `ms` pass. */
  run(ms: number): void {
    const until = this.agenda.now + ms * 1000
    while (this.agenda.runNext(until));
  }

  newNode(): SimNode {
    const node = new SimNode(this.#nodes.length + 1, this)
    this.#nodes.push(node)
    this.#tick(node)
    // Those who come later know nothing, and wait to be heard from.
    if (this.agenda.done > 0) node.start()
    return node
  }

  leader(): SimNode | undefined {
    let leader: SimNode | undefined
    let term = 0
    for (const node of this.#nodes) {
      const seen = this.oracle.logs.seen(node.id)
      if (seen?.role !== 'leader' || seen.term <= term) continue
      leader = node
      term = seen.term
    }
    return leader
  }

  elected(id: NodeId): void {
    this.#nemesis.elected(id)
  }

  configured(id: NodeId): void {
    this.#nemesis.configured(id)
  }

  keepDown(id: NodeId, down: boolean): void {
    if (down) this.#downForGood.add(id)
    else this.#downForGood.delete(id)
  }

  disk(id: NodeId): Disk | undefined {
    return this.#nodes[id - 1]?.disk
  }

  raw(id: NodeId): RawNode | null {
    return this.#nodes[id - 1]?.raw ?? null
  }

  send(message: PeerMessage, sender: NodeId): void {
    this.network.send(message, sender)
    if (message.type === 'MsgSnap') this.#reportSnapshot(message)
  }

  revive(id: NodeId): void {
    const node = this.#nodes[id - 1]
    if (node === undefined) return
    const dice = this.#stream('revive', id)
    this.#maybeRot(node, dice)
    const after = dice.below(4) === 0 ? 1_000 : dice.wait(1_000_000)
    this.agenda.after(after, () => {
      if (!this.#downForGood.has(id)) node.start()
      // Its disk may have failed again on the way up.
      if (!node.isUp && !node.isRefused && !this.#downForGood.has(id)) this.revive(id)
    })
  }

  reach(what: Sight): void {
    this.#reached.set(what, (this.#reached.get(what) ?? 0) + 1)
  }

  violated(invariant: string, what: string): never {
    throw new Violation(invariant, what)
  }

  /** A record on the disk of a node that is down turns bad; never on so many that what is committed could be lost. */
  #maybeRot(node: SimNode, dice: Dice): void {
    const { voters, faults } = this.setup
    // Who takes part changes with churn, and with it how many may be lost.
    if (faults.churn > 0 || 2 * (this.#rotten + 1) >= voters) return
    if (!this.faults.hits('rot', dice, node.id)) return
    this.#rotten++
    node.disk.rot()
  }

  #tick(node: SimNode): void {
    const dice = this.dice.fork('tick', node.id)
    const speed = dice.between(-100, 100)
    const next = (): void => {
      const skew = (this.faults.rate('skew') * speed) / 100
      const micros = (this.setup.tickMs * 1000 * 100) / (100 + Math.max(-50, skew))
      this.agenda.after(Math.max(1, Math.floor(micros)), () => {
        node.tick()
        next()
      })
    }
    this.agenda.after(dice.below(this.setup.tickMs * 1000), next)
  }

  #arrive(to: NodeId, message: PeerMessage): void {
    const node = this.#nodes[to - 1]
    if (node === undefined) return
    if (node.isUp) node.receive(message)
    else this.#lost(message)
  }

  #lost(message: PeerMessage): void {
    const sender = this.#nodes[message.from - 1]
    if (sender === undefined || message.type === 'MsgProp' || message.type === 'MsgReadIndex') return
    // A connection that is gone is noticed sooner or later, or not at all.
    const dice = this.#stream('lost', message.from)
    if (dice.below(2) === 0)
      this.agenda.after(dice.wait(50_000), () => {
        sender.unreachable(message.to)
      })
  }

  #reportSnapshot({ from, to }: PeerMessage): void {
    const dice = this.#stream('report', from)
    const isOpen = this.network.isOpen(from, to)
    const isWrong = this.faults.hits('falseReport', dice, from, to)
    const outcome = isOpen === isWrong ? 'failure' : 'finish'
    this.agenda.after(dice.wait(100_000), () => {
      this.#nodes[from - 1]?.snapshotReport(to, outcome)
    })
  }

  #stream(name: string, id: NodeId): Dice {
    const key = `${name} ${id}`
    let dice = this.#streams.get(key)
    if (dice === undefined) this.#streams.set(key, (dice = this.dice.fork(name, id)))
    return dice
  }

  #probe(): void {
    this.agenda.after(500_000, () => {
      this.oracle.probe()
      this.#probe()
    })
  }

  /** What happened so far, in numbers. */
  get faultCounts(): ReadonlyMap<FaultKind, number> {
    return this.faults.counts
  }

  /** The longest election timeout there may be. */
  get electionTime(): Micros {
    return 2 * this.setup.raft.electionTick * this.setup.tickMs * 1000
  }
}

function firstMembers({ voters, learners }: Setup): ConfState {
  const ids = Array.from({ length: voters + learners }, (_, i) => i + 1)
  return canonicalConfState({ ...emptyConfState, voters: ids.slice(0, voters), learners: ids.slice(voters) })
}
