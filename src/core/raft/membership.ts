/**
 * Membership changes as they take effect: when they are applied (thesis §4.1), on every node alike. Differs from the paper,
 * where they do when they are appended: because of this no node stands for election with a committed change unapplied.
 */

import { changeConfig } from '../confchange/changer.ts'
import { canonicalConfState, isVoter } from '../conf-state.ts'
import type { Bytes, ConfChangeEntry, ConfState, LogIndex } from '../types.ts'
import { maybeCommit } from './commit.ts'
import { beginToLeave } from './leaving.ts'
import { proposeOnLeader } from './proposal.ts'
import { confirmReads, releaseParkedReads } from './read-index.ts'
import { broadcastAppend, maybeSendAppend } from './replication.ts'
import type { Leader } from './role.ts'
import { type Raft, tell } from './state.ts'
import { abortTransfer } from './transfer.ts'

const nobody: ReadonlySet<number> = new Set()

/** Makes a committed change. Throws ConfChangeError where it is impossible; then nothing has changed. */
export function applyConfChange(raft: Raft, entry: ConfChangeEntry): ConfState {
  // A snapshot that was installed meanwhile knows of it already: to make the change again would undo later ones (etcd#11510).
  if (entry.index <= raft.appliedConfigIndex) return raft.appliedConfig
  const { config, fresh } = changeConfig(raft.appliedConfig, entry.change)
  raft.appliedConfig = config
  raft.appliedConfigIndex = entry.index
  // A snapshot that waits to be installed is ahead of the application, which must be told what holds as of this entry: it
  // may make a snapshot of its own with it.
  if (entry.index <= raft.configIndex) return config
  raft.configIndex = entry.index
  switchConfig(raft, config, fresh)
  return config
}

/** Leaves the membership as it is in spite of a committed change. */
export function skipConfChange(raft: Raft, entry: ConfChangeEntry): ConfState {
  raft.configIndex = Math.max(raft.configIndex, entry.index)
  raft.appliedConfigIndex = Math.max(raft.appliedConfigIndex, entry.index)
  return raft.appliedConfig
}

/** The membership comes with a snapshot. */
export function restoreConfig(raft: Raft, confState: ConfState, index: LogIndex): void {
  raft.configIndex = index
  switchConfig(raft, canonicalConfState(confState), nobody)
}

/** The snapshot is installed: its membership is what the application goes on from. */
export function installConfig(raft: Raft, confState: ConfState, index: LogIndex): void {
  if (index <= raft.appliedConfigIndex) return
  raft.appliedConfig = canonicalConfState(confState)
  raft.appliedConfigIndex = index
}

/** Entries up to `index` are applied: `size` bytes as counted for the limit on applying, `payload` as for proposals. */
export function appliedTo(raft: Raft, index: LogIndex, size: Bytes, payload: Bytes): void {
  const { log, role } = raft
  log.appliedTo(Math.max(index, log.applied), size)
  if (role.name !== 'leader') return
  // It may have been proposed in an earlier term, and never have been counted.
  role.uncommittedSize = Math.max(0, role.uncommittedSize - payload)
  maybeLeaveJoint(raft, role)
}

/**
 * Proposes the end of a joint configuration that is committed and in force, if it is to end by itself (thesis §4.3). Whenever
 * this is dropped, because of a transfer for one, another occasion brings another try (etcd#12136).
 */
export function maybeLeaveJoint(raft: Raft, leader: Leader): void {
  if (raft.config.autoLeave && raft.log.applied >= leader.pendingConfIndex)
    proposeOnLeader(raft, leader, [{ type: 'EntryConfChangeV2', change: null }])
}

function switchConfig(raft: Raft, config: ConfState, fresh: ReadonlySet<number>): void {
  raft.config = config
  tell(raft, { type: 'configChanged', confState: config })
  if (raft.role.name === 'leader') followConfig(raft, raft.role, fresh)
}

/** On a leader: who is in, who is out, and what that changes at once. */
function followConfig(raft: Raft, leader: Leader, fresh: ReadonlySet<number>): void {
  const { config } = raft
  // A new member is probed from our end; heard from, so that it is given an election timeout to answer.
  leader.progress.reconfigure(config, fresh, Math.max(raft.log.lastIndex, 1), true)
  if (leader.transferee !== null && !isVoter(config, leader.transferee))
    abortTransfer(raft, leader, 'removed')
  const isOut = leader.progress.get(raft.id)?.isLearner ?? true
  // thesis §4.2.2: a leader manages the group without counting itself until its removal is committed, and then goes.
  if (isOut && raft.options.stepDownOnRemoval) beginToLeave(raft, leader)
  if (isOut && raft.options.referenceBehaviour) return
  // The quorum may have shrunk, and what waited for it may be confirmed or committed now.
  confirmReads(raft, leader)
  if (maybeCommit(raft, leader)) {
    releaseParkedReads(raft, leader)
    return broadcastAppend(raft, leader)
  }
  // Else tell new members at once that there is something to catch up with.
  for (const progress of leader.progress.all)
    if (progress.id !== raft.id) maybeSendAppend(raft, progress, false)
}
