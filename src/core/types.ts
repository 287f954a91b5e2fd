/**
 * The nouns of Raft: terms, indexes, ids, entries, and the three kinds of state a node keeps.
 * Plain data, no behaviour. Numbers are safe integers in memory and u64 on the wire (docs/adr/0001).
 */

declare const flavour: unique symbol
/** A number with a name: literals and arithmetic need no cast, yet an index does not pass for a term. */
export type Flavour<Name extends string> = number & { readonly [flavour]?: Name }

/** A period with at most one leader (§5.1). 0 before the first election; a safe integer. */
export type Term = Flavour<'Term'>

/** A position in the log (§5.3). The first entry has index 1, 0 stands before it; a safe integer. */
export type LogIndex = Flavour<'LogIndex'>

/** A member's identity: a safe integer >= 1, never reused, not even after its disk was wiped. */
export type NodeId = Flavour<'NodeId'>

/** A whole number of bytes; `Infinity` where a limit is switched off. */
export type Bytes = Flavour<'Bytes'>

/** What identifies an entry for good: two entries with equal index and term are the same entry (§5.3). */
export interface EntryId {
  readonly term: Term
  readonly index: LogIndex
}

/** A command for the state machine, or nothing. */
export interface EntryNormal {
  readonly type: 'EntryNormal'
  readonly term: Term
  readonly index: LogIndex
  /**
   * The proposed payload, by reference: whoever proposed it has handed it over and must not change it.
   * `null` marks an entry without a command, such as the one a new leader starts its term with (§8);
   * a state machine skips it.
   */
  readonly data: Uint8Array | null
}

/** A single-server membership change in its original form (thesis §4.1). */
export interface EntryConfChange {
  readonly type: 'EntryConfChange'
  readonly term: Term
  readonly index: LogIndex
  readonly change: ConfChangeV1
}

/** A membership change of any size, through joint consensus where it needs to be (thesis §4.3). */
export interface EntryConfChangeV2 {
  readonly type: 'EntryConfChangeV2'
  readonly term: Term
  readonly index: LogIndex
  /** `null` is the change a leader proposes by itself to leave a joint configuration. */
  readonly change: ConfChangeV2 | null
}

/** One slot of the replicated log. */
export type Entry = EntryNormal | EntryConfChange | EntryConfChangeV2

/** An entry that changes the membership; hand it to `RawNode.applyConfChange` when it is applied. */
export type ConfChangeEntry = EntryConfChange | EntryConfChangeV2

/** What is done to one node. `UpdateNode` changes nothing in Raft: it carries a context through the log. */
export type ConfChangeType = 'AddNode' | 'RemoveNode' | 'UpdateNode' | 'AddLearnerNode'

/** One step of a {@link ConfChangeV2}. A `nodeId` of 0 is a step the application has vetoed: it is skipped. */
export interface ConfChangeSingle {
  readonly type: ConfChangeType
  readonly nodeId: NodeId
}

/** One node added, removed, updated or added as a learner. */
export interface ConfChangeV1 {
  readonly version: 1
  readonly type: ConfChangeType
  readonly nodeId: NodeId
  /** Bytes of the application, carried along and never read here; `null` for none. */
  readonly context: Uint8Array | null
}

/**
 * How a change of configuration is made (thesis §4.3).
 * - `auto`: directly if it changes at most one voter, else through a joint configuration that ends by itself.
 * - `implicit`: through a joint configuration, which the leader leaves by itself as soon as it is applied.
 * - `explicit`: through a joint configuration that stays until somebody proposes an empty change.
 */
export type ConfChangeTransition = 'auto' | 'implicit' | 'explicit'

/** Several nodes changed at once. With `auto` and without changes it asks to leave the joint configuration. */
export interface ConfChangeV2 {
  readonly version: 2
  readonly transition: ConfChangeTransition
  readonly changes: readonly ConfChangeSingle[]
  /** Bytes of the application, carried along and never read here; `null` for none. */
  readonly context: Uint8Array | null
}

/** Either form of membership change, as it stands in the log. */
export type ConfChange = ConfChangeV1 | ConfChangeV2

/** A membership change as it is asked for: without a `context` it has none, without a `transition` that is `auto`. */
export type ConfChangeProposal =
  | (Omit<ConfChangeV1, 'context'> & { readonly context?: Uint8Array | null | undefined })
  | (Omit<ConfChangeV2, 'context' | 'transition'> & {
      readonly context?: Uint8Array | null | undefined
      readonly transition?: ConfChangeTransition | undefined
    })

/**
 * A membership. Every list is sorted and free of duplicates.
 * It is joint while `votersOutgoing` is not empty: then both halves must agree (thesis §4.3).
 */
export interface ConfState {
  /** Who votes; in a joint configuration the half that is coming in. */
  readonly voters: readonly NodeId[]
  /** The half of a joint configuration that is going out; empty otherwise. */
  readonly votersOutgoing: readonly NodeId[]
  /** Who receives the log and does not vote (thesis §4.2.1). */
  readonly learners: readonly NodeId[]
  /** Outgoing voters that become learners as soon as the joint configuration is left. */
  readonly learnersNext: readonly NodeId[]
  /** Does the leader leave this joint configuration by itself? */
  readonly autoLeave: boolean
}

/** What must be durable before a node answers anybody (figure 2, "persistent state"). Written as one record. */
export interface HardState {
  readonly term: Term
  /** Whom this node voted for in `term`; `null` for nobody. */
  readonly vote: NodeId | null
  /**
   * Known to be committed. After a crash it may be older than it was, if it was written alone, but not older than it was when
   * entries were last written: membership changes rely on it (docs/adr/0004).
   */
  readonly commit: LogIndex
}

/** The four roles of a server (§5.1; the pre-candidate is thesis §9.6). */
export type RoleName = 'follower' | 'pre-candidate' | 'candidate' | 'leader'

/** What is worth knowing and need not be durable. */
export interface SoftState {
  readonly leader: NodeId | null
  readonly role: RoleName
}

/** The state machine at `index`, standing in for all entries up to there (§7). */
export interface Snapshot {
  readonly index: LogIndex
  readonly term: Term
  /** The membership as of `index`. */
  readonly confState: ConfState
  /** The state machine's own bytes, handed over like a payload: not to be changed. */
  readonly data: Uint8Array
}

/** A read that may be served once this node has applied `index` (§8, thesis §6.4). */
export interface ReadState {
  readonly index: LogIndex
  /** What was passed to `RawNode.readIndex`. */
  readonly context: Uint8Array
}
