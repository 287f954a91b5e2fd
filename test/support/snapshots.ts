/** A store for snapshots that is as slow, and fails when, a test wants. */

import type { Snapshot, SnapshotStore } from 'quorate'

/** Bytes in memory, by ticket. Those of others are counted and checked, and not kept. */
export class TestStore implements SnapshotStore {
  readonly #sizes = new Map<string, number>()
  /** Called before each piece that is read, and for each that is received. */
  beforeRead: () => Promise<void> | void = () => {}
  onChunk: (bytes: number) => Promise<void> | void = () => {}
  received = 0
  /** How `receive` ended, each time. */
  readonly ends: string[] = []

  /** A ticket for so many bytes, made up when they are read. */
  hold(name: string, size: number): Uint8Array {
    this.#sizes.set(name, size)
    return new Uint8Array(Buffer.from(name))
  }

  save(): Promise<Uint8Array> {
    throw new Error('not needed here')
  }

  size(ticket: Uint8Array): number {
    const size = this.#sizes.get(Buffer.from(ticket).toString())
    if (size === undefined) throw new Error('there is no such snapshot')
    return size
  }

  async *read(ticket: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
    const size = this.size(ticket)
    const piece = 100_000
    for (let at = 0; at < size; at += piece) {
      await this.beforeRead()
      yield new Uint8Array(pattern.subarray(at % period, (at % period) + Math.min(piece, size - at)))
    }
  }

  async receive(snapshot: Snapshot, chunks: AsyncIterable<Uint8Array>): Promise<Snapshot> {
    let at = 0
    try {
      for await (const chunk of chunks) {
        await this.onChunk(chunk.length)
        if (chunk[0] !== byteAt(at) || chunk.at(-1) !== byteAt(at + chunk.length - 1))
          throw new Error(`other bytes at ${at}`)
        at += chunk.length
        this.received += chunk.length
      }
    } catch (error) {
      this.ends.push((error as Error).message)
      throw error
    }
    this.ends.push('whole')
    return { ...snapshot, data: this.hold(`received ${at}`, at) }
  }

  keep(): Promise<void> {
    return Promise.resolve()
  }
}

/** Bytes that repeat only after a while. */
const period = 65_536
const pattern = Uint8Array.from({ length: 4 * period }, (_, at) => (at * 7 + (at >>> 8)) & 255)

function byteAt(position: number): number {
  return pattern[position % period]!
}
