/**
 * The Ready loop of one life of a node: each of its steps takes time, and the node may die between any two of them.
 * The two forms of it are sync-loop.ts and async-loop.ts.
 */

import type { StorageResponse, PeerMessage } from '../core/messages.ts'
import type { RawNode } from '../core/raw-node.ts'
import type { NodeId } from '../core/types.ts'
import type { Micros } from './agenda.ts'
import type { Applier } from './applier.ts'
import type { Dice } from './dice.ts'
import type { Disk } from './disk.ts'
import type { Milestone } from './milestones.ts'
import type { World } from './world.ts'

/** Where in its loop a node may die. */
export type CrashSite = Extract<Milestone, `crash ${string}`> extends `crash ${infer Site}` ? Site : never

/** One life of a node, as its loop sees it. */
export interface Life {
  readonly id: NodeId
  /** Which of its lives it is: with it a fault has a name of its own. */
  readonly number: number
  readonly raw: RawNode
  readonly disk: Disk
  readonly applier: Applier
  readonly dice: Dice
  readonly world: World
  /** Lets `run` happen after `micros`, times the slowness of the node, unless this life has ended by then. */
  later(micros: Micros, run: () => void): void
  /** Dies here, if chance will have it. Answers whether it did. */
  mayDie(where: CrashSite): boolean
  /** For how long its disk stands still from now on. */
  stalled(): Micros
  /** Has it ended? */
  isOver(): boolean
  /** Gives messages to the network, one after the other; it may die in between. */
  send(messages: readonly PeerMessage[]): void
  /** Hands an answer of its own storage to the node. */
  step(response: PeerMessage | StorageResponse): void
  /** Looks soon whether there is something to do. */
  wake(): void
}

/** Works off what a node wants done. */
export interface Loop {
  /** Begins to work, if there is work and it is not working already. */
  work(): void
}

/** Even a slow sync is over by then. */
const slowest: Micros = 2_000_000

/** How long the next sync takes. */
export function syncTime(life: Life): Micros {
  const { id, number, dice, world } = life
  const usual = dice.wait(world.setup.syncMs * 1000) + life.stalled()
  return world.faults.hits('slowSync', dice, id, number)
    ? Math.max(usual, Math.min(100 * usual, slowest))
    : usual
}

/** How long it takes to apply what was handed out. */
export function applyTime({ dice, world }: Life): Micros {
  const lag = world.faults.rate('applyLag')
  return lag === 0 ? 0 : dice.wait(lag * 1000)
}
