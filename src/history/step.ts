/**
 * What the search works on: the operations of one key as steps between states. A state is an object that exists once, so
 * that comparing two is comparing references, and that knows how many steps still want it and how many still lead to it.
 */

import type { AppendOperation, Operation, Value } from './operation.ts'

/** What a register or a list holds. */
export interface State {
  /** Unique among the states of a key. */
  readonly id: number
  /** Steps that must find this state and are not placed yet. */
  wanted: number
  /** Steps that lead to this state from any other, and are not placed yet. */
  sources: number
  /** Lists: the state after an append. Only states that a read saw exist: what nobody saw needs no name. */
  readonly next: Map<Value, State> | null
}

/**
 * What a step does: `observe` finds the state `from`; `differ` finds any other; `write` leads to `to`; `exchange` leads from
 * `from` to `to`; `append` leads from any state to its `next` for the operation's value.
 */
export type StepKind = 'observe' | 'differ' | 'write' | 'exchange' | 'append'

/** One operation, ready to be placed. */
export interface Step {
  readonly kind: StepKind
  readonly operation: Operation
  /** The step takes effect at this time or later. */
  readonly invoked: number
  /** It takes effect at this time or earlier. `Infinity` if it is not `required`. */
  deadline: number
  /** If it is not, it may also take no effect at all. */
  required: boolean
  readonly from: State | null
  readonly to: State | null
}

/** Makes the states of a key; the first is the initial one. */
export function stateMaker(): (next?: Map<Value, State>) => State {
  let count = 0
  return (next) => ({ id: count++, wanted: 0, sources: 0, next: next ?? null })
}

/** Does it leave the state as it is? Such a step is placed as soon as it fits: that never stands in the way of another. */
export function isPure(step: Step): boolean {
  return step.kind === 'observe' || step.kind === 'differ'
}

/** The state after a step, or `null` if the step cannot be taken in `state`. */
export function stateAfter(step: Step, state: State): State | null {
  switch (step.kind) {
    case 'observe':
      return state === step.from ? state : null
    case 'differ':
      return state === step.from ? null : state
    case 'write':
      return step.to
    case 'exchange':
      return state === step.from ? step.to : null
    case 'append':
      return state.next?.get((step.operation as AppendOperation).input) ?? null
  }
}

/** The time by which an operation has taken effect. */
export function deadlineOf(operation: Operation): number {
  return operation.returned ?? Infinity
}
