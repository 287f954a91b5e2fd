/**
 * Is there an order of these steps that explains all of them? The search of Wing and Gong with the memo of Lowe: take any step
 * that no other has to precede, go on with the rest, go back where that ends, and never look at the same place twice.
 *
 * A place is the state and the set of steps taken. What makes it quick:
 * - steps that change nothing are taken as soon as they fit, without a choice;
 * - a state is not left while a step still wants it and none leads back to it;
 * - of two equal steps that may wait for ever the older is taken first;
 * - when nothing is left that could fail to fit, it is over.
 */

import { type Entry, type Line, makeLine, removeEntry, restoreEntry } from './line.ts'
import { TupleSet } from './memo.ts'
import { isPure, type State, stateAfter, type Step } from './step.ts'

/** `found`: with an order that explains the steps. `none`: there is none. `gave-up`: the budget was spent. */
export type SearchResult =
  | { readonly outcome: 'found'; readonly placements: number; readonly order: readonly Step[] }
  | { readonly outcome: 'none' | 'gave-up'; readonly placements: number }

/** A choice that was made, and what was before it. */
interface Choice {
  readonly entry: Entry
  readonly state: State
  readonly taken: number
  readonly due: number
}

interface Search {
  readonly line: Line
  /** The required ones, by deadline. */
  readonly byDeadline: readonly Entry[]
  /** All before this position of `byDeadline` are taken. */
  due: number
  state: State
  /** Required steps that do not fit everywhere and are not taken yet. */
  demanding: number
  readonly taken: Entry[]
  readonly seen: TupleSet
  /** `due`, the state, then one bit per track: together they say which steps are taken. See line.ts. */
  readonly place: Int32Array
}

/** Integers in the memo, whatever the budget: what is beyond it takes more memory than it is worth. */
const maxRemembered = 2 ** 25

/**
 * Looks for an order. Uses up the counts in the states, so steps are searched once.
 * @param budget - choices that may be tried before giving up, a whole number
 */
export function search(steps: readonly Step[], initial: State, budget: number): SearchResult {
  const now = start(steps, initial)
  const choices: Choice[] = []
  let placements = 0
  takePure(now)
  let from = now.line.head.next
  while (now.demanding > 0) {
    const entry = nextChoice(now, from)
    if (entry === null) {
      const last = choices.pop()
      if (last === undefined) return { outcome: 'none', placements }
      goBack(now, last)
      from = last.entry.next
      continue
    }
    if (placements >= budget || now.seen.size * now.place.length >= maxRemembered)
      return { outcome: 'gave-up', placements }
    placements++
    const choice = { entry, state: now.state, taken: now.taken.length, due: now.due }
    if (goOn(now, choice)) {
      choices.push(choice)
      from = now.line.head.next
    } else {
      goBack(now, choice)
      from = entry.next
    }
  }
  return { outcome: 'found', placements, order: orderOf(now) }
}

function start(steps: readonly Step[], initial: State): Search {
  const line = makeLine(steps)
  const byDeadline = line.entries.filter(({ step }) => step.required)
  byDeadline.sort((a, b) => a.step.deadline - b.step.deadline)
  let demanding = 0
  for (const { step } of line.entries) {
    if (isDemanding(step)) demanding++
    count(step, 1)
  }
  const width = 2 + Math.ceil(line.tracks / 32)
  const [seen, place] = [new TupleSet(width), new Int32Array(width)]
  return { line, byDeadline, due: 0, state: initial, demanding, taken: [], seen, place }
}

/** The next step, from `from` on, that can be taken now and is worth trying. */
function nextChoice({ line, byDeadline, due, state }: Search, from: Entry): Entry | null {
  // Whoever was invoked after this deadline has to wait for the step whose deadline it is.
  const latest = byDeadline[due]?.step.deadline ?? Infinity
  for (let entry = from; entry !== line.tail && entry.step.invoked <= latest; entry = entry.next) {
    const older = entry.older === null || entry.older.taken
    if (older && !isPure(entry.step) && stateAfter(entry.step, state) !== null) return entry
  }
  return null
}

/** Takes a step and all that then fits by itself. Answers whether it is worth going on from there. */
function goOn(now: Search, { entry, state }: Choice): boolean {
  const { step } = entry
  now.state = stateAfter(step, state) ?? state
  take(now, entry)
  if (now.state !== state && state.wanted > 0 && state.sources === 0) return false
  takePure(now)
  now.place[0] = now.due
  now.place[1] = now.state.id
  return now.seen.add(now.place)
}

/** Steps that leave the state as it is. One that is taken can let others begin, which stand further on in the line. */
function takePure(now: Search): void {
  const { line, byDeadline, state } = now
  let entry = line.head.next
  while (entry !== line.tail && entry.step.invoked <= (byDeadline[now.due]?.step.deadline ?? Infinity)) {
    const { next } = entry
    if (isPure(entry.step) && stateAfter(entry.step, state) !== null) take(now, entry)
    entry = next
  }
}

function take(now: Search, entry: Entry): void {
  removeEntry(entry)
  now.taken.push(entry)
  count(entry.step, -1)
  if (isDemanding(entry.step)) now.demanding--
  flip(now, entry)
  while (now.byDeadline[now.due]?.taken === true) now.due++
}

function goBack(now: Search, choice: Choice): void {
  while (now.taken.length > choice.taken) {
    const entry = now.taken.pop() as Entry
    restoreEntry(entry)
    count(entry.step, 1)
    if (isDemanding(entry.step)) now.demanding++
    flip(now, entry)
  }
  now.due = choice.due
  now.state = choice.state
}

function flip({ place }: Search, { track }: Entry): void {
  const word = 2 + (track >>> 5)
  place[word] = (place[word] as number) ^ (1 << (track & 31))
}

/** Keeps the books of the states: who still wants them, who still leads to them. */
function count({ kind, from, to, required }: Step, by: 1 | -1): void {
  if (required && from !== null && kind !== 'differ') from.wanted += by
  if (to !== null) to.sources += by
}

/** Can it fail to fit? A write and an append cannot. */
function isDemanding({ kind, required }: Step): boolean {
  return required && kind !== 'write' && kind !== 'append'
}

/** What was taken, then the required rest, which fits in the order of invocation. */
function orderOf({ line, taken }: Search): Step[] {
  const order = taken.map(({ step }) => step)
  for (let entry = line.head.next; entry !== line.tail; entry = entry.next)
    if (entry.step.required) order.push(entry.step)
  return order
}
