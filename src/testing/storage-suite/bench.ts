/** What a test works on: storages that the user's functions make, and that are put away when it is over. */

import type { Storage, WriteBatch } from '../../storage/storage.ts'
import { ConformanceError } from '../assert.ts'
import type { Case } from '../register.ts'
import { type Eventually, type Steps, waitFor } from '../steps.ts'

/** The functions of the user. */
export interface StorageFunctions<Kind extends Storage> {
  /** A fresh, empty storage that shares nothing with another one. */
  readonly create: () => Eventually<Kind>
  /**
   * Closes a storage and opens it again, as a program does that is restarted: a new object, of what is on disk. The tests use
   * the old one no more.
   */
  readonly reopen?: ((storage: Kind) => Eventually<Kind>) | undefined
  /**
   * Cuts the power and opens the storage again: a new object, of what was durable. Whatever was not is to be lost, all of it
   * or as much as you like; the less of it is left, the better the test.
   */
  readonly crash?: ((storage: Kind) => Eventually<Kind>) | undefined
  /**
   * Cuts the power while `batch` is being written, after `steps` of the steps that this takes: what your storage does to its
   * files, one call after the other. Answers what is opened again; `null`, with the batch written, if there are no more steps
   * than that. It is called with 0, 1, 2 and so on until it answers `null`, each time with a fresh storage.
   */
  readonly crashDuring?:
    | ((storage: Kind, batch: WriteBatch, steps: number) => Eventually<Kind | null>)
    | undefined
  /** Puts a storage away for good, with its files. */
  readonly destroy?: ((storage: Kind) => Eventually<void>) | undefined
}

/** The storages of one test. */
export class StorageBench {
  readonly #functions: StorageFunctions<Storage>
  readonly #open = new Set<Storage>()
  /** For random runs. */
  readonly seeds: readonly number[]

  constructor(functions: StorageFunctions<Storage>, seeds: readonly number[]) {
    this.#functions = functions
    this.seeds = seeds
  }

  /** May a test restart its storages? */
  get canReopen(): boolean {
    return this.#functions.reopen !== undefined
  }

  /** A fresh one. */
  *open(): Steps<Storage> {
    return this.#keep(yield* waitFor(this.#functions.create()))
  }

  /** The same, after a restart. */
  *reopen(storage: Storage): Steps<Storage> {
    const { reopen } = this.#functions
    this.#open.delete(storage)
    return this.#keep(yield* waitFor((reopen as NonNullable<typeof reopen>)(storage)))
  }

  /** The same, after a power cut. */
  *crash(storage: Storage): Steps<Storage> {
    const { crash } = this.#functions
    this.#open.delete(storage)
    return this.#keep(yield* waitFor((crash as NonNullable<typeof crash>)(storage)))
  }

  /** The same, after a power cut in the middle of a batch; `null` if that was over by then. */
  *crashDuring(storage: Storage, batch: WriteBatch, steps: number): Steps<Storage | null> {
    const { crashDuring } = this.#functions
    const left = yield* waitFor((crashDuring as NonNullable<typeof crashDuring>)(storage, batch, steps))
    if (left === null) return null
    this.#open.delete(storage)
    return this.#keep(left)
  }

  /** Puts all away. */
  *clear(): Steps {
    for (const storage of this.#open) yield* waitFor(this.#functions.destroy?.(storage))
    this.#open.clear()
  }

  #keep(storage: Storage): Storage {
    if (typeof (storage as unknown) !== 'object' || (storage as unknown) === null)
      throw new ConformanceError('Expected a storage from the functions of the suite, got none')
    this.#open.add(storage)
    return storage
  }
}

/** A test of the storage suite. */
export type StorageCase = Case<StorageBench>

/** A test that needs one fresh storage and no more. */
export function onFresh(name: string, check: (storage: Storage) => void): StorageCase {
  return {
    name,
    *run(bench) {
      check(yield* bench.open())
    },
  }
}
