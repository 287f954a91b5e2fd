/**
 * One node: the consensus (RawNode), its log (MemStorage) and the state machine it serves (KvStore), and between them the
 * loop that every user of RawNode writes in one form or another.
 */

import {
  type ConfChangeResult,
  type ConfChangeSingle,
  type Entry,
  type LogIndex,
  type MemStorage,
  MessageError,
  type NodeId,
  type PeerMessage,
  type ProposeResult,
  type RaftOptions,
  RawNode,
  type Status,
  type TransferResult,
} from 'quorate'

import { type Command, encodeCommand } from './command.ts'
import { KvStore } from './kv-store.ts'
import { type Read, Reads } from './reads.ts'

/** Somebody else lets its time pass, and carries its messages. */
export class DemoNode {
  readonly id: NodeId
  readonly store = new KvStore()
  /** The index of the last snapshot that came from a leader; `null` for none. */
  installedSnapshot: LogIndex | null = null
  readonly #storage: MemStorage
  readonly #raw: RawNode
  readonly #reads = new Reads()

  /** @param storage - bootstrapped for a first member of the group, empty for one that joins later */
  constructor(storage: MemStorage, options: Omit<RaftOptions, 'storage'>) {
    this.id = options.id
    this.#storage = storage
    this.#raw = new RawNode({ ...options, storage })
  }

  status(): Status {
    return this.#raw.status()
  }

  /** One unit of time passes: timeouts and heartbeats are counted in these, never in milliseconds. */
  tick(): void {
    this.#raw.tick()
  }

  /** A message arrives. */
  step(message: PeerMessage): void {
    try {
      this.#raw.step(message)
    } catch (error) {
      // A member that was removed may have said something before: it is late, not wrong, and nothing has changed here.
      if (!(error instanceof MessageError && error.code === 'ERR_UNKNOWN_PEER')) throw error
    }
  }

  campaign(): void {
    this.#raw.campaign()
  }

  /** Asks for a command to be replicated. The answer says where it stands in the log, not yet that it is committed. */
  propose(command: Command): ProposeResult {
    return this.#raw.propose(encodeCommand(command))
  }

  /** Asks for a change of the membership: several steps at once go through joint consensus (thesis §4.3). */
  proposeMembership(changes: readonly ConfChangeSingle[]): ConfChangeResult {
    return this.#raw.proposeConfChange({ version: 2, transition: 'auto', changes, context: null })
  }

  /** Asks for the value of `key`, no older than now. The answer comes later, or never: see {@link Read}. */
  read(key: string): Read {
    const { read, context } = this.#reads.begin(this.id, key)
    read.dropped = this.#raw.readIndex(context).dropped ?? null
    return read
  }

  transferLeadership(target: NodeId): TransferResult {
    return this.#raw.transferLeadership(target)
  }

  /** How a snapshot went that was sent to `id`; until it is told, nothing else is sent there. */
  reportSnapshot(id: NodeId, outcome: 'finish' | 'failure'): void {
    this.#raw.reportSnapshot(id, outcome)
  }

  /** Lets a snapshot of the store stand in for all of the log that is applied (§7). Answers up to where. */
  compact(): LogIndex {
    const { applied, confState } = this.status()
    this.#storage.createSnapshot(applied, confState, this.store.snapshot())
    this.#storage.compact(applied)
    return applied
  }

  /** Works off all there is to do: the contract of Ready, in the only order that is safe. */
  drainReady(send: (messages: readonly PeerMessage[]) => void): void {
    // Doing what one Ready asks for may bring about the next: a leader's own write can be what completes a majority.
    while (this.#raw.hasReady()) {
      const ready = this.#raw.ready()

      // 1. Send `messages`. They promise nothing of our own disk, so they need not wait for it: while a leader writes an
      //    entry, its followers do too (thesis §10.2.1).
      send(ready.messages)

      // 2. Write term and vote, entries and snapshot, as one piece, and durably where `mustSync` says so. Half of it after
      //    a crash could be a vote without its term, or a log with a hole (figure 2: "persistent state").
      this.#storage.append(ready)

      // 3. Send `persistedMessages`. These are promises (a vote, an acknowledgement of entries), and whoever counts them
      //    relies on them for good: before the write, a crash would let this node vote twice in a term (§5.2).
      send(ready.persistedMessages)

      // 4. Install a snapshot in the state machine. It stands in for a part of the log that will never be seen here, so it
      //    comes before the entries, which go on from where it ends (§7).
      if (ready.snapshot !== null) {
        this.store.restore(ready.snapshot.data)
        this.installedSnapshot = ready.snapshot.index
      }

      // 5. Apply what is committed, each entry once and in order (§5.3). After the write, for it may be among `entries`.
      for (const entry of ready.committedEntries) this.#apply(entry)

      // 6. Note the reads that are confirmed. None may be answered before this store has applied its index (thesis §6.4).
      this.#reads.confirm(ready.readStates)

      // 7. Say that all of it is done. Only now does the node count itself among those that hold the entries, and hands
      //    out what comes next. `advance` looks whether the write of step 2 was really made.
      this.#raw.advance(ready)
      this.#reads.answer(this.status().applied, this.store)
    }
  }

  #apply(entry: Entry): void {
    if (entry.type === 'EntryNormal') {
      // Without data it is what a new leader starts its term with (§8): nothing for the state machine.
      if (entry.data !== null) this.store.apply(entry.data)
      return
    }
    this.#raw.applyConfChange(entry)
  }
}
