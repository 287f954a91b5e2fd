/** Who belongs to the cluster, who leads it, and snapshots on demand. */

import type { MembershipChange } from 'quorate'
import { type Answer, json } from './answer.ts'
import { badRequest } from './problem.ts'
import { jsonOf, type Request, timeoutIn } from './request.ts'
import type { Service } from './service.ts'

/** One member, as `GET /members` tells of it. */
interface Member {
  readonly id: number
  readonly role: 'voter' | 'learner'
  readonly leader: boolean
  /** Where the other nodes reach it; `null` if this node does not know. */
  readonly address: string | null
  /** Where clients reach it; `null` until it has said so. */
  readonly http: string | null
}

/** The answer to `GET /members`. */
export interface Members {
  /** For `ifIndex`: the index of the last change. */
  readonly index: number
  readonly leader: number | null
  /** Is a change of several members under way? */
  readonly joint: boolean
  readonly members: readonly Member[]
}

/** How long a change may take by default: a new voter first gets all the data. */
const changeMs = 30_000

export function membersOf({ node, machine }: Service): Members {
  const { confState, confIndex } = node.status()
  const { voters, votersOutgoing, learners } = confState
  const known = node.addresses()
  const ids = [...new Set([...voters, ...votersOutgoing, ...learners])].sort((a, b) => a - b)
  return {
    index: confIndex,
    leader: node.leader,
    joint: votersOutgoing.length > 0,
    members: ids.map((id) => ({
      id,
      role: voters.includes(id) || votersOutgoing.includes(id) ? 'voter' : 'learner',
      leader: id === node.leader,
      address: known.get(id) ?? null,
      http: machine.nodes.get(id) ?? null,
    })),
  }
}

export async function postMember(service: Service, { message, query }: Request): Promise<Answer> {
  const body = await jsonOf(message, ['id', 'address', 'as', 'promote', 'ifIndex'])
  const ifIndex = body['ifIndex'] === undefined ? null : idIn(body['ifIndex'], 'ifIndex')
  return change(service, changeIn(body), ifIndex, timeoutIn(query))
}

export async function deleteMember(service: Service, { path, query }: Request): Promise<Answer> {
  const text = path.slice('/members/'.length)
  const remove = idIn(/^\d+$/.test(text) ? Number(text) : text, 'the id in the path')
  const ifIndex = query.get('ifIndex')
  return change(
    service,
    { remove },
    ifIndex === null ? null : idIn(Number(ifIndex), 'ifIndex'),
    timeoutIn(query),
  )
}

export async function postTransfer({ node }: Service, { message, query }: Request): Promise<Answer> {
  const { to } = await jsonOf(message, ['to'])
  const target = to === undefined ? undefined : idIn(to, 'to')
  return json(200, { leader: await node.transferLeadership(target, { timeoutMs: timeoutIn(query) }) })
}

export async function postSnapshot({ node }: Service): Promise<Answer> {
  const made = await node.snapshot()
  return json(200, made === null ? { index: null, term: null } : { index: made.index, term: made.term })
}

async function change(
  service: Service,
  wanted: MembershipChange,
  ifIndex: number | null,
  timeoutMs = changeMs,
): Promise<Answer> {
  await service.node.changeMembership(wanted, { ifIndex, timeoutMs })
  // The leader has it; this node may be a moment behind. If it was removed itself it may never hear of it.
  await service.node.barrier({ timeoutMs: 1000 }).catch(() => null)
  return json(200, membersOf(service))
}

function changeIn(body: Record<string, unknown>): MembershipChange {
  const { id, address, as = 'voter', promote } = body
  const fix = 'Send {"id": 6, "address": "host:port", "as": "voter" or "learner"}, or {"promote": 6}'
  if (promote !== undefined) {
    if (id !== undefined || address !== undefined || body['as'] !== undefined)
      throw badRequest('ERR_MEMBER', 'Both promote and another change', fix)
    return { promote: idIn(promote, 'promote') }
  }
  if (as !== 'voter' && as !== 'learner') throw badRequest('ERR_MEMBER', '`as` is neither', fix)
  if (typeof address !== 'string' || !/^\S{1,255}:\d{1,5}$/.test(address))
    throw badRequest('ERR_MEMBER', '`address` is no host:port', fix)
  return { add: idIn(id, 'id'), as, address }
}

function idIn(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value
  const shown = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 40)
  throw badRequest(
    'ERR_MEMBER',
    `Expected ${name} to be a whole number >= 1, got ${shown}`,
    'Send the id of a node',
  )
}
