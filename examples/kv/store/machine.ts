/** The state machine: keys, values and their versions, in memory; made again from snapshot and log after a restart. */

import { createHash } from 'node:crypto'
import type { ApplyContext, StateMachine } from 'quorate'
import type { Command, Condition, Result } from './command.ts'

/** What is stored under a key. */
export interface Entry {
  readonly value: Uint8Array
  /** The index of the write in the log: it grows with every write, of any key, and never comes back, not even after a delete. */
  readonly version: number
}

/** Asks for the entry of a key. */
export type Query = string

/** The key-value store. */
export class KvMachine implements StateMachine<Command, Result, Query, Entry | null> {
  #entries = new Map<string, Entry>()
  #nodes = new Map<number, string>()
  #bytes = 0

  get size(): number {
    return this.#entries.size
  }

  /** Of keys and values together. */
  get bytes(): number {
    return this.#bytes
  }

  /** Where the nodes answer HTTP, as they have said. */
  get nodes(): ReadonlyMap<number, string> {
    return this.#nodes
  }

  apply(command: Command, { index }: ApplyContext): Result {
    if (command.type === 'announce') {
      this.#nodes.set(command.node, command.http)
      return { done: true, before: null }
    }
    const { key, condition } = command
    const entry = this.#entries.get(key)
    const before = entry?.version ?? null
    if (!isMet(condition, entry)) return { done: false, before }
    if (entry !== undefined) this.#bytes -= key.length + entry.value.length
    if (command.type === 'delete') {
      this.#entries.delete(key)
      return { done: entry !== undefined, before }
    }
    this.#entries.set(key, { value: command.value, version: index })
    this.#bytes += key.length + command.value.length
    return { done: true, before }
  }

  query(key: Query): Entry | null {
    return this.#entries.get(key) ?? null
  }

  /** Entries are never changed, so a list of them is the state of now, however late the pieces are asked for. */
  snapshot(): Iterable<Uint8Array> {
    return pieces([...this.#nodes], [...this.#entries])
  }

  restore(snapshot: Uint8Array): void {
    const reader = new Loading()
    reader.add(snapshot)
    this.#take(reader)
  }

  async restoreFrom(snapshot: AsyncIterable<Uint8Array>): Promise<void> {
    const reader = new Loading()
    for await (const piece of snapshot) reader.add(piece)
    this.#take(reader)
  }

  /** The same on every node that has applied the same: SHA-256 over all entries, by key. */
  digest(): string {
    const hash = createHash('sha256')
    for (const [key, { value, version }] of [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1)))
      hash
        .update(`${Buffer.byteLength(key)} ${value.length} ${version}\n`)
        .update(key)
        .update(value)
    return hash.digest('hex')
  }

  #take(loaded: Loading): void {
    const { nodes, entries, bytes } = loaded.done()
    this.#nodes = nodes
    this.#entries = entries
    this.#bytes = bytes
  }
}

function isMet(condition: Condition, entry: Entry | undefined): boolean {
  switch (condition.type) {
    case 'none':
      return true
    case 'absent':
      return entry === undefined
    case 'exists':
      return entry !== undefined
    case 'version':
      return entry?.version === condition.version
    case 'value':
      return entry !== undefined && Buffer.compare(entry.value, condition.value) === 0
  }
}

const pieceBytes = 256 * 1024
const headBytes = 16

/** Records of a head (type, length of the key, length of the value, version), a key and a value, some together in a piece. */
function* pieces(
  nodes: readonly (readonly [number, string])[],
  entries: readonly (readonly [string, Entry])[],
): Generator<Uint8Array> {
  let parts: Uint8Array[] = []
  let length = 0
  const add = (key: Uint8Array, value: Uint8Array, version: number): void => {
    const head = Buffer.alloc(headBytes)
    head.writeUInt32BE(key.length, 0)
    head.writeUInt32BE(value.length, 4)
    head.writeDoubleBE(version, 8)
    parts.push(head, key, value)
    length += headBytes + key.length + value.length
  }
  // A version of -n is the address of node n.
  for (const [node, http] of nodes) add(Buffer.from(http), new Uint8Array(), -node)
  for (const [key, { value, version }] of entries) {
    add(Buffer.from(key), value, version)
    if (length < pieceBytes) continue
    yield Buffer.concat(parts)
    parts = []
    length = 0
  }
  if (length > 0) yield Buffer.concat(parts)
}

/** Takes a snapshot in, however it is cut. Only what is whole in the end replaces the state. */
class Loading {
  readonly #nodes = new Map<number, string>()
  readonly #entries = new Map<string, Entry>()
  #bytes = 0
  #left: Buffer = Buffer.alloc(0)

  add(piece: Uint8Array): void {
    this.#left = Buffer.concat([this.#left, piece])
    let at = 0
    for (;;) {
      const end = this.#record(at)
      if (end === null) break
      at = end
    }
    this.#left = this.#left.subarray(at)
  }

  done(): { nodes: Map<number, string>; entries: Map<string, Entry>; bytes: number } {
    if (this.#left.length > 0) throw new RangeError('the snapshot of the store ends within an entry')
    return { nodes: this.#nodes, entries: this.#entries, bytes: this.#bytes }
  }

  /** Reads the record at `at`; answers where it ends, null if it is not all there yet. */
  #record(at: number): number | null {
    const left = this.#left
    if (left.length < at + headBytes) return null
    const keyEnd = at + headBytes + left.readUInt32BE(at)
    const end = keyEnd + left.readUInt32BE(at + 4)
    if (left.length < end) return null
    const version = left.readDoubleBE(at + 8)
    const key = left.toString('utf8', at + headBytes, keyEnd)
    if (version < 0) this.#nodes.set(-version, key)
    else {
      const value = Uint8Array.from(left.subarray(keyEnd, end))
      this.#entries.set(key, { value, version })
      this.#bytes += key.length + value.length
    }
    return end
  }
}
