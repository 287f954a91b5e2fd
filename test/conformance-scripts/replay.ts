/** Replays a script against a handler and compares what comes out. */

import { type Case, parseScript, ScriptError } from './datadriven.ts'
import { diff } from './diff.ts'

/** Carries out one command after the other and answers what each prints. One handler is made per script. */
export type Handler = (command: Case) => string

/** Where and how a script went wrong. */
interface Failure {
  readonly line: number
  /** The command; empty if the script could not be read. */
  readonly command: string
  /** Expected and actual output, or what is wrong with the script. */
  readonly detail: string
}

/** What became of a script. */
export interface Replay {
  /** How many commands came out right. */
  readonly passed: number
  /** The first command that did not; what comes after it says nothing. */
  readonly failure: Failure | null
}

/** Replays a script up to the first difference. */
export function replay(text: string, handler: Handler): Replay {
  let passed = 0
  try {
    const cases = parseScript(text)
    if (cases.length === 0) throw new ScriptError(1, 'the script holds no command')
    for (const one of cases) {
      const expected = normalize(one.expected)
      const actual = normalize(handler(one))
      if (actual !== expected) {
        const detail = diff(expected.split('\n'), actual.split('\n'))
        return { passed, failure: { line: one.line, command: one.text, detail } }
      }
      passed++
    }
    return { passed, failure: null }
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error
    return { passed, failure: { line: error.line, command: '', detail: `    ${error.message}` } }
  }
}

const loggerLine = /^\s*(?:DEBUG|INFO|WARN|ERROR|FATAL) /

/** Without the logger's lines, which are the reference's own, and without spaces at the ends of lines. */
export function normalize(output: string): string {
  const kept = output
    .split('\n')
    .filter((line) => !loggerLine.test(line))
    .map((line) => line.replace(/ +$/, ''))
  const text = kept.join('\n').replace(/\n+$/, '')
  return text === '' ? 'ok' : text
}
