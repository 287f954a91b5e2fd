/** A node of a scripted cluster: the library's RawNode, its storage, and an application that appends what it is given. */

import {
  type Entry,
  type HardState,
  type LogIndex,
  type MsgStorageAppend,
  type MsgStorageApply,
  type NodeId,
  type RaftOptions,
  RawNode,
  type Snapshot,
} from 'quorate'

import { CommandError } from './args.ts'
import { nobody, ScriptStorage } from './script-storage.ts'

/** What a script may choose of a node's options. */
export type NodeOptions = Omit<RaftOptions, 'id' | 'storage' | 'applied'>

/** What the scripts take for granted: all that is optional is off, and nothing has a limit. */
export const defaults: NodeOptions = {
  electionTick: 3,
  heartbeatTick: 1,
  preVote: false,
  checkQuorum: false,
  readOnly: 'safe',
  maxSizePerMsg: Infinity,
  maxCommittedSizePerReady: Infinity,
  maxUncommittedSize: Infinity,
  maxInflightMsgs: 2 ** 31 - 1,
  maxInflightBytes: Infinity,
  asyncStorageWrites: false,
  disableProposalForwarding: false,
  disableConfChangeValidation: false,
  stepDownOnRemoval: false,
  coalesceAppends: false,
  priority: 0,
  invariants: true,
}

const emptySnapshot: Snapshot = { index: 0, term: 0, confState: nobody, data: new Uint8Array() }

/** What is written in one go. */
export interface Write {
  readonly hardState: HardState | null
  readonly entries: readonly Entry[]
  readonly snapshot: Snapshot | null
}

/** One node. */
export class ScriptNode {
  readonly id: NodeId
  readonly options: NodeOptions
  readonly storage: ScriptStorage
  raw: RawNode
  /** Work of the storage threads, in the order in which it was handed out. */
  appendWork: MsgStorageAppend[] = []
  applyWork: MsgStorageApply[] = []
  /** The state after each applied entry. */
  readonly #history: Snapshot[]

  /** @param bootstrap - what the log begins with; null for an empty one */
  constructor(id: NodeId, options: NodeOptions, bootstrap: Snapshot | null) {
    this.id = id
    this.options = options
    this.#history = [bootstrap ?? emptySnapshot]
    this.storage = new ScriptStorage(this.#history)
    if (bootstrap !== null) this.storage.install(bootstrap)
    this.raw = new RawNode({ ...options, id, storage: this.storage })
  }

  get isAsync(): boolean {
    return this.options.asyncStorageWrites === true
  }

  /** The newest snapshot of the application. */
  get snapshot(): Snapshot {
    return this.#history.at(-1) as Snapshot
  }

  persist({ hardState, entries, snapshot }: Write): void {
    if (hardState !== null) this.storage.setHardState(hardState)
    if (snapshot === null) return this.storage.append(entries)
    if (entries.length > 0) throw new CommandError("can't apply snapshot and entries at the same time")
    this.storage.install(snapshot)
  }

  /** Applies committed entries, one after the other. */
  apply(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const { snapshot: before } = this
      const update = entry.type === 'EntryNormal' ? entry.data : (entry.change?.context ?? null)
      const { index, term } = entry
      const confState = entry.type === 'EntryNormal' ? before.confState : this.raw.applyConfChange(entry)
      if (entry.type !== 'EntryNormal') this.storage.setConfig(index, confState)
      const data = new Uint8Array([...before.data, ...(update ?? [])])
      this.#history.push({ index, term, confState, data })
    }
  }

  /**
   * Starts over from what is stored. What was not written is lost, and so is the application's state beyond `applied`:
   * by default all that came after the log's beginning.
   */
  restart(applied: LogIndex | undefined): void {
    const { id, options, storage } = this
    const from = applied ?? storage.firstIndex() - 1
    this.raw = new RawNode({ ...options, id, storage, applied: from })
    this.appendWork = []
    this.applyWork = []
    const kept = this.#history.findLastIndex(({ index }) => index <= from)
    this.#history.length = Math.max(kept, 0) + 1
  }
}
