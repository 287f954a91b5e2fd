/** Membership changes as the scripts write them: `v1 l2 r3 u4`. */

import type { ConfChangeSingle, ConfChangeType } from 'quorate'

import { CommandError } from './args.ts'

const types: ReadonlyMap<string, ConfChangeType> = new Map([
  ['v', 'AddNode'],
  ['l', 'AddLearnerNode'],
  ['r', 'RemoveNode'],
  ['u', 'UpdateNode'],
])

/** The changes that an input names; none for an empty one. */
export function parseChanges(input: string): readonly ConfChangeSingle[] {
  const text = input.trim()
  return text === '' ? [] : text.split(' ').map(parseChange)
}

function parseChange(token: string): ConfChangeSingle {
  if (token.length < 2) throw new CommandError(`unknown token ${token}`)
  const type = types.get(token.slice(0, 1))
  if (type === undefined) throw new CommandError(`unknown input: ${token}`)
  const digits = token.slice(1)
  if (!/^\d+$/.test(digits))
    throw new CommandError(`strconv.ParseUint: parsing ${JSON.stringify(digits)}: invalid syntax`)
  return { type, nodeId: Number(digits) }
}
