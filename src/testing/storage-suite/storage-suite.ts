/** The suite for whoever writes a storage: what the contract says, as tests for any runner. */

import { OptionsError } from '../../core/errors.ts'
import type { Storage } from '../../storage/storage.ts'
import {
  type Capability,
  checkFunction,
  checkOptions,
  readSkips,
  register,
  type TestFunction,
} from '../register.ts'
import { appendingCases } from './appending.ts'
import { StorageBench, type StorageCase, type StorageFunctions } from './bench.ts'
import { durabilityCases } from './durability.ts'
import { groupCases } from './group-runs.ts'
import { payloadCases } from './payloads.ts'
import { randomCases } from './random-runs.ts'
import { readingCases } from './reading.ts'
import { refusalCases } from './refusals.ts'
import { snapshotCases } from './snapshots.ts'

/** What the suite needs of you. */
export interface StorageSuiteOptions<Kind extends Storage = Storage> extends StorageFunctions<Kind> {
  /** Registers a test with your runner: `test` of vitest, node:test or jest, `it` of mocha. */
  readonly test: TestFunction
  /**
   * What is not tested, and why: by the name of a test as it is reported, or by that of a function that is not there, `reopen`,
   * `crash` or `crashDuring`. The reason for `reopen` covers the other two, and that for `crash` covers `crashDuring`.
   */
  readonly skip?: Readonly<Record<string, string>> | undefined
  /**
   * Seeds of the random runs. The same seeds make the same runs, everywhere.
   * @defaultValue 1 to 10
   */
  readonly seeds?: readonly number[] | undefined
}

const cases: readonly StorageCase[] = [
  ...readingCases,
  ...appendingCases,
  ...refusalCases,
  ...payloadCases,
  ...snapshotCases,
  ...randomCases,
  ...durabilityCases,
  ...groupCases,
]

/**
 * Registers the tests that every storage has to pass. A storage that passes can be trusted to keep the contract as far as tests
 * can tell; whether what is synced is on the disk, they cannot.
 *
 *     storageSuite({ test, create: () => new MyStorage(folder()), reopen: (storage) => storage.reopened(), ... })
 *
 * @throws OptionsError if an option is unknown, or something is left out without a reason
 */
export function storageSuite<Kind extends Storage>(options: StorageSuiteOptions<Kind>): void {
  checkOptions(options, ['test', 'create', 'reopen', 'crash', 'crashDuring', 'destroy', 'skip', 'seeds'])
  checkFunction(options, 'test', false, 'Pass `test` of your runner: it is called with a name and a function')
  checkFunction(options, 'create', false, 'Pass a function that makes a fresh, empty storage')
  for (const name of ['reopen', 'crash', 'crashDuring', 'destroy'])
    checkFunction(options, name, true, 'Leave it out, or pass a function')
  const seeds = readSeeds(options.seeds)
  // Each storage is handed back only to the functions of the same options, so that its kind is right.
  const functions = options as unknown as StorageFunctions<Storage>
  register({
    test: options.test,
    cases,
    reasonToSkip: readSkips(options.skip, cases, capabilitiesOf(functions)),
    setUp: () => new StorageBench(functions, seeds),
    clearAway: (bench) => bench.clear(),
  })
}

function capabilitiesOf({ reopen, crash, crashDuring }: StorageFunctions<Storage>): readonly Capability[] {
  return [
    { name: 'reopen', isGiven: reopen !== undefined },
    { name: 'crash', isGiven: crash !== undefined, coveredBy: 'reopen' },
    { name: 'crashDuring', isGiven: crashDuring !== undefined, coveredBy: 'crash' },
  ]
}

function readSeeds(seeds: unknown = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]): readonly number[] {
  if (!Array.isArray(seeds) || seeds.length === 0 || !seeds.every((seed) => Number.isSafeInteger(seed)))
    throw new OptionsError('seeds', 'an array of safe integers, at least one', seeds)
  return seeds as readonly number[]
}
