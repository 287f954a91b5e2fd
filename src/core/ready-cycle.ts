/**
 * Makes Readys and takes them back. It knows what has been handed out already, and catches it when the order of the calls
 * is not kept: a write that is forgotten loses data only much later, when nobody remembers why.
 */

import { ReadyMisuseError } from './errors.ts'
import { entriesSize, payloadsSize } from './entry-size.ts'
import type { MsgAppResp, MsgStorageAppendResp, MsgVoteResp, PeerMessage } from './messages.ts'
import { appliedTo } from './raft/membership.ts'
import { flushReadRound } from './raft/read-index.ts'
import { flushAppends } from './raft/replication.ts'
import { leaderOf, type Raft } from './raft/state.ts'
import { step, storageAppended } from './raft/step.ts'
import type { Ready } from './ready.ts'
import { storageAppend, storageApply } from './storage-messages.ts'
import type {
  Bytes,
  EntryId,
  HardState,
  LogIndex,
  ReadState,
  RoleName,
  NodeId,
  SoftState,
  Term,
} from './types.ts'

/** A Ready that is out, and what its `advance` has to tell the node. */
interface Outstanding {
  readonly ready: Ready
  readonly toSelf: readonly PeerMessage[]
  readonly term: Term
  readonly lastEntry: EntryId | null
  // Noted when the Ready was made: its arrays have been in other hands since.
  readonly written: EntryId | null
  readonly applied: { readonly index: LogIndex; readonly size: Bytes; readonly payload: Bytes } | null
}

const none: readonly never[] = Object.freeze([])

/** The cycle of `ready` and `advance` of one node. */
export class ReadyCycle {
  readonly #raft: Raft
  readonly #async: boolean
  #outstanding: Outstanding | null = null
  /** The indexes of membership changes that were handed out to be applied, ascending. */
  readonly #confChanges: LogIndex[] = []
  /** The indexes of snapshots that were handed out to be written, ascending (async). */
  #snapshots: LogIndex[] = []
  /** The membership change that waits for a write of which the answer was asked for already (async). */
  #barrier: LogIndex | null = null
  // What the application was last told.
  #term: Term
  #vote: NodeId | null
  #commit: LogIndex
  #leader: NodeId | null
  #role: RoleName

  constructor(raft: Raft) {
    this.#raft = raft
    this.#async = raft.options.asyncStorageWrites
    // What storage holds, which may be less than what a snapshot in it has told the node: then that is written first.
    const stored = raft.log.storedHardState()
    this.#term = stored?.term ?? 0
    this.#vote = stored?.vote ?? null
    this.#commit = raft.log.committed
    this.#leader = leaderOf(raft)
    this.#role = raft.role.name
  }

  /** Is there anything to do? */
  hasReady(): boolean {
    if (this.#hasWork()) return true
    this.#flush()
    return this.#hasWork()
  }

  /** All there is to do. It counts as handed out from now on. */
  ready(): Ready {
    if (this.#outstanding !== null)
      throw new ReadyMisuseError(
        'ready() was called while a Ready is out',
        'Finish it first: write, send, apply, then call advance() with it',
      )
    this.#flush()
    const { log, outbox, options } = this.#raft
    const softState = this.#nextSoftState()
    const committedEntries = log.nextCommitted(!this.#async)
    // The commit index may be lost, the others tell it again; but not where a membership rests on it (see RaftLog.#upToBarrier).
    const restsOnCommit =
      !options.referenceBehaviour &&
      (this.#async ? this.#mustTellCommit() : committedEntries.some(({ type }) => type !== 'EntryNormal'))
    const mustSync =
      log.unstable.hasNextEntries ||
      this.#raft.term !== this.#term ||
      this.#raft.vote !== this.#vote ||
      restsOnCommit
    const hardState = this.#nextHardState(restsOnCommit)
    const entries = log.unstable.hasNextEntries ? log.unstable.nextEntries() : none
    const snapshot = log.unstable.nextSnapshot()
    const lastEntry = log.unstable.hasEntries ? { term: log.lastTerm, index: log.lastIndex } : null
    const early = outbox.takeNow()
    const late = outbox.takeAfterPersist()
    // Only a leader speaks before its write is durable: its MsgApps promise nothing, for it does not count itself before
    // (thesis §10.2.1). Everybody else's messages tell of a term, a vote or a log that a crash could still take back.
    const isLeader = this.#raft.role.name === 'leader'
    const ready: Ready = {
      softState,
      hardState,
      readStates: this.#takeReadStates(),
      droppedReads: this.#takeDroppedReads(),
      entries,
      snapshot,
      committedEntries,
      messages: this.#async || isLeader ? early : none,
      persistedMessages: this.#async ? none : this.#toPeers(late, isLeader ? [] : early),
      mustSync,
      storageAppend: this.#async
        ? storageAppend(
            this.#raft,
            { hardState, entries, snapshot, mustSync },
            late,
            lastEntry,
            this.#commitToWrite(),
          )
        : null,
      storageApply: this.#async ? storageApply(this.#raft, committedEntries) : null,
    }
    if (!this.#async) this.#remember(ready, late, lastEntry)
    log.unstable.acceptInProgress()
    if (snapshot !== null && this.#async) this.#snapshots.push(snapshot.index)
    const last = committedEntries[committedEntries.length - 1]
    if (last !== undefined) log.acceptApplying(last.index, entriesSize(committedEntries), !this.#async)
    for (const entry of committedEntries)
      if (entry.type !== 'EntryNormal') this.#confChanges.push(entry.index)
    return ready
  }

  /** The Ready is done: it is written, sent and applied. */
  advance(ready: Ready): void {
    const outstanding = this.#checkAdvance(ready)
    const raft = this.#raft
    this.#outstanding = null
    // What this node says to itself comes first: its own acknowledgement looks up a term that is quicker found in memory.
    for (const m of outstanding.toSelf) step(raft, m)
    const { term, lastEntry } = outstanding
    if (lastEntry !== null || ready.snapshot !== null)
      storageAppended(raft, { term, lastEntry, snapshot: ready.snapshot })
    const { applied } = outstanding
    if (applied !== null) appliedTo(raft, applied.index, applied.size, applied.payload)
  }

  /** A write is said to be durable: does storage hold it, as far as it still counts? */
  checkAppended({ term, lastEntry, snapshot, commit }: MsgStorageAppendResp): void {
    const { log, term: now, options } = this.#raft
    if (options.referenceBehaviour) return
    const counts = lastEntry !== null && term === now && log.unstable.term(lastEntry.index) === lastEntry.term
    if (counts && !this.#isStored(lastEntry))
      throw notWritten(`the entries up to index ${lastEntry.index}`, whenDone)
    const { barrier } = log
    if (barrier !== null && commit >= barrier && (log.storedHardState()?.commit ?? 0) < barrier)
      throw notWritten(`that index ${barrier} is committed: a hard state is missing`, whenDone)
    if (snapshot === null) return
    const { index } = snapshot
    if (index > log.applied && !this.#snapshots.includes(index))
      throw new ReadyMisuseError(
        `A MsgStorageAppendResp was stepped for a snapshot at index ${index}, which was not handed out to be written`,
        'Step the responses of MsgStorageAppend as they are',
      )
    if (log.unstable.snapshot?.index === index && log.storedFirstIndex() <= index)
      throw notWritten(`the snapshot at index ${index}`, whenDone)
    this.#snapshots = this.#snapshots.filter((waiting) => waiting > index)
  }

  /** What this node says to itself once it is durable: is it? (async) */
  checkOwnAnswer(m: MsgAppResp | MsgVoteResp): void {
    const { log, term, options } = this.#raft
    if (m.term !== term || m.reject || options.referenceBehaviour) return
    if (m.type === 'MsgAppResp') {
      const held = log.term(m.match)
      if (typeof held === 'number' && !this.#isStored({ index: m.match, term: held }))
        throw notWritten(`the entries up to index ${m.match}`, whenDone)
    } else if ((log.storedHardState()?.term ?? 0) < m.term)
      throw notWritten(`the hard state of term ${m.term}`, whenDone)
  }

  /** A membership change is about to be made or skipped: each that was handed out, in order, and none else. */
  checkConfChange(index: LogIndex): void {
    const next = this.#nextConfChange()
    if (index <= this.#raft.appliedConfigIndex || index === next) return
    throw new ReadyMisuseError(
      next === undefined
        ? `The membership change at index ${index} was not handed out to be applied`
        : `The membership change at index ${next} comes before the one at ${index}`,
      'Apply committedEntries in order, each once, as ready() answers them',
    )
  }

  /** Refuses entries up to `index` as applied while a membership change among them is not. */
  checkConfChangesApplied(index: LogIndex): void {
    this.#nextConfChange()
    const overtaken = this.#overtakenTo()
    const next = this.#confChanges.find((change) => change > overtaken)
    if (next !== undefined && next <= index)
      throw new ReadyMisuseError(
        `The membership change at index ${next} was not applied`,
        'Call applyConfChange(entry) for every committed entry of type EntryConfChange and EntryConfChangeV2, or skipConfChange(entry)',
      )
  }

  /** A snapshot that is written stands for the changes up to it, also before that has been said (async). */
  #overtakenTo(): LogIndex {
    const written = this.#snapshots.filter((index) => index < this.#raft.log.storedFirstIndex())
    return Math.max(0, ...written)
  }

  /** The first membership change that was handed out and is not in force yet. */
  #nextConfChange(): LogIndex | undefined {
    const { appliedConfigIndex } = this.#raft
    // Those that an installed snapshot has brought need not be applied any more.
    while (this.#confChanges[0] !== undefined && this.#confChanges[0] <= appliedConfigIndex)
      this.#confChanges.shift()
    return this.#confChanges[0]
  }

  #flush(): void {
    const { role } = this.#raft
    if (role.name !== 'leader') return
    flushAppends(this.#raft, role)
    flushReadRound(this.#raft, role)
  }

  #hasWork(): boolean {
    const { log, outbox, readStates, droppedReads, term, vote, role } = this.#raft
    return (
      !outbox.isEmpty ||
      log.unstable.hasNextEntries ||
      log.unstable.hasNextSnapshot ||
      log.hasNextCommitted(!this.#async) ||
      readStates.length > 0 ||
      droppedReads.length > 0 ||
      term !== this.#term ||
      vote !== this.#vote ||
      log.committed !== this.#commit ||
      role.name !== this.#role ||
      leaderOf(this.#raft) !== this.#leader
    )
  }

  #nextSoftState(): SoftState | null {
    const leader = leaderOf(this.#raft)
    const role = this.#raft.role.name
    if (leader === this.#leader && role === this.#role) return null
    this.#leader = leader
    this.#role = role
    return { leader, role }
  }

  /** @param again - also if it is as it was handed out: a write that is there to be synced is not to be an empty one */
  #nextHardState(again: boolean): HardState | null {
    const { term, vote, log } = this.#raft
    const commit = log.committed
    if (!again && term === this.#term && vote === this.#vote && commit === this.#commit) return null
    this.#term = term
    this.#vote = vote
    this.#commit = commit
    return { term, vote, commit }
  }

  #takeReadStates(): readonly ReadState[] {
    const { readStates } = this.#raft
    if (readStates.length === 0) return none
    this.#raft.readStates = []
    return readStates
  }

  #takeDroppedReads(): readonly Uint8Array[] {
    const { droppedReads } = this.#raft
    if (droppedReads.length === 0) return none
    this.#raft.droppedReads = []
    return droppedReads
  }

  /** Does a membership change wait for a write of which the answer has not been asked for? (async) */
  #mustTellCommit(): boolean {
    const { barrier } = this.#raft.log
    return barrier !== null && barrier !== this.#barrier
  }

  #commitToWrite(): { readonly commit: LogIndex; readonly mustTell: boolean } {
    const mustTell = this.#mustTellCommit()
    this.#barrier = this.#raft.log.barrier
    return { commit: this.#commit, mustTell }
  }

  /** Adds to `messages` those that are not for this node itself. */
  #toPeers(late: readonly PeerMessage[], messages: PeerMessage[]): readonly PeerMessage[] {
    for (const m of late) if (m.to !== this.#raft.id) messages.push(m)
    return messages
  }

  #remember(ready: Ready, late: readonly PeerMessage[], lastEntry: EntryId | null): void {
    const { id, term } = this.#raft
    const toSelf = late.filter((m) => m.to === id)
    const written = ready.entries[ready.entries.length - 1] ?? null
    const last = ready.committedEntries[ready.committedEntries.length - 1]
    const applied =
      last === undefined
        ? null
        : {
            index: last.index,
            size: entriesSize(ready.committedEntries),
            payload: payloadsSize(ready.committedEntries),
          }
    this.#outstanding = { ready, toSelf, term, lastEntry, written, applied }
  }

  #checkAdvance(ready: Ready): Outstanding {
    if (this.#async)
      throw new ReadyMisuseError(
        'advance() was called with asyncStorageWrites',
        'Deliver the responses of storageAppend and storageApply through step() instead',
      )
    const outstanding = this.#outstanding
    if (outstanding === null)
      throw new ReadyMisuseError(
        'advance() was called while no Ready is out',
        'Call it once for each ready(), with what that answered',
      )
    if (outstanding.ready !== ready)
      throw new ReadyMisuseError(
        'advance() was called with another Ready than the one that is out',
        'Pass the very object that the last ready() answered',
      )
    this.#checkWritten(outstanding)
    if (outstanding.applied !== null) this.checkConfChangesApplied(outstanding.applied.index)
    return outstanding
  }

  /** Does storage hold what was to be written? Three comparisons, which are worth it in production too. */
  #checkWritten({ ready: { hardState, snapshot }, written }: Outstanding): void {
    const { log } = this.#raft
    if (snapshot !== null && log.storedFirstIndex() <= snapshot.index)
      throw notWritten(`the snapshot at index ${snapshot.index}`, whenAdvanced)
    if (written !== null && !this.#isStored(written))
      throw notWritten(`the entries up to index ${written.index}`, whenAdvanced)
    if (hardState !== null) {
      const stored = log.storedHardState()
      const same =
        stored?.term === hardState.term &&
        stored.vote === hardState.vote &&
        stored.commit === hardState.commit
      if (!same) throw notWritten(`the hard state of term ${hardState.term}`, whenAdvanced)
    }
  }

  #isStored({ index, term }: EntryId): boolean {
    const stored = this.#raft.log.storedTerm(index)
    return stored === 'compacted' || stored === term
  }
}

const whenAdvanced = {
  what: 'advance() was called',
  fix: 'Call storage.append(ready) before persistedMessages are sent and before advance(ready): one atomic, durable write',
}
const whenDone = {
  what: 'A response of MsgStorageAppend was stepped',
  fix: 'Write what MsgStorageAppend holds, durably, before any of its responses is delivered',
}

function notWritten(missing: string, { what, fix }: typeof whenDone): ReadyMisuseError {
  return new ReadyMisuseError(`${what}, but storage does not hold ${missing}`, fix)
}
