/** The state machine of one node, and who waits for it: commands for their result, reads for the index that they must see. */

import { ConfChangeError } from '../core/errors.ts'
import type { RawNode } from '../core/raw-node.ts'
import type { ConfState, Entry, LogIndex, NodeId, ReadState, Snapshot, Term } from '../core/types.ts'
import type { Disk } from './disk.ts'
import { Machine } from './machine.ts'
import type { World } from './world.ts'

/** Told to a client about its command or its read. */
export type Answer =
  | { readonly is: 'done'; readonly value: number | readonly number[]; readonly index: LogIndex }
  /** It did not happen, and will not. */
  | { readonly is: 'lost' }
  /** Nobody here knows what becomes of it. */
  | { readonly is: 'unknown' }

type Reply = (answer: Answer) => void

/** What one life of a node has applied. */
export class Applier {
  readonly #id: NodeId
  readonly #world: World
  readonly #disk: Disk
  #machine: Machine
  #confState: ConfState
  #snapshotIndex: LogIndex
  /** By client and serial of the command. */
  readonly #commands = new Map<string, Reply>()
  /** Where commands were appended: another term at the index means that the command is lost. */
  readonly #appended = new Map<LogIndex, { readonly term: Term; readonly name: string }>()
  readonly #reads = new Map<number, { readonly key: number; readonly reply: Reply }>()
  /** Confirmed reads that wait for their index. */
  #confirmed: { readonly index: LogIndex; readonly key: number; readonly reply: Reply }[] = []

  constructor(id: NodeId, world: World, disk: Disk, machine: Machine, confState: ConfState) {
    this.#id = id
    this.#world = world
    this.#disk = disk
    this.#machine = machine
    this.#confState = confState
    this.#snapshotIndex = disk.seen.snapshot?.index ?? 0
  }

  get machine(): Machine {
    return this.#machine
  }

  /** A command waits for its result. `at` is where it was appended, if that is known. */
  awaitCommand(
    client: number,
    serial: number,
    at: { index: LogIndex; term: Term } | null,
    reply: Reply,
  ): void {
    const name = commandName(client, serial)
    this.#commands.set(name, reply)
    if (at !== null) this.#appended.set(at.index, { term: at.term, name })
  }

  /** A read waits for its confirmation. */
  awaitRead(context: number, key: number, reply: Reply): void {
    this.#reads.set(context, { key, reply })
  }

  /** Reads that are confirmed: they are served when their index is applied. */
  confirm(readStates: readonly ReadState[]): void {
    for (const { index, context } of readStates) {
      const name = contextOf(context)
      const read = this.#reads.get(name)
      if (read === undefined) continue
      this.#reads.delete(name)
      if (index > this.#machine.index) this.#world.reach('read waits for its index')
      this.#confirmed.push({ index, key: read.key, reply: read.reply })
    }
    this.#serveReads()
  }

  /** Reads that no confirmation comes for. */
  drop(contexts: readonly Uint8Array[]): void {
    for (const context of contexts) {
      const name = contextOf(context)
      this.#reads.get(name)?.reply({ is: 'lost' })
      this.#reads.delete(name)
    }
  }

  /** Puts a snapshot in place of the state. */
  restore(snapshot: Snapshot): void {
    this.#machine = Machine.restore(snapshot.data)
    // An empty one, which a group begins with, does not say of which index it is.
    this.#machine.index = snapshot.index
    this.#machine.term = snapshot.term
    this.#confState = snapshot.confState
    this.#snapshotIndex = snapshot.index
    this.#world.watcher.restored(this.#id, snapshot.index, snapshot.confState, this.#machine)
    for (const [index, { name }] of this.#appended) {
      if (index > snapshot.index) continue
      this.#appended.delete(index)
      this.#answer(name, { is: 'unknown' })
    }
    this.#serveReads()
  }

  /** Applies entries in order. */
  apply(raw: RawNode, entries: readonly Entry[]): void {
    for (const entry of entries) {
      // A snapshot may have overtaken what was waiting to be applied.
      if (entry.index <= this.#machine.index) {
        if (entry.type !== 'EntryNormal') raw.applyConfChange(entry)
      } else this.#applyOne(raw, entry)
    }
    this.#serveReads()
  }

  /** Makes a snapshot when enough has been applied since the last, and drops what it stands in for. */
  maybeSnapshot(): void {
    const { index, term } = this.#machine
    const { snapshotEvery, trailing } = this.#world.setup
    if (index - this.#snapshotIndex < snapshotEvery || index <= (this.#disk.seen.snapshot?.index ?? 0)) return
    const snapshot = { index, term, confState: this.#confState, data: this.#machine.snapshot() }
    this.#disk.write({ kind: 'snapshot', snapshot })
    this.#snapshotIndex = index
    this.#world.watcher.snapshotted(this.#id, index, this.#confState, this.#machine)
    this.#world.reach('snapshot made')
    if (index - trailing >= this.#disk.seen.firstIndex) {
      this.#disk.write({ kind: 'compact', index: index - trailing })
      this.#world.reach('log compacted')
    }
  }

  /** The node is gone: whoever waits for it learns that. */
  abandon(): void {
    for (const { reply } of this.#reads.values()) reply({ is: 'lost' })
    for (const { reply } of this.#confirmed) reply({ is: 'lost' })
    for (const reply of this.#commands.values()) reply({ is: 'unknown' })
  }

  /** Commands whose place in the log is applied and whose client has heard nothing. */
  get late(): number {
    return [...this.#appended.keys()].filter((index) => index <= this.#machine.index).length
  }

  #applyOne(raw: RawNode, entry: Entry): void {
    const { watcher } = this.#world
    const machine = this.#machine
    let applied = null
    if (entry.type !== 'EntryNormal') {
      this.#confState = this.#change(raw, entry)
      watcher.configured(this.#id, entry.index, this.#confState)
    } else if (entry.data !== null && entry.data.length > 0) {
      applied = machine.apply(entry.data)
      if (applied.isRepeated) this.#world.reach('command repeated and not done again')
    }
    machine.index = entry.index
    machine.term = entry.term
    watcher.applied(this.#id, entry, machine, applied)
    if (applied !== null) {
      const { client, serial, result } = applied
      this.#answer(commandName(client, serial), { is: 'done', value: result, index: entry.index })
    }
    const appended = this.#appended.get(entry.index)
    if (appended === undefined) return
    this.#appended.delete(entry.index)
    if (appended.term === entry.term) return
    this.#world.reach('proposal overwritten')
    this.#answer(appended.name, { is: 'lost' })
  }

  #change(raw: RawNode, entry: Exclude<Entry, { type: 'EntryNormal' }>): ConfState {
    try {
      return raw.applyConfChange(entry)
    } catch (error) {
      if (!(error instanceof ConfChangeError)) throw error
      this.#world.reach('impossible membership change skipped')
      return raw.skipConfChange(entry)
    }
  }

  #answer(name: string, answer: Answer): void {
    const reply = this.#commands.get(name)
    if (reply === undefined) return
    this.#commands.delete(name)
    reply(answer)
  }

  #serveReads(): void {
    if (this.#confirmed.length === 0) return
    const { index } = this.#machine
    const ready = this.#confirmed.filter((read) => read.index <= index)
    if (ready.length === 0) return
    this.#confirmed = this.#confirmed.filter((read) => read.index > index)
    for (const { key, reply } of ready) reply({ is: 'done', value: this.#machine.read(key), index })
  }
}

/** A read's context, of the number that names it. */
export function contextBytes(name: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(name).buffer)
}

function contextOf(bytes: Uint8Array): number {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, 1)[0] as number
}

function commandName(client: number, serial: number): string {
  return `${client}.${serial}`
}
