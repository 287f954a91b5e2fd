/** What commands read from their arguments. Whatever does not fit is told as the command's output. */

import type { Arg } from './datadriven.ts'

/** An error whose text is what the command prints. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** The arguments of one command. */
export class Args {
  readonly all: readonly Arg[]

  constructor(all: readonly Arg[]) {
    this.all = all
  }

  /** The arguments without `=`, in order. */
  get words(): readonly string[] {
    return this.all.filter(({ values }) => values === null).map(({ key }) => key)
  }

  /** The words as the ids of nodes. */
  get ids(): readonly number[] {
    return this.words.map(parseCount)
  }

  /** The word at `position`, which must be there. */
  word(position: number, what: string): string {
    const word = this.words[position]
    if (word === undefined) throw new CommandError(`expected ${what}`)
    return word
  }

  /** The word at `position` as the id of a node. */
  id(position = 0): number {
    return parseCount(this.word(position, 'the number of a node'))
  }

  /** The value of an option; undefined if it is not there. */
  option(key: string): string | undefined {
    return this.all.find((arg) => arg.key === key && arg.values !== null)?.values?.[0]
  }

  /** The value of an option that must be there, as a number. */
  count(key: string): number {
    const value = this.option(key)
    if (value === undefined) throw new CommandError(`expected ${key}=`)
    return parseCount(value)
  }

  /** Refuses options that the command does not have: a misspelled one would change the test without a word. */
  allow(...keys: readonly string[]): void {
    for (const { key, values } of this.all)
      if (values !== null && !keys.includes(key)) throw new CommandError(`unknown option ${key}`)
  }
}

/** A whole number, 0 or more. */
export function parseCount(text: string): number {
  const count = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count))
    throw new CommandError(`expected a number, got "${text}"`)
  return count
}

/** What Go's ParseBool takes. */
export function parseFlag(text: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false
  throw new CommandError(`strconv.ParseBool: parsing "${text}": invalid syntax`)
}
