/** Takes down a history while it happens. What is never answered stays an operation of unknown outcome. */

import { checkHistory } from './check-history.ts'
import { checkOperation } from './check-operation.ts'
import { HistoryError } from './history-error.ts'
import type { Operation, Value } from './operation.ts'

/** What a client asks for. */
export type Call = { readonly client: string | number; readonly key: string } & (
  | { readonly kind: 'read' | 'read-list' }
  | { readonly kind: 'write' | 'append'; readonly input: Value }
  | { readonly kind: 'cas'; readonly input: { readonly from: Value; readonly to: Value } }
)

/** An operation that waits for its answer. At most one of the two is called, once. */
export interface OpenOperation {
  /** It was done: `output` for a read, a read-list and a cas. */
  answered(at: number, output?: Value | readonly Value[]): void
  /** It was not done, for sure, and will not be. */
  failed(at: number): void
}

/**
 * Records operations as they are invoked and answered.
 *
 *     const open = recorder.invoke({ client: 1, key: 'x', kind: 'read' }, clock++)
 *     open.answered(clock++, 'a')
 */
export class HistoryRecorder {
  readonly #operations: Operation[] = []

  /**
   * A client sends an operation.
   * @param at - when; see `Operation.invoked`
   * @throws HistoryError if it is not an operation
   */
  invoke(call: Call, at: number): OpenOperation {
    const place = { line: null, index: this.#operations.length }
    const open = checkOperation({ ...call, invoked: at, returned: null }, place)
    this.#operations.push(open)
    const close = (end: Partial<Record<string, unknown>>): void => {
      if (this.#operations[place.index] !== open) {
        const fix = 'Call `answered` or `failed` once'
        throw new HistoryError(place, 'the operation was answered before', fix, end['returned'])
      }
      this.#operations[place.index] = checkOperation({ ...open, ...end }, place)
    }
    return {
      answered: (returned, output) => close(output === undefined ? { returned } : { returned, output }),
      failed: (returned) => close({ returned, failed: true }),
    }
  }

  /**
   * What happened until now, in the order of invocation.
   * @throws HistoryError if a client went on while an operation of it was open
   */
  operations(): readonly Operation[] {
    return checkHistory([...this.#operations])
  }
}
