/** The operations on a register as steps, fewer and narrower than they came. Nothing here changes the verdict. */

import type { CasOperation, Operation, Value, WriteOperation } from './operation.ts'
import { deadlineOf, type State, stateMaker, type Step, type StepKind } from './step.ts'

/** A register, ready to be searched. */
export interface Register {
  readonly steps: readonly Step[]
  readonly initial: State
  /** Something was read that nobody can have written by then: there is no order, and no need to search for one. */
  readonly impossible: boolean
}

/** A write or cas without an answer. */
type Ambiguous = WriteOperation | CasOperation

/**
 * Leaves out what cannot matter: operations that failed, reads without an answer, and writes without an answer whose value
 * nobody saw. The last are still of use to a cas that was refused, which only asks that the register held something else:
 * `keepUnseen` keeps as many of them as can be of use.
 */
export function relevantToRegister(operations: readonly Operation[], keepUnseen: boolean): Operation[] {
  const seen = new Map<Value, number>()
  const see = (value: Value, by: 1 | -1): void => void seen.set(value, (seen.get(value) ?? 0) + by)
  const refusals: CasOperation[] = []
  let ambiguous: Ambiguous[] = []
  for (const operation of operations) {
    if (operation.failed === true) continue
    if (operation.returned === null) {
      if (operation.kind === 'write' || changes(operation)) ambiguous.push(operation as Ambiguous)
      if (changes(operation)) see((operation as CasOperation).input.from, 1)
    } else if (operation.kind === 'read') see(operation.output as Value, 1)
    else if (operation.kind === 'cas' && operation.output === true) see(operation.input.from, 1)
    else if (operation.kind === 'cas') refusals.push(operation)
  }
  const isSeen = (operation: Ambiguous): boolean => (seen.get(targetOf(operation)) ?? 0) > 0
  const helpful = keepUnseen ? helpRefusals(ambiguous, isSeen, refusals) : new Set<Operation>()
  // To leave out a cas takes away somebody who saw its `from`: again, until nothing more goes.
  for (let before = -1; before !== ambiguous.length;) {
    before = ambiguous.length
    ambiguous = ambiguous.filter((operation) => {
      if (isSeen(operation) || helpful.has(operation)) return true
      if (operation.kind === 'cas') see(operation.input.from, -1)
      return false
    })
  }
  const kept = new Set<Operation>(ambiguous)
  return operations.filter((one) => one.failed !== true && (one.returned !== null || kept.has(one)))
}

/**
 * Those of unseen value that may have stood between, so that a cas was refused: of any cas, but of writes that are the same to
 * every cas no more than there are refusals, the earliest, since one that was invoked earlier fits wherever a later one does.
 */
function helpRefusals(
  ambiguous: readonly Ambiguous[],
  isSeen: (operation: Ambiguous) => boolean,
  refusals: readonly CasOperation[],
): ReadonlySet<Operation> {
  const last = refusals.reduce((latest, one) => Math.max(latest, deadlineOf(one)), -Infinity)
  const refused = new Set(refusals.map(({ input }) => input.from))
  const taken = new Map<Value | undefined, number>()
  const inTime = ambiguous.filter(({ invoked }) => invoked <= last)
  const helpful = inTime
    .sort((a, b) => a.invoked - b.invoked)
    .filter((operation) => {
      if (operation.kind === 'cas' || isSeen(operation)) return true
      const same = refused.has(operation.input) ? operation.input : undefined
      const count = (taken.get(same) ?? 0) + 1
      taken.set(same, count)
      return count <= refusals.length
    })
  return new Set(helpful)
}

/** Makes steps of relevant operations. */
export function compileRegister(operations: readonly Operation[]): Register {
  const makeState = stateMaker()
  const initial = makeState()
  const unseen = makeState()
  const states = new Map<Value, State>([[null, initial]])
  for (const operation of operations) {
    const value = askedFor(operation)
    if (value !== undefined && !states.has(value)) states.set(value, makeState())
  }
  // Values that nobody asks for are all the same.
  const stateOf = (value: Value): State => states.get(value) ?? unseen
  const steps = operations.map((operation) => makeStep(operation, stateOf))
  return { steps, initial, impossible: !tighten(steps, initial) }
}

function makeStep(operation: Operation, stateOf: (value: Value) => State): Step {
  const step = (kind: StepKind, from: State | null, to: State | null): Step => {
    const { invoked, returned } = operation
    return {
      kind,
      operation,
      invoked,
      deadline: deadlineOf(operation),
      required: returned !== null,
      from,
      to,
    }
  }
  if (operation.kind === 'write') return step('write', null, stateOf(operation.input))
  if (operation.kind === 'cas') {
    const from = stateOf(operation.input.from)
    if (operation.output === false) return step('differ', from, null)
    const to = stateOf(operation.input.to)
    return from === to ? step('observe', from, null) : step('exchange', from, to)
  }
  return step('observe', stateOf(askedFor(operation) ?? null), null)
}

/**
 * A value with a single source was there before anybody saw it: so the source is required, and its deadline is that of the
 * first who saw it. Answers false if that cannot be.
 */
function tighten(steps: readonly Step[], initial: State): boolean {
  const sources = new Map<State, Step | 'many'>()
  for (const step of steps) if (step.to !== null) sources.set(step.to, sources.has(step.to) ? 'many' : step)
  // The earliest first, since a source that is tightened may itself have seen a state.
  const due = steps.filter(({ kind, required }) => required && (kind === 'observe' || kind === 'exchange'))
  for (let step = due.pop(); step !== undefined; step = due.pop()) {
    const source = sources.get(step.from as State)
    if (step.from === initial || source === 'many') continue
    if (source === undefined) return false
    const isNew = !source.required || source.deadline > step.deadline
    source.required = true
    source.deadline = Math.min(source.deadline, step.deadline)
    if (source.deadline < source.invoked) return false
    if (isNew && source.kind === 'exchange') due.push(source)
  }
  return true
}

/** The value that an operation asks the register to hold, or not to hold. */
function askedFor(operation: Operation): Value | undefined {
  if (operation.kind === 'read') return operation.output
  return operation.kind === 'cas' ? operation.input.from : undefined
}

function targetOf(operation: Ambiguous): Value {
  return operation.kind === 'cas' ? operation.input.to : operation.input
}

/** A cas that, if it is done, leaves another value behind. */
function changes(operation: Operation): boolean {
  return operation.kind === 'cas' && operation.input.from !== operation.input.to
}
