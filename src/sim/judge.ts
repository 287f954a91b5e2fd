/** Is what the clients saw linearizable (I13)? */

import { checkLinearizability } from '../history/check.ts'
import type { Operation as HistoryOperation, OperationBase } from '../history/operation.ts'
import type { Operation } from './clients.ts'
import { isList } from './machine.ts'

/** What comes of it: null if all is well. */
export interface Judgement {
  readonly flaw: string | null
  /** Keys on which too much happened at once to tell. */
  readonly undecided: number
}

/** Placements per key that the search may try. */
const budget = 100_000

/** Checks a whole history. */
export function judge(history: readonly Operation[]): Judgement {
  const { violations, unknownKeys } = checkLinearizability(history.map(translate), { budget })
  return { flaw: violations[0]?.text ?? null, undecided: unknownKeys.length }
}

/** The operation in the terms of the checker. */
function translate(operation: Operation): HistoryOperation {
  const { client, kind, key, value, expected, outcome, result } = operation
  const isDone = outcome === 'done'
  const base: OperationBase = {
    client,
    key: isList(key) ? `list ${key}` : `register ${key}`,
    invoked: operation.invoked,
    returned: outcome === 'unknown' || outcome === 'open' ? null : operation.returned,
    ...(outcome === 'failed' ? { failed: true } : {}),
  }
  if (kind === 'put') return { ...base, kind: 'write', input: value }
  if (kind === 'append') return { ...base, kind: 'append', input: value }
  if (kind === 'cas') {
    const input = { from: expected === 0 ? null : expected, to: value }
    return isDone ? { ...base, kind: 'cas', input, output: result === 1 } : { ...base, kind: 'cas', input }
  }
  if (typeof result !== 'number')
    return isDone ? { ...base, kind: 'read-list', output: result } : { ...base, kind: 'read-list' }
  if (isList(key)) return { ...base, kind: 'read-list' }
  return isDone ? { ...base, kind: 'read', output: result === 0 ? null : result } : { ...base, kind: 'read' }
}
