/** What can happen to a cluster, as plain data: fast-check makes lists of it, and shrinks those that break something. */

import fc from 'fast-check'
import type { ConfChange, ConfChangeTransition, ConfChangeType, NodeId } from 'quorate'
import type { Cluster } from './cluster.ts'
import type { Server } from './server.ts'

/** Who or what a command is about is a number, taken modulo what there is; beyond nine it is the leader. */
export type Command =
  | { readonly do: 'tick'; readonly who: number; readonly times: number }
  | { readonly do: 'tickAll' | 'run'; readonly times: number }
  | { readonly do: 'work'; readonly who: number; readonly choice: number; readonly times: number }
  | { readonly do: 'deliver' | 'drop' | 'duplicate'; readonly which: number }
  | { readonly do: 'settle'; readonly rounds: number }
  | { readonly do: 'propose'; readonly who: number; readonly count: number }
  | {
      readonly do: 'change'
      readonly who: number
      readonly changes: readonly { readonly type: ConfChangeType; readonly node: number }[]
      readonly transition: ConfChangeTransition | 'v1'
    }
  /** The leader is to give way to quite other voters. */
  | { readonly do: 'replace'; readonly mask: number; readonly transition: 'auto' | 'explicit' }
  /** The leader is cut off and goes on appending, while the others elect another. */
  | { readonly do: 'diverge'; readonly mask: number; readonly count: number; readonly times: number }
  | { readonly do: 'transfer' | 'unreachable'; readonly who: number; readonly to: number }
  | { readonly do: 'read' | 'campaign' | 'restart' | 'forgetLeader'; readonly who: number }
  | { readonly do: 'crash'; readonly who: number; readonly losesUnsynced: boolean }
  | { readonly do: 'compact'; readonly who: number; readonly kept: number }
  | { readonly do: 'partition'; readonly mask: number }
  | { readonly do: 'heal' }

const who = fc.nat(19)
const anyMessage = fc.nat(40)
const changeTypes: readonly ConfChangeType[] = [
  'AddNode',
  'AddNode',
  'RemoveNode',
  'AddLearnerNode',
  'UpdateNode',
]

/** Commands of every kind; the ordinary ones are more frequent, so that a cluster gets somewhere. */
export const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  weighed(14, { do: fc.constant('run' as const), times: fc.integer({ min: 1, max: 6 }) }),
  weighed(10, { do: fc.constant('settle' as const), rounds: fc.integer({ min: 1, max: 6 }) }),
  weighed(4, { do: fc.constant('tickAll' as const), times: fc.integer({ min: 1, max: 4 }) }),
  weighed(4, { do: fc.constant('tick' as const), who, times: fc.integer({ min: 1, max: 8 }) }),
  weighed(14, {
    do: fc.constant('work' as const),
    who,
    choice: fc.nat(2),
    times: fc.integer({ min: 1, max: 8 }),
  }),
  weighed(16, { do: fc.constant('deliver' as const), which: anyMessage }),
  weighed(6, { do: fc.constantFrom('drop' as const, 'duplicate' as const), which: anyMessage }),
  weighed(14, { do: fc.constant('propose' as const), who, count: fc.integer({ min: 1, max: 3 }) }),
  weighed(5, {
    do: fc.constant('change' as const),
    who,
    changes: fc.array(fc.record({ type: fc.constantFrom(...changeTypes), node: fc.nat(6) }), {
      maxLength: 3,
    }),
    transition: fc.constantFrom('v1' as const, 'auto' as const, 'implicit' as const, 'explicit' as const),
  }),
  weighed(3, { do: fc.constantFrom('transfer' as const, 'unreachable' as const), who, to: fc.nat(6) }),
  weighed(6, { do: fc.constant('read' as const), who }),
  weighed(3, { do: fc.constantFrom('campaign' as const, 'campaign' as const, 'forgetLeader' as const), who }),
  weighed(4, { do: fc.constant('crash' as const), who, losesUnsynced: fc.boolean() }),
  weighed(7, { do: fc.constant('restart' as const), who }),
  weighed(5, { do: fc.constant('compact' as const), who, kept: fc.nat(3) }),
  weighed(3, {
    do: fc.constant('partition' as const),
    mask: fc.constantFrom(1, 2, 4, 3, 5, 6, 8, 16, 24, 96),
  }),
  weighed(4, { do: fc.constant('heal' as const) }),
  weighed(3, {
    do: fc.constant('replace' as const),
    mask: fc.integer({ min: 1, max: 127 }),
    transition: fc.constantFrom('auto' as const, 'explicit' as const),
  }),
  weighed(3, {
    do: fc.constant('diverge' as const),
    mask: fc.constantFrom(0, 1, 2, 4, 8),
    count: fc.integer({ min: 1, max: 4 }),
    times: fc.integer({ min: 0, max: 9 }),
  }),
)

/** Longest queue of messages: what is older than that is lost. */
const maxWire = 300

/** Lets one command happen. Answers nothing: what is wrong is thrown. */
export function perform(cluster: Cluster, command: Command, serial: number): void {
  if (command.do === 'restart') pickDown(cluster, command.who)?.start()
  else if ('who' in command) performAt(cluster, pick(cluster, command.who), command, serial)
  else performOnAll(cluster, command, serial)
  while (cluster.wire.length > maxWire) cluster.lose(cluster.wire.shift()!)
}

function performOnAll(cluster: Cluster, command: Exclude<Command, { who: number }>, serial: number): void {
  switch (command.do) {
    case 'tickAll':
      for (let i = 0; i < command.times; i++)
        for (const server of cluster.servers) if (server.isUp) server.call((node) => node.tick())
      break
    case 'run':
      for (let i = 0; i < command.times; i++) cluster.tick(1, 4)
      break
    case 'settle':
      cluster.settle(command.rounds)
      break
    case 'deliver':
    case 'drop':
    case 'duplicate':
      handleMessage(cluster, command.do, command.which)
      break
    case 'partition':
      cluster.heal()
      cluster.partition(...masked(cluster, command.mask))
      break
    case 'replace':
      replaceVoters(cluster, masked(cluster, command.mask), command.transition)
      break
    case 'diverge':
      diverge(cluster, command, serial)
      break
    case 'heal':
      cluster.heal()
      break
  }
}

function performAt(
  cluster: Cluster,
  server: Server,
  command: Extract<Command, { who: number }>,
  serial: number,
): void {
  if (!server.isUp) return
  switch (command.do) {
    case 'restart':
      return
    case 'tick':
      if (!cluster.lockstep) for (let i = 0; i < command.times; i++) server.call((node) => node.tick())
      return
    case 'work':
      for (let i = 0; i < command.times; i++) server.work(command.choice)
      return
    case 'propose':
      for (let i = 0; i < command.count; i++) cluster.propose(server.id, `${serial}.${i}`)
      return
    case 'change':
      cluster.change(server.id, changeOf(cluster, command))
      return
    case 'transfer':
      server.call((node) => node.transferLeadership(pick(cluster, command.to).id))
      return
    case 'unreachable':
      server.call((node) => node.reportUnreachable(pick(cluster, command.to).id))
      return
    case 'read':
      cluster.read(server.id, `read ${serial}`)
      return
    case 'campaign':
      if (!cluster.lockstep) server.call((node) => node.campaign())
      return
    case 'forgetLeader':
      server.call((node) => node.forgetLeader())
      return
    case 'crash':
      return server.crash(command.losesUnsynced)
    case 'compact':
      server.compact(command.kept)
  }
}

function masked({ servers }: Cluster, mask: number): NodeId[] {
  return servers.map(({ id }) => id).filter((id) => (mask >> (id - 1)) & 1)
}

function replaceVoters(cluster: Cluster, voters: readonly NodeId[], transition: 'auto' | 'explicit'): void {
  const leader = cluster.leader()
  if (leader === null) return
  const leaving = leader.node.status().confState.voters.filter((id) => !voters.includes(id))
  const changes = [
    ...voters.map((nodeId) => ({ type: 'AddNode', nodeId }) as const),
    ...leaving.map((nodeId) => ({ type: 'RemoveNode', nodeId }) as const),
  ]
  cluster.change(leader.id, { version: 2, transition, changes, context: null })
}

function diverge(cluster: Cluster, command: Extract<Command, { do: 'diverge' }>, serial: number): void {
  const leader = cluster.leader()
  if (leader === null) return
  cluster.heal()
  cluster.partition(...new Set([leader.id, ...masked(cluster, command.mask)]))
  for (let i = 0; i < command.count; i++) cluster.propose(leader.id, `${serial}.${i}`)
  for (let i = 0; i < command.times; i++) cluster.tick(1, 4)
  const other = cluster.leader()
  if (other !== null && other !== leader) cluster.propose(other.id, `${serial}.other`)
  cluster.settle(4)
  // What the others have committed meanwhile a read here must not miss.
  if (leader.isUp) cluster.read(leader.id, `read ${serial}`)
  cluster.settle(1)
  cluster.heal()
}

function pick(cluster: Cluster, number: number): Server {
  const leader = number > 9 ? cluster.leader() : null
  return leader ?? cluster.servers[number % cluster.servers.length]!
}

function pickDown(cluster: Cluster, number: number): Server | undefined {
  const down = cluster.servers.filter(({ isUp }) => !isUp)
  return down[number % down.length]
}

function handleMessage(cluster: Cluster, how: 'deliver' | 'drop' | 'duplicate', which: number): void {
  const { wire } = cluster
  if (wire.length === 0) return
  const at = which % wire.length
  const message = wire[at]!
  if (how === 'duplicate') {
    wire.push(message)
    return
  }
  wire.splice(at, 1)
  if (how === 'drop') cluster.lose(message)
  else cluster.carry(message)
}

function changeOf(cluster: Cluster, { changes, transition }: Extract<Command, { do: 'change' }>): ConfChange {
  const steps = changes.map(({ type, node }) => ({ type, nodeId: pick(cluster, node).id }))
  const first = steps[0]
  if (transition === 'v1' && first !== undefined) return { version: 1, ...first, context: null }
  return { version: 2, transition: transition === 'v1' ? 'auto' : transition, changes: steps, context: null }
}

function weighed<T>(weight: number, model: { [K in keyof T]: fc.Arbitrary<T[K]> }) {
  return { weight, arbitrary: fc.record<T>(model) as fc.Arbitrary<T> }
}
