/** Changes on their way to the disk: they become one record, and are durable together. */

import type { WriteBatch } from '../storage.ts'
import { newPayload } from './journal.ts'
import { type LogState, stateAfter } from './log-state.ts'
import { type Operation, type SnapshotMark, writeOperation } from './operation.ts'

/** One call of the user. */
export interface Change<Result> {
  readonly operations: readonly Operation[]
  /** The bytes of a snapshot, for a file of their own. */
  readonly body: SnapshotBody | null
  /** What others that come before it is durable have to fit to. */
  readonly batch: Pick<WriteBatch, 'entries' | 'snapshot'> | null
  /** Need it not be durable? */
  readonly isLazy: boolean
  /** Shows it to who reads. */
  apply(): Result
}

/** The bytes of a snapshot. */
export interface SnapshotBody {
  readonly mark: SnapshotMark
  readonly data: Uint8Array
}

/** A change that somebody waits for. */
export interface Waiting {
  readonly change: Change<unknown>
  /** Shows it, and tells. */
  readonly settle: () => void
  readonly reject: (error: unknown) => void
}

/** One record in the making. */
export class WriteGroup {
  /** Room for the record's header, and the operations. */
  readonly bytes: ReturnType<typeof newPayload>
  readonly before: LogState
  #state: LogState
  #isVital = true
  #body: SnapshotBody | null = null
  /** Who waits for it. */
  waiting: Waiting[] = []
  /** Is there something that has to be durable? */
  mustSync = false
  /** Up to where it is shown already. */
  #settled: { readonly length: number; readonly state: LogState; readonly isVital: boolean }

  constructor(before: LogState, capacity?: number) {
    this.bytes = newPayload(capacity)
    this.before = before
    this.#state = before
    this.#settled = { length: this.bytes.length, state: before, isVital: true }
  }

  /** Where the log stands with all of it. */
  get state(): LogState {
    return this.#state
  }

  /** Is it of terms and votes only? */
  get isVital(): boolean {
    return this.#isVital
  }

  /** The bytes that have to be in a file before the record; `null` for none. */
  get body(): SnapshotBody | null {
    return this.#body
  }

  get isEmpty(): boolean {
    return this.#state === this.before
  }

  add({ operations, body }: Pick<Change<unknown>, 'operations' | 'body'>): void {
    for (const operation of operations) {
      writeOperation(this.bytes, operation)
      this.#state = stateAfter(this.#state, operation)
      if (operation.type !== 'hardState') this.#isVital = false
    }
    // Of several snapshots only the last one will ever be asked for.
    const { snapshot } = this.#state
    if (body !== null) this.#body = body.mark === snapshot ? body : this.#body
  }

  /** All that is in it is shown. */
  settle(): void {
    this.#settled = { length: this.bytes.length, state: this.#state, isVital: this.#isVital }
  }

  /** Gives up what is not shown yet. */
  rewind(): void {
    this.bytes.length = this.#settled.length
    this.#state = this.#settled.state
    this.#isVital = this.#settled.isVital
    this.#body = null
    this.waiting = []
    this.mustSync = false
  }
}
