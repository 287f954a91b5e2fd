/** Reads that wait for a leader's word of which index they have to see (thesis §6.4). */

import type { LogIndex } from '../core/types.ts'

interface Asked {
  readonly resolve: (index: LogIndex | null) => void
  readonly at: number
}

/** Contexts that were given out, each to be asked about once. */
export class Reads {
  readonly #asked = new Map<string, Asked>()
  readonly #nonce: number
  #count = 0

  /** @param nonce - differs from one life of the node to the next: a late answer to an earlier one is nobody's */
  constructor(nonce: number) {
    this.#nonce = nonce
  }

  /** A context to ask with, and what comes of it: the index, or null if it has to be asked again. */
  open(now: number): { readonly context: Uint8Array; readonly index: Promise<LogIndex | null> } {
    const context = new Uint8Array(16)
    const view = new DataView(context.buffer)
    view.setFloat64(0, this.#nonce)
    view.setFloat64(8, ++this.#count)
    const index = new Promise<LogIndex | null>((resolve) => {
      this.#asked.set(keyOf(context), { resolve, at: now })
    })
    return { context, index }
  }

  confirmed(context: Uint8Array, index: LogIndex): void {
    this.#settle(keyOf(context), index)
  }

  dropped(context: Uint8Array): void {
    this.#settle(keyOf(context), null)
  }

  /** Those asked before `since` have waited long enough: a message was lost, or the leader is gone. */
  askAgain(since: number): void {
    for (const [key, { at }] of this.#asked) if (at <= since) this.#settle(key, null)
  }

  #settle(key: string, index: LogIndex | null): void {
    const asked = this.#asked.get(key)
    this.#asked.delete(key)
    asked?.resolve(index)
  }
}

function keyOf(context: Uint8Array): string {
  return context.join()
}
