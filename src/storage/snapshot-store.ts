/** Snapshots that are too large to be carried in memory and in messages: their bytes lie here, and travel in pieces. */

import type { Snapshot } from '../core/types.ts'

/**
 * Where the bytes of snapshots are. The node itself sees only a ticket: `data` of such a {@link Snapshot} is a few bytes that say
 * which bytes are meant, and how to tell that they are the right ones. A transport that has such a store sends the bytes along
 * with the MsgSnap, and its peer puts them into its own store before the message is handed to the node.
 */
export interface SnapshotStore {
  /**
   * Puts bytes away: those of a snapshot that this node makes.
   * @returns the ticket, when the bytes are durable
   */
  save(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Uint8Array>
  /** The number of bytes behind a ticket. Throws if there are none, or they are not those that the ticket means. */
  size(ticket: Uint8Array): number
  /** The bytes behind a ticket, in order, in pieces of a moderate size; from `start` on. The pieces are the reader's. */
  read(ticket: Uint8Array, start?: number): AsyncIterable<Uint8Array>
  /**
   * Puts away what a peer sends for one of its snapshots. Rejects, and keeps nothing, if the chunks fail, or end and are not what
   * the ticket means.
   * @returns the snapshot to hand to the node, with a ticket of this store, when the bytes are durable
   */
  receive(snapshot: Snapshot, chunks: AsyncIterable<Uint8Array>): Promise<Snapshot>
  /** Nothing but what these tickets stand for is needed any more. What is being read or received meanwhile stays. */
  keep(tickets: readonly Uint8Array[]): Promise<void>
}
