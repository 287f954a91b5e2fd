/** The command that makes nodes, with all it takes to describe one. */

import type { LogIndex, NodeId, Snapshot } from 'quorate'

import { type Args, CommandError, parseCount, parseFlag } from './args.ts'
import type { Cluster } from './cluster.ts'
import { defaults, type NodeOptions } from './script-node.ts'
import { nobody } from './script-storage.ts'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** The nodes to be made, as far as the options have said. */
interface NodePlan {
  readonly voters: NodeId[]
  readonly learners: NodeId[]
  index: LogIndex
  content: string
  readonly options: Writable<NodeOptions>
  /** Votes are asked for before anything is written, as the reference does; it matters with asynchronous writes only. */
  requestsEarly: boolean
}

/** Takes in one value of an option. */
export type NodeOption = (plan: NodePlan, value: string) => void

const nodeOptions: ReadonlyMap<string, NodeOption> = new Map<string, NodeOption>([
  ['voters', (plan, value) => plan.voters.push(parseCount(value))],
  ['learners', (plan, value) => plan.learners.push(parseCount(value))],
  ['index', (plan, value) => (plan.index = parseCount(value))],
  ['content', (plan, value) => (plan.content = value)],
  ['inflight', ({ options }, value) => (options.maxInflightMsgs = parseCount(value))],
  ['prevote', ({ options }, value) => (options.preVote = parseFlag(value))],
  ['checkquorum', ({ options }, value) => (options.checkQuorum = parseFlag(value))],
  ['read-only', ({ options }, value) => (options.readOnly = parseReadOnly(value))],
  ['async-storage-writes', ({ options }, value) => (options.asyncStorageWrites = parseFlag(value))],
  ['max-committed-size-per-ready', ({ options }, value) => (options.maxCommittedSizePerReady = limit(value))],
  [
    'disable-conf-change-validation',
    ({ options }, value) => (options.disableConfChangeValidation = parseFlag(value)),
  ],
  ['step-down-on-removal', ({ options }, value) => (options.stepDownOnRemoval = parseFlag(value))],
])

/** The names of all options of the language, without extensions. */
export const nodeOptionNames: readonly string[] = [...nodeOptions.keys()]

/** `add-nodes N key=value…`; `more` are options beyond those of the recorded scripts. */
export function addNodes(cluster: Cluster, args: Args, more: ReadonlyMap<string, NodeOption>): void {
  const plan: NodePlan = {
    voters: [],
    learners: [],
    index: 0,
    content: '',
    // Our own scripts, which have more options, are about what quorate does; the recorded ones about the reference.
    options: { ...defaults, referenceBehaviour: more.size === 0 },
    requestsEarly: true,
  }
  for (const { key, values } of args.all.slice(1)) {
    const option = nodeOptions.get(key) ?? more.get(key)
    if (option === undefined || values === null) throw new CommandError(`unknown option ${key}`)
    for (const value of values) option(plan, value)
  }
  plan.options.requestVotesBeforePersist = plan.options.asyncStorageWrites === true && plan.requestsEarly
  const count = parseCount(args.word(0, 'the number of nodes to add'))
  for (let i = 0; i < count; i++) cluster.add(plan.options, bootstrapOf(plan))
}

/** The snapshot that the nodes' logs begin with, if anything was said about it. */
function bootstrapOf({ voters, learners, index, content }: NodePlan): Snapshot | null {
  if (voters.length === 0 && learners.length === 0 && index === 0 && content === '') return null
  if (index <= 1) throw new CommandError('index must be specified as > 1 due to bootstrap')
  const data = new TextEncoder().encode(content)
  return { index, term: 1, confState: { ...nobody, voters, learners }, data }
}

function parseReadOnly(value: string): 'safe' | 'lease-based' {
  if (value === 'safe' || value === 'lease-based') return value
  throw new CommandError(`invalid read-only option "${value}"`)
}

/** A size; 0 stands for the default, which is none. */
export function limit(value: string): number {
  return parseCount(value) || Infinity
}
