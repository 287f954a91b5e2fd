/** One node of the service: its log, its snapshots, its network and the node over them. */

import { join } from 'node:path'
import { type LogLine, RaftNode } from 'quorate'
import { type PeerAddress, TcpTransport, type TcpTlsOptions, type TcpOptions } from 'quorate/tcp'
import { SnapshotFiles, WalStorage } from 'quorate/wal'
import { type Address, formatAddress } from '../arguments.ts'
import {
  type Command,
  commandCodec,
  maxKeyBytes,
  maxValueBytes,
  type Result,
  resultCodec,
} from '../store/command.ts'
import { type Entry, KvMachine, type Query } from '../store/machine.ts'
import type { KvNode } from './kv-node.ts'
import { Meter } from './meter.ts'

/** What a node is started with. */
export interface ServiceOptions {
  readonly id: number
  readonly cluster: string
  /** Where the nodes reach each other, this one included. */
  readonly peers: ReadonlyMap<number, Address>
  /** Where this node listens for the others, if that is not its address among the peers. */
  readonly listen: Address | null
  /** Ways to peers that go before what the cluster says of their addresses. */
  readonly dial: ReadonlyMap<number, Address>
  /** Where clients reach this node. */
  readonly http: string
  readonly directory: string
  /** Does it wait to be added, in place of starting a new cluster? */
  readonly join: boolean
  readonly heartbeatMs: number
  readonly electionMs: number
  readonly snapshotEntries: number
  readonly tls: TcpTlsOptions | null
  readonly insecure: boolean
  readonly log: (line: LogLine) => void
}

/** TcpTransport, with ways to some peers that no change of the membership can change: through a proxy, say. */
class KvTransport extends TcpTransport {
  readonly #dial: ReadonlyMap<number, PeerAddress>

  constructor(options: TcpOptions, dial: ReadonlyMap<number, PeerAddress>) {
    super(options)
    this.#dial = dial
  }

  override setPeer(id: number, given: PeerAddress | string): void {
    if (!this.#dial.has(id)) super.setPeer(id, given)
  }
}

/** A node that runs. */
export class Service {
  readonly options: ServiceOptions
  readonly node: KvNode
  readonly machine: KvMachine
  readonly transport: TcpTransport
  readonly meter = new Meter()
  readonly startedAt = performance.now()
  readonly #storage: WalStorage

  private constructor(
    options: ServiceOptions,
    parts: { node: KvNode; machine: KvMachine; transport: TcpTransport; storage: WalStorage },
  ) {
    this.options = options
    this.node = parts.node
    this.machine = parts.machine
    this.transport = parts.transport
    this.#storage = parts.storage
    this.meter.watch(this.node)
  }

  /** Opens what the disk holds, and joins the others. Throws a RaftError that says what is wrong. */
  static async start(options: ServiceOptions): Promise<Service> {
    const { id, cluster, directory } = options
    const storage = await WalStorage.open({ directory: join(directory, 'log'), cluster, node: id })
    try {
      const snapshots = await SnapshotFiles.open({ directory: join(directory, 'snapshots') })
      const machine = new KvMachine()
      const transport = transportOf(options, snapshots)
      const node = await RaftNode.start<Command, Result, Query, Entry | null>({
        id,
        stateMachine: machine,
        codecs: { command: commandCodec, result: resultCodec },
        storage,
        transport,
        snapshotStore: snapshots,
        bootstrap: options.join ? undefined : firstVoters(options.peers),
        heartbeatMs: options.heartbeatMs,
        electionMs: options.electionMs,
        // A read by lease is as safe as the clocks are even; clients ask for it, or they do not.
        leases: true,
        snapshots: { everyEntries: options.snapshotEntries },
        // A value, the value that it is expected to replace, and the key.
        maxCommandBytes: 2 * maxValueBytes + maxKeyBytes + 64,
        log: options.log,
      })
      return new Service(options, { node, machine, transport, storage })
    } catch (error) {
      await storage.close()
      throw error
    }
  }

  /** Tells the cluster where this node answers HTTP, once there is a leader; tried again until it is known. */
  async announce(signal: AbortSignal): Promise<void> {
    const { id, http } = this.options
    while (!signal.aborted && this.machine.nodes.get(id) !== http) {
      try {
        await this.node.waitForLeader({ signal })
        if (this.machine.nodes.get(id) !== http)
          await this.node.propose({ type: 'announce', node: id, http }, { signal })
      } catch {
        // Nobody leads, or nobody has added this node yet.
        await new Promise((resolve) => setTimeout(resolve, 250))
      }
    }
  }

  /** Hands leadership over, serves who waits, and closes the log. */
  async stop(): Promise<void> {
    await this.node.stop()
    await this.close()
  }

  /** Only closes the log: after the node has stopped. */
  async close(): Promise<void> {
    await this.#storage.close()
  }
}

function transportOf(options: ServiceOptions, snapshots: SnapshotFiles): KvTransport {
  const { id, cluster, peers, dial, tls, insecure, log } = options
  const own = peers.get(id) as Address
  return new KvTransport(
    {
      cluster,
      listen: options.listen ?? own,
      advertise: own,
      peers: new Map([...peers, ...dial]),
      snapshots,
      tls: tls ?? undefined,
      insecure,
      // Changes of the membership wait for a learner to catch up.
      requestTimeout: 60_000,
      onError: (error, peer) => {
        log({
          level: 'warn',
          node: id,
          message: `${peer === null ? '' : `node ${peer}: `}${error.message}`,
          error,
        })
      },
    },
    dial,
  )
}

function firstVoters(peers: ReadonlyMap<number, Address>): {
  voters: number[]
  addresses: Record<number, string>
} {
  const addresses = Object.fromEntries([...peers].map(([id, where]) => [id, formatAddress(where)]))
  return { voters: [...peers.keys()], addresses }
}
