/**
 * The Ready loop of a running node, with asynchronous writes (thesis §10.2.1): what the core wants done is done here, in the order
 * in which it may be done. One pass serves all that came in during one turn of the event loop.
 */

import type { MsgStorageAppend, MsgStorageApply, PeerMessage } from '../core/messages.ts'
import type { RawNode } from '../core/raw-node.ts'
import type { Ready } from '../core/ready.ts'
import type { Entry, Snapshot } from '../core/types.ts'
import type { AsyncStorage } from '../storage/storage.ts'

/** What the loop does with each part of a Ready. */
export interface Duties {
  send(messages: readonly PeerMessage[]): void
  /** Before `pass` begins: whatever was put off until now. */
  prepare(): void
  apply(entries: readonly Entry[]): void
  /** The snapshot is durable: make it the state. */
  restore(snapshot: Snapshot): Promise<void>
  readStates(ready: Pick<Ready, 'readStates' | 'droppedReads'>): void
  softState(ready: NonNullable<Ready['softState']>): void
  /** A pass is over, and the node is in order: listeners may be called. */
  settled(): void
  /** Nothing can be relied on any more. */
  fail(error: unknown): void
}

/** Where there is no setImmediate, in browsers, a timer of 0 ms comes nearest to it. */
function soon(act: () => void): void {
  const { setImmediate: immediate } = globalThis as { readonly setImmediate?: (act: () => void) => unknown }
  if (immediate === undefined) setTimeout(act, 0)
  else immediate(act)
}

/** Drives one RawNode. */
export class ReadyLoop {
  readonly #raw: RawNode
  readonly #storage: AsyncStorage
  readonly #duties: Duties
  readonly #now: () => number
  #isScheduled = false
  #isStopped = false
  #writes: Promise<void> = Promise.resolve()
  readonly #writeTimes: number[] = []

  constructor(raw: RawNode, storage: AsyncStorage, duties: Duties, now: () => number) {
    this.#raw = raw
    this.#storage = storage
    this.#duties = duties
    this.#now = now
  }

  /** Something has come in: it is looked at when all else that is there already has come in too. */
  wake(): void {
    if (this.#isScheduled || this.#isStopped) return
    this.#isScheduled = true
    soon(() => {
      this.#isScheduled = false
      this.pass()
    })
  }

  /** Does all that there is to do, now. */
  pass(): void {
    if (this.#isStopped) return
    try {
      this.#duties.prepare()
      // What is done for one Ready may stop the node.
      while (this.#goesOn() && this.#raw.hasReady()) this.#handle(this.#raw.ready())
      this.#duties.settled()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Begins nothing any more. Resolves when the writes under way are done. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#writes
  }

  /** Since when the oldest write is under way; `null` if none is. */
  get writingSince(): number | null {
    return this.#writeTimes[0] ?? null
  }

  #goesOn(): boolean {
    return !this.#isStopped
  }

  #handle(ready: Ready): void {
    if (ready.softState !== null) this.#duties.softState(ready.softState)
    if (ready.messages.length > 0) this.#duties.send(ready.messages)
    if (ready.storageAppend !== null) this.#write(ready.storageAppend)
    if (ready.storageApply !== null) this.#apply(ready.storageApply)
    if (ready.readStates.length > 0 || ready.droppedReads.length > 0) this.#duties.readStates(ready)
  }

  #write(work: MsgStorageAppend): void {
    this.#writeTimes.push(this.#now())
    this.#writes = this.#finish(this.#writes, this.#storage.write(work), work)
  }

  /** In the order of the writes, whatever restoring a snapshot takes. */
  async #finish(before: Promise<void>, written: Promise<void>, work: MsgStorageAppend): Promise<void> {
    try {
      await Promise.all([before, written])
      this.#writeTimes.shift()
      if (work.snapshot !== null) await this.#duties.restore(work.snapshot)
      this.#deliver(work)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** What the write has promised may be said now. */
  #deliver({ responses }: MsgStorageAppend): void {
    if (this.#isStopped || responses.length === 0) return
    const toPeers: PeerMessage[] = []
    for (const m of responses) {
      if (m.type === 'MsgStorageAppendResp' || m.to === this.#raw.id) this.#raw.step(m)
      else toPeers.push(m)
    }
    if (toPeers.length > 0) this.#duties.send(toPeers)
    // Commits wait for this: not another turn of the event loop.
    this.pass()
  }

  #apply({ entries, responses }: MsgStorageApply): void {
    this.#duties.apply(entries)
    for (const m of responses) this.#raw.step(m)
  }

  #fail(error: unknown): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#duties.fail(error)
  }
}
