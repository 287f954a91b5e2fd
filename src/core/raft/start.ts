/** How a node comes to be: from its options and what its storage holds, for the first time or again (figure 2). */

import { changeConfig } from '../confchange/changer.ts'
import { ConfChangeError, OptionsError, StorageError } from '../errors.ts'
import { RaftLog } from '../log/raft-log.ts'
import type { ResolvedRaftOptions } from '../options.ts'
import { canonicalConfState } from '../conf-state.ts'
import type { ConfChangeEntry, ConfState, HardState, LogIndex, Term } from '../types.ts'
import { Outbox } from './outbox.ts'
import type { Raft } from './state.ts'
import { drawElectionTimeout } from './transitions.ts'

/** A follower with the term, the vote and the log of its storage. Throws where these do not fit together. */
export function startRaft(options: ResolvedRaftOptions): Raft {
  const log = new RaftLog(options.storage, options.maxCommittedSizePerReady)
  const hardState = log.storedHardState()
  const stored = log.storedConfState()
  checkHardState(log, hardState)
  if (stored.index > log.lastIndex)
    throw new StorageError(
      `Storage's log ends at ${log.lastIndex}, before its configuration of ${stored.index}`,
      stored,
    )
  const applied = appliedAtStart(options, log)
  // What was applied was committed, whatever the stored commit index says: on its own it is written without a sync.
  log.commitTo(Math.max(hardState?.commit ?? 0, stored.index, applied))
  log.appliedTo(applied, 0)
  log.durableTo(options.referenceBehaviour ? Infinity : log.committed)
  const config = configAtStart(log, canonicalConfState(stored.confState), stored.index, applied)
  const configIndex = Math.max(stored.index, applied)
  const term = termAtStart(options, log, hardState)
  const raft: Raft = {
    id: options.id,
    options,
    log,
    outbox: new Outbox(),
    term,
    vote: term === hardState?.term ? hardState.vote : null,
    role: { name: 'follower', leader: null },
    config,
    configIndex,
    appliedConfig: config,
    appliedConfigIndex: configIndex,
    readStates: [],
    droppedReads: [],
    ticks: 0,
    // Before a restart it may have confirmed a leader's lease, and does not remember when (thesis §6.4.1).
    promisedUntil:
      options.readOnly === 'lease-based' && hardState !== null && !options.referenceBehaviour
        ? options.electionTick
        : 0,
    electionElapsed: 0,
    heartbeatElapsed: 0,
    randomizedElectionTimeout: options.electionTick,
    priority: options.priority,
  }
  drawElectionTimeout(raft)
  return raft
}

function checkHardState(log: RaftLog, hardState: HardState | null): void {
  const { firstIndex, lastIndex } = log
  if (hardState === null) {
    if (lastIndex >= firstIndex)
      throw new StorageError(
        `Storage holds entries up to ${lastIndex} and no hard state: term and vote were lost`,
        hardState,
      )
    return
  }
  if (hardState.commit > lastIndex)
    throw new StorageError(
      `Storage's log ends at ${lastIndex}, before its commit index ${hardState.commit}: entries were lost`,
      hardState,
    )
  if (lastIndex >= firstIndex && hardState.term < log.lastTerm)
    throw new StorageError(
      `Storage holds an entry of term ${log.lastTerm}, later than its hard state's ${hardState.term}: term and vote were lost`,
      hardState,
    )
}

/** A snapshot that a group begins with is of term 1 and says nothing; one of a later term says that there was an election. */
function termAtStart(options: ResolvedRaftOptions, log: RaftLog, hardState: HardState | null): Term {
  const term = hardState?.term ?? 0
  return log.lastTerm > 1 && !options.referenceBehaviour ? Math.max(term, log.lastTerm) : term
}

function appliedAtStart(options: ResolvedRaftOptions, log: RaftLog): LogIndex {
  const { firstIndex, lastIndex } = log
  const applied = options.applied ?? snapshotIndex(log)
  if (applied < firstIndex - 1 || applied > lastIndex)
    throw new OptionsError(
      'applied',
      `between ${firstIndex - 1}, where the stored log begins, and ${lastIndex}, where it ends`,
      applied,
      'Pass the index of the last entry that the state machine holds, or restore it from the snapshot and leave this out',
    )
  return applied
}

/** Where a state machine goes on that was rebuilt from the snapshot. */
function snapshotIndex(log: RaftLog): LogIndex {
  const index = log.storedSnapshotIndex()
  if (index > log.lastIndex)
    throw new StorageError(
      `Storage's log ends at ${log.lastIndex}, before its snapshot ${index}: they do not belong together`,
      index,
    )
  // 0 if it is temporarily unavailable: then nothing but the beginning of the log says what the state machine can hold.
  if (index > 0 && index < log.firstIndex - 1)
    throw new StorageError(
      `Storage's newest snapshot is of ${index}, but its log begins at ${log.firstIndex}: what lies between is lost`,
      index,
    )
  return Math.max(index, log.firstIndex - 1)
}

/** What the state machine had applied is not handed out again, its membership changes neither: they are made up for here. */
function configAtStart(log: RaftLog, confState: ConfState, index: LogIndex, applied: LogIndex): ConfState {
  let config = confState
  for (let lo = index + 1; lo <= applied;) {
    const page = log.slice(lo, applied + 1, pageSize)
    if (page === 'compacted')
      throw new StorageError(
        `Storage's configuration is of index ${index}, but its log begins at ${log.firstIndex}`,
        index,
      )
    for (const entry of page) if (entry.type !== 'EntryNormal') config = changed(config, entry)
    lo += page.length
  }
  return config
}

/** Bytes that are read at once where all of a long log is gone through. */
const pageSize = 1024 * 1024

function changed(config: ConfState, entry: ConfChangeEntry): ConfState {
  try {
    return changeConfig(config, entry.change).config
  } catch (error) {
    // The application may have skipped a change that was impossible, then and now.
    if (error instanceof ConfChangeError) return config
    throw error
  }
}
