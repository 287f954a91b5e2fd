/** Our runner against the reference, command by command, up to the first difference. */

import { confChangeHandler } from '../conformance-scripts/confchange-commands.ts'
import { type Case, parseScript, withOutputs } from '../conformance-scripts/datadriven.ts'
import { interactionHandler } from '../conformance-scripts/interaction-commands.ts'
import { quorumHandler } from '../conformance-scripts/quorum-commands.ts'
import { type Handler, normalize } from '../conformance-scripts/replay.ts'
import type { Answer, End } from './answer.ts'
import { type Folder, render, type Script } from './script.ts'

const handlers: Readonly<Record<Folder, () => Handler>> = {
  interaction: () => interactionHandler(),
  quorum: quorumHandler,
  confchange: confChangeHandler,
}

/** Where the two part. */
interface Divergence {
  readonly command: Case
  readonly expected: string
  readonly actual: string
}

/** What came of a comparison. */
export interface Comparison {
  /** The script with the reference's outputs, up to where it ended: a script as they are recorded. */
  readonly recorded: string
  /** The commands on which both agree, in order. */
  readonly agreed: readonly Case[]
  readonly divergence: Divergence | null
  /** Why the reference did not carry out the whole script. */
  readonly end: End | null
}

/** What our runner says when nodes are never done. */
const endless = 'the cluster does not come to rest'

/** What is printed of an error of ours that nobody should ever see: an invariant that is broken, or one with its stack. */
const broken = /ERR_INVARIANT|\n +at /

/** Replays a script with the reference's outputs. */
export function compare(script: Script, { outputs, end }: Answer, ours?: Handler): Comparison {
  const handler = ours ?? handlers[script.folder]()
  const text = render(script)
  const bare = parseScript(text)
  const done = bare.slice(0, outputs.length)
  const recorded = withOutputs(upTo(text, bare[outputs.length]), done, outputs)
  const agreed: Case[] = []
  const result = { recorded, agreed, end }
  for (const one of parseScript(recorded)) {
    const [expected, actual] = [normalize(one.expected), normalize(handler(one))]
    if (expected !== actual) return { ...result, divergence: { command: one, expected, actual } }
    agreed.push(one)
  }
  return { ...result, divergence: endsHere(bare[outputs.length], end, handler) }
}

/**
 * What of the command at which the reference ended can be compared. Where it never ends, neither do we. Where it panics, we
 * may do anything but break: to stop the node, refuse the call or go on is each right somewhere.
 */
function endsHere(one: Case | undefined, end: End | null, handler: Handler): Divergence | null {
  if (one === undefined || (end?.kind !== 'endless' && end?.kind !== 'panic')) return null
  const actual = handler(one)
  const isAsExpected = end.kind === 'endless' ? actual.endsWith(endless) : !broken.test(actual)
  if (isAsExpected) return null
  const expected = end.kind === 'endless' ? '(never ends)' : `(panics: ${end.text})`
  return { command: one, expected, actual: normalize(actual) }
}

/** The lines before a command, which are all lines if there is none. */
function upTo(text: string, one: Case | undefined): string {
  if (one === undefined) return text
  return text.split('\n', one.line - 1).join('\n')
}
