/** A group of RawNodes in one thread, messages by reference: what is measured is the core, and nothing around it. */

import { MemStorage, RawNode, type PeerMessage } from 'quorate'

/** How the group is set up, and what it is given to do. */
export interface Load {
  readonly nodes: number
  /** Proposals that are under way at once: after each round as many are proposed as were committed. */
  readonly outstanding: number
  readonly payloadBytes: number
  readonly coalesceAppends: boolean
  /** Entries after which each node drops its log, as a service would behind a snapshot. */
  readonly compactEvery: number
}

interface Member {
  readonly raw: RawNode
  readonly storage: MemStorage
  inbox: PeerMessage[]
  applied: number
}

const noSnapshotData = new Uint8Array()

/** A group that is led by node 1. */
export class Cluster {
  readonly #load: Load
  readonly #members: readonly Member[]
  readonly #leader: Member
  // Some distinct payloads: a new one for each entry would measure the allocator.
  readonly #payloads: readonly Uint8Array[]
  #proposed = 0
  #committed = 0

  constructor(load: Load) {
    this.#load = load
    const voters = Array.from({ length: load.nodes }, (_, i) => i + 1)
    this.#members = voters.map((id) => {
      const storage = MemStorage.bootstrap({ voters })
      const raw = new RawNode({ id, storage, coalesceAppends: load.coalesceAppends })
      return { raw, storage, inbox: [], applied: 0 }
    })
    this.#payloads = Array.from({ length: 256 }, (_, i) => new Uint8Array(load.payloadBytes).fill(i))
    const [first] = this.#members
    if (first === undefined) throw new Error('a group has at least one member')
    this.#leader = first
    this.#leader.raw.campaign()
    while (this.#leader.raw.status().role !== 'leader' || this.#leader.raw.hasReady()) this.#round()
    this.#committed = 0
  }

  /** Keeps `outstanding` proposals under way until `entries` more are committed. */
  run(entries: number): void {
    const goal = this.#committed + entries
    while (this.#committed < goal) {
      while (this.#proposed - this.#committed < this.#load.outstanding) this.#propose()
      this.#round()
    }
  }

  #propose(): void {
    const result = this.#leader.raw.propose(this.#payloads[this.#proposed & 255] as Uint8Array)
    if (result.index === undefined) throw new Error(`not appended: ${JSON.stringify(result)}`)
    this.#proposed++
  }

  /** One Ready per node, plus delivery. */
  #round(): void {
    for (const member of this.#members) if (member.raw.hasReady()) this.#handleReady(member)
    for (const member of this.#members) {
      const { inbox } = member
      if (inbox.length === 0) continue
      member.inbox = []
      for (const message of inbox) member.raw.step(message)
    }
  }

  #handleReady(member: Member): void {
    const ready = member.raw.ready()
    this.#send(ready.messages)
    member.storage.append(ready)
    this.#send(ready.persistedMessages)
    const { committedEntries } = ready
    const last = committedEntries[committedEntries.length - 1]
    if (last !== undefined) {
      member.applied = last.index
      if (member === this.#leader) {
        for (const entry of committedEntries) {
          if (entry.type === 'EntryNormal' && entry.data !== null) this.#committed++
        }
      }
    }
    member.raw.advance(ready)
    this.#compact(member)
  }

  #send(messages: readonly PeerMessage[]): void {
    for (const message of messages) (this.#members[message.to - 1] as Member).inbox.push(message)
  }

  #compact({ raw, storage, applied }: Member): void {
    if (applied - storage.firstIndex() < this.#load.compactEvery) return
    storage.createSnapshot(applied, raw.status().confState, noSnapshotData)
    storage.compact(applied)
  }
}
