/** The Ready loop as the guide has it: send, write, sync, send what was promised, apply, advance. */

import type { Ready } from '../core/ready.ts'
import { applyTime, type Life, type Loop, syncTime } from './loop.ts'

/** One Ready after the other. */
export class SyncLoop implements Loop {
  readonly #life: Life
  #isBusy = false

  constructor(life: Life) {
    this.#life = life
  }

  work(): void {
    const life = this.#life
    if (this.#isBusy || life.isOver() || !life.raw.hasReady()) return
    this.#isBusy = true
    const ready = life.raw.ready()
    life.applier.drop(ready.droppedReads)
    life.applier.confirm(ready.readStates)
    if (life.mayDie('before the messages')) return
    life.send(ready.messages)
    if (life.isOver() || life.mayDie('before the write')) return
    this.#write(ready)
  }

  #write(ready: Ready): void {
    const life = this.#life
    const { hardState, entries, snapshot } = ready
    if (hardState !== null || entries.length > 0 || snapshot !== null)
      life.disk.write({ kind: 'write', hardState, entries, snapshot })
    if (!ready.mustSync && snapshot === null) return this.#finish(ready)
    const { written } = life.disk
    life.later(syncTime(life), () => {
      if (life.mayDie('before the sync')) return
      life.disk.sync(written)
      life.world.watcher.synced(life.id, life.disk)
      this.#finish(ready)
    })
  }

  #finish(ready: Ready): void {
    const life = this.#life
    if (life.mayDie('before what was promised is sent')) return
    life.send(ready.persistedMessages)
    if (life.isOver() || life.mayDie('before it is applied')) return
    const lag = applyTime(life)
    if (lag === 0 || (ready.snapshot === null && ready.committedEntries.length === 0)) this.#apply(ready)
    else
      life.later(lag, () => {
        this.#apply(ready)
      })
  }

  #apply(ready: Ready): void {
    const life = this.#life
    const { applier, raw } = life
    if (ready.snapshot !== null) applier.restore(ready.snapshot)
    applier.apply(raw, ready.committedEntries)
    if (life.mayDie('before advance')) return
    raw.advance(ready)
    this.#isBusy = false
    applier.maybeSnapshot()
    life.wake()
  }
}
