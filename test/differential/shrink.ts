/** Makes a script that shows something shorter, as long as it still shows it. */

import type { Arg } from '../conformance-scripts/datadriven.ts'
import { argsOf, type Command, commandsOf, lineOf, nameOf, type Script, type Step } from './script.ts'
import { withoutNode } from './without-node.ts'

/** Does a script still show what it is shrunk for? */
export type Shows = (script: Script) => Promise<boolean>

/**
 * The shortest script that is found: without the steps that are not needed, then with fewer nodes, then with less to each
 * command; again, until nothing more can go.
 * @param budget - how many scripts may be tried
 */
export async function shrink(script: Script, shows: Shows, budget: number): Promise<Script> {
  let left = budget
  // Once it is used up nothing gets smaller any more, and that is the end as well.
  const tried: Shows = (candidate) => (left-- > 0 ? shows(candidate) : Promise.resolve(false))
  let best = script
  for (let before = Infinity; sizeOf(best) < before;) {
    before = sizeOf(best)
    best = await withoutSteps(best, tried)
    best = await firstThatShows(best, withoutOneNode, tried)
    best = await firstThatShows(best, withLessToOneCommand, tried)
  }
  return best
}

/** How much there is to read. */
export function sizeOf(script: Script): number {
  return commandsOf(script).reduce((sum, { text, input }) => sum + text.length + input.length + 1, 0)
}

/** Takes away steps in ever smaller pieces, from the end on: what comes after the last command that matters goes first. */
async function withoutSteps(script: Script, shows: Shows): Promise<Script> {
  let best = script
  for (let size = Math.ceil(best.steps.length / 2); size > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let end = best.steps.length; end > 0; end -= size) {
      const steps = best.steps.toSpliced(Math.max(end - size, 0), Math.min(size, end))
      const candidate = { ...best, steps }
      if (steps.length > 0 && (await shows(candidate))) best = candidate
    }
  }
  return best
}

/** Goes on with the first smaller script that still shows it, until there is none. */
async function firstThatShows(
  script: Script,
  smaller: (from: Script) => Iterable<Script>,
  shows: Shows,
): Promise<Script> {
  let best = script
  for (let found = true; found;) {
    found = false
    for (const candidate of smaller(best)) {
      if (!(await shows(candidate))) continue
      best = candidate
      found = true
      break
    }
  }
  return best
}

function* withoutOneNode(script: Script): Iterable<Script> {
  if (script.folder !== 'interaction') return
  for (let id = 9; id > 0; id--) {
    const candidate = withoutNode(script, id)
    if (candidate !== null) yield candidate
  }
}

function* withLessToOneCommand(script: Script): Iterable<Script> {
  for (const [at, step] of script.steps.entries()) {
    for (const candidate of smallerSteps(step)) yield { ...script, steps: script.steps.with(at, candidate) }
  }
}

function* smallerSteps(step: Step): Iterable<Step> {
  for (const [at, one] of step.entries())
    for (const candidate of smallerCommands(one)) yield step.with(at, candidate)
}

/** Without a word, an option, an element of a list, or a change. What is no command any more shows nothing. */
function* smallerCommands(one: Command): Iterable<Command> {
  const name = nameOf(one)
  const args = argsOf(one)
  const withArgs = (next: readonly Arg[]): Command => ({ ...one, text: lineOf(name, next) })
  for (const [at, { key, values }] of args.entries()) {
    yield withArgs(args.toSpliced(at, 1))
    if (values === null || values.length < 2) continue
    for (const i of values.keys()) yield withArgs(args.with(at, { key, values: values.toSpliced(i, 1) }))
  }
  const changes = one.input.split(' ')
  if (changes.length < 2) return
  for (const i of changes.keys()) yield { ...one, input: changes.toSpliced(i, 1).join(' ') }
}
