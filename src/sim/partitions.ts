/** The ways in which a network comes apart (reliability model 2.1). */

import type { NodeId } from '../core/types.ts'
import type { Dice } from './dice.ts'
import { type Direction, directionsBetween } from './victims.ts'

/** How the nodes are parted. */
export const partitionStyles = ['halves', 'one', 'leader', 'deaf', 'mute', 'bridge', 'ring'] as const

/** One of them. */
export type PartitionStyle = (typeof partitionStyles)[number]

/** The directions that are cut. */
export function partition(
  style: PartitionStyle,
  ids: readonly NodeId[],
  leader: NodeId,
  dice: Dice,
): readonly Direction[] {
  const all = directionsBetween(ids)
  switch (style) {
    case 'halves': {
      const half = new Set(dice.some(ids))
      return all.filter(([from, to]) => half.has(from) !== half.has(to))
    }
    case 'one':
      return around(all, dice.pick(ids))
    case 'leader':
      return around(all, leader)
    case 'deaf': // the leader speaks and does not hear
      return all.filter(([, to]) => to === leader)
    case 'mute':
      return all.filter(([from]) => from === leader)
    case 'bridge': {
      const middle = dice.pick(ids)
      const half = new Set(dice.some(ids))
      return all.filter(([from, to]) => from !== middle && to !== middle && half.has(from) !== half.has(to))
    }
    case 'ring': {
      // Everybody hears a majority, and each another one.
      const reach = ids.length >> 1
      const place = (id: NodeId): number => ids.indexOf(id)
      return all.filter(([from, to]) => (place(to) - place(from) + ids.length) % ids.length > reach)
    }
  }
}

function around(directions: readonly Direction[], id: NodeId): readonly Direction[] {
  return directions.filter(([from, to]) => from === id || to === id)
}
