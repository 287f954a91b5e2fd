/**
 * raftpb.Message as it is: one record with a field for everything that any message has. `null` is a field that is not there.
 * Field numbers above 1000 are quorate's own; docs/WIRE-FORMAT.md says what each is for.
 */

import type { ProposedEntry, Session } from '../core/messages.ts'
import type { Entry, LogIndex, NodeId, Snapshot, Term } from '../core/types.ts'

/** By the names of raft.proto, in the order of their numbers. */
export class WireMessage {
  /** Field 1, raftpb.MessageType. */
  type: number
  /** Field 2. */
  to: NodeId
  /** Field 3. */
  from: NodeId
  /** Field 4. */
  term: Term | null = null
  /** Field 5. */
  logTerm: Term | null = null
  /** Field 6. */
  index: LogIndex | null = null
  /** Field 7, of entries that have their place in a log; whatever is read is read as such. */
  entries: readonly Entry[] = []
  /** Field 7, of those that have none yet. */
  proposals: readonly ProposedEntry[] = []
  /** Field 8. */
  commit: LogIndex | null = null
  /** Field 9. */
  snapshot: Snapshot | null = null
  /** Field 10. */
  reject = false
  /** Field 11. */
  rejectHint: LogIndex | null = null
  /** Field 12. */
  context: Uint8Array | null = null
  /** Field 15 of eraftpb. etcd has none; its 13 and 14 are of messages to its own threads. */
  commitTerm: Term | null = null
  /** Field 16 of eraftpb, and 1002 else. */
  priority = 0
  /** Field 1001. */
  session: Session = null
  /** Field 1003. */
  committedIndex: LogIndex | null = null
  /** Field 1004. */
  committedTerm: Term | null = null
  /** Field 1006. */
  byRound = false

  constructor(type: number, from: NodeId, to: NodeId) {
    this.type = type
    this.from = from
    this.to = to
  }
}

/** The tags above 1000, and those of eraftpb: `number * 8 + wire type`. */
export const tags = {
  /** eraftpb 15, a varint. */
  commitTerm: 120,
  /** eraftpb 16, a varint. */
  eraftPriority: 128,
  /** 1001, a varint. */
  session: 8008,
  /** 1002, a varint. */
  priority: 8016,
  /** 1003, a varint. */
  committedIndex: 8024,
  /** 1004, a varint. */
  committedTerm: 8032,
  /** 1005, bytes. */
  cluster: 8042,
  /** 1006, a varint. */
  byRound: 8048,
} as const
