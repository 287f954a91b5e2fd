/**
 * RawNode: one Raft node without clock, network or disk. Whoever owns it calls `tick` as time passes, `step` as messages
 * arrive, and works off what `ready` answers. Everything is synchronous; nothing happens by itself.
 */

import {
  argumentError,
  checkBytes,
  checkId,
  checkInteger,
  checkOutcome,
  copyConfChange,
  copyPeers,
  entriesOfBatch,
  readConfChangeEntry,
} from './check-argument.ts'
import { checkMessage } from './check-message.ts'
import { asRaftError, isFatal, type RaftError, StorageError, UsageError } from './errors.ts'
import type { Message, ProposedEntry } from './messages.ts'
import { type RaftOptions, resolveOptions } from './options.ts'
import type {
  CampaignResult,
  ConfChangeResult,
  Dropped,
  ProposeResult,
  ReadIndexResult,
  TransferResult,
} from './outcomes.ts'
import { bootstrap, type BootstrapPeer } from './raft/bootstrap.ts'
import { hup } from './raft/election.ts'
import { checkInvariants, observe, type Observed } from './raft/invariants.ts'
import { applyConfChange, skipConfChange } from './raft/membership.ts'
import { proposeOnLeader } from './raft/proposal.ts'
import { handleSnapshotStatus, handleUnreachable, type SnapshotOutcome } from './raft/snapshot.ts'
import { startRaft } from './raft/start.ts'
import { forgetLeader, leaderOf, type Raft } from './raft/state.ts'
import { step, storageWritten, storageApplied } from './raft/step.ts'
import { tick } from './raft/tick.ts'
import { startTransfer } from './raft/transfer.ts'
import { ReadyCycle } from './ready-cycle.ts'
import type { Ready } from './ready.ts'
import { type Status, statusOf } from './status.ts'
import type { ConfChangeEntry, ConfChangeProposal, ConfState, NodeId } from './types.ts'

/**
 * One Raft node. A call that throws has changed nothing, with the exception of fatal errors (`ERR_LOG_LOST`, `ERR_STORAGE`,
 * `ERR_INVARIANT`): after one of these the node has stopped, and every later call throws the same error again.
 */
export class RawNode {
  readonly #raft: Raft
  readonly #cycle: ReadyCycle
  #fatal: RaftError | null = null
  #busy = false
  #observed: Observed

  /**
   * A node with the state that its storage holds: empty, bootstrapped, or left by an earlier run.
   * @throws OptionsError if an option is unknown, out of range or contradicts another
   * @throws StorageError if the storage fails, or holds what does not fit together
   */
  constructor(options: RaftOptions) {
    this.#raft = startRaft(resolveOptions(options))
    this.#cycle = new ReadyCycle(this.#raft)
    this.#observed = observe(this.#raft)
  }

  /** This node's identity. */
  get id(): NodeId {
    return this.#raft.id
  }

  /**
   * Writes the first members of a new group into an empty log. Prefer a storage that starts with a snapshot of the
   * membership, such as `MemStorage.bootstrap`: then who joins later gets it with the snapshot.
   * @throws UsageError if the storage is not empty, or there are no peers
   */
  bootstrap(peers: readonly BootstrapPeer[]): void {
    this.#run(() => {
      bootstrap(this.#raft, copyPeers(peers))
    })
  }

  /** One unit of time has passed: what `electionTick` and `heartbeatTick` are counted in. */
  tick(): void {
    this.#enter()
    try {
      tick(this.#raft)
      this.#leave()
    } catch (error) {
      throw this.#failed(error)
    }
  }

  /**
   * Takes in a message of a peer, or an answer of this node's storage threads.
   * @returns for a proposal or a read that could not be taken, why; `null` otherwise
   * @throws MessageError if it is not to be taken in: drop it. With `ERR_UNKNOWN_PEER` it is just a late answer of a member that
   * was removed; the other codes tell of a mistake in a peer or in the transport
   * @throws ReadyMisuseError if it says that something is written or applied which is not
   * @throws LogLostError if a heartbeat tells of a commit beyond this node's log: fatal
   */
  step(message: Message): Dropped | null {
    this.#enter()
    try {
      checkMessage(this.#raft, message)
      if (message.type === 'MsgStorageAppendResp') {
        this.#cycle.checkAppended(message)
        storageWritten(this.#raft, message)
      } else if (message.type === 'MsgStorageApplyResp') {
        const last = message.entries[message.entries.length - 1]
        if (last !== undefined) this.#cycle.checkConfChangesApplied(last.index)
        storageApplied(this.#raft, message)
      } else {
        if (
          message.from === this.#raft.id &&
          (message.type === 'MsgAppResp' || message.type === 'MsgVoteResp')
        )
          this.#cycle.checkOwnAnswer(message)
        const dropped = step(this.#raft, message)
        this.#leave()
        return dropped === null ? null : { dropped }
      }
      this.#leave()
      return null
    } catch (error) {
      throw this.#failed(error)
    }
  }

  /** Stands for election now, without waiting for the timeout. */
  campaign(): CampaignResult {
    return this.#run(() => {
      const refused = hup(this.#raft, 'campaign')
      return refused === null ? { started: true } : { refused }
    })
  }

  /**
   * Proposes a command.
   * @param data - handed over: not to be changed from now on
   */
  propose(data: Uint8Array): ProposeResult {
    return this.#run(() => {
      checkBytes('data', data)
      return this.#propose([{ type: 'EntryNormal', data }]) as ProposeResult
    })
  }

  /**
   * Proposes several commands, which are appended one behind the other, all or none.
   * @throws UsageError if there are none, or one is no Uint8Array
   */
  proposeBatch(batch: readonly Uint8Array[]): ProposeResult {
    return this.#run(() => this.#propose(entriesOfBatch(batch)) as ProposeResult)
  }

  /**
   * Proposes a change of the membership. It takes effect when it is committed and `applyConfChange` is called with its entry,
   * on each node. A change that is not possible now is refused, and uses up an index.
   * @throws UsageError if it is no proper change
   */
  proposeConfChange(change: ConfChangeProposal): ConfChangeResult {
    return this.#run(() => {
      const copy = copyConfChange(change)
      return this.#propose([
        copy.version === 1
          ? { type: 'EntryConfChange', change: copy }
          : { type: 'EntryConfChangeV2', change: copy },
      ])
    })
  }

  /**
   * Makes a committed membership change, when its entry is applied. Changes that a snapshot has brought already are ignored.
   * @returns the membership from now on: store it with the next snapshot
   * @throws ConfChangeError if the change is impossible; `skipConfChange` gets past it
   */
  applyConfChange(entry: ConfChangeEntry): ConfState {
    return this.#run(() => {
      const own = readConfChangeEntry(entry, this.#raft.log)
      this.#cycle.checkConfChange(own.index)
      return applyConfChange(this.#raft, own)
    })
  }

  /**
   * Gets past a committed membership change without making it: a veto of the application, which must be the same on every node.
   * The log does not tell that it was skipped: store what this answers with `storage.saveConfState`, or a restart makes the
   * change after all.
   * @returns the membership, as it was
   */
  skipConfChange(entry: ConfChangeEntry): ConfState {
    return this.#run(() => {
      const own = readConfChangeEntry(entry, this.#raft.log)
      this.#cycle.checkConfChange(own.index)
      if (own.change === null && this.#raft.config.autoLeave)
        throw argumentError(
          'Expected a change that somebody proposed, got the end of a joint configuration',
          'Apply it: skipped, it would be proposed again for ever',
          entry,
        )
      return skipConfChange(this.#raft, own)
    })
  }

  /** Is there anything to do? */
  hasReady(): boolean {
    return this.#run(() => this.#cycle.hasReady())
  }

  /**
   * What is to be done now. Without `asyncStorageWrites` one Ready is out at a time: give it back to `advance`.
   * @throws ReadyMisuseError if one is out
   */
  ready(): Ready {
    this.#enter()
    try {
      const ready = this.#cycle.ready()
      this.#leave()
      return ready
    } catch (error) {
      throw this.#failed(error)
    }
  }

  /**
   * The Ready is written, sent and applied.
   * @throws ReadyMisuseError if it is not the one that is out, storage does not hold what it says, or a membership change
   * in it was not applied
   */
  advance(ready: Ready): void {
    this.#enter()
    try {
      this.#cycle.advance(ready)
      this.#leave()
    } catch (error) {
      throw this.#failed(error)
    }
  }

  /**
   * Asks for a linearizable read. When a ReadState with this `context` comes, wait until its index is applied, then read.
   * None comes if a message is lost on the way or leadership changes; only what a leader itself has asked and had to drop is
   * told, in `droppedReads`. Ask again after a while, with a new context.
   * @param context - to tell reads apart by; handed over, so do not change it
   * @param byRound - with lease reads: do not rely on the lease this time, but ask a majority
   */
  readIndex(context: Uint8Array, byRound = false): ReadIndexResult {
    return this.#run(() => {
      checkBytes('context', context)
      const { id: from } = this.#raft
      const asked = leaderOf(this.#raft)
      const dropped = step(this.#raft, {
        type: 'MsgReadIndex',
        from,
        to: asked ?? from,
        context,
        ...(byRound && { byRound }),
      })
      if (dropped !== null || asked === null) return { dropped: dropped ?? 'no-leader' }
      return { asked }
    })
  }

  /** Hands leadership to `target`, a voter; on a follower by asking the leader to. Given up after an election timeout. */
  transferLeadership(target: NodeId): TransferResult {
    return this.#run(() => {
      checkId('target', target)
      const raft = this.#raft
      if (raft.role.name === 'leader') {
        const refused = startTransfer(raft, raft.role, target)
        return refused === null ? { started: target } : { refused }
      }
      const forwarded = leaderOf(raft)
      if (forwarded === null) return { refused: 'no-leader' }
      step(raft, { type: 'MsgTransferLeader', from: target, to: raft.id, term: raft.term })
      return { forwarded }
    })
  }

  /**
   * On a follower: forget who leads, so that votes are given again before the timeout. For an application that knows by other
   * means that the leader is gone. Without effect on other roles and with lease reads, whose promise it would break.
   */
  forgetLeader(): void {
    this.#run(() => forgetLeader(this.#raft))
  }

  /** The last message to `id` could not be delivered. A leader sends to it more carefully then. */
  reportUnreachable(id: NodeId): void {
    this.#run(() => {
      checkId('id', id)
      if (this.#raft.role.name === 'leader') handleUnreachable(this.#raft.role, id)
    })
  }

  /** How sending a snapshot to `id` went. Call it for every MsgSnap: until then nothing else is sent to `id`. */
  reportSnapshot(id: NodeId, outcome: SnapshotOutcome): void {
    this.#run(() => {
      checkId('id', id)
      checkOutcome(outcome)
      if (this.#raft.role.name === 'leader') handleSnapshotStatus(this.#raft.role, id, outcome)
    })
  }

  /** From now on this node votes and stands for election with this priority: see the option of the name. */
  setPriority(priority: number): void {
    this.#run(() => {
      checkInteger('priority', priority, Number.MIN_SAFE_INTEGER)
      this.#raft.priority = priority
    })
  }

  /** Fixes the present election timeout, in ticks, until the next change of role draws one. For tests and simulations. */
  setRandomizedElectionTimeout(ticks: number): void {
    this.#run(() => {
      checkInteger('ticks', ticks, 1)
      this.#raft.randomizedElectionTimeout = ticks
    })
  }

  /** This node at a glance. Still answers after a fatal error, unless it was storage that failed. */
  status(): Status {
    if (this.#fatal instanceof StorageError) throw this.#fatal
    try {
      return statusOf(this.#raft)
    } catch (error) {
      throw this.#failed(error)
    }
  }

  #propose(entries: readonly ProposedEntry[]): ConfChangeResult {
    const raft = this.#raft
    const { role, term } = raft
    if (role.name === 'leader') {
      const result = proposeOnLeader(raft, role, entries)
      if (typeof result === 'string') return { dropped: result }
      const index = raft.log.lastIndex - entries.length + 1
      const refused = result.refused[0]
      return refused === undefined ? { index, term } : { refused: refused.why, index, term }
    }
    const forwarded = leaderOf(raft)
    const dropped = step(raft, { type: 'MsgProp', from: raft.id, to: forwarded ?? raft.id, entries })
    if (dropped !== null || forwarded === null) return { dropped: dropped ?? 'no-leader' }
    return { forwarded }
  }

  #run<T>(call: () => T): T {
    this.#enter()
    try {
      const result = call()
      this.#leave()
      return result
    } catch (error) {
      throw this.#failed(error)
    }
  }

  #enter(): void {
    if (this.#fatal !== null) throw this.#fatal
    if (this.#busy)
      throw new UsageError(
        'ERR_REENTRANT',
        'A call was made from within another one, out of the trace, the storage or the random function',
        'Take note there, and call when the first call has returned',
      )
    this.#busy = true
  }

  #leave(): void {
    this.#busy = false
    if (!this.#raft.options.invariants) return
    checkInvariants(this.#raft, this.#observed)
    this.#observed = observe(this.#raft)
  }

  /** What is the caller's mistake leaves the node as it was. After anything else nobody knows how it is: it stops. */
  #failed(error: unknown): RaftError {
    this.#busy = false
    const known = asRaftError(error)
    if (isFatal(known)) this.#fatal = known
    return known
  }
}
