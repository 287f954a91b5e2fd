/** One node with its storage, driven by hand: whoever it talks to is played by the test. */

import {
  type ConfState,
  type Dropped,
  type Entry,
  type LogReader,
  MemStorage,
  type Message,
  type MsgStorageAppend,
  type NodeId,
  type PeerMessage,
  RawNode,
  type RaftOptions,
  type ReadState,
  type Ready,
} from 'quorate'
import { message } from './messages.ts'

/** A node of the plain algorithm, 1 of three voters, unless something else is said. */
export interface SoloOptions extends Partial<RaftOptions> {
  readonly voters?: readonly NodeId[]
  readonly learners?: readonly NodeId[]
  readonly storage?: MemStorage
  /** What the node reads from; its own storage if nothing is said. */
  readonly reader?: LogReader
}

/** The node, its storage, and what it has said and done so far. */
export class Solo {
  readonly storage: MemStorage
  readonly node: RawNode
  readonly applied: Entry[] = []
  readonly reads: ReadState[] = []
  readonly #async: boolean
  #sent: PeerMessage[] = []

  constructor({ voters = [1, 2, 3], learners = [], storage, reader, ...options }: SoloOptions = {}) {
    this.#async = options.asyncStorageWrites ?? false
    this.storage = storage ?? MemStorage.bootstrap({ voters, learners })
    const plain = { id: 1, preVote: false, checkQuorum: false, invariants: true }
    this.node = new RawNode({ ...plain, ...options, storage: reader ?? this.storage })
  }

  /** Takes in a message, and works off what follows from it. */
  step(m: Message): Dropped | null {
    const dropped = this.node.step(m)
    this.finish()
    return dropped
  }

  /** Works off all Readys, in order. */
  finish(): this {
    while (this.node.hasReady()) this.handle(this.node.ready())
    return this
  }

  /** Works off one Ready. */
  handle(ready: Ready): void {
    this.#sent.push(...ready.messages)
    if (ready.storageAppend === null) this.storage.append(ready)
    else this.#write(ready.storageAppend)
    this.#sent.push(...ready.persistedMessages)
    this.reads.push(...ready.readStates)
    for (const entry of ready.committedEntries) {
      this.applied.push(entry)
      if (entry.type !== 'EntryNormal') this.node.applyConfChange(entry)
    }
    for (const response of ready.storageApply?.responses ?? []) this.node.step(response)
    if (!this.#async) this.node.advance(ready)
  }

  #write(write: MsgStorageAppend): void {
    this.storage.append({ ...write, mustSync: true })
    for (const response of write.responses) {
      if (response.to === this.node.id) this.node.step(response)
      else this.#sent.push(response as PeerMessage)
    }
  }

  /** What it has sent since this was last asked. */
  takeSent(): PeerMessage[] {
    const sent = this.#sent
    this.#sent = []
    return sent
  }

  /** What it has sent of one type since anything was last taken. */
  takeType<T extends PeerMessage['type']>(type: T): Extract<PeerMessage, { type: T }>[] {
    return this.takeSent().filter((m): m is Extract<PeerMessage, { type: T }> => m.type === type)
  }

  /** Makes it leader: it stands for election, and everybody grants it their vote. */
  elect(): this {
    this.node.campaign()
    this.finish()
    for (const { from, to, term } of this.takeType('MsgVote'))
      this.step(message('MsgVoteResp', { from: to, to: from, term }))
    return this
  }

  /** Everybody who was sent entries acknowledges them, until there is nothing more to acknowledge. */
  acknowledge(...by: readonly NodeId[]): this {
    for (let sent = this.takeType('MsgApp'); sent.length > 0; sent = this.takeType('MsgApp')) {
      for (const { to, term, session, prevLogIndex, entries } of sent) {
        if (by.length > 0 && !by.includes(to)) continue
        const match = prevLogIndex + entries.length
        this.step(message('MsgAppResp', { from: to, to: this.node.id, term, session, match }))
      }
    }
    return this
  }

  get confState(): ConfState {
    return this.node.status().confState
  }
}
