/** `status`, `members`, `transfer` and `snapshot`. */

import {
  type Address,
  address,
  type Arguments,
  CommandLineError,
  formatAddress,
  nodeId,
} from '../arguments.ts'
import { ClusterClient, NodeClient } from '../client/client.ts'
import type { Members } from '../server/member-routes.ts'
import type { NodeStatus } from '../server/status.ts'
import { ask, clusterFlags, clusterHelp, nodesFrom, unanswered } from './ask.ts'
import type { Command, ExitCode, Terminal } from './command.ts'
import { table } from './table.ts'

/** One node, asked: `status` is `null` if it does not answer. */
export interface Seen {
  readonly id: number | null
  readonly address: Address
  readonly status: NodeStatus | null
}

/** Asks everybody who is known, and those whom they know. Throws UnreachableError if nobody answers. */
export async function lookAround(known: readonly Address[], timeoutMs: number): Promise<readonly Seen[]> {
  const client = new ClusterClient(known, timeoutMs)
  let members: Members
  try {
    members = JSON.parse((await client.ask({ method: 'GET', path: '/members' })).body.toString()) as Members
  } finally {
    client.close()
  }
  const ids = new Map(members.members.flatMap(({ id, http }) => (http === null ? [] : [[http, id] as const])))
  const everybody = new Set([...ids.keys(), ...known.map(formatAddress)])
  const seen = await Promise.all(
    [...everybody].map(async (text): Promise<Seen> => {
      const at = address('the address of a node', text)
      const status = await statusAt(at, timeoutMs)
      return { id: status?.id ?? ids.get(text) ?? null, address: at, status }
    }),
  )
  // Nobody knows of a node that does not answer and was only guessed.
  return seen.filter(({ id }) => id !== null).sort((a, b) => (a.id ?? 0) - (b.id ?? 0))
}

async function statusAt(at: Address, timeoutMs: number): Promise<NodeStatus | null> {
  const node = new NodeClient(at)
  try {
    const { status, body } = await node.ask({ method: 'GET', path: '/status' }, Math.min(timeoutMs, 1000))
    return status === 200 ? (JSON.parse(body.toString()) as NodeStatus) : null
  } catch {
    return null
  } finally {
    node.close()
  }
}

export const status: Command = {
  names: [],
  flags: { ...clusterFlags, json: { type: 'boolean' } },
  summary: 'show every node: its role, term, log and keys',
  help: ['--json               as JSON', ...clusterHelp],
  async run(args, terminal) {
    let seen: readonly Seen[]
    try {
      seen = await lookAround(nodesFrom(args), 1000 * args.number('timeout', 2, 1, 3600))
    } catch (error) {
      return unanswered(terminal, error)
    }
    if (args.has('json')) {
      terminal.out(
        JSON.stringify(
          seen.map(({ id, address: at, status: state }) => ({ id, http: formatAddress(at), status: state })),
        ),
      )
      return 0
    }
    terminal.out(overview(seen))
    terminal.out('')
    for (const line of statusTable(seen)) terminal.out(line)
    return 0
  },
}

/** One line: is the cluster well? */
export function overview(seen: readonly Seen[]): string {
  const up = seen.filter(({ status: state }) => state !== null)
  // Of several that think they lead, the one of the latest term is right.
  const leader = up
    .filter(({ status: state }) => state?.role === 'leader')
    .sort((a, b) => (b.status?.term ?? 0) - (a.status?.term ?? 0))[0]
  const nodes = `${up.length} of ${seen.length} nodes answer`
  if (leader === undefined) return `${nodes}; nobody leads: writes have to wait for an election`
  return `${nodes}; node ${leader.id} leads in term ${leader.status?.term}`
}

export function statusTable(seen: readonly Seen[]): readonly string[] {
  return table(
    ['node', 'http', 'role', 'term', 'commit', 'applied', 'log', 'keys', 'memory', 'process'],
    seen.map(({ id, address: at, status: state }) => {
      const head = [`${id}`, formatAddress(at)]
      if (state === null) return [...head, 'no answer', '', '', '', '', '', '', '']
      const { role, term, commit, applied, firstIndex, lastIndex, keys, memoryBytes } = state
      const name = state.learners.includes(state.id) ? 'learner' : role
      const entries = lastIndex - firstIndex + 1
      const numbers = [term, commit, applied, entries, keys].map(String)
      return [...head, name, ...numbers, `${Math.round(memoryBytes / 2 ** 20)} MiB`, `${state.pid}`]
    }),
  )
}

export const members: Command = {
  names: ['[list|add|remove|promote]', '[ID]', '[HOST:PORT]'],
  flags: { ...clusterFlags, learner: { type: 'boolean' } },
  summary: 'list the members, or change who they are',
  help: [
    'members                         who belongs to the cluster',
    'members add 6 127.0.0.1:9006    a new node, that was started with --join; it first catches up, then votes',
    '    --learner                   it only gets the data, and does not vote',
    'members promote 6               a learner becomes a voter',
    'members remove 6                for good: its id is never used again',
    ...clusterHelp,
  ],
  run(args, terminal) {
    const [action = 'list', id, at] = args.positionals
    const show = ({ body }: { body: Buffer }): void => {
      showMembers(JSON.parse(body.toString()) as Members, terminal)
    }
    if (action === 'list') return ask(args, terminal, { method: 'GET', path: '/members' }, show)
    const known = { add: true, remove: true, promote: true }
    if (!Object.hasOwn(known, action))
      throw new CommandLineError(`Expected members list, add, remove or promote, got '${action}'`)
    const node = nodeId('the id of the node', id ?? '')
    // The server gives up first, and says why.
    const query = `?timeout=${Math.max(args.number('timeout', 30, 1, 60) * 1000 - 500, 500)}`
    if (action === 'remove')
      return change(args, terminal, { method: 'DELETE', path: `/members/${node}${query}` }, show)
    const body =
      action === 'promote'
        ? { promote: node }
        : {
            id: node,
            address: formatAddress(address('the address of the new node', at ?? '')),
            as: args.has('learner') ? 'learner' : 'voter',
          }
    return change(
      args,
      terminal,
      { method: 'POST', path: `/members${query}`, body: JSON.stringify(body) },
      show,
    )
  },
}

/** As `ask`, with the patience that a change of the membership takes. */
function change(...[args, terminal, asked, show]: Parameters<typeof ask>): Promise<ExitCode> {
  return ask(args, terminal, asked, show, args.number('timeout', 30, 1, 60) * 1000)
}

function showMembers({ members: list, joint }: Members, terminal: Terminal): void {
  const rows = list.map(({ id, role, leader, address: at, http }) => [
    `${id}`,
    leader ? 'leader' : role,
    at ?? 'not known',
    http ?? 'not known yet',
  ])
  for (const line of table(['node', 'role', 'nodes reach it at', 'clients reach it at'], rows))
    terminal.out(line)
  if (joint) terminal.out('A change of several members is under way.')
}

export const transfer: Command = {
  names: ['[ID]'],
  flags: clusterFlags,
  summary: 'hand leadership to a node, or to the one that is furthest',
  help: clusterHelp,
  run(args, terminal) {
    const [id] = args.positionals
    const body = JSON.stringify(id === undefined ? {} : { to: nodeId('the id of the node', id) })
    return ask(args, terminal, { method: 'POST', path: '/transfer', body }, (answer) => {
      const { leader } = JSON.parse(answer.body.toString()) as { leader: number }
      terminal.out(`node ${leader} leads`)
    })
  },
}

export const snapshot: Command = {
  names: [],
  flags: clusterFlags,
  summary: 'make every node write a snapshot and forget the log before it',
  help: clusterHelp,
  async run(args: Arguments, terminal) {
    let seen: readonly Seen[]
    try {
      seen = await lookAround(nodesFrom(args), 1000 * args.number('timeout', 10, 1, 3600))
    } catch (error) {
      return unanswered(terminal, error)
    }
    let worst: ExitCode = 0
    for (const { id, address: at } of seen) {
      const node = new NodeClient(at)
      try {
        const { body } = await node.ask({ method: 'POST', path: '/snapshot' }, 60_000)
        const { index } = JSON.parse(body.toString()) as { index: number | null }
        terminal.out(
          `node ${id}: ${index === null ? 'one is being made already' : `snapshot at index ${index}`}`,
        )
      } catch (error) {
        terminal.error(`node ${id}: ${(error as Error).message}`)
        worst = 1
      } finally {
        node.close()
      }
    }
    return worst
  },
}
