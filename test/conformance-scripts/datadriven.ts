/**
 * The format of the scripts: a command with arguments, lines of input, and what the command is to print.
 * What the commands are is no concern of this file.
 */

/** An argument: a bare word (`values` is null) or `key=value`, `key=(value, value)`. */
export interface Arg {
  readonly key: string
  readonly values: readonly string[] | null
}

/** One command of a script with its expected output. */
export interface Case {
  /** The number of the line with the command, counted from 1. */
  readonly line: number
  /** The line with the command, as it stands. */
  readonly text: string
  readonly command: string
  readonly args: readonly Arg[]
  readonly input: string
  readonly expected: string
  /** The lines of the file from the first separator to the end of the output, counted from 0, without the last. */
  readonly span: { readonly from: number; readonly to: number }
}

/** The script does not follow the format. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError'
  readonly line: number

  constructor(line: number, what: string) {
    super(what)
    this.line = line
  }
}

const separator = '----'

/** All commands of a script, in order. Throws {@link ScriptError}. */
export function parseScript(text: string): readonly Case[] {
  // As the reference reads lines: a carriage return before the end is no part of them.
  const lines = text.split(/\r?\n/)
  const cases: Case[] = []
  for (let at = 0; at < lines.length;) {
    const command = (lines[at] as string).trim()
    if (command === '' || command.startsWith('#')) {
      at++
      continue
    }
    const next = parseCase(lines, at)
    cases.push(next)
    at = next.span.to
  }
  return cases
}

/** The same script with other outputs, one per case: for those who write scripts. */
export function withOutputs(text: string, cases: readonly Case[], outputs: readonly string[]): string {
  const lines = text.split('\n')
  const parts: string[] = []
  let at = 0
  cases.forEach(({ span }, i) => {
    const output = (outputs[i] ?? '').trimEnd().split('\n')
    parts.push(...lines.slice(at, span.from))
    // An output with a blank line would end there: hence the doubled separators.
    if (output.some((line) => line.trim() === ''))
      parts.push(separator, separator, ...output, separator, separator)
    else parts.push(separator, ...output)
    at = span.to
  })
  parts.push(...lines.slice(at))
  return parts.join('\n')
}

function parseCase(lines: readonly string[], at: number): Case {
  const text = (lines[at] as string).trim()
  const [first, ...args] = parseLine(text, at + 1)
  const from = lines.indexOf(separator, at + 1)
  if (from < 0) throw new ScriptError(at + 1, `no ${separator} follows the command`)
  const input = lines
    .slice(at + 1, from)
    .join('\n')
    .trim()
  const doubled = lines[from + 1] === separator
  const { output, to } = doubled ? doubledOutput(lines, from + 2) : plainOutput(lines, from + 1)
  return {
    line: at + 1,
    text,
    command: first?.key ?? '',
    args,
    input,
    expected: output.join('\n'),
    span: { from, to },
  }
}

interface Output {
  readonly output: readonly string[]
  readonly to: number
}

/** Up to the first blank line. */
function plainOutput(lines: readonly string[], start: number): Output {
  let to = start
  while (to < lines.length && (lines[to] as string).trim() !== '') to++
  return { output: lines.slice(start, to), to }
}

/** Up to the next doubled separator; a single one is part of the output. */
function doubledOutput(lines: readonly string[], start: number): Output {
  for (let at = start; at + 1 < lines.length; at++) {
    if (lines[at] === separator && lines[at + 1] === separator)
      return { output: lines.slice(start, at), to: at + 2 }
  }
  throw new ScriptError(start, `the output behind the doubled ${separator} is never closed by another`)
}

/** The words of a command line, each as an argument; the command itself is the first. */
export function parseLine(text: string, line = 1): readonly Arg[] {
  const args: Arg[] = []
  let rest = text.trim()
  while (rest !== '') {
    // The space and nothing else: a tab is part of a word, as in the reference.
    const key = (/^[^ =]*/.exec(rest) as RegExpExecArray)[0]
    if (key === '') throw new ScriptError(line, `expected the name of an argument at "${rest}"`)
    rest = rest.slice(key.length)
    if (!rest.startsWith('=')) args.push({ key, values: null })
    else {
      const { values, length } = parseValues(rest.slice(1), line)
      args.push({ key, values })
      rest = rest.slice(1 + length)
    }
    if (rest !== '' && !rest.startsWith(' ')) throw new ScriptError(line, `expected a space before "${rest}"`)
    rest = rest.trimStart()
  }
  return args
}

function parseValues(rest: string, line: number): { values: readonly string[]; length: number } {
  if (!rest.startsWith('(')) {
    const value = (/^[^ ]*/.exec(rest) as RegExpExecArray)[0]
    return { values: [value], length: value.length }
  }
  const values: string[] = []
  let depth = 0
  let start = 1
  for (let at = 0; at < rest.length; at++) {
    const char = rest[at]
    if (char === '(') depth++
    if (char === ')') depth--
    if (depth === 0 || (depth === 1 && char === ',')) {
      values.push(rest.slice(start, at).trim())
      start = at + 1
    }
    if (depth === 0) return { values: isEmpty(values) ? [] : values, length: at + 1 }
  }
  throw new ScriptError(line, `a parenthesis is never closed: "${rest}"`)
}

function isEmpty(values: readonly string[]): boolean {
  return values.length === 1 && values[0] === ''
}
