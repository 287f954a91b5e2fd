/**
 * What a node wants done: written, sent, applied. The contract is the order (thesis §10.2.1, figure 2):
 *
 *     send messages -> write hardState, entries and snapshot -> send persistedMessages -> apply -> advance
 */

import type { MsgStorageAppend, MsgStorageApply, PeerMessage } from './messages.ts'
import type { Entry, HardState, ReadState, Snapshot, SoftState } from './types.ts'

/** One batch of work, made by `RawNode.ready` and given back to `RawNode.advance`. Read only. */
export interface Ready {
  /** Who leads and what this node is, if that has changed; `null` if not. Need not be stored. */
  readonly softState: SoftState | null
  /** To be written, in one piece with `entries`; `null` if it has not changed. */
  readonly hardState: HardState | null
  /** Reads that may be served once their index is applied. */
  readonly readStates: readonly ReadState[]
  /** The contexts of reads that no answer will come for, since this node's leadership is over: ask again, or give up. */
  readonly droppedReads: readonly Uint8Array[]
  /** To be written. Entries that storage holds from the index of the first of them on are replaced. */
  readonly entries: readonly Entry[]
  /** To be written, in place of the whole log, what lies beyond its index too; `null` if there is none. Durable even if `mustSync` is false. */
  readonly snapshot: Snapshot | null
  /**
   * To be applied, after `snapshot`, and after `entries` are written: it may hold some of them.
   * Membership changes among them go to `RawNode.applyConfChange`.
   */
  readonly committedEntries: readonly Entry[]
  /** To be sent; may leave before anything is written. */
  readonly messages: readonly PeerMessage[]
  /** To be sent when everything above is durable, and not before: these promise it. Empty with `asyncStorageWrites`. */
  readonly persistedMessages: readonly PeerMessage[]
  /** Must the write be durable before `persistedMessages` leave and anything is applied? If not, it is only a newer commit index. */
  readonly mustSync: boolean
  /** With `asyncStorageWrites`: the write, for the append queue; `null` if there is nothing to write. */
  readonly storageAppend: MsgStorageAppend | null
  /** With `asyncStorageWrites`: the entries to apply, for the apply queue; `null` if there are none. */
  readonly storageApply: MsgStorageApply | null
}
