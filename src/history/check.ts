/** The question itself: is this history linearizable? Key by key, each within a budget. */

import { OptionsError } from '../core/errors.ts'
import { checkHistory, groupBy } from './check-history.ts'
import { checkKey } from './check-key.ts'
import type { Operation } from './operation.ts'
import { explainViolation, type Violation } from './witness.ts'

/** How much may be spent. */
export interface CheckOptions {
  /**
   * Placements of operations that may be tried per key before its verdict is `unknown`. A whole number >= 0. A million takes
   * less than a second; the memory is bounded too, by some 300 MB, at which the verdict is `unknown` as well. Keys whose
   * values were written once each need none, unless a cas was refused, and then about one per operation.
   * @defaultValue 5,000,000
   */
  readonly budget?: number | undefined
}

/** What came out, over all keys. */
export interface Verdict {
  /**
   * `linearizable`: every key is. `violated`: at least one key is not, for sure. `unknown`: no violation was found, but for
   * `unknownKeys` the budget was spent first; that is not a pass.
   */
  readonly verdict: 'linearizable' | 'violated' | 'unknown'
  /** One per key that is not linearizable, in the order in which the keys come up. */
  readonly violations: readonly Violation[]
  /** The keys for which the budget did not suffice. */
  readonly unknownKeys: readonly string[]
  /** How many operations were checked, on how many keys. */
  readonly operations: number
  readonly keys: number
  /** Placements that were tried, over all keys; 0 for those whose times say it all. Explanations are not counted. */
  readonly placements: number
}

/**
 * Checks whether each key behaved like one register or list that does one operation at a time, each at some moment between
 * its invocation and its answer. The order of the array does not matter. The same history has the same verdict, everywhere.
 * @throws HistoryError if the operations do not make a history, OptionsError for a wrong option
 */
export function checkLinearizability(operations: readonly Operation[], options: CheckOptions = {}): Verdict {
  const budget = resolveBudget(options)
  const groups = groupBy(checkHistory(operations), ({ key }) => key)
  const violations: Violation[] = []
  const unknownKeys: string[] = []
  let placements = 0
  for (const own of groups) {
    const result = checkKey(own, budget)
    placements += result.placements
    if (result.outcome === 'none') violations.push(explainViolation(own, result.placements))
    else if (result.outcome === 'gave-up') unknownKeys.push(own[0]?.key ?? '')
  }
  const sure = unknownKeys.length > 0 ? 'unknown' : 'linearizable'
  const verdict = violations.length > 0 ? 'violated' : sure
  return { verdict, violations, unknownKeys, operations: operations.length, keys: groups.length, placements }
}

function resolveBudget(options: CheckOptions): number {
  for (const name of Object.keys(options))
    if (name !== 'budget')
      throw new OptionsError(name, 'left out: the only option is `budget`', options[name as 'budget'])
  const budget = options.budget ?? 5_000_000
  if (!Number.isSafeInteger(budget) || budget < 0)
    throw new OptionsError('budget', 'a whole number >= 0', options.budget)
  return budget
}
