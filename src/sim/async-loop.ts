/** The Ready loop with asynchronous writes: two queues, each worked off in order, with several Readys under way (thesis §10.2.1). */

import type { MsgStorageAppend, MsgStorageApply, PeerMessage, StorageResponse } from '../core/messages.ts'
import { applyTime, type Life, type Loop, syncTime } from './loop.ts'

/** One queue of writes, one of entries to apply. */
export class AsyncLoop implements Loop {
  readonly #life: Life
  readonly #writes: MsgStorageAppend[] = []
  readonly #applies: MsgStorageApply[] = []
  #isWriting = false
  #isApplying = false

  constructor(life: Life) {
    this.#life = life
  }

  work(): void {
    const life = this.#life
    const { writesWaiting } = life.world.setup
    while (
      !life.isOver() &&
      this.#writes.length < writesWaiting &&
      this.#applies.length < 8 &&
      life.raw.hasReady()
    ) {
      const ready = life.raw.ready()
      life.applier.drop(ready.droppedReads)
      life.applier.confirm(ready.readStates)
      life.send(ready.messages)
      if (life.isOver() || life.mayDie('before the write')) return
      if (ready.storageAppend !== null) this.#writes.push(ready.storageAppend)
      if (ready.storageApply !== null) this.#applies.push(ready.storageApply)
    }
    if (!life.isOver()) this.#startWrite()
    if (!life.isOver()) this.#startApply()
  }

  #startWrite(): void {
    const life = this.#life
    if (this.#isWriting || this.#writes.length === 0) return
    this.#isWriting = true
    // Often one sync serves several writes.
    const group = this.#writes.splice(0, life.dice.between(1, this.#writes.length))
    if (group.length > 1) life.world.reach('several writes by one sync')
    for (const { hardState, entries, snapshot } of group)
      if (hardState !== null || entries.length > 0 || snapshot !== null)
        life.disk.write({ kind: 'write', hardState, entries, snapshot })
    if (!group.some(({ mustSync, snapshot }) => mustSync || snapshot !== null))
      return this.#finishWrite(group)
    const { written } = life.disk
    life.later(syncTime(life), () => {
      if (life.mayDie('before the sync')) return
      life.disk.sync(written)
      life.world.watcher.synced(life.id, life.disk)
      this.#finishWrite(group)
    })
  }

  #finishWrite(group: readonly MsgStorageAppend[]): void {
    const life = this.#life
    for (const { snapshot, responses } of group) {
      if (snapshot !== null) life.applier.restore(snapshot)
      for (const response of responses) {
        if (life.isOver() || life.mayDie('between two responses')) return
        this.#deliver(response)
      }
    }
    this.#isWriting = false
    life.wake()
  }

  #startApply(): void {
    const life = this.#life
    const next = this.#applies[0]
    if (this.#isApplying || next === undefined) return
    this.#isApplying = true
    life.later(applyTime(life), () => {
      this.#applies.shift()
      life.applier.apply(life.raw, next.entries)
      if (life.mayDie('before it is said to be applied')) return
      for (const response of next.responses) life.step(response)
      this.#isApplying = false
      life.applier.maybeSnapshot()
      life.wake()
    })
  }

  #deliver(response: PeerMessage | StorageResponse): void {
    const life = this.#life
    const isOwn =
      response.type === 'MsgStorageAppendResp' ||
      response.type === 'MsgStorageApplyResp' ||
      response.to === life.id
    if (isOwn) life.step(response)
    else life.send([response])
  }
}
