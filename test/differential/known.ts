/**
 * Differences that are known and accepted. A script that differs for one of these reasons is counted, with the reason, and
 * is no divergence. Each is about something that only a script can do, and that Raft excludes.
 */

import type { Answer } from './answer.ts'
import type { Comparison } from './compare.ts'

interface Known {
  readonly why: string
  /** The first command after which nothing needs to agree any more, counted from 0; -1 if there is none. */
  readonly since: (comparison: Comparison, answer: Answer) => number
}

const known: readonly Known[] = [
  {
    // Nodes that are told of different memberships are different groups. What one leader gets from the followers of the
    // other may lie beyond its own log, and then we refuse it, as what no correct peer sends.
    why: 'two leaders of one term: add-nodes with a membership that contradicts the others',
    since: (_, { facts }) => facts?.rivals ?? -1,
  },
  {
    // The storage of rafttest does not take a snapshot and entries in one write. It says so, and the write is lost, while the
    // node is told with the next one that it is done.
    why: 'a write is lost: rafttest takes no snapshot together with entries',
    since: ({ agreed }) =>
      agreed.findIndex(({ expected }) =>
        expected.includes("can't apply snapshot and entries at the same time"),
      ),
  },
]

/** Why a difference is none to look into; null if it is one, or if there is none. */
export function whyKnown(comparison: Comparison, answer: Answer): string | null {
  const { agreed, divergence } = comparison
  if (divergence === null) return null
  const reason = known.find(({ since }) => {
    const at = since(comparison, answer)
    return at >= 0 && agreed.length >= at
  })
  return reason?.why ?? null
}
