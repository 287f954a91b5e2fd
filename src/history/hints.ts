/** What a person would point at first. None of this decides anything. */

import { type Operation, show, showList, type Value } from './operation.ts'

/**
 * Sentences about the operation that cannot be placed.
 * @param culprit - that operation, as it is in the window
 * @param order - what explains the others
 * @param operations - all on the key, with those that failed
 */
export function hintsOf(
  culprit: Operation,
  order: readonly Operation[],
  operations: readonly Operation[],
): readonly string[] {
  const strange = [...new Set(valuesSeen(culprit))].flatMap(
    (value) => originOf(value, culprit, operations) ?? [],
  )
  return [
    ...strange,
    ...repeated(culprit, operations),
    ...(order.length > 0 ? [afterwards(culprit, order)] : []),
  ]
}

/** What is strange about where a value came from, if anything. */
function originOf(value: Value, culprit: Operation, operations: readonly Operation[]): string | null {
  const sources = operations.filter((one) => writes(one, value))
  const real = sources.filter(({ failed }) => failed !== true)
  if (real.some(({ invoked }) => invoked <= (culprit.returned as number))) return null
  const first = real[0] ?? sources[0]
  if (first === undefined) return `Nobody wrote ${show(value)}.`
  const who = `client ${String(first.client)}`
  if (first.failed === true)
    return `The ${first.kind} of ${show(value)} by ${who} failed, and must have no effect.`
  return `The ${first.kind} of ${show(value)} by ${who} was only invoked later, at ${first.invoked}.`
}

function repeated(culprit: Operation, operations: readonly Operation[]): string[] {
  const values = culprit.kind === 'read-list' ? (culprit.output ?? []) : []
  return [...new Set(values)].flatMap((value) => {
    const seen = values.filter((one) => one === value).length
    const written = operations.filter((one) => one.failed !== true && writes(one, value)).length
    if (seen <= written || written === 0) return []
    return `${show(value)} is in the list ${seen} times, but was appended ${written === 1 ? 'once' : `${written} times`}.`
  })
}

function afterwards(culprit: Operation, order: readonly Operation[]): string {
  if (culprit.kind === 'read-list') {
    const list = order.flatMap((one) => (one.kind === 'append' ? [one.input] : []))
    return `After this order the list is ${showList(list)}.`
  }
  let held: Value = null
  for (const one of order) {
    if (one.kind === 'write') held = one.input
    else if (one.kind === 'cas' && one.output !== false && one.input.from === held) held = one.input.to
  }
  return `After this order the register holds ${show(held)}.`
}

/** Values that must have come from somewhere. */
function valuesSeen(culprit: Operation): readonly Value[] {
  if (culprit.kind === 'read-list') return culprit.output ?? []
  const value = culprit.kind === 'read' ? culprit.output : null
  const held = culprit.kind === 'cas' && culprit.output === true ? culprit.input.from : value
  return held === null || held === undefined ? [] : [held]
}

function writes(operation: Operation, value: Value): boolean {
  if (operation.kind === 'write' || operation.kind === 'append') return operation.input === value
  return operation.kind === 'cas' && operation.output !== false && operation.input.to === value
}
