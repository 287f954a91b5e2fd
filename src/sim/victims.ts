/** What those who bring trouble upon a run have their hands on. */

import type { NodeId } from '../core/types.ts'
import type { Clients } from './clients.ts'
import type { Network } from './network.ts'
import type { SimNode } from './node.ts'

/** Most nodes there may ever be in a run. */
export const maxNodes = 9

/** The run, as its nemesis and its operator see it. */
export interface Victims {
  readonly network: Network
  readonly clients: Clients
  /** All nodes there are, and room for new ones. */
  readonly nodes: readonly SimNode[]
  /** A node that has never been a member. */
  newNode(): SimNode
  /** The node that leads, as far as can be told from outside. */
  leader(): SimNode | undefined
  /** It is not started again by itself from now on; or is again. */
  keepDown(id: NodeId, down: boolean): void
}

/** A direction from one node to another. */
export type Direction = readonly [from: NodeId, to: NodeId]

/** All directions between these nodes. */
export function directionsBetween(ids: readonly NodeId[]): readonly Direction[] {
  return ids.flatMap((from) => ids.filter((to) => to !== from).map((to): Direction => [from, to]))
}
