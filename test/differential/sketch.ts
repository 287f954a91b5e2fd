/**
 * What the generator believes of the cluster that its script is about. Nobody has run it yet, so this may be wrong, and no
 * harm is done: a script for which it is wrong is one in which something fails.
 */

import type { Dice } from './dice.ts'

/** The cluster as it probably is. */
export interface Sketch {
  /** How many nodes there are: 1, 2, ... */
  nodes: number
  /** Does any of them write asynchronously? */
  async: boolean
  voters: number[]
  learners: number[]
  leader: number | null
  /** Is a joint configuration waiting to be left? */
  joint: boolean
  /** Where the logs begin. */
  base: number
  /** Does the leader really lead? It does if all came to rest since it stood for election. */
  elected: boolean
  /** How many entries the leader has appended since all came to rest. */
  fresh: number
  /** How far everybody has got. */
  settled: number
  /** How many proposals there were: each has data of its own. */
  proposals: number
}

export function blankSketch(): Sketch {
  return {
    nodes: 0,
    async: false,
    voters: [],
    learners: [],
    leader: null,
    joint: false,
    base: 0,
    elected: false,
    fresh: 0,
    settled: 0,
    proposals: 0,
  }
}

/** The numbers of all nodes. */
export function allIds({ nodes }: Sketch): readonly number[] {
  return Array.from({ length: nodes }, (_, i) => i + 1)
}

/** Any node. */
export function anyNode(dice: Dice, sketch: Sketch): number {
  return dice.int(1, sketch.nodes)
}

/** Who leads, mostly; else anybody. */
export function mostlyLeader(dice: Dice, sketch: Sketch): number {
  return sketch.leader !== null && dice.chance(80) ? sketch.leader : anyNode(dice, sketch)
}

/** Somebody who may be elected, mostly; else anybody. */
export function mostlyVoter(dice: Dice, sketch: Sketch): number {
  const there = sketch.voters.filter((id) => id <= sketch.nodes)
  return dice.chance(96) ? dice.pickOr(there, anyNode(dice, sketch)) : anyNode(dice, sketch)
}

/** Somebody else than the one who leads, if there is somebody. */
export function mostlyFollower(dice: Dice, sketch: Sketch): number {
  const others = allIds(sketch).filter((id) => id !== sketch.leader)
  return dice.chance(90) ? dice.pickOr(others, anyNode(dice, sketch)) : anyNode(dice, sketch)
}

/** Somebody stands for election. */
export function stand(sketch: Sketch, id: number): void {
  // A leader goes on leading.
  if (sketch.elected && sketch.leader === id) return
  sketch.leader = id
  sketch.elected = false
  // The entry that a leader begins with.
  sketch.fresh = 1
}

/** A node appends entries, if it leads. */
export function append(sketch: Sketch, at: number, count: number): void {
  if (sketch.elected && sketch.leader === at) sketch.fresh += count
}

/** Everything has come to rest. */
export function settle(sketch: Sketch): void {
  const { leader, voters, nodes } = sketch
  const there = voters.filter((id) => id <= nodes)
  if (leader === null || !voters.includes(leader) || there.length * 2 <= voters.length) return
  sketch.elected = true
  sketch.settled += sketch.fresh
  sketch.fresh = 0
}
