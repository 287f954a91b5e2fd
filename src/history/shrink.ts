/**
 * Makes a violation small. Whatever is left out is left out soundly, so that if no order explains what is left, none explains
 * the whole:
 * - an operation that only looks at the state says nothing when it is gone;
 * - a write is not taken away, but is from then on one without an answer, which may take effect or not;
 * - an element of a list may be erased everywhere, from the reads and with its appends.
 */

import { relevant } from './check-key.ts'
import { keyTypes, type Operation, type Value } from './operation.ts'

/** An operation on its way through. */
export interface Item {
  /** The operation, but for erased elements. */
  readonly shown: Operation
  /** The same, or without its answer. */
  readonly used: Operation
  /** This one stays as it is: without it there is no violation. */
  readonly isCulprit: boolean
}

/** Whether it is sure that no order explains these. */
export type IsViolation = (operations: readonly Operation[]) => boolean

/** Leaves out what it can while `isViolation` says yes, in pieces that get smaller. */
export function shrink(items: readonly Item[], isViolation: IsViolation): readonly Item[] {
  const accepts = (some: readonly Item[]): boolean => isViolation(some.map(({ used }) => used))
  let left = items
  if (items.some(({ shown }) => keyTypes[shown.kind] === 'list')) {
    const values = [...new Set(items.flatMap(({ shown }) => elementsOf(shown)))]
    inPieces(values, (piece) => {
      const erased = erase(left, new Set(piece))
      if (!accepts(erased)) return false
      left = erased
      return true
    })
  }
  inPieces(left, (piece) => {
    const weaker = weaken(left, new Set(piece))
    if (!accepts(weaker)) return false
    left = weaker
    return true
  })
  // Whoever was refused may owe it to a write that is left only as one that may have been done.
  const isStrict = left.some(({ shown }) => shown.kind === 'cas' && shown.output === false)
  return isStrict ? left.map(({ used, isCulprit }) => ({ shown: used, used, isCulprit })) : left
}

/** An operation as long as it has no answer. */
export function withoutAnswer(operation: Operation): Operation {
  if (operation.returned === null) return operation
  const { output: _, ...open } = { output: null, ...operation, returned: null }
  return open
}

/** Offers pieces of a row: halves, quarters, down to single ones. What was accepted is not offered again. */
function inPieces<Part>(parts: readonly Part[], accepts: (piece: readonly Part[]) => boolean): void {
  let left = parts
  for (let size = Math.ceil(parts.length / 2); left.length > 0; size = Math.ceil(size / 2)) {
    const refused: Part[] = []
    for (let lo = 0; lo < left.length; lo += size) {
      const piece = left.slice(lo, lo + size)
      if (!accepts(piece)) for (const part of piece) refused.push(part)
    }
    left = refused
    if (size === 1) return
  }
}

function weaken(items: readonly Item[], piece: ReadonlySet<Item>): readonly Item[] {
  const left: Item[] = []
  for (const item of items) {
    if (item.isCulprit || !piece.has(item)) left.push(item)
    else if (!onlyLooks(item.used)) left.push({ ...item, used: withoutAnswer(item.used) })
  }
  const useful = new Set(relevant(left.map(({ used }) => used)))
  return left.filter(({ used, isCulprit }) => isCulprit || useful.has(used))
}

function erase(items: readonly Item[], values: ReadonlySet<Value>): readonly Item[] {
  return items.flatMap((item) => {
    if (item.shown.kind === 'append' && values.has(item.shown.input)) return item.isCulprit ? [item] : []
    const shown = without(item.shown, values)
    return [{ ...item, shown, used: item.used === item.shown ? shown : without(item.used, values) }]
  })
}

function without(operation: Operation, values: ReadonlySet<Value>): Operation {
  if (operation.kind !== 'read-list' || operation.output === undefined) return operation
  return { ...operation, output: operation.output.filter((value) => !values.has(value)) }
}

function elementsOf(operation: Operation): readonly Value[] {
  if (operation.kind === 'append') return [operation.input]
  return operation.kind === 'read-list' ? (operation.output ?? []) : []
}

function onlyLooks(operation: Operation): boolean {
  return (
    operation.kind === 'read' ||
    operation.kind === 'read-list' ||
    (operation.kind === 'cas' && operation.output === false)
  )
}
