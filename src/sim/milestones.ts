/**
 * What a batch of runs must have seen at least once: a simulator that never gets somewhere proves nothing about it. Counted
 * in every run, and looked at over a batch of a thousand seeds.
 */

import type { RaftErrorCode } from '../core/errors.ts'
import type { TransferRefusal } from '../core/raft/transfer.ts'
import type { ConfChangeRefusal, DropReason } from '../core/trace.ts'

/** One line each. */
export const milestones = [
  // Elections (§5.2, thesis §3.10, thesis §9.6).
  'leader elected',
  'several candidates in one term',
  'election lost',
  'pre-vote lost',
  'candidate yields to the leader of its term',
  'leader deposed by a later term',
  'leader without a quorum steps down',
  'new leader crashes',
  'new leader cut off',
  'vote refused: stale-log',
  'vote refused: already-voted',
  'vote refused: leader-known',
  'vote refused: stale-term',
  'vote refused: lower-priority',
  'vote not answered while a leader is heard',
  'vote for a candidate that is no member here',
  'election held back: not-promotable',
  'election held back: promised',
  'election held back: unapplied-conf-change',
  'leader elected by one vote, its own',
  'coup',
  'two rivals',
  'transfer asked for',
  'transfer led to an election',
  'transfer aborted: timeout',
  'transfer aborted: replaced',

  // The log (§5.3, §5.4).
  'append rejected',
  'conflict cut off',
  'conflict of three entries or more cut off',
  'entries of an earlier term committed with a later one',
  'message of an earlier term ignored',
  'proposal forwarded',
  'proposal overwritten',
  'proposal dropped: no-leader',
  'proposal dropped: overloaded',
  'proposal dropped: transferring',
  'proposal dropped: forwarding-disabled',
  'window of a follower full',

  // Snapshots (§7).
  'snapshot made',
  'log compacted',
  'snapshot installed',
  'snapshot in place of entries of its own',
  'snapshot ignored: stale',
  'snapshot ignored: matches',
  'snapshot while entries wait to be applied',

  // Membership (§6, thesis §4).
  'joint configuration entered',
  'joint configuration left',
  'partition of a joint configuration',
  'leader elected in a joint configuration',
  'voter on its way to learner',
  'learner promoted',
  'voter removed',
  'leader that was removed steps down',
  'removed and added again',
  'promoted, and told to lead',
  'who knows of a new membership falls silent',
  'removed node stopped for good',
  'answer of an earlier membership not believed',
  'impossible membership change skipped',
  'membership change refused: pending-change',
  'membership change refused: still-joint',

  // Reads and clients (§8, thesis §6.4).
  'read waits for its index',
  'read dropped: no-leader',
  'read dropped: lost-leadership',
  'request waits for a process that stands still',
  'command tried again',
  'command repeated and not done again',
  'command refused everywhere',
  'outcome unknown',

  // Crashes and disks.
  'crash before the messages',
  'crash in the middle of sending',
  'crash before the write',
  'crash before the sync',
  'crash before what was promised is sent',
  'crash before it is applied',
  'crash before advance',
  'crash between two responses',
  'crash before it is said to be applied',
  'several nodes crash at once',
  'all nodes down at once',
  'torn tail cut off',
  'damaged log refused',
  'stopped by its disk',
  'restart with what the state machine had applied',
  'several writes by one sync',
  'write finished in a later term',
  'write finished of entries that were overwritten',
  'message refused: ERR_UNKNOWN_PEER',
  'message refused: ERR_INVALID_MESSAGE',

  // Recovery.
  'recovery of a bare quorum',
  'recovery by hearsay',
  'shrunk to a single voter',
  'a leader in peace while others flap',
] as const

/** What is counted, and must have been seen. */
export type Milestone = (typeof milestones)[number]

/** What a run counts: milestones, and what need not be seen. */
export type Sight =
  | Milestone
  | 'history of a key undecided'
  | 'added again'
  | `partition: ${string}`
  | `proposal dropped: ${DropReason}`
  | `read dropped: ${DropReason}`
  | `membership change refused: ${ConfChangeRefusal}`
  | `message refused: ${RaftErrorCode}`
  | `transfer refused: ${TransferRefusal}`
  | 'transfer aborted: removed'
  | 'snapshot ignored: not-a-member'
  | 'election held back: terms-used-up'
  | 'election held back: log-full'
