/** One key: leave out what cannot matter, compare times where that suffices, search where it does not. */

import { compileList, type List, listOrderExists, relevantToList } from './list.ts'
import { keyTypes, type Operation } from './operation.ts'
import { compileRegister, relevantToRegister } from './register.ts'
import { orderExists } from './register-order.ts'
import { search, type SearchResult } from './search.ts'

/** What came out for a key, and how many placements were tried. `order` only if a search found it. */
export interface KeyResult {
  readonly outcome: 'found' | 'none' | 'gave-up'
  readonly placements: number
  readonly order: readonly Operation[] | null
}

/** Whether the short ways may be taken that need no search; the tests compare. */
export type Method = 'quick' | 'search'

/**
 * Is there an order of the operations of one key that explains them?
 * @param operations - a history of one key
 * @param budget - placements that the search may try, a whole number
 */
export function checkKey(
  operations: readonly Operation[],
  budget: number,
  method: Method = 'quick',
): KeyResult {
  const [first] = operations
  if (first === undefined) return { outcome: 'found', placements: 0, order: [] }
  if (keyTypes[first.kind] === 'list') return checkList(relevantToList(operations), budget, method)
  return checkRegister(operations, budget, method)
}

function checkList(list: List, budget: number, method: Method): KeyResult {
  if (method === 'quick' && list.unique) return withoutSearch(listOrderExists(list))
  const compiled = compileList(list)
  return compiled === null ? withoutSearch(false) : resultOf(search(compiled.steps, compiled.initial, budget))
}

function checkRegister(operations: readonly Operation[], budget: number, method: Method): KeyResult {
  const few = relevantToRegister(operations, false)
  const { steps, initial, impossible } = compileRegister(few)
  if (impossible) return withoutSearch(false)
  if (method === 'quick') {
    const exists = orderExists(steps, initial)
    // A cas that was refused only adds a condition: without it there is more of an order, not less.
    if (exists === false || (exists === true && !steps.some(({ kind }) => kind === 'differ')))
      return withoutSearch(exists)
  }
  const result = resultOf(search(steps, initial, budget))
  if (result.outcome !== 'none') return result
  const all = relevantToRegister(operations, true)
  if (all.length === few.length) return result
  const { placements } = result
  const whole = compileRegister(all)
  const second = resultOf(search(whole.steps, whole.initial, budget - placements))
  return { ...second, placements: placements + second.placements }
}

function withoutSearch(exists: boolean): KeyResult {
  return { outcome: exists ? 'found' : 'none', placements: 0, order: null }
}

function resultOf(result: SearchResult): KeyResult {
  const { outcome, placements } = result
  const order = outcome === 'found' ? result.order.map(({ operation }) => operation) : null
  return { outcome, placements, order }
}

/** The operations of a key that can matter to its verdict. */
export function relevant(operations: readonly Operation[]): readonly Operation[] {
  if (operations.some(({ kind }) => keyTypes[kind] === 'register'))
    return relevantToRegister(operations, true)
  const { reads, appends } = relevantToList(operations)
  return [...reads, ...appends]
}
