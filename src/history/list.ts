/** The operations on a list as steps. A list never loses an element, so every read fixes the order of all that it saw. */

import type { AppendOperation, Operation, ReadListOperation, Value } from './operation.ts'
import { blockOf, type Group, type Span } from './precedence.ts'
import { deadlineOf, type State, stateMaker, type Step, type StepKind } from './step.ts'

type AnsweredRead = ReadListOperation & { readonly output: readonly Value[] }

/** What matters of a list. */
export interface List {
  readonly reads: readonly AnsweredRead[]
  /** Those that were answered, or that somebody saw. */
  readonly appends: readonly AppendOperation[]
  /** No two of them append the same. */
  readonly unique: boolean
}

/** Leaves out what cannot matter: operations that failed, reads without an answer, appends without one that nobody saw. */
export function relevantToList(operations: readonly Operation[]): List {
  const done = operations.filter(({ failed }) => failed !== true)
  const reads = done.filter(
    (one): one is AnsweredRead => one.kind === 'read-list' && one.output !== undefined,
  )
  const longest = longestOf(reads)
  const seen = new Set<Value>(longest)
  // All others are beginnings of the longest, or else there is no order, whatever is left out.
  for (const { output } of reads)
    if (!isBeginning(output, longest)) for (const value of output) seen.add(value)
  const appends = done.filter(
    (one): one is AppendOperation => one.kind === 'append' && (one.returned !== null || seen.has(one.input)),
  )
  return { reads, appends, unique: new Set(appends.map(({ input }) => input)).size === appends.length }
}

/** Is there an order, for a list to which no value was appended twice? The longest read tells it. */
export function listOrderExists({ reads, appends }: List): boolean {
  const longest = longestOf(reads)
  const rest = new Map(appends.map((append) => [append.input, append]))
  const chain: { readonly writer: Span | null; readonly seenBy: Span[] }[] = [{ writer: null, seenBy: [] }]
  for (const value of longest) {
    const append = rest.get(value)
    if (append === undefined) return false // from nowhere, or for the second time
    rest.delete(value)
    chain.push({ writer: spanOf(append), seenBy: [] })
  }
  for (const read of reads) {
    if (!isBeginning(read.output, longest)) return false
    chain[read.output.length]?.seenBy.push(spanOf(read))
  }
  // What no read has comes after all that one has, in any order.
  const unseen: Group = { writer: null, seenBy: [...rest.values()].map(spanOf) }
  return blockOf([...chain, unseen]) !== null
}

/** The steps of a list, for the search; `null` if a read has more of a value than was appended of it by then. */
export function compileList({
  reads,
  appends,
}: List): { readonly steps: Step[]; readonly initial: State } | null {
  const makeState = stateMaker()
  const initial = makeState(new Map())
  const steps = reads.map((read) => {
    let state = initial
    for (const value of read.output) {
      const next: State = state.next?.get(value) ?? makeState(new Map())
      state.next?.set(value, next)
      state = next
    }
    return makeStep('observe', read, state)
  })
  const own = new Map<Value, Step[]>()
  for (const append of appends) {
    const step = makeStep('append', append, null)
    steps.push(step)
    const same = own.get(append.input)
    if (same === undefined) own.set(append.input, [step])
    else same.push(step)
  }
  for (const read of reads) if (!narrow(read, own)) return null
  return { steps, initial }
}

/** An append whose value is its own was done before a read that has it was answered. Answers false if that cannot be. */
function narrow({ output, returned }: AnsweredRead, own: ReadonlyMap<Value, readonly Step[]>): boolean {
  const counts = new Map<Value, number>()
  for (const value of output) counts.set(value, (counts.get(value) ?? 0) + 1)
  for (const [value, count] of counts) {
    const steps = own.get(value) ?? []
    const begun = steps.filter(({ invoked }) => invoked <= (returned as number))
    if (begun.length < count) return false
    const [only] = steps
    if (only === undefined || steps.length > 1) continue
    only.required = true
    only.deadline = Math.min(only.deadline, returned as number)
  }
  return true
}

function makeStep(kind: StepKind, operation: Operation, from: State | null): Step {
  const { invoked, returned } = operation
  return {
    kind,
    operation,
    invoked,
    deadline: deadlineOf(operation),
    required: returned !== null,
    from,
    to: null,
  }
}

function spanOf(operation: Operation): Span {
  return { invoked: operation.invoked, deadline: deadlineOf(operation) }
}

function longestOf(reads: readonly AnsweredRead[]): readonly Value[] {
  let longest: readonly Value[] = []
  for (const { output } of reads) if (output.length > longest.length) longest = output
  return longest
}

function isBeginning(part: readonly Value[], whole: readonly Value[]): boolean {
  return part.every((value, at) => value === whole[at])
}
