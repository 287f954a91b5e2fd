/** Why a key is not linearizable: as few operations as possible that no order explains, and the one that cannot be placed. */

import { checkKey } from './check-key.ts'
import { hintsOf } from './hints.ts'
import type { Operation } from './operation.ts'
import { type IsViolation, type Item, shrink, withoutAnswer } from './shrink.ts'
import { drawTimeline } from './timeline.ts'

/** A key that is not linearizable. */
export interface Violation {
  readonly key: string
  /** All that was answered before this operation can be explained; with its answer it cannot. */
  readonly culprit: Operation
  /** How many operations on the key were answered before the culprit was. */
  readonly answeredBefore: number
  /**
   * Operations that no order explains, by invocation: few, if not always the fewest. The culprit is among them. Answers that
   * came after the culprit's are left out, as some that do not matter are, and of lists elements that do not matter.
   */
  readonly window: readonly Operation[]
  /** An order that explains the window without the culprit's answer. Empty if none was found within the budget. */
  readonly order: readonly Operation[]
  /** What strikes the eye, in sentences. */
  readonly hints: readonly string[]
  /** All of this as text, with a timeline, for people. */
  readonly text: string
}

/** An explanation ends after so many checks of parts, or when they tried so many placements. */
const limits = { checks: 1000, placements: 2_000_000 }

/**
 * Explains a key that was found not to be linearizable.
 * @param operations - all operations on it
 * @param placements - how many it took to find that out; those of a part may be a few times as many
 */
export function explainViolation(operations: readonly Operation[], placements: number): Violation {
  const isViolation = bounded(10_000 + 2 * placements)
  const answered = operations.filter((one) => one.returned !== null && one.failed !== true)
  answered.sort((a, b) => (a.returned as number) - (b.returned as number))
  const answeredBefore = longestPrefix(operations, answered, isViolation)
  const culprit = answered[answeredBefore] as Operation
  const items = firstAnswered(operations, answered.slice(0, answeredBefore + 1)).map((one): Item => ({
    shown: one,
    used: one,
    isCulprit: one === culprit,
  }))
  const left = [...shrink(items, isViolation)].sort((a, b) => a.shown.invoked - b.shown.invoked)
  const window = left.map(({ shown }) => shown)
  const explained = left.map(({ shown, isCulprit }) => (isCulprit ? withoutAnswer(shown) : shown))
  const order = checkKey(explained, limits.placements, 'search').order ?? []
  const known = left.find(({ isCulprit }) => isCulprit)?.shown ?? culprit
  const hints = [...hintsOf(known, order, operations)]
  if (isErased(known, culprit)) hints.push('Elements of the list that do not matter are left out.')
  const own = new Set(operations)
  if (window.some((one) => one.returned === null && !own.has(one)))
    hints.push('A question mark at the end stands for an answer that came later, or does not matter.')
  const text = drawTimeline({
    culprit,
    answeredBefore,
    rows: left.map(({ shown, isCulprit }) => ({ operation: shown, isCulprit })),
    order,
    hints,
  })
  return { key: culprit.key, culprit, answeredBefore, window, order, hints, text }
}

function isErased(shown: Operation, whole: Operation): boolean {
  if (shown.kind !== 'read-list' || whole.kind !== 'read-list') return false
  return shown.output?.length !== whole.output?.length
}

/** The most answers, from the first on, that can be explained. One more makes it a violation. */
function longestPrefix(
  operations: readonly Operation[],
  answered: readonly Operation[],
  isViolation: IsViolation,
): number {
  let lo = 0
  let hi = answered.length
  // With `hi` answers there is a violation; with `lo` there is none, or none that is to be seen quickly.
  while (hi - lo > 1) {
    const middle = Math.floor((lo + hi) / 2)
    if (isViolation(firstAnswered(operations, answered.slice(0, middle)))) hi = middle
    else lo = middle
  }
  return hi - 1
}

/** The history at the time of the last of these answers. */
function firstAnswered(operations: readonly Operation[], first: readonly Operation[]): Operation[] {
  const known = new Set(first)
  const now = first.at(-1)?.returned ?? -Infinity
  return operations
    .filter((one) => one.failed !== true && one.invoked <= now)
    .map((one) => (known.has(one) ? one : withoutAnswer(one)))
}

/** @param budget - of one check */
function bounded(budget: number): IsViolation {
  let checks = 0
  let placements = 0
  return (operations) => {
    if (checks >= limits.checks || placements >= limits.placements) return false
    const result = checkKey(operations, Math.min(budget, limits.placements - placements))
    checks++
    placements += result.placements
    return result.outcome === 'none'
  }
}
