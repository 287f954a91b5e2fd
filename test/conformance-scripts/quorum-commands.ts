/** The commands of the quorum folder: what a set of voters, or two of them, have agreed on. */

import type { LogIndex, NodeId } from 'quorate'

import { jointIndex, jointVote } from '../../src/core/quorum/joint.ts'
import { majorityIndex, majorityVote } from '../../src/core/quorum/majority.ts'
import { CommandError, parseCount } from './args.ts'
import type { Case } from './datadriven.ts'
import { errorText } from './error-text.ts'
import type { Handler } from './replay.ts'

/** The voters and what is known of them. */
interface Question {
  readonly incoming: readonly NodeId[]
  readonly outgoing: readonly NodeId[]
  /** Was a second half named, be it an empty one? */
  readonly joint: boolean
  /** Per voter that something is known of: an index, or a vote as 1 for no and 2 for yes. */
  readonly known: ReadonlyMap<NodeId, number>
}

const voteValues: ReadonlyMap<string, number> = new Map([
  ['y', 2],
  ['n', 1],
  ['_', 0],
])
const voteTexts = { won: 'VoteWon', lost: 'VoteLost', pending: 'VotePending' } as const

const commands: ReadonlyMap<string, (question: Question) => string> = new Map([
  ['committed', committed],
  ['vote', vote],
])

/** The names of all commands of this folder. */
export const quorumCommandNames: readonly string[] = [...commands.keys()]

/** Stateless: every command brings its voters. */
export function quorumHandler(): Handler {
  return (one) => {
    try {
      const run = commands.get(one.command)
      if (run === undefined) throw new CommandError('unknown command')
      return run(parse(one))
    } catch (error) {
      return errorText(error)
    }
  }
}

function committed({ incoming, outgoing, joint, known }: Question): string {
  const held = (id: NodeId): LogIndex => known.get(id) ?? 0
  const index = joint ? jointIndex({ incoming, outgoing }, held) : majorityIndex(incoming.map(held))
  const turned = jointIndex({ incoming: outgoing, outgoing: incoming }, held)
  const description = describeQuorum(new Set([...incoming, ...outgoing]), known)
  return `${description}${symmetry(indexText(index), indexText(turned))}${indexText(index)}`
}

function vote({ incoming, outgoing, joint, known }: Question): string {
  const votes = new Map([...known].map(([id, value]) => [id, value === 2]))
  const result = joint ? jointVote({ incoming, outgoing }, votes) : majorityVote(incoming, votes)
  const turned = jointVote({ incoming: outgoing, outgoing: incoming }, votes)
  return `${symmetry(voteTexts[result], voteTexts[turned])}${voteTexts[result]}`
}

/** Neither does it matter which half is which, nor is an empty half any different from none. Silent if that holds. */
function symmetry(text: string, turned: string): string {
  return text === turned ? '' : `${turned} <-- via symmetry\n`
}

function indexText(index: LogIndex): string {
  return index === Infinity ? '∞' : String(index)
}

function parse({ command, args }: Case): Question {
  const values = (key: string): readonly string[] =>
    args.filter((arg) => arg.key === key).flatMap((arg) => arg.values ?? [])
  for (const { key } of args)
    if (!['cfg', 'cfgj', 'idx', 'votes'].includes(key)) throw new CommandError(`unknown arg ${key}`)
  const incoming = [...new Set(values('cfg').map(parseCount))]
  const second = values('cfgj')
  const outgoing = second.includes('zero') ? [] : [...new Set(second.map(parseCount))]
  const given = command === 'vote' ? values('votes').map(parseVote) : values('idx').map(parseIndex)
  // In the order of first appearance, each voter once, be it in one half or in both.
  const ids = [...new Set([...incoming, ...outgoing])]
  if (ids.length !== given.length) throw mismatch(ids, given)
  const known = new Map<NodeId, number>()
  ids.forEach((id, i) => {
    if (given[i] !== undefined && given[i] !== 0) known.set(id, given[i])
  })
  return { incoming, outgoing, joint: args.some(({ key }) => key === 'cfgj'), known }
}

function mismatch(ids: readonly NodeId[], given: readonly number[]): CommandError {
  const voters = ids.toSorted((a, b) => a - b).map((id) => `${id}:{}`)
  return new CommandError(
    `error: mismatched input (explicit or _) for voters map[${voters.join(' ')}]: [${given.join(' ')}]`,
  )
}

function parseVote(text: string): number {
  const value = voteValues.get(text)
  if (value === undefined) throw new CommandError(`unknown vote: ${text}`)
  return value
}

function parseIndex(text: string): number {
  if (text === '_') return 0
  const index = parseCount(text)
  if (index === 0) throw new CommandError('cannot use 0 as idx')
  return index
}

/** A bar per voter, as long as there are voters that hold less. */
export function describeQuorum(voters: ReadonlySet<NodeId>, known: ReadonlyMap<NodeId, LogIndex>): string {
  if (voters.size === 0) return '<empty majority quorum>'
  const ids = [...voters].toSorted((a, b) => a - b)
  const lines = ids.map((id) => {
    const index = known.get(id) ?? 0
    const length = ids.filter((other) => (known.get(other) ?? 0) < index).length
    const bar = known.has(id) ? `${'x'.repeat(length)}>${' '.repeat(ids.length - length)}` : '?'
    return `${bar.padEnd(ids.length + 1)} ${String(index).padStart(5)}    (id=${id.toString(16)})\n`
  })
  return `${' '.repeat(ids.length)}    idx\n${lines.join('')}`
}
