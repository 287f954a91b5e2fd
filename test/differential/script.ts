/** A script before anybody has replayed it: commands without outputs. */

import { type Arg, parseLine } from '../conformance-scripts/datadriven.ts'

/** The folders of the recorded scripts; each has a language of its own. */
export type Folder = 'interaction' | 'quorum' | 'confchange'

/** One command and the lines below it. */
export interface Command {
  readonly text: string
  readonly input: string
}

/** Commands that only make sense together, and are kept or left out together. Mostly it is one. */
export type Step = readonly Command[]

/** A whole script. */
export interface Script {
  readonly folder: Folder
  readonly steps: readonly Step[]
}

/** A step of one command. */
export function command(text: string, input = ''): Step {
  return [{ text, input }]
}

/** All commands in order. */
export function commandsOf({ steps }: Script): readonly Command[] {
  return steps.flat()
}

/** As the recorded scripts are written, with nothing as the output of each command. */
export function render(script: Script): string {
  return commandsOf(script)
    .map(({ text, input }) => `${text}\n${input === '' ? '' : `${input}\n`}----\n`)
    .join('\n')
}

/** The name of a command. */
export function nameOf({ text }: Command): string {
  return parseLine(text)[0]?.key ?? ''
}

/** The arguments of a command, without its name. */
export function argsOf({ text }: Command): readonly Arg[] {
  return parseLine(text).slice(1)
}

/** The line of a command, from its parts. */
export function lineOf(name: string, args: readonly Arg[]): string {
  return [name, ...args.map(renderArg)].join(' ')
}

function renderArg({ key, values }: Arg): string {
  if (values === null) return key
  return values.length === 1 ? `${key}=${values[0]}` : `${key}=(${values.join(',')})`
}
