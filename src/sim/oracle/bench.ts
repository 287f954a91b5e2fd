/** What the watchers of a run need of it. */

import type { RawNode } from '../../core/raw-node.ts'
import type { NodeId } from '../../core/types.ts'
import type { Disk } from '../disk.ts'
import type { Sight } from '../milestones.ts'
import type { Setup } from '../setup.ts'

/** The run, as its watchers see it. */
export interface Bench {
  readonly setup: Setup
  /** The disk of a node, whether it runs or not. */
  disk(id: NodeId): Disk | undefined
  /** A node that runs. */
  raw(id: NodeId): RawNode | null
  /** A node has won an election. */
  elected(id: NodeId): void
  /** A membership is in force on a node, and on none before it. */
  configured(id: NodeId): void
  reach(what: Sight): void
  violated(invariant: string, what: string): never
}
