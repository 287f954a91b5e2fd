/** How something gets into the log: the leader gives it an index and its term, and looks first whether it may (§5.3). */

import { changeConfig } from '../confchange/changer.ts'
import { ConfChangeError } from '../errors.ts'
import { payloadSize } from '../entry-size.ts'
import type { ProposedEntry } from '../messages.ts'
import { isJoint } from '../conf-state.ts'
import type { RaftLog } from '../log/raft-log.ts'
import { isIndex } from '../validity.ts'
import type { ConfChangeRefusal, DropReason } from '../trace.ts'
import type { Bytes, ConfChange, Entry, LogIndex, Term } from '../types.ts'
import { acknowledgeSelf, broadcastAppend } from './replication.ts'
import type { Leader } from './role.ts'
import { type Raft, tell } from './state.ts'

/** On a leader: appends and replicates what is proposed, all of it or nothing. Answers what became of it, or why nothing. */
export function proposeOnLeader(
  raft: Raft,
  leader: Leader,
  proposed: readonly ProposedEntry[],
): Draft | DropReason {
  const draft = new Draft(raft, leader, proposed)
  const dropped = whyDropped(raft, leader, draft)
  if (dropped === null) append(raft, leader, draft)
  else tell(raft, { type: 'proposalDropped', why: dropped })
  return dropped ?? draft
}

/** What a new leader does first: an entry of its own term, which also commits what its predecessors left (§5.4.2, §8). */
export function appendNoOp(raft: Raft, leader: Leader): void {
  append(raft, leader, new Draft(raft, leader, [{ type: 'EntryNormal', data: null }]))
}

/** Are there indexes for so many entries, and one more for that with which a removed leader leaves? */
export function hasRoomFor(log: RaftLog, count: number): boolean {
  return isIndex(log.lastIndex + count + 1)
}

function whyDropped(raft: Raft, leader: Leader, { entries, size }: Draft): DropReason | null {
  if (!hasRoomFor(raft.log, entries.length)) return 'log-full'
  if (leader.progress.get(raft.id) === undefined) return 'removed'
  if (leader.transferee !== null) return 'transferring'
  // One proposal always passes while nothing else waits, however large; and an empty one costs nothing.
  const overloaded =
    leader.uncommittedSize > 0 && size > 0 && leader.uncommittedSize + size > raft.options.maxUncommittedSize
  return overloaded ? 'overloaded' : null
}

function append(raft: Raft, leader: Leader, draft: Draft): void {
  const { entries } = draft
  raft.log.append(entries)
  leader.uncommittedSize += draft.size
  leader.pendingConfIndex = draft.pendingConfIndex
  if (raft.options.coalesceAppends) leader.selfAckDue = true
  else acknowledgeSelf(raft, leader)
  if (raft.options.trace !== null) {
    for (const { index, why } of draft.refused) tell(raft, { type: 'confChangeRefused', index, why })
    tell(raft, { type: 'entriesAppended', entries, truncatedFrom: null })
  }
  broadcastAppend(raft, leader)
}

/** The entries that a proposal would become. Nothing has happened before they are appended. */
export class Draft {
  readonly entries: Entry[] = []
  /** Membership changes that are not possible now, each in whose place stands an empty entry. */
  readonly refused: { readonly index: LogIndex; readonly why: ConfChangeRefusal }[] = []
  size: Bytes = 0
  pendingConfIndex: LogIndex

  constructor(raft: Raft, leader: Leader, proposed: readonly ProposedEntry[]) {
    this.pendingConfIndex = leader.pendingConfIndex
    const { term, log } = raft
    let index = log.lastIndex
    for (const content of proposed) {
      const entry = this.#entry(raft, content, term, ++index)
      this.entries.push(entry)
      this.size += payloadSize(entry)
    }
  }

  #entry(raft: Raft, content: ProposedEntry, term: Term, index: LogIndex): Entry {
    if (content.type === 'EntryNormal') return { type: 'EntryNormal', term, index, data: content.data }
    const why = raft.options.disableConfChangeValidation
      ? null
      : whyRefused(raft, this.pendingConfIndex, content.change)
    if (why !== null) {
      // As etcd: the index is used up all the same, by an entry without a command.
      this.refused.push({ index, why })
      return { type: 'EntryNormal', term, index, data: raft.options.referenceBehaviour ? refusedData : null }
    }
    this.pendingConfIndex = index
    if (content.type === 'EntryConfChange')
      return { type: 'EntryConfChange', term, index, change: content.change }
    return { type: 'EntryConfChangeV2', term, index, change: content.change }
  }
}

/** In the reference such an entry is two bytes larger than other empty ones, which shows where a limit on sizes cuts. */
const refusedData = new Uint8Array()

/** Why a membership change may not be proposed now; null if it may. */
function whyRefused(
  raft: Raft,
  pendingConfIndex: LogIndex,
  change: ConfChange | null,
): ConfChangeRefusal | null {
  // thesis §4.1: one change at a time. It may lie in the log of a predecessor, therefore an index and not a flag.
  if (pendingConfIndex > raft.log.applied) return 'pending-change'
  const leaves = change === null || (change.version === 2 && change.changes.length === 0)
  if (isJoint(raft.config) && !leaves) return 'still-joint'
  if (!isJoint(raft.config) && leaves) return 'not-joint'
  if (raft.options.referenceBehaviour) return null
  // Nothing else is pending, so it will be applied to the configuration of now: what fails there, fails here first.
  try {
    changeConfig(raft.config, change)
    return null
  } catch (error) {
    if (error instanceof ConfChangeError) return 'impossible'
    throw error
  }
}
