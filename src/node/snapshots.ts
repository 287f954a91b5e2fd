/** The driver's snapshots: the state machine's bytes behind a header with what the driver itself has to remember (§7). */

import type { ConfState, LogIndex, NodeId, Snapshot } from '../core/types.ts'
import type { SnapshotStore } from '../storage/snapshot-store.ts'
import type { AsyncStorage, Storage } from '../storage/storage.ts'
import { Cursor, Parts } from './bytes.ts'
import { StateMachineError } from './errors.ts'
import type { Sessions } from './sessions.ts'
import type { SnapshotBytes, StateMachine } from './state-machine.ts'

/** What of a state machine is needed here. */
type Machine = Pick<StateMachine, 'snapshot' | 'restore' | 'restoreFrom'>

/** `q` and `s`, a version, and the length of the header in four bytes. */
const prefixLength = 7
const version = 1

/** Where members can be reached, as it came with the changes that added them; the driver only carries it. */
export type Addresses = Map<NodeId, string>

/** Makes snapshots and restores from them. */
export class Snapshots {
  readonly #machine: Machine
  readonly #sessions: Sessions
  readonly #addresses: Addresses
  readonly #storage: AsyncStorage
  readonly #store: SnapshotStore | null

  constructor(
    machine: Machine,
    sessions: Sessions,
    addresses: Addresses,
    storage: AsyncStorage,
    store: SnapshotStore | null,
  ) {
    this.#machine = machine
    this.#sessions = sessions
    this.#addresses = addresses
    this.#storage = storage
    this.#store = store
  }

  /**
   * Makes one of the state of now. What is in it is decided when this is called; that it is written takes longer.
   * @param keep - entries to leave in the log behind it, for followers that are only a little late
   */
  async take(index: LogIndex, confState: ConfState, keep: number): Promise<Snapshot> {
    const data = await this.#put(this.image())
    const snapshot = await this.#storage.writeSnapshot(index, confState, data)
    const compactTo = index - keep
    if (compactTo >= this.#storage.firstIndex()) this.#storage.compact(compactTo)
    await this.#store?.keep([data])
    return snapshot
  }

  /** The first snapshot of a group, of a state machine that nothing has happened to. */
  async first(): Promise<Uint8Array> {
    return this.#put(this.image())
  }

  /** The state machine, and all that the driver knows, become what the snapshot holds. */
  async restore({ data }: Snapshot): Promise<void> {
    const chunks = this.#store === null ? chain([], data) : this.#store.read(data)
    const reader = new HeaderReader(chunks[Symbol.asyncIterator]())
    const cursor = new Cursor(await reader.header())
    const sessions = cursor.bytes()
    const addresses: [NodeId, string][] = []
    for (let left = cursor.number(); left > 0; left--) addresses.push([cursor.number(), cursor.text()])
    try {
      if (this.#machine.restoreFrom !== undefined) await this.#machine.restoreFrom(reader.body())
      else this.#machine.restore(await join(reader.body()))
    } catch (cause) {
      throw new StateMachineError('restore', cause)
    }
    this.#sessions.replace(sessions)
    this.#addresses.clear()
    for (const [id, address] of addresses) this.#addresses.set(id, address)
  }

  /** The header at once, and the state machine's bytes, of which it promises that they are those of now. */
  image(): AsyncIterable<Uint8Array> {
    const header = new Parts().bytes(this.#sessions.encode()).number(this.#addresses.size)
    for (const [id, address] of this.#addresses) header.number(id).text(address)
    const body = header.done()
    const prefix = Uint8Array.of(0x71, 0x73, version, 0, 0, 0, 0)
    new DataView(prefix.buffer).setUint32(3, body.length)
    let bytes: SnapshotBytes
    try {
      bytes = this.#machine.snapshot()
    } catch (cause) {
      throw new StateMachineError('snapshot', cause)
    }
    return chain([prefix, body], bytes)
  }

  #put(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
    return this.#store === null ? join(chunks) : this.#store.save(chunks)
  }
}

/** A storage that writes at once, as one that says when it is done. */
export function asAsync(storage: AsyncStorage | Storage): AsyncStorage {
  if ('write' in storage) return storage
  return {
    hardState: () => storage.hardState(),
    confState: () => storage.confState(),
    firstIndex: () => storage.firstIndex(),
    lastIndex: () => storage.lastIndex(),
    term: (index) => storage.term(index),
    entries: (lo, hi, maxSize) => storage.entries(lo, hi, maxSize),
    snapshot: () => storage.snapshot(),
    write: (batch) => attempt(() => storage.append(batch)),
    writeSnapshot: (index, confState, data) => attempt(() => storage.createSnapshot(index, confState, data)),
    writeConfState: (confState, index) => attempt(() => storage.saveConfState(confState, index)),
    compact: (index) => {
      storage.compact(index)
    },
  }
}

function attempt<T>(act: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(act())
  })
}

/** Takes the header off the front of a stream of pieces, wherever they are cut. */
class HeaderReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #left: Uint8Array = new Uint8Array()

  constructor(chunks: AsyncIterator<Uint8Array>) {
    this.#chunks = chunks
  }

  async header(): Promise<Uint8Array> {
    const prefix = await this.#take(prefixLength)
    if (prefix[0] !== 0x71 || prefix[1] !== 0x73 || prefix[2] !== version)
      throw new RangeError('the snapshot is not of this driver, or of a later version of it')
    return this.#take(new DataView(prefix.buffer, prefix.byteOffset).getUint32(3))
  }

  async *body(): AsyncGenerator<Uint8Array> {
    if (this.#left.length > 0) yield this.#left
    for (let next = await this.#chunks.next(); next.done !== true; next = await this.#chunks.next())
      yield next.value
  }

  async #take(length: number): Promise<Uint8Array> {
    while (this.#left.length < length) {
      const next = await this.#chunks.next()
      if (next.done === true) throw new RangeError('the snapshot ends within its header')
      const whole = new Uint8Array(this.#left.length + next.value.length)
      whole.set(this.#left)
      whole.set(next.value, this.#left.length)
      this.#left = whole
    }
    const taken = this.#left.subarray(0, length)
    this.#left = this.#left.subarray(length)
    return taken
  }
}

async function* chain(first: readonly Uint8Array[], rest: SnapshotBytes): AsyncGenerator<Uint8Array> {
  yield* first
  if (rest instanceof Uint8Array) yield rest
  else yield* rest
}

async function join(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts = new Parts()
  for await (const chunk of chunks) parts.raw(chunk)
  return parts.done()
}
