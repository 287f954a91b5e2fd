/** The state machines: same log, same state, each command once, snapshots that are what they stand for (I5, I14-I16). */

import type { ConfState, Entry, LogIndex, NodeId } from '../../core/types.ts'
import type { Applied, Machine } from '../machine.ts'
import type { Bench } from './bench.ts'
import type { Ledger } from './ledger.ts'

/** Watches what is applied. */
export class Application {
  readonly #bench: Bench
  readonly #ledger: Ledger
  /** The digest of the state at each index, as whoever applied it first had it. */
  readonly #digests = new Map<LogIndex, number>()
  readonly #configs = new Map<LogIndex, string>()
  /** The indexes of `#configs`, ascending. */
  readonly #changes: LogIndex[] = []
  /** Where the command of a client took effect. */
  readonly #effects = new Map<number, LogIndex>()
  readonly #appliedTo = new Map<NodeId, LogIndex>()

  constructor(bench: Bench, ledger: Ledger, start: LogIndex, config: ConfState) {
    this.#bench = bench
    this.#ledger = ledger
    this.#digests.set(start, 0)
    this.#configs.set(start, textOf(config))
    this.#changes.push(start)
  }

  started(id: NodeId, applied: LogIndex): void {
    this.#appliedTo.set(id, applied)
  }

  applied(id: NodeId, entry: Entry, machine: Machine, applied: Applied | null): void {
    const { index, term } = entry
    const before = this.#appliedTo.get(id) ?? 0
    if (index !== before + 1) this.#bench.violated('I6', `node ${id} applies ${index} behind ${before}`)
    this.#appliedTo.set(id, index)
    const right = this.#ledger.committedTerm(index)
    if (right !== term)
      this.#bench.violated(
        'I5',
        `node ${id} applies ${term}/${index}, where ${right ?? 'nothing'} is committed`,
      )
    this.#compareState(id, index, machine)
    if (applied === null || applied.isRepeated) return
    const key = applied.client * 0x100_0000 + applied.serial
    const other = this.#effects.get(key)
    this.#effects.set(key, index)
    if (other !== undefined && other !== index)
      this.#bench.violated(
        'I14',
        `command ${applied.serial} of client ${applied.client} takes effect at ${other} and at ${index}`,
      )
  }

  configured(id: NodeId, index: LogIndex, config: ConfState): void {
    const text = textOf(config)
    const known = this.#configs.get(index)
    if (known === undefined) {
      this.#configs.set(index, text)
      this.#changes.push(index)
      this.#changes.sort((a, b) => a - b)
    } else if (known !== text)
      this.#bench.violated(
        'I16',
        `at ${index} the membership is ${text} on node ${id}, and ${known} elsewhere`,
      )
  }

  /** I15, on the side of who makes a snapshot. */
  snapshotted(id: NodeId, index: LogIndex, config: ConfState, machine: Machine): void {
    this.#compareState(id, index, machine)
    this.#compareConfig(id, index, config)
  }

  /** I15, on the side of who gets it. */
  restored(id: NodeId, index: LogIndex, config: ConfState, machine: Machine): void {
    if (index <= (this.#appliedTo.get(id) ?? 0) && index > 1)
      this.#bench.violated(
        'I6',
        `node ${id} goes back from ${this.#appliedTo.get(id)} to a snapshot of ${index}`,
      )
    this.#appliedTo.set(id, index)
    const known = this.#digests.get(index)
    if (known !== machine.digest)
      this.#bench.violated('I15', `the snapshot of ${index} on node ${id} is not the state of ${index}`)
    this.#compareConfig(id, index, config)
  }

  #compareState(id: NodeId, index: LogIndex, { digest }: Machine): void {
    const known = this.#digests.get(index)
    if (known === undefined) this.#digests.set(index, digest)
    else if (known !== digest)
      this.#bench.violated('I5', `the state of node ${id} at ${index} is not that of the others`)
  }

  #compareConfig(id: NodeId, index: LogIndex, config: ConfState): void {
    const change = this.#changes.findLast((at) => at <= index) ?? 0
    const known = this.#configs.get(change)
    if (known !== textOf(config))
      this.#bench.violated(
        'I16',
        `the membership in the snapshot of ${index} on node ${id} is ${textOf(config)}, not ${known}`,
      )
  }
}

/** A membership in one line. */
export function textOf({ voters, votersOutgoing, learners, learnersNext, autoLeave }: ConfState): string {
  const lists = [voters, votersOutgoing, learners, learnersNext].map((ids) => `(${ids.join(' ')})`)
  return `${lists.join('')}${autoLeave ? ' auto' : ''}`
}
