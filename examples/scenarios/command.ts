/** What a client can ask of the key-value store, and the bytes that travel through the log for it. */

/** One command. Everything it needs is in it: a command must do the same on every node, whenever it is applied (§2). */
export type Command =
  | { readonly op: 'put'; readonly key: string; readonly value: string }
  | { readonly op: 'delete'; readonly key: string }
  /** Adds to a number; a key that is not there counts as 0. Lost or doubled, it leaves a sum that tells. */
  | { readonly op: 'increment'; readonly key: string; readonly by: number }

/** The bytes are not those of a command, and why. */
export class CommandError extends Error {
  override readonly name = 'CommandError'

  constructor(why: string, cause?: unknown) {
    super(`Expected the bytes of a command, but ${why}`, { cause })
  }
}

/** JSON: not the shortest, but it can be read in a dump of the log. */
export function encodeCommand(command: Command): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(command))
}

/** @throws CommandError if these are not the bytes of a command */
export function decodeCommand(bytes: Uint8Array): Command {
  const value = parse(bytes)
  if (!isRecord(value)) throw new CommandError('they hold no object')
  const { op, key } = value
  if (typeof key !== 'string' || key === '') throw new CommandError('`key` is no text, or an empty one')
  if (op === 'delete') return { op, key }
  if (op === 'put') {
    if (typeof value['value'] !== 'string') throw new CommandError('`value` of the put is no text')
    return { op, key, value: value['value'] }
  }
  if (op === 'increment') {
    const by = value['by']
    if (!Number.isSafeInteger(by)) throw new CommandError('`by` of the increment is no whole number')
    return { op, key, by: by as number }
  }
  throw new CommandError('`op` is none of put, delete and increment')
}

/** A command as people read it. */
export function commandText(command: Command): string {
  if (command.op === 'put') return `put ${command.key}=${command.value}`
  return command.op === 'delete' ? `delete ${command.key}` : `increment ${command.key} by ${command.by}`
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new CommandError('they are no JSON', error)
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
