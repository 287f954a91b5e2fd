/** The log of a node on disk. What it holds is in memory too, so that reading it never waits. */

import { canonicalConfState } from '../../core/conf-state.ts'
import { UsageError } from '../../core/errors.ts'
import type { Compacted, StoredConfState, Unavailable } from '../../core/log/log-reader.ts'
import type { Bytes, ConfState, Entry, HardState, LogIndex, Snapshot, Term } from '../../core/types.ts'
import { checkCompact, checkConfState, checkOwnSnapshot, fittingBatch } from '../check-fit.ts'
import type { MemStorage } from '../mem-storage.ts'
import type { AsyncStorage, Storage, WriteBatch } from '../storage.ts'
import { runSteps, startSteps } from './file-system.ts'
import { type OpenLog, openLog } from './open-log.ts'
import type { Operation } from './operation.ts'
import { maxPayload } from './record.ts'
import type { TornTail } from './recovery.ts'
import { markOf } from './snapshot-file.ts'
import { resolveWalOptions, type WalOptions } from './wal-options.ts'
import type { Change } from './write-group.ts'
import type { Writer } from './writer.ts'

/**
 * A write-ahead log: segments of records, each checked against the one before it (docs/STORAGE-FORMAT.md). It has both faces, for a
 * node with synchronous writes and for one with `asyncStorageWrites`; use one of them at a time.
 *
 * The first write or sync that fails ends it: every later call fails with the same `ERR_WAL_FAILED`, since what is on the disk
 * is not known any more. Only a full disk is survived, if there was nothing written yet (`ERR_WAL_FULL`).
 */
export class WalStorage implements Storage, AsyncStorage {
  readonly #memory: MemStorage
  readonly #writer: Writer
  /** The end of a write that a power cut has torn, as it was found; `null` if there was none. Nobody was told of it. */
  readonly torn: TornTail | null

  private constructor({ memory, writer, torn }: OpenLog) {
    this.#memory = memory
    this.#writer = writer
    this.torn = torn
  }

  /**
   * Opens a log, or makes a new one in a directory that has none.
   * @throws OptionsError if an option is wrong
   * @throws WalError if it is damaged, somebody else's, of a later version, or open elsewhere; nothing has changed then
   */
  static async open(options: WalOptions): Promise<WalStorage> {
    const resolved = resolveWalOptions(options)
    return new WalStorage(await startSteps(resolved.fileSystem, openLog(resolved)))
  }

  /** As {@link WalStorage.open}, and waits for it. */
  static openSync(options: WalOptions): WalStorage {
    const resolved = resolveWalOptions(options)
    return new WalStorage(runSteps(resolved.fileSystem, openLog(resolved)))
  }

  hardState(): HardState | null {
    return this.#memory.hardState()
  }

  confState(): StoredConfState {
    return this.#memory.confState()
  }

  firstIndex(): LogIndex {
    return this.#memory.firstIndex()
  }

  lastIndex(): LogIndex {
    return this.#memory.lastIndex()
  }

  term(index: LogIndex): Term | Compacted | Unavailable {
    return this.#memory.term(index)
  }

  entries(lo: LogIndex, hi: LogIndex, maxSize: Bytes): readonly Entry[] | Compacted | Unavailable {
    return this.#memory.entries(lo, hi, maxSize)
  }

  snapshot(): Snapshot | 'temporarily-unavailable' {
    return this.#memory.snapshot()
  }

  /**
   * @throws UsageError if the batch does not fit to what is stored, or asynchronous writes are under way; nothing has changed then
   * @throws WalError if it cannot be written
   */
  append(batch: WriteBatch): void {
    this.#writer.checkIdle()
    this.#writer.now(this.#batchChange(batch))
  }

  /**
   * As {@link AsyncStorage.write}. Rejects with a UsageError if the batch does not fit to what was asked for before, with a WalError if
   * it cannot be written.
   */
  async write(batch: WriteBatch): Promise<void> {
    this.#writer.checkOpen()
    await this.#writer.later(this.#batchChange(batch))
  }

  /**
   * @throws UsageError if `index` is not stored, or not beyond the last snapshot, or `confState` is no proper one, or asynchronous
   * writes are under way
   * @throws WalError if it cannot be written
   */
  createSnapshot(index: LogIndex, confState: ConfState, data: Uint8Array): Snapshot {
    this.#writer.checkIdle()
    return this.#writer.now(this.#snapshotChange(index, confState, data))
  }

  /** As {@link AsyncStorage.writeSnapshot}. */
  async writeSnapshot(index: LogIndex, confState: ConfState, data: Uint8Array): Promise<Snapshot> {
    this.#writer.checkOpen()
    return this.#writer.later(this.#snapshotChange(index, confState, data))
  }

  /**
   * @throws UsageError if `index` is not stored, or `confState` is no proper one, or asynchronous writes are under way
   * @throws WalError if it cannot be written
   */
  saveConfState(confState: ConfState, index: LogIndex): void {
    this.#writer.checkIdle()
    this.#writer.now(this.#confStateChange(confState, index))
  }

  /** As {@link AsyncStorage.writeConfState}. */
  async writeConfState(confState: ConfState, index: LogIndex): Promise<void> {
    this.#writer.checkOpen()
    await this.#writer.later(this.#confStateChange(confState, index))
  }

  /**
   * Drops the entries up to `index`, of what is durable. It is written with what is written next, and files go after that: a
   * crash before it brings them back.
   * @throws UsageError if `index` is compacted already, or no snapshot stands in for it
   * @throws WalError if nothing can be written any more
   */
  compact(index: LogIndex): void {
    this.#writer.checkOpen()
    const term = checkCompact(
      {
        snapshotIndex: () => snapshotIndexOf(this.#memory),
        compacted: () => ({ index: this.firstIndex() - 1, term: 0 }),
        lastIndex: () => this.lastIndex(),
        term: (at) => this.term(at),
      },
      index,
    )
    this.#memory.compact(index)
    this.#writer.note({ operations: [{ type: 'compact', upTo: { index, term } }], body: null })
  }

  /**
   * Ends it: what was asked for is written first, then the directory is free for others. What was read stays readable.
   * Rejects with `ERR_WAL_FAILED` if that fails; after an earlier failure it just lets go.
   */
  close(): Promise<void> {
    return this.#writer.close()
  }

  #batchChange(value: WriteBatch): Change<void> {
    const { hardState, entries, snapshot } = fittingBatch(this.#writer.outline, value)
    checkSize(entries)
    const mustSync = value.mustSync || snapshot !== null
    const batch: WriteBatch = { hardState, entries, snapshot, mustSync }
    const operations: Operation[] = []
    const mark = snapshot === null ? null : markOf(withConfState(snapshot), snapshot.data)
    if (mark !== null) operations.push({ type: 'install', mark })
    if (entries.length > 0) operations.push({ type: 'entries', entries })
    if (hardState !== null) operations.push({ type: 'hardState', hardState })
    return {
      operations,
      body: mark === null || mark.inline !== null ? null : { mark, data: (snapshot as Snapshot).data },
      batch,
      isLazy: !mustSync,
      apply: () => {
        this.#memory.append(batch)
      },
    }
  }

  #snapshotChange(index: LogIndex, confState: ConfState, data: Uint8Array): Change<Snapshot> {
    const term = checkOwnSnapshot(this.#writer.outline, index, confState, data)
    const mark = markOf({ index, term, confState: canonicalConfState(confState) }, data)
    return {
      operations: [{ type: 'snapshot', mark }],
      body: mark.inline === null ? { mark, data } : null,
      batch: null,
      isLazy: false,
      apply: () => this.#memory.createSnapshot(index, mark.confState, data),
    }
  }

  #confStateChange(confState: ConfState, index: LogIndex): Change<void> {
    checkConfState(this.#writer.outline, confState, index)
    const canonical = canonicalConfState(confState)
    return {
      operations: [{ type: 'confState', confState: canonical, index }],
      body: null,
      batch: null,
      isLazy: false,
      apply: () => {
        this.#memory.saveConfState(canonical, index)
      },
    }
  }
}

function snapshotIndexOf(memory: MemStorage): LogIndex {
  const snapshot = memory.snapshot()
  return typeof snapshot === 'string' ? 0 : snapshot.index
}

function withConfState(snapshot: Snapshot): Snapshot {
  return { ...snapshot, confState: canonicalConfState(snapshot.confState) }
}

function checkSize(entries: readonly Entry[]): void {
  let size = 0
  for (const entry of entries) if (entry.type === 'EntryNormal') size += 16 + (entry.data?.length ?? 0)
  if (size <= maxPayload) return
  throw new UsageError(
    'ERR_INVALID_ARGUMENT',
    `Expected a batch of at most ${maxPayload} bytes, got ${size}`,
    'Append fewer entries at a time: a batch is written in one piece',
    size,
  )
}
