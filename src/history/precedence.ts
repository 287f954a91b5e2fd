/**
 * When it is known which steps follow on which, no search is needed: only times are to be compared.
 *
 * A *chain* is a row of groups that have to come in this order, with nothing in between: in each group first the one that
 * brings a state about, then those that saw it. Chains among themselves may come in any order, so each becomes a *block* with
 * two numbers: its first deadline, and its last invocation. A block has to come before another if the former's first
 * deadline is less than the latter's last invocation; an order exists unless two blocks have to precede each other. (Longer
 * circles hold such a pair: take the block of the circle with the latest invocation, and the one that follows on it.)
 * This is the zone algorithm of Gibbons and Korach, with chains instead of single writes.
 */

/** When a step may take effect. */
export interface Span {
  readonly invoked: number
  readonly deadline: number
}

/** One state of a chain: who brought it about, `null` for the initial one, and who saw it. */
export interface Group {
  readonly writer: Span | null
  readonly seenBy: readonly Span[]
}

/** All that matters of a chain to the others. */
export interface Block {
  readonly firstDeadline: number
  readonly lastInvoked: number
}

/** Looks whether a chain's own order is possible. Answers its block, or `null` if it is not. */
export function blockOf(chain: readonly Group[]): Block | null {
  let firstDeadline = Infinity
  let lastInvoked = -Infinity
  for (const { writer, seenBy } of chain) {
    if (writer === null) firstDeadline = -Infinity
    else if (writer.deadline < lastInvoked) return null
    else {
      lastInvoked = Math.max(lastInvoked, writer.invoked)
      firstDeadline = Math.min(firstDeadline, writer.deadline)
    }
    let latest = lastInvoked
    for (const span of seenBy) {
      if (span.deadline < lastInvoked) return null
      latest = Math.max(latest, span.invoked)
      firstDeadline = Math.min(firstDeadline, span.deadline)
    }
    lastInvoked = latest
  }
  return { firstDeadline, lastInvoked }
}

/** Can the blocks be brought in an order? */
export function canBeOrdered(blocks: readonly Block[]): boolean {
  const sorted = [...blocks].sort((a, b) => a.firstDeadline - b.firstDeadline)
  // Among those before, only the one with the latest invocation can be the first to be in conflict with the next.
  let latest: Block | null = null
  for (const block of sorted) {
    if (latest !== null && precedes(latest, block) && precedes(block, latest)) return false
    if (latest === null || block.lastInvoked > latest.lastInvoked) latest = block
  }
  return true
}

function precedes(one: Block, other: Block): boolean {
  return one.firstDeadline < other.lastInvoked
}
