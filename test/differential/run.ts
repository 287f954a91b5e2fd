/** Runs scripts past both, many or one. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Answer } from './answer.ts'
import { compare, type Comparison } from './compare.ts'
import { generate, scriptSeed } from './generate.ts'
import { whyKnown } from './known.ts'
import { describeDivergence, summary } from './report.ts'
import { commandsOf, type Script } from './script.ts'
import { shrink } from './shrink.ts'
import { Tally } from './tally.ts'

/** Whoever can say what the reference makes of a script. */
export interface Oracle {
  replay(script: Script): Promise<Answer>
}

/** Prints a line. */
export type Print = (line: string) => void

/** So many scripts are with the reference while we look at one. */
const ahead = 8
/** More divergences than this are counted and not shrunk: they are hardly all different. */
const maxShrunk = 5
/** So many scripts may be tried to make one shorter. */
const shrinkBudget = 3000
const progressEvery = 500

/** Many scripts. Answers whether both agree on all of them. */
export async function runMany(
  oracle: Oracle,
  { scripts, seed, keep }: { readonly scripts: number; readonly seed: number; readonly keep: string | null },
  print: Print,
): Promise<boolean> {
  const tally = new Tally()
  const start = performance.now()
  const seconds = (): number => (performance.now() - start) / 1000
  const waiting: { own: number; script: Script; answer: Promise<Answer> }[] = []
  for (let asked = 0, done = 0; done < scripts; done++) {
    for (; asked < scripts && waiting.length < ahead; asked++) {
      const own = scriptSeed(seed, asked)
      const script = generate(own)
      const answer = oracle.replay(script)
      // Its failure is told where it is waited for.
      answer.catch(() => {})
      waiting.push({ own, script, answer })
    }
    const next = waiting.shift()
    if (next === undefined) break
    await judge(oracle, next.own, next.script, await next.answer, { tally, keep, print })
    if ((done + 1) % progressEvery === 0 && done + 1 < scripts)
      print(
        `${done + 1} of ${scripts}, ${((done + 1) / seconds()).toFixed(0)} per second, script seed ${next.own}`,
      )
  }
  for (const line of summary(tally, seed, seconds())) print(line)
  return tally.divergent.length === 0
}

async function judge(
  oracle: Oracle,
  own: number,
  script: Script,
  answer: Answer,
  { tally, keep, print }: { readonly tally: Tally; readonly keep: string | null; readonly print: Print },
): Promise<void> {
  const comparison = compare(script, answer)
  const why = whyKnown(comparison, answer)
  if (keep !== null) write(keep, own, script, comparison, why)
  const isNew = comparison.divergence !== null && why === null
  if (isNew && !sameOutputs(answer, await oracle.replay(script))) {
    tally.cutShort(own, 'the reference prints something else each time')
    return
  }
  tally.add(own, script.folder, answer, comparison)
  if (!isNew) return
  if (tally.divergent.length > maxShrunk) return print(`divergence in the script with seed ${own}`)
  for (const line of await explain(oracle, own, script)) print(line)
}

/** One script, printed with its outputs. Answers whether both agree. */
export async function runOne(oracle: Oracle, own: number, print: Print): Promise<boolean> {
  const script = generate(own)
  const answer = await oracle.replay(script)
  const comparison = compare(script, answer)
  print(`# ${script.folder}, script seed ${own}\n`)
  print(comparison.recorded)
  const { end, divergence, agreed } = comparison
  const { length } = answer.outputs
  if (end !== null)
    print(`The reference ends at \`${commandsOf(script)[length]?.text}\`: ${end.kind}, ${end.text}`)
  print(`Both agree on ${agreed.length} of ${commandsOf(script).length} commands.`)
  if (divergence === null) return true
  const why = whyKnown(comparison, answer)
  if (why !== null) print(`They differ for a known reason: ${why}.`)
  for (const line of why === null ? await explain(oracle, own, script) : describeDivergence(comparison))
    print(line)
  return why !== null
}

/** The divergence of a script in as few words as possible. */
async function explain(oracle: Oracle, own: number, script: Script): Promise<readonly string[]> {
  const diverges = async (candidate: Script): Promise<Comparison | null> => {
    const answer = await oracle.replay(candidate)
    const comparison = compare(candidate, answer)
    return comparison.divergence !== null && whyKnown(comparison, answer) === null ? comparison : null
  }
  const short = await shrink(script, async (candidate) => (await diverges(candidate)) !== null, shrinkBudget)
  const comparison = await diverges(short)
  const [from, to] = [script, short].map((one) => commandsOf(one).length)
  return [
    `divergence in the script with seed ${own}, shrunk from ${from} commands to ${to}:`,
    ...(comparison === null ? ['(it does not show again)'] : describeDivergence(comparison)),
  ]
}

function sameOutputs(one: Answer, other: Answer): boolean {
  return JSON.stringify(one.outputs) === JSON.stringify(other.outputs)
}

/** As the recorded scripts are kept, so that the directory can be given to `npm run conformance`. */
function write(
  dir: string,
  own: number,
  { folder }: Script,
  { recorded, agreed, end, divergence }: Comparison,
  why: string | null,
): void {
  // A script of no commands is none.
  if (agreed.length === 0) return
  mkdirSync(join(dir, folder), { recursive: true })
  const notes = [`# Script seed ${own}.`]
  if (end !== null) notes.push(`# The reference goes no further: ${end.kind}.`)
  if (why !== null) notes.push(`# Cut short, since the rest differs for a known reason: ${why}.`)
  // What differs for a known reason is no expectation.
  const isCut = why !== null && divergence !== null
  const text = isCut ? recorded.split('\n', divergence.command.line - 1).join('\n') : recorded
  writeFileSync(join(dir, folder, `${own}.txt`), `${notes.join('\n')}\n\n${text}\n`)
}
