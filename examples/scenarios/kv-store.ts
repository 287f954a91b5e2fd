/** The state machine: text by key. It knows commands and nothing of Raft; the log decides their order (§2). */

import type { StateMachine } from 'quorate'

import { type Command, CommandError, decodeCommand } from './command.ts'

/** What a command has done: the key's value from now on (`null` if it has none), or why nothing was done. */
export type Applied =
  | { readonly value: string | null; readonly refused?: undefined }
  | { readonly refused: string; readonly value?: undefined }

/** Keys and values. The same commands in the same order leave the same pairs on every node. */
export class KvStore implements StateMachine<Uint8Array, Applied> {
  #pairs = new Map<string, string>()

  /**
   * Applies a committed command. One that cannot be done is refused, by every node alike: to throw would stop every node,
   * and again after each restart, for the entry stays in the log.
   */
  apply(bytes: Uint8Array): Applied {
    try {
      return this.#run(decodeCommand(bytes))
    } catch (error) {
      if (error instanceof CommandError) return { refused: error.message }
      throw error
    }
  }

  get(key: string): string | null {
    return this.#pairs.get(key) ?? null
  }

  /** All pairs, sorted by key: two stores are equal if these are. */
  pairs(): readonly (readonly [key: string, value: string])[] {
    return [...this.#pairs].sort(([a], [b]) => (a < b ? -1 : 1))
  }

  /** Sorted, and so the same bytes on every node that has applied the same commands. */
  snapshot(): Uint8Array {
    return new TextEncoder().encode(JSON.stringify(this.pairs()))
  }

  /** Replaces everything. No bytes at all are the empty store: a new group begins with such a snapshot. */
  restore(snapshot: Uint8Array): void {
    // Read as a whole first: bytes that are no snapshot must not leave half of one behind.
    this.#pairs = snapshot.length === 0 ? new Map<string, string>() : new Map(readPairs(snapshot))
  }

  #run(command: Command): Applied {
    const { key } = command
    if (command.op === 'delete') {
      this.#pairs.delete(key)
      return { value: null }
    }
    if (command.op === 'put') return this.#set(key, command.value)
    const before = Number(this.#pairs.get(key) ?? '0')
    if (!Number.isSafeInteger(before + command.by)) return { refused: `${key} is no number to add to` }
    return this.#set(key, String(before + command.by))
  }

  #set(key: string, value: string): Applied {
    this.#pairs.set(key, value)
    return { value }
  }
}

function readPairs(snapshot: Uint8Array): (readonly [string, string])[] {
  const pairs: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(snapshot))
  if (!Array.isArray(pairs) || !pairs.every(isPair)) throw new Error('Expected the snapshot of a KvStore')
  return pairs
}

function isPair(value: unknown): value is readonly [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string')
}
