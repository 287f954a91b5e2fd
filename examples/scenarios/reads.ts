/** Linearizable reads on their way: asked for, confirmed by the leader, answered when the store has caught up (thesis §6.4). */

import type { DropReason, LogIndex, NodeId, ReadState } from 'quorate'

import type { KvStore } from './kv-store.ts'

/** One read. It is dropped at once, or answered later; a request that is lost leaves it as it is, and one asks again. */
export interface Read {
  readonly key: string
  dropped: DropReason | null
  answer: { readonly value: string | null; readonly index: LogIndex } | null
}

/** The reads of one node. */
export class Reads {
  readonly #asked = new Map<string, Read>()
  readonly #confirmed: { readonly read: Read; readonly index: LogIndex }[] = []
  #count = 0

  /** A new read, and the bytes that Raft carries along so that it is known again. */
  begin(node: NodeId, key: string): { readonly read: Read; readonly context: Uint8Array } {
    const read: Read = { key, dropped: null, answer: null }
    const name = `node ${node}, read ${++this.#count}`
    this.#asked.set(name, read)
    return { read, context: new TextEncoder().encode(name) }
  }

  /** The leader has made sure that it still leads: what it had committed when it was asked is what the read must see. */
  confirm(readStates: readonly ReadState[]): void {
    for (const { index, context } of readStates) {
      const name = new TextDecoder().decode(context)
      const read = this.#asked.get(name)
      if (read !== undefined) this.#confirmed.push({ read, index })
      this.#asked.delete(name)
    }
  }

  /** Answers what this store is far enough for. */
  answer(applied: LogIndex, store: KvStore): void {
    for (const waiting of this.#confirmed.splice(0)) {
      const { read, index } = waiting
      if (index > applied) this.#confirmed.push(waiting)
      else read.answer = { value: store.get(read.key), index }
    }
  }
}
