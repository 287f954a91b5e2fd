/** With `asyncStorageWrites`: a Ready's writes and applies as messages to the node's own storage threads (thesis §10.2.1). */

import type { MsgStorageAppend, MsgStorageAppendResp, MsgStorageApply, PeerMessage } from './messages.ts'
import type { Raft } from './raft/state.ts'
import type { Entry, EntryId, LogIndex } from './types.ts'

/** What is to be written. */
type Write = Pick<MsgStorageAppend, 'hardState' | 'entries' | 'snapshot' | 'mustSync'>

/** The commit index, for the answer to a write. */
interface CommitToWrite {
  readonly commit: LogIndex
  readonly mustTell: boolean
}

/**
 * The write, and what may be said once it is durable; null if there is neither.
 * @param responses - handed over
 * @param lastEntry - the last entry that is not durable; null if all are
 * @param commitToWrite - the commit index that was to be written by now, and whether this node waits to hear that it is durable
 */
export function storageAppend(
  { id: from, term }: Raft,
  { hardState, entries, snapshot, mustSync }: Write,
  responses: (PeerMessage | MsgStorageAppendResp)[],
  lastEntry: EntryId | null,
  commitToWrite: CommitToWrite,
): MsgStorageAppend | null {
  const isEmpty = hardState === null && entries.length === 0 && snapshot === null && responses.length === 0
  if (isEmpty && !commitToWrite.mustTell) return null
  // Asked for with every write while anything is unstable, not only with the write that carries it: the answer to that one
  // does not count any more if the term has changed meanwhile.
  if (lastEntry !== null || snapshot !== null || commitToWrite.mustTell)
    responses.push({
      type: 'MsgStorageAppendResp',
      from: 'AppendThread',
      to: from,
      term,
      lastEntry,
      snapshot,
      commit: commitToWrite.commit,
    })
  return {
    type: 'MsgStorageAppend',
    from,
    to: 'AppendThread',
    hardState,
    entries,
    snapshot,
    mustSync: mustSync || responses.length > 0,
    responses,
  }
}

/** The entries to apply; null if there are none. */
export function storageApply({ id: from }: Raft, entries: readonly Entry[]): MsgStorageApply | null {
  if (entries.length === 0) return null
  const responses = [{ type: 'MsgStorageApplyResp', from: 'ApplyThread', to: from, entries }] as const
  return { type: 'MsgStorageApply', from, to: 'ApplyThread', entries, responses }
}
