/** The commands of the interaction folder: each reads its arguments and has the cluster do it. */

import type { ConfChange, ConfChangeSingle, ConfChangeTransition, Message, NodeId } from 'quorate'

import { addNodes, type NodeOption } from './add-nodes.ts'
import { Args, CommandError, parseCount, parseFlag } from './args.ts'
import { Cluster, type Recipient } from './cluster.ts'
import { parseChanges } from './conf-change-text.ts'
import { describeEntry, describeMessage, describeRole } from './describe.ts'
import { describeProgressMap } from './describe-tracker.ts'
import { errorText, proposalDropped } from './error-text.ts'
import type { Handler } from './replay.ts'

/** Does what a command says. What it throws is printed. */
export type Command = (cluster: Cluster, args: Args, input: string) => void

/** What a script may use beyond the language of the recorded ones. */
export interface Extensions {
  readonly commands: ReadonlyMap<string, Command>
  readonly nodeOptions: ReadonlyMap<string, NodeOption>
}

const none: Extensions = { commands: new Map(), nodeOptions: new Map() }

const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['log-level', (cluster, args) => void cluster.output.setLevel(args.word(0, 'a level'))],
  ['campaign', (cluster, args) => cluster.node(args.id()).raw.campaign()],
  ['propose', propose],
  ['propose-conf-change', proposeConfChange],
  ['tick-election', (cluster, args) => tick(cluster, args.id(), 'electionTick')],
  ['tick-heartbeat', (cluster, args) => tick(cluster, args.id(), 'heartbeatTick')],
  ['set-randomized-election-timeout', setTimeout],
  ['process-ready', (...all) => each(...all, 'handling Ready', (c, id) => c.processReady(id))],
  [
    'process-append-thread',
    (...all) => each(...all, 'processing append thread', (c, id) => c.processThread(id, 'append')),
  ],
  [
    'process-apply-thread',
    (...all) => each(...all, 'processing apply thread', (c, id) => c.processThread(id, 'apply')),
  ],
  ['deliver-msgs', deliver],
  ['stabilize', stabilize],
  ['raft-log', (cluster, args) => printLog(cluster, args.id())],
  ['raft-state', printState],
  ['status', printStatus],
  ['compact', compact],
  ['transfer-leadership', transfer],
  ['forget-leader', (cluster, args) => cluster.node(args.id()).raw.forgetLeader()],
  ['report-unreachable', reportUnreachable],
  ['send-snapshot', sendSnapshot],
])

/** The names of all commands of the language, without extensions. */
export const commandNames: readonly string[] = ['add-nodes', ...commands.keys()]

/** A new cluster, and the commands to drive it with. */
export function interactionHandler(extensions: Extensions = none): Handler {
  const cluster = new Cluster()
  const all = new Map<string, Command>([
    ...commands,
    ['add-nodes', (to, args) => addNodes(to, args, extensions.nodeOptions)],
    ...extensions.commands,
  ])
  return ({ command, args, input }) => {
    const { output } = cluster
    output.clear()
    try {
      const run = all.get(command)
      if (run === undefined) throw new CommandError('unknown command')
      run(cluster, new Args(args), input)
    } catch (error) {
      // Whatever the level is, an error is always told.
      if (output.quiet) return errorText(error)
      output.write(errorText(error))
    }
    return output.text === '' ? 'ok' : output.text
  }
}

function propose(cluster: Cluster, args: Args): void {
  const { raw } = cluster.node(args.id())
  if (args.all.length !== 2) throw new CommandError('expected one word to propose')
  const data = new TextEncoder().encode(args.word(1, 'the data to propose'))
  if (raw.propose(data).dropped !== undefined) throw new CommandError(proposalDropped)
}

function proposeConfChange(cluster: Cluster, args: Args, input: string): void {
  const { raw, id } = cluster.node(args.id())
  const change = parseConfChange(args, parseChanges(input))
  const changes = change.version === 1 ? [change] : change.changes
  let dropped: unknown
  if (changes.some(({ nodeId }) => nodeId === 0)) {
    // Our own call refuses node 0, which the reference's takes: as a message it passes.
    const entry =
      change.version === 1
        ? ({ type: 'EntryConfChange', change } as const)
        : ({ type: 'EntryConfChangeV2', change } as const)
    dropped = raw.step({ type: 'MsgProp', from: id, to: id, entries: [entry] })?.dropped
  } else dropped = raw.proposeConfChange(change).dropped
  if (dropped !== undefined) throw new CommandError(proposalDropped)
}

function parseConfChange(args: Args, changes: readonly ConfChangeSingle[]): ConfChange {
  let v1 = false
  let transition: ConfChangeTransition = 'auto'
  for (const { key, values } of args.all.slice(1)) {
    for (const value of values ?? ['']) {
      if (key === 'v1') v1 = parseFlag(value)
      else if (key === 'transition') transition = parseTransition(value)
      else throw new CommandError(`unknown command ${key}`)
    }
  }
  if (!v1) return { version: 2, transition, changes, context: null }
  const [only] = changes
  if (only === undefined || changes.length > 1 || transition !== 'auto')
    throw new CommandError('v1 conf change can only have one operation and no transition')
  return { version: 1, ...only, context: null }
}

function parseTransition(value: string): ConfChangeTransition {
  if (value === 'auto' || value === 'implicit' || value === 'explicit') return value
  throw new CommandError(`unknown transition ${value}`)
}

function tick(cluster: Cluster, id: NodeId, period: 'electionTick' | 'heartbeatTick'): void {
  const { raw, options } = cluster.node(id)
  for (let i = 0; i < (options[period] ?? 1); i++) raw.tick()
}

function setTimeout(cluster: Cluster, args: Args): void {
  args.allow('timeout')
  cluster.node(args.id()).raw.setRandomizedElectionTimeout(args.count('timeout'))
}

/** The same for each of the named nodes; with several, each under a header. */
function each(
  cluster: Cluster,
  args: Args,
  _input: string,
  title: string,
  body: (cluster: Cluster, id: NodeId) => void,
): void {
  args.allow()
  const { ids } = args
  for (const id of ids) {
    if (ids.length === 1) body(cluster, id)
    else cluster.section(id, title, () => body(cluster, id))
  }
}

/** The reference's: some of these are never on their way, and some are calls with us. */
const messageTypes: ReadonlySet<string> = new Set([
  'MsgProp',
  'MsgApp',
  'MsgAppResp',
  'MsgVote',
  'MsgVoteResp',
  'MsgPreVote',
  'MsgPreVoteResp',
  'MsgHeartbeat',
  'MsgHeartbeatResp',
  'MsgSnap',
  'MsgTransferLeader',
  'MsgTimeoutNow',
  'MsgReadIndex',
  'MsgReadIndexResp',
  'MsgStorageAppendResp',
  'MsgStorageApplyResp',
  'MsgStorageAppend',
  'MsgStorageApply',
  'MsgHup',
  'MsgBeat',
  'MsgUnreachable',
  'MsgSnapStatus',
  'MsgCheckQuorum',
  'MsgForgetLeader',
])

function deliver(cluster: Cluster, args: Args): void {
  args.allow('drop', 'type')
  const type = args.option('type') ?? null
  if (type !== null && !messageTypes.has(type)) throw new CommandError(`unknown message type ${type}`)
  const recipients: Recipient[] = []
  for (const { key, values } of args.all) {
    if (values === null) recipients.push({ id: parseCount(key), drop: false })
    if (key !== 'drop') continue
    for (const id of (values ?? []).map(parseCount)) {
      if (recipients.some((recipient) => recipient.id === id && !recipient.drop))
        throw new CommandError(`can't both deliver and drop msgs to ${id}`)
      recipients.push({ id, drop: true })
    }
  }
  if (cluster.deliver(recipients, type) === 0) cluster.output.write('no messages\n')
}

function stabilize(cluster: Cluster, args: Args): void {
  args.allow('log-level')
  const level = args.option('log-level')
  const restore = level === undefined ? null : cluster.output.setLevel(level)
  try {
    const { ids } = args
    cluster.stabilize(ids.length === 0 ? cluster.nodes : ids.map((id) => cluster.node(id)))
  } finally {
    restore?.()
  }
}

function printLog(cluster: Cluster, id: NodeId): void {
  const { storage } = cluster.node(id)
  const entries = storage.all()
  if (entries.length > 0)
    return cluster.output.write(entries.map((entry) => `${describeEntry(entry)}\n`).join(''))
  const [first, last] = [storage.firstIndex(), storage.lastIndex()]
  cluster.output.write(`log is empty: first index=${first}, last index=${last}`)
}

function printState(cluster: Cluster): void {
  for (const { raw } of cluster.nodes) {
    const { id, role, term, leader, confState } = raw.status()
    const votes = confState.voters.includes(id) || confState.votersOutgoing.includes(id)
    const line = `${id}: ${describeRole(role)} (${votes ? 'Voter' : 'Non-Voter'}) Term:${term} Lead:${leader ?? 0}`
    cluster.output.write(`${line}\n`)
  }
}

function printStatus(cluster: Cluster, args: Args): void {
  cluster.output.write(describeProgressMap(cluster.node(args.id()).raw.status().progress))
}

function compact(cluster: Cluster, args: Args): void {
  const id = args.id()
  cluster.node(id).storage.compact(args.id(1))
  printLog(cluster, id)
}

function transfer(cluster: Cluster, args: Args): void {
  args.allow('from', 'to')
  cluster.node(args.count('from')).raw.transferLeadership(cluster.node(args.count('to')).id)
}

function reportUnreachable(cluster: Cluster, args: Args): void {
  if (args.words.length !== 2)
    throw new CommandError(
      'must specify exactly two node indexes: node on which to report, and reported node',
    )
  cluster.node(args.id()).raw.reportUnreachable(cluster.node(args.id(1)).id)
}

function sendSnapshot(cluster: Cluster, args: Args): void {
  const { id: from, raw, snapshot } = cluster.node(args.id())
  const { term } = raw.status()
  const m: Message = { type: 'MsgSnap', from, to: args.id(1), term, session: null, snapshot }
  cluster.send(m)
  cluster.output.write(describeMessage(m))
}
