/** The definition of linearizability, word by word: some order of some of the ambiguous and all other operations explains it. */

import type { Operation, Value } from 'quorate/testing'

/** Tries every order of every choice. Only for a handful of operations of one key. */
export function bruteForce(history: readonly Operation[]): boolean {
  const done = history.filter(({ failed }) => failed !== true)
  const certain = done.filter(({ returned }) => returned !== null)
  return subsets(done.filter(({ returned }) => returned === null)).some((chosen) =>
    permutations([...certain, ...chosen]).some((order) => keepsTime(order) && isExplained(order)),
  )
}

function subsets<Item>(items: readonly Item[]): Item[][] {
  const [first, ...rest] = items
  if (first === undefined) return [[]]
  return subsets(rest).flatMap((subset) => [subset, [first, ...subset]])
}

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length === 0) return [[]]
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item].concat(rest)))
}

function keepsTime(order: readonly Operation[]): boolean {
  return order.every((one, at) =>
    order.slice(at + 1).every(({ returned }) => returned === null || returned >= one.invoked),
  )
}

interface Loose {
  readonly kind: string
  readonly input?: unknown
  readonly output?: unknown
}

function isExplained(order: readonly Operation[]): boolean {
  let held: Value | readonly Value[] = order.some(({ kind }) => kind === 'append' || kind === 'read-list')
    ? []
    : null
  for (const { kind, input, output } of order as readonly Loose[]) {
    if (kind === 'write') held = input as Value
    else if (kind === 'append') held = [...(held as Value[]), input as Value]
    else if (kind === 'cas') {
      const { from, to } = input as { from: Value; to: Value }
      if (output !== undefined && output !== (held === from)) return false
      if (held === from) held = to
    } else if (output !== undefined && JSON.stringify(output) !== JSON.stringify(held)) return false
  }
  return true
}
