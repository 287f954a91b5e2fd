/** The first start of a group without a snapshot: its members are the first entries of everybody's log. */

import { UsageError } from '../errors.ts'
import type { ConfChangeEntry, NodeId } from '../types.ts'
import { applyConfChange } from './membership.ts'
import type { Raft } from './state.ts'
import { becomeFollower } from './transitions.ts'
import { commitTo } from './commit.ts'

/** A first member. */
export interface BootstrapPeer {
  readonly id: NodeId
  /** Bytes for the application, such as an address; they come out again with the entry. */
  readonly context?: Uint8Array | undefined
}

/**
 * Puts one membership change per peer into the empty log, committed in term 1. Every first member must be given the same
 * peers in the same order, or they are not of one group.
 */
export function bootstrap(raft: Raft, peers: readonly BootstrapPeer[]): void {
  if (raft.log.lastIndex > 0 || raft.term > 0)
    throw new UsageError(
      'ERR_ALREADY_BOOTSTRAPPED',
      `Expected an empty storage, got one whose log ends at ${raft.log.lastIndex}, in term ${raft.term}`,
      'Bootstrap only the first start of a group; a restart goes on from its storage, a new member waits to be added',
      peers,
    )
  becomeFollower(raft, 1, null)
  const entries = peers.map(({ id, context }, i): ConfChangeEntry => ({
    type: 'EntryConfChange',
    term: 1,
    index: i + 1,
    change: { version: 1, type: 'AddNode', nodeId: id, context: context ?? null },
  }))
  raft.log.append(entries)
  commitTo(raft, entries.length)
  // In force at once, or nobody could ever stand for election: these entries have to be handed out first, and applied.
  for (const entry of entries) applyConfChange(raft, entry)
}
