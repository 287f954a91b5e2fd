/**
 * The files of this machine, but what is written stays in this process until it is synced: then `kill -9` takes what a power cut
 * would take, which the cache of the operating system would keep.
 */

import { type FileCall, type FileSystem, nodeFileSystem } from 'quorate/wal'

/** A file system that forgets with its process what was not synced. With `isLying` a sync of data does nothing. */
export class HeldFileSystem implements FileSystem {
  readonly #held = new Map<number, { bytes: Uint8Array; position: number }[]>()
  readonly #isLying: boolean

  constructor(isLying: boolean) {
    this.#isLying = isLying
  }

  lock(directory: string): () => void {
    return nodeFileSystem.lock(directory)
  }

  run(call: FileCall): unknown {
    if (call.op === 'write') return this.#hold(call)
    if (call.op === 'close') this.#held.delete(call.file)
    if (call.op === 'syncData' || call.op === 'sync') {
      if (call.op === 'syncData' && this.#isLying) return undefined
      for (const { bytes, position } of this.#held.get(call.file) ?? [])
        nodeFileSystem.run({ op: 'write', file: call.file, bytes, position })
      this.#held.delete(call.file)
    }
    return nodeFileSystem.run(call)
  }

  start(call: FileCall, done: (error: unknown, answer: unknown) => void): void {
    if (call.op === 'write' || call.op === 'close' || call.op === 'syncData' || call.op === 'sync')
      setImmediate(() => {
        done(null, this.run(call))
      })
    else nodeFileSystem.start(call, done)
  }

  #hold({ file, bytes, position }: FileCall & { op: 'write' }): number {
    const held = this.#held.get(file) ?? []
    held.push({ bytes: bytes.slice(), position })
    this.#held.set(file, held)
    return bytes.length
  }
}
