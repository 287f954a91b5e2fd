/** Messages, entries and states at random, with everything in them that the types allow. */

import fc from 'fast-check'
import type {
  ConfChangeSingle,
  ConfChangeV1,
  ConfChangeV2,
  ConfState,
  Entry,
  EntryId,
  HardState,
  HeartbeatContext,
  PeerMessage,
  ProposedEntry,
  Snapshot,
} from 'quorate'

const largest = Number.MAX_SAFE_INTEGER

/** Where the length of a varint changes, and everything between. */
const anyCount: fc.Arbitrary<number> = fc.oneof(
  fc.nat(300),
  fc.nat({ max: largest }),
  fc.integer({ min: 0, max: 53 }).map((bits) => 2 ** bits - 1),
  fc.integer({ min: 0, max: 52 }).map((bits) => 2 ** bits),
)

/** Payloads, now and then one that is a view of something larger. */
const anyBytes: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.uint8Array({ maxLength: 300 }), fc.nat(3))
  .map(([content, skip]) => content.subarray(skip))

const orNull = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(some, { nil: null })

const anySingle: fc.Arbitrary<ConfChangeSingle> = fc.record({
  type: fc.constantFrom('AddNode' as const, 'RemoveNode', 'UpdateNode', 'AddLearnerNode'),
  nodeId: anyCount,
})

const anyV1: fc.Arbitrary<ConfChangeV1> = fc
  .tuple(anySingle, orNull(anyBytes))
  .map(([{ type, nodeId }, context]) => ({ version: 1, type, nodeId, context }))

const anyV2: fc.Arbitrary<ConfChangeV2> = fc.record({
  version: fc.constant(2 as const),
  transition: fc.constantFrom('auto' as const, 'implicit', 'explicit'),
  changes: fc.array(anySingle, { maxLength: 5 }),
  context: orNull(anyBytes),
})

const anyProposal: fc.Arbitrary<ProposedEntry> = fc.oneof(
  fc.record({ type: fc.constant('EntryNormal' as const), data: orNull(anyBytes) }),
  fc.record({ type: fc.constant('EntryConfChange' as const), change: anyV1 }),
  fc.record({ type: fc.constant('EntryConfChangeV2' as const), change: orNull(anyV2) }),
)

export const anyEntry: fc.Arbitrary<Entry> = fc
  .tuple(anyProposal, anyCount, anyCount)
  .map(([proposal, term, index]) => Object.assign({ term, index }, proposal))

const ids = fc.array(anyCount, { maxLength: 5 })

export const anyConfState: fc.Arbitrary<ConfState> = fc.record({
  voters: ids,
  votersOutgoing: ids,
  learners: ids,
  learnersNext: ids,
  autoLeave: fc.boolean(),
})

export const anyHardState: fc.Arbitrary<HardState> = fc.record({
  term: anyCount,
  vote: orNull(anyCount.map((id) => Math.max(1, id))),
  commit: anyCount,
})

export const anySnapshot: fc.Arbitrary<Snapshot> = fc.record({
  index: anyCount,
  term: anyCount,
  confState: anyConfState,
  data: anyBytes,
})

/** Bytes that could not be a number of ours: those are read as the number. */
const foreignContext = fc
  .uint8Array({ minLength: 1, maxLength: 20 })
  .filter((content) => content.length !== 8 || (content[0] as number) > 0 || (content[1] as number) > 0x1f)
const anyContext: fc.Arbitrary<HeartbeatContext> = fc.oneof(fc.constant(null), anyCount, foreignContext)

const committed: fc.Arbitrary<EntryId | null> = orNull(fc.record({ term: anyCount, index: anyCount }))
const ends = { from: anyCount, to: anyCount }
const inTerm = { ...ends, term: anyCount }
const session = orNull(anyCount)
const is = <T extends string>(type: T): { type: fc.Arbitrary<T> } => ({ type: fc.constant(type) })
const vote = {
  ...inTerm,
  lastLogIndex: anyCount,
  lastLogTerm: anyCount,
  transfer: fc.boolean(),
  priority: fc.oneof(fc.constant(0), fc.maxSafeInteger()),
  committed,
}

/** By type: nothing is forgotten when one is added, or this does not compile. */
const byType: { readonly [T in PeerMessage['type']]: fc.Arbitrary<Extract<PeerMessage, { type: T }>> } = {
  MsgProp: fc.record({ ...is('MsgProp'), ...ends, entries: fc.array(anyProposal, { maxLength: 6 }) }),
  MsgApp: fc.record({
    ...is('MsgApp'),
    ...inTerm,
    session,
    prevLogIndex: anyCount,
    prevLogTerm: anyCount,
    entries: fc.array(anyEntry, { maxLength: 6 }),
    commit: anyCount,
  }),
  MsgAppResp: fc.oneof(
    fc.record({
      ...is('MsgAppResp'),
      ...inTerm,
      session,
      reject: fc.constant(false as const),
      match: anyCount,
    }),
    fc.record({
      ...is('MsgAppResp'),
      ...inTerm,
      session,
      reject: fc.constant(true as const),
      rejected: anyCount,
      hint: fc.record({ term: anyCount, index: anyCount }),
    }),
  ),
  MsgVote: fc.record({ ...is('MsgVote'), ...vote }),
  MsgPreVote: fc.record({ ...is('MsgPreVote'), ...vote }),
  MsgVoteResp: fc.record({ ...is('MsgVoteResp'), ...inTerm, reject: fc.boolean(), committed }),
  MsgPreVoteResp: fc.record({ ...is('MsgPreVoteResp'), ...inTerm, reject: fc.boolean(), committed }),
  MsgHeartbeat: fc.record({ ...is('MsgHeartbeat'), ...inTerm, commit: anyCount, context: anyContext }),
  MsgHeartbeatResp: fc.record({ ...is('MsgHeartbeatResp'), ...inTerm, context: anyContext }),
  MsgSnap: fc.record({ ...is('MsgSnap'), ...inTerm, session, snapshot: anySnapshot }),
  MsgTransferLeader: fc.record({ ...is('MsgTransferLeader'), ...inTerm }),
  MsgTimeoutNow: fc.record({ ...is('MsgTimeoutNow'), ...inTerm }),
  MsgReadIndex: fc.record(
    { ...is('MsgReadIndex'), ...ends, context: anyBytes, byRound: fc.constant(true) },
    { requiredKeys: ['type', 'from', 'to', 'context'] },
  ),
  MsgReadIndexResp: fc.record({ ...is('MsgReadIndexResp'), ...inTerm, index: anyCount, context: anyBytes }),
}

export const anyMessage: fc.Arbitrary<PeerMessage> = fc.oneof(...Object.values(byType))
