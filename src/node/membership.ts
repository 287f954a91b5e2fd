/** Changes of the membership as people think of them, and the steps that each is made of (§6, thesis §4.2, thesis §4.3). */

import type { ConfChangeProposal, ConfChangeSingle, ConfState, NodeId } from '../core/types.ts'

/** What is to change. */
export type MembershipChange =
  /** A new member. As a voter it first joins as a learner, and is promoted when it has caught up (thesis §4.2.1). */
  | {
      readonly add: NodeId
      readonly as?: 'voter' | 'learner' | undefined
      /** Where it can be reached, for transports that ask for addresses. */
      readonly address?: string | undefined
    }
  /** A learner becomes a voter, when it has caught up. */
  | { readonly promote: NodeId }
  | { readonly remove: NodeId }
  /** Exactly these members from now on: all at once, through joint consensus (thesis §4.3). */
  | {
      readonly replace: {
        readonly voters: readonly NodeId[]
        readonly learners?: readonly NodeId[] | undefined
      }
      readonly addresses?: Readonly<Record<number, string>> | undefined
    }

/** One proposal of the steps of a change, and who has to have caught up before it. */
export interface Step {
  readonly proposal: ConfChangeProposal
  readonly after: readonly NodeId[]
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The proposals that bring a change about, in order; none if there is nothing to change. */
export function stepsOf(change: MembershipChange, now: ConfState): readonly Step[] {
  if ('add' in change) return stepsToAdd(change, now)
  if ('promote' in change) {
    if (now.voters.includes(change.promote)) return []
    return [step([{ type: 'AddNode', nodeId: change.promote }], {}, [change.promote])]
  }
  if ('remove' in change) {
    const isMember = now.voters.includes(change.remove) || now.learners.includes(change.remove)
    return isMember ? [step([{ type: 'RemoveNode', nodeId: change.remove }])] : []
  }
  return stepsToReplace(change, now)
}

function stepsToAdd(
  { add, as = 'voter', address }: Extract<MembershipChange, { add: NodeId }>,
  now: ConfState,
): readonly Step[] {
  if (now.voters.includes(add)) return []
  const addresses = address === undefined ? {} : { [add]: address }
  const join = step([{ type: 'AddLearnerNode', nodeId: add }], addresses)
  const steps = now.learners.includes(add) && address === undefined ? [] : [join]
  return as === 'learner' ? steps : [...steps, step([{ type: 'AddNode', nodeId: add }], {}, [add])]
}

function stepsToReplace(
  { replace: { voters, learners = [] }, addresses = {} }: Extract<MembershipChange, { replace: object }>,
  now: ConfState,
): readonly Step[] {
  const fresh = voters.filter((id) => !now.voters.includes(id) && !now.learners.includes(id))
  const joining = fresh.map((nodeId) => ({ type: 'AddLearnerNode', nodeId }) as const)
  const members = [...now.voters, ...now.learners, ...fresh]
  const changes: ConfChangeSingle[] = [
    ...voters
      .filter((id) => !now.voters.includes(id))
      .map((nodeId) => ({ type: 'AddNode', nodeId }) as const),
    ...learners
      .filter((id) => !now.learners.includes(id))
      .map((nodeId) => ({ type: 'AddLearnerNode', nodeId }) as const),
    ...members
      .filter((id) => !voters.includes(id) && !learners.includes(id))
      .map((nodeId) => ({ type: 'RemoveNode', nodeId }) as const),
  ]
  const steps = joining.length === 0 ? [] : [step(joining, addresses)]
  return changes.length === 0 ? steps : [...steps, step(changes, addresses, fresh)]
}

function step(
  changes: readonly ConfChangeSingle[],
  addresses: Readonly<Record<number, string>> = {},
  after: readonly NodeId[] = [],
): Step {
  const known = Object.keys(addresses).length > 0
  const context = known ? encoder.encode(JSON.stringify(addresses)) : null
  return { proposal: { version: 2, transition: 'auto', changes, context }, after }
}

/** The addresses that came with a change. What is no list of them is somebody else's: then there are none. */
export function addressesIn(context: Uint8Array | null): readonly (readonly [NodeId, string])[] {
  if (context === null) return []
  try {
    const entries = Object.entries(JSON.parse(decoder.decode(context)) as Record<string, unknown>)
    return entries.flatMap(([id, address]) =>
      typeof address === 'string' ? [[Number(id), address] as const] : [],
    )
  } catch {
    return []
  }
}
