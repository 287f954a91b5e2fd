/**
 * What becomes of a request. Not to have a leader is part of a cluster's life: such outcomes are answers, not exceptions.
 * Of each union exactly one property is there, so that `if (result.dropped)` tells them apart.
 */

import type { TransferRefusal } from './raft/transfer.ts'
import type { ConfChangeRefusal, DropReason, ElectionRefusal } from './trace.ts'
import type { LogIndex, NodeId, Term } from './types.ts'

/** It is in this leader's log. It counts once an entry of this index and this term is committed; another term means it is lost. */
export interface Appended {
  /** The index of the entry; of a batch that of its first, and the others follow. */
  readonly index: LogIndex
  readonly term: Term
  readonly forwarded?: undefined
  readonly dropped?: undefined
  readonly refused?: undefined
}

/** It is on its way to the leader. No answer will come: look for it among the committed entries. */
export interface Forwarded {
  /** The leader it was sent to. */
  readonly forwarded: NodeId
  readonly index?: undefined
  readonly term?: undefined
  readonly dropped?: undefined
  readonly refused?: undefined
}

/** It is nowhere, and may be tried again. */
export interface Dropped {
  readonly dropped: DropReason
  readonly index?: undefined
  readonly term?: undefined
  readonly forwarded?: undefined
  readonly refused?: undefined
}

/** The membership change is not possible now; an entry without a command has taken its place in the log. */
export interface Refused {
  readonly refused: ConfChangeRefusal
  readonly index: LogIndex
  readonly term: Term
  readonly forwarded?: undefined
  readonly dropped?: undefined
}

/** What became of a proposal. */
export type ProposeResult = Appended | Forwarded | Dropped

/** What became of a proposed membership change. */
export type ConfChangeResult = ProposeResult | Refused

/** What became of a read: it waits for its confirmation, which comes as a ReadState, unless leadership changes before. */
export type ReadIndexResult =
  | {
      /** The leader that confirms it: this node or another. */
      readonly asked: NodeId
      readonly dropped?: undefined
    }
  | { readonly dropped: DropReason; readonly asked?: undefined }

/** What became of the wish to stand for election. Whether it is won shows later, in `Ready.softState`. */
export type CampaignResult =
  | { readonly started: true; readonly refused?: undefined }
  | { readonly refused: ElectionRefusal | 'already-leader'; readonly started?: undefined }

/** What became of the wish to hand leadership over. */
export type TransferResult =
  | {
      /** It has begun; proposals are dropped until it is over. */
      readonly started: NodeId
      readonly forwarded?: undefined
      readonly refused?: undefined
    }
  | {
      /** The leader that was asked to. */
      readonly forwarded: NodeId
      readonly started?: undefined
      readonly refused?: undefined
    }
  | { readonly refused: TransferRefusal; readonly started?: undefined; readonly forwarded?: undefined }
