/** A group of real nodes over storages of the user: in one process, with a network that delivers all or cuts somebody off. */

import type { PeerMessage } from '../../core/messages.ts'
import { RawNode } from '../../core/raw-node.ts'
import type { ConfChangeProposal, ConfState, Entry, NodeId, Snapshot } from '../../core/types.ts'
import type { Storage } from '../../storage/storage.ts'
import { ConformanceError, during } from '../assert.ts'
import { bytes } from './sample.ts'

/** One node: its state machine is the list of the commands it has applied. */
export class Member {
  readonly id: NodeId
  storage: Storage
  raw: RawNode
  applied: readonly string[] = []
  appliedIndex: number
  #confState: ConfState

  constructor(id: NodeId, storage: Storage) {
    this.id = id
    this.storage = storage
    this.raw = this.#start(storage)
    this.appliedIndex = startOf(storage)
    this.#confState = storage.confState().confState
    this.#restoreStored()
  }

  /** Begins anew with what the storage holds; the state machine was in memory. */
  restart(storage: Storage): void {
    this.storage = storage
    this.raw = this.#start(storage)
    this.appliedIndex = startOf(storage)
    this.applied = []
    this.#confState = storage.confState().confState
    this.#restoreStored()
  }

  /** Works off what there is to do; answers what there is to send. */
  work(): readonly PeerMessage[] {
    const sent: PeerMessage[] = []
    while (this.raw.hasReady()) {
      const ready = this.raw.ready()
      sent.push(...ready.messages)
      // A Ready as it is, as the loop of every guide has it.
      this.storage.append(ready)
      sent.push(...ready.persistedMessages)
      if (ready.snapshot !== null) this.#restore(ready.snapshot)
      for (const entry of ready.committedEntries) this.#apply(entry)
      this.raw.advance(ready)
    }
    return sent
  }

  /** Stores the state machine, and drops the log but for the last entries. */
  compact(keep: number): void {
    this.storage.createSnapshot(this.appliedIndex, this.#confState, bytes(this.applied.join('\n')))
    this.storage.compact(this.appliedIndex - keep)
  }

  #start(storage: Storage): RawNode {
    return new RawNode({ id: this.id, storage, invariants: true, maxSizePerMsg: 200 })
  }

  #restoreStored(): void {
    const snapshot = this.storage.snapshot()
    if (typeof snapshot !== 'string') this.#restore(snapshot)
  }

  #restore({ index, data, confState }: Snapshot): void {
    this.applied = data.length === 0 ? [] : text(data).split('\n')
    this.appliedIndex = index
    this.#confState = confState
  }

  #apply(entry: Entry): void {
    this.appliedIndex = entry.index
    if (entry.type !== 'EntryNormal') this.#confState = this.raw.applyConfChange(entry)
    else if (entry.data !== null) this.applied = [...this.applied, text(entry.data)]
  }
}

function startOf(storage: Storage): number {
  const snapshot = storage.snapshot()
  return typeof snapshot === 'string' ? 0 : snapshot.index
}

function text(data: Uint8Array): string {
  return String.fromCharCode(...data)
}

/** All of them. */
export class Group {
  readonly members: Member[]
  /** Who neither hears nor is heard. */
  readonly away: Set<NodeId> = new Set()

  constructor(storages: readonly Storage[]) {
    this.members = storages.map((storage, at) => new Member(at + 1, storage))
  }

  /** One more, on a storage of its own. */
  add(storage: Storage): Member {
    const member = new Member(this.members.length + 1, storage)
    this.members.push(member)
    return member
  }

  get leader(): Member | undefined {
    const leaders = this.#present.filter(({ raw }) => raw.status().role === 'leader')
    return leaders.sort((a, b) => b.raw.status().term - a.raw.status().term)[0]
  }

  get #present(): readonly Member[] {
    return this.members.filter(({ id }) => !this.away.has(id))
  }

  /** Lets time pass until it is so. */
  until(what: string, isTrue: () => boolean): void {
    during(`with real nodes, until ${what}`, () => {
      for (let tick = 0; !isTrue(); tick++) {
        if (tick > 300) throw new ConformanceError(`Expected it within 300 ticks, got ${this.#describe()}`)
        this.deliver()
        for (const { raw } of this.members) raw.tick()
      }
      this.deliver()
    })
  }

  /** Proposes commands one by one, on whoever leads, and lets them arrive. */
  propose(name: string, count: number): void {
    for (let at = 1; at <= count; at++) {
      this.leader?.raw.propose(bytes(`${name} ${at}`))
      if (at % 3 === 0) this.deliver()
    }
    const last = `${name} ${count}`
    this.until(`"${last}" is applied by all that are there`, () =>
      this.#present.every(({ applied }) => applied.at(-1) === last),
    )
  }

  /** Changes the membership, and lets all that are there know. */
  change(change: ConfChangeProposal): void {
    this.leader?.raw.proposeConfChange(change)
    const before = this.leader?.raw.status().lastIndex ?? 0
    this.until('a change of the membership is applied', () =>
      this.#present.every(({ appliedIndex }) => appliedIndex >= before),
    )
  }

  /** Delivers messages until there are none. */
  deliver(): void {
    let messages = this.members.flatMap((member) => this.#sent(member))
    for (let round = 1; messages.length > 0; round++) {
      if (round > 300)
        throw new ConformanceError(
          `Expected silence after 300 rounds of messages, got no end of ${messages[0]?.type ?? ''}`,
        )
      for (const message of messages) this.#deliverOne(message)
      messages = this.members.flatMap((member) => this.#sent(member))
    }
  }

  #sent(member: Member): readonly PeerMessage[] {
    return during(`node ${member.id}`, () => member.work())
  }

  #deliverOne(message: PeerMessage): void {
    const { from, to } = message
    const target = this.members[to - 1]
    const isLost = target === undefined || this.away.has(from) || this.away.has(to)
    if (!isLost) during(`node ${to}, at a ${message.type} of node ${from}`, () => target.raw.step(message))
    if (message.type === 'MsgSnap')
      this.members[from - 1]?.raw.reportSnapshot(to, isLost ? 'failure' : 'finish')
  }

  #describe(): string {
    return this.members
      .map(({ id, raw, appliedIndex }) => `node ${id}: ${raw.status().role}, applied ${appliedIndex}`)
      .join('; ')
  }
}
