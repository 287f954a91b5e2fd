/** The command line: flags and addresses, and one line that says what is wrong with them. */

import { parseArgs } from 'node:util'

/** The flags of a command: a text, or a switch that is on when it is there. */
export type Flags = Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>

/** What was said on the command line is no command. Told in one line, with exit code 2. */
export class CommandLineError extends Error {}

/** The arguments of a command, flags and others apart. */
export class Arguments {
  readonly positionals: readonly string[]
  readonly #values: Readonly<Record<string, string | boolean | undefined>>

  /** @param names - of the arguments that are no flags; those in brackets may be left out */
  constructor(args: readonly string[], flags: Flags, names: readonly string[]) {
    try {
      const { values, positionals } = parseArgs({ args: [...args], options: flags, allowPositionals: true })
      this.#values = values
      this.positionals = positionals
    } catch (error) {
      const [what = ''] = (error as Error).message.split(/\. |\n/, 1)
      const known = Object.keys(flags).map((flag) => `--${flag}`)
      throw new CommandLineError(`${what}; the options are ${known.join(', ') || 'none'}`, { cause: error })
    }
    const least = names.filter((name) => !name.startsWith('[')).length
    const given = this.positionals.length
    if (given < least || given > names.length)
      throw new CommandLineError(
        `Expected ${names.join(' ') || 'no argument'}, got ${given === 0 ? 'nothing' : this.positionals.join(' ')}`,
      )
  }

  text(name: string): string | undefined {
    const value = this.#values[name]
    return typeof value === 'string' ? value : undefined
  }

  required(name: string): string {
    const value = this.text(name)
    if (value === undefined) throw new CommandLineError(`Expected --${name}`)
    return value
  }

  has(name: string): boolean {
    return this.#values[name] === true
  }

  number(name: string, usual: number, min: number, max: number): number {
    const text = this.text(name)
    return text === undefined ? usual : wholeNumber(`--${name}`, text, min, max)
  }
}

/** A whole number between two others. */
function wholeNumber(what: string, text: string, min: number, max: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= min && number <= max) return number
  throw new CommandLineError(`Expected ${what} to be a whole number from ${min} to ${max}, got '${text}'`)
}

/** The id of a node. */
export function nodeId(what: string, text: string): number {
  return wholeNumber(what, text, 1, Number.MAX_SAFE_INTEGER)
}

/** Where somebody listens. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** `name:9001`, `10.0.0.1:9001`, `[::1]:9001`. */
export function address(what: string, text: string): Address {
  const at = text.lastIndexOf(':')
  const host = text.slice(0, Math.max(at, 0)).replace(/^\[(.*)\]$/, '$1')
  const port = /^\d{1,5}$/.test(text.slice(at + 1)) ? Number(text.slice(at + 1)) : 0
  if (host !== '' && port >= 1 && port <= 65_535) return { host, port }
  throw new CommandLineError(`Expected ${what} to be an address like 127.0.0.1:9001, got '${text}'`)
}

/** `1=127.0.0.1:9001,2=127.0.0.1:9002`. */
export function addresses(what: string, text: string): Map<number, Address> {
  const found = new Map<number, Address>()
  for (const part of text.split(',')) {
    const [id = '', where = ''] = part.split('=', 2)
    const node = nodeId(`the ids in ${what}`, id.trim())
    if (found.has(node))
      throw new CommandLineError(`Expected ${what} to name each node once, got ${node} twice`)
    found.set(node, address(what, where.trim()))
  }
  return found
}

/** As text, the way it is read. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
