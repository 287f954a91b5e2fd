/** Who writes when: at once for who calls synchronously, else one record after the other, each of all that was asked for meanwhile. */

import { describeCause, UsageError } from '../../core/errors.ts'
import type { Compacted, Unavailable } from '../../core/log/log-reader.ts'
import type { LogIndex, Term } from '../../core/types.ts'
import type { Outline } from '../check-fit.ts'
import { type FileSystem, runSteps, startSteps, type Steps } from './file-system.ts'
import type { Journal } from './journal.ts'
import type { LogState } from './log-state.ts'
import type { SnapshotMark } from './operation.ts'
import type { Identity } from './segment.ts'
import { snapshotFileOf, writeSnapshotFile } from './snapshot-file.ts'
import { isFull, WalError } from './wal-error.ts'
import { type Change, type Waiting, WriteGroup } from './write-group.ts'

/** What need not be durable waits for something that must, up to so many bytes. */
const lazyLimit = 2 ** 20

/** The next record is likely to be about as long as the last one, and should not have to grow. */
const slack = 512

/** What it works with. */
export interface WriterParts {
  readonly system: FileSystem
  readonly journal: Journal
  readonly directory: string
  readonly identity: Identity
  /** Gives the directory back. */
  readonly unlock: () => void
}

/** The writing side of one log. */
export class Writer {
  readonly #parts: WriterParts
  /** What is filled. */
  #group: WriteGroup
  /** What is being written, if it is not waited for. */
  #underWay: WriteGroup | null = null
  /** Does `#flush` run, or is it about to? */
  #flushing: Promise<void> | null = null
  #preparing: Promise<void> | null = null
  #failure: WalError | null = null
  #closing: Promise<void> | null = null
  /** The snapshot whose bytes are in a file. */
  #filed: SnapshotMark | null
  /** What fits is judged by what was asked for, durable or not. */
  readonly outline: Outline

  constructor(
    parts: WriterParts,
    state: LogState,
    stored: (index: LogIndex) => Term | Compacted | Unavailable,
  ) {
    this.#parts = parts
    this.#group = new WriteGroup(state)
    this.#filed = filedIn(state)
    this.outline = {
      snapshotIndex: () => this.#group.state.snapshot?.index ?? 0,
      compacted: () => this.#group.state.compacted,
      lastIndex: () => this.#group.state.last,
      term: (index) => this.#askedTerm(index) ?? stored(index),
    }
  }

  /** The failure that has ended it; `null` while there is none. */
  get failure(): WalError | null {
    return this.#failure
  }

  /** @throws WalError if nothing can be written any more */
  checkOpen(): void {
    if (this.#failure !== null) throw this.#failure
    if (this.#closing !== null)
      throw new WalError('ERR_WAL_CLOSED', 'The log was closed', { file: this.#parts.directory })
  }

  /** @throws WalError if nothing can be written any more, UsageError while asynchronous writes are under way */
  checkIdle(): void {
    this.checkOpen()
    if (this.#isIdle) return
    throw new UsageError(
      'ERR_WAL_BUSY',
      'A synchronous call was made while asynchronous writes are under way',
      'Use either the one or the other kind of calls, or wait for the promises first',
    )
  }

  /** Makes a change and waits until it is durable. */
  now<Result>(change: Change<Result>): Result {
    const group = this.#group
    group.add(change)
    if (!change.isLazy || group.bytes.length > lazyLimit) this.#commitNow(group)
    const result = change.apply()
    group.settle()
    if (group !== this.#group) this.#run(this.#tidy(group.state))
    return result
  }

  /** Makes a change when its turn comes. */
  later<Result>(change: Change<Result>): Promise<Result> {
    const group = this.#group
    group.add(change)
    const isLazy = change.isLazy && group.bytes.length <= lazyLimit
    if (isLazy && this.#isIdle) {
      const result = change.apply()
      group.settle()
      return Promise.resolve(result)
    }
    if (!isLazy) group.mustSync = true
    return new Promise((resolve, reject) => {
      group.waiting.push({
        change,
        settle: () => {
          resolve(change.apply())
        },
        reject,
      })
      // Who asks in the same turn is written together.
      this.#flushing ??= Promise.resolve().then(() => this.#flush())
    })
  }

  /** Notes what has been done already, to be written with what comes next. */
  note(change: Pick<Change<unknown>, 'operations' | 'body'>): void {
    this.#group.add(change)
    if (this.#isIdle) this.#group.settle()
  }

  /** Does nobody wait for anything? Files that are not needed any more may still be on their way out. */
  get #isIdle(): boolean {
    return this.#underWay === null && this.#group.waiting.length === 0
  }

  /** Writes what is left, and gives the directory back. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    if (this.#flushing !== null) await this.#flushing
    if (this.#preparing !== null) await this.#preparing
    const { system, journal, unlock } = this.#parts
    try {
      if (this.#failure === null && !this.#group.isEmpty) {
        const group = this.#group
        this.#commitNow(group)
        this.#run(this.#tidy(group.state))
      }
      if (this.#failure === null) this.#run(journal.close())
      else closeAnyway(system, journal)
    } finally {
      unlock()
    }
  }

  #commitNow(group: WriteGroup): void {
    try {
      runSteps(this.#parts.system, this.#commit(group))
    } catch (error) {
      if (!isFull(error)) throw this.#fail(error)
      group.rewind()
      throw error
    }
    this.#group = new WriteGroup(group.state, group.bytes.length + slack)
  }

  #run(steps: Steps): void {
    try {
      runSteps(this.#parts.system, steps)
    } catch (error) {
      throw this.#fail(error)
    }
  }

  async #flush(): Promise<void> {
    while (this.#group.mustSync && this.#failure === null) {
      const group = this.#group
      this.#underWay = group
      this.#group = new WriteGroup(group.state, group.bytes.length + slack)
      try {
        await this.#write(group)
      } catch (error) {
        this.#giveUp(group, error)
        break
      }
      if (!this.#group.mustSync) this.#settleLazy()
      await this.#afterwards(group.state)
    }
    if (this.#failure === null && !this.#group.mustSync) this.#settleLazy()
    this.#flushing = null
  }

  async #write(group: WriteGroup): Promise<void> {
    const { system, journal } = this.#parts
    if (this.#preparing !== null && journal.needsSegment(group)) await this.#preparing
    await startSteps(system, this.#commit(group))
    // Before anybody hears of it: who hears of it may call again.
    this.#underWay = null
    for (const { settle } of group.waiting) settle()
  }

  /** What those who wait need not wait for. */
  async #afterwards(state: LogState): Promise<void> {
    const { system, journal } = this.#parts
    try {
      await startSteps(system, this.#tidy(state))
    } catch (error) {
      this.#fail(error)
      return
    }
    if (this.#preparing !== null || !journal.wantsBlank) return
    this.#preparing = startSteps(system, journal.prepareBlank()).finally(() => {
      this.#preparing = null
    })
  }

  #settleLazy(): void {
    const group = this.#group
    const waiting = group.waiting
    group.waiting = []
    for (const { settle } of waiting) settle()
    group.settle()
  }

  /** All or nothing of a group. */
  *#commit(group: WriteGroup): Steps {
    const { directory, identity, journal } = this.#parts
    if (group.body !== null) yield* writeSnapshotFile(directory, identity, group.body.mark, group.body.data)
    yield* journal.write(group)
  }

  /** Removes what is not needed any more, now that something durable says so. */
  *#tidy(state: LogState): Steps {
    const { directory, journal } = this.#parts
    const old = this.#filed
    this.#filed = filedIn(state)
    if (old !== null && old !== state.snapshot)
      yield { op: 'remove', path: `${directory}/${snapshotFileOf(old)}` }
    yield* journal.drop(state)
  }

  /** Without room nothing has happened, but whatever was to follow does not fit any more. */
  #giveUp(group: WriteGroup, error: unknown): void {
    this.#underWay = null
    const waiting = [...group.waiting, ...this.#group.waiting]
    const reason = isFull(error) ? error : this.#fail(error)
    group.rewind()
    this.#group = group
    for (const { reject } of waiting) reject(reason)
  }

  #fail(error: unknown): WalError {
    if (this.#failure !== null) return this.#failure
    const { directory } = this.#parts
    const what = `The log can be written no more: ${describeCause(error)}`
    this.#failure = new WalError('ERR_WAL_FAILED', what, { file: directory }, error)
    const { waiting } = this.#group
    this.#group.waiting = []
    for (const { reject } of waiting) reject(this.#failure)
    return this.#failure
  }

  #askedTerm(index: LogIndex): Term | Compacted | Unavailable | null {
    if (index > this.#group.state.last) return 'unavailable'
    return termIn(this.#group.waiting, index) ?? termIn(this.#underWay?.waiting ?? [], index)
  }
}

/** The last one that says something of an index says what it is. */
function termIn(waiting: readonly Waiting[], index: LogIndex): Term | Compacted | null {
  for (let i = waiting.length - 1; i >= 0; i--) {
    const batch = waiting[i]?.change.batch ?? null
    if (batch === null) continue
    const entry = batch.entries[index - (batch.entries[0]?.index ?? 0)]
    if (entry !== undefined) return entry.term
    if (batch.snapshot === null) continue
    return index === batch.snapshot.index ? batch.snapshot.term : 'compacted'
  }
  return null
}

function filedIn({ snapshot }: LogState): SnapshotMark | null {
  return snapshot !== null && snapshot.inline === null ? snapshot : null
}

function closeAnyway(system: FileSystem, journal: Journal): void {
  try {
    runSteps(system, journal.close())
  } catch {
    // It has failed before, and was told.
  }
}
