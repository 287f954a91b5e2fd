/** The suite for whoever writes a transport: what the contract says, as tests for any runner. */

import { OptionsError } from '../../core/errors.ts'
import { checkFunction, checkOptions, readSkips, register, type TestFunction } from '../register.ts'
import { TransportBench, type TransportCase, type TransportFunctions } from './bench.ts'
import { deliveryCases } from './delivery.ts'
import { failureCases } from './failures.ts'

/** What the suite needs of you. */
export interface TransportSuiteOptions extends TransportFunctions {
  /** Registers a test with your runner: `test` of vitest, node:test or jest, `it` of mocha. */
  readonly test: TestFunction
  /** What is not tested, and why: by the name of a test as it is reported. */
  readonly skip?: Readonly<Record<string, string>> | undefined
  /**
   * Milliseconds after which something that has to happen is given up. Below the limit of your runner for one test.
   * @defaultValue 2000
   */
  readonly patience?: number | undefined
  /**
   * Milliseconds to wait for something that must not happen. The longer, the surer.
   * @defaultValue 50
   */
  readonly quiet?: number | undefined
  /**
   * Bytes that are sent to a peer that is away, to see that not all of them are kept: more than your queue may hold.
   * @defaultValue 256 MiB
   */
  readonly overload?: number | undefined
}

const cases: readonly TransportCase[] = [...deliveryCases, ...failureCases]

/**
 * Registers the tests that every transport has to pass. Messages may be lost, repeated and reordered, as the contract allows:
 * what has not arrived is sent again. In every test nothing may arrive that was altered or meant for somebody else.
 *
 *     transportSuite({ test, create: (ids) => new MyNetwork(ids), wait: setTimeout })
 *
 * @throws OptionsError if an option is unknown, or something is left out without a reason
 */
export function transportSuite(options: TransportSuiteOptions): void {
  checkOptions(options, ['test', 'create', 'wait', 'skip', 'patience', 'quiet', 'overload'])
  checkFunction(options, 'test', false, 'Pass `test` of your runner: it is called with a name and a function')
  checkFunction(options, 'create', false, 'Pass a function that makes a network for nodes of given ids')
  checkFunction(
    options,
    'wait',
    false,
    "Pass `setTimeout` of 'node:timers/promises', or `(ms) => new Promise((done) => setTimeout(done, ms))`",
  )
  const { patience = 2000, quiet = 50, overload = 256 * 2 ** 20 } = options
  for (const [name, value] of Object.entries({ patience, quiet, overload }))
    if (!Number.isSafeInteger(value) || value < 1) throw new OptionsError(name, 'a whole number >= 1', value)
  register({
    test: options.test,
    cases,
    reasonToSkip: readSkips(options.skip, cases, []),
    setUp: () => new TransportBench(options, { patience, quiet }, overload),
    clearAway: (bench) => bench.clear(),
  })
}
