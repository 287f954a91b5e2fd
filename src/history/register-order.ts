/** Registers whose values were written once each: who saw what then says most of the order. */

import { type Block, blockOf, canBeOrdered, type Group } from './precedence.ts'
import type { State, Step } from './step.ts'

/** Who saw a state, and who led on from it. */
interface Fate {
  readonly seenBy: Step[]
  exchange: Step | null
}

/**
 * Is there an order of these steps? `null` if that is not to be said without a search: a value that was seen was written more
 * than once, or a step may or may not have taken effect. Steps that saw what the state was not do not count.
 */
export function orderExists(steps: readonly Step[], initial: State): boolean | null {
  const sources = new Map<State, number>([[initial, 1]])
  for (const { to, required } of steps) {
    if (!required) return null
    if (to !== null) sources.set(to, (sources.get(to) ?? 0) + 1)
  }
  const fates = new Map<State, Fate>()
  for (const step of steps) {
    if (step.from === null || step.kind === 'differ') continue
    if ((sources.get(step.from) ?? 0) > 1) return null
    const fate = fates.get(step.from) ?? { seenBy: [], exchange: null }
    fates.set(step.from, fate)
    if (step.kind === 'observe') fate.seenBy.push(step)
    else fate.exchange = step
  }
  return chainsCanBeOrdered(steps, initial, fates)
}

/** Each write begins a chain that goes on as long as a cas leads on from what is there. */
function chainsCanBeOrdered(
  steps: readonly Step[],
  initial: State,
  fates: ReadonlyMap<State, Fate>,
): boolean {
  const blocks: Block[] = []
  let exchanges = 0
  const add = (first: Step | null): boolean => {
    const chain: Group[] = []
    for (let writer = first, state = first?.to ?? initial; ;) {
      const fate = fates.get(state)
      chain.push({ writer, seenBy: fate?.seenBy ?? [] })
      if (fate === undefined || fate.exchange === null) break
      exchanges++
      writer = fate.exchange
      state = writer.to as State
    }
    const block = blockOf(chain)
    if (block !== null) blocks.push(block)
    return block !== null
  }
  if (!add(null)) return false
  for (const step of steps) if (step.kind === 'write' && !add(step)) return false
  // A cas in no chain is in a circle of them, which has no beginning, or another one led on from the same state.
  return exchanges === steps.filter(({ kind }) => kind === 'exchange').length && canBeOrdered(blocks)
}
