/** Memberships that follow each other have a voter in common in all their quorums, and change one at a time (I10). */

import { majoritySize } from '../../core/quorum/majority.ts'
import type { ConfState, LogIndex, NodeId } from '../../core/types.ts'
import type { TraceEvent } from '../../core/trace.ts'
import { textOf } from './application.ts'
import type { Bench } from './bench.ts'
import type { Logs, Seen } from './logs.ts'

/** Watches the membership. */
export class Membership {
  readonly #bench: Bench
  readonly #logs: Logs
  readonly #byIndex: { readonly index: LogIndex; readonly config: ConfState }[] = []
  readonly #checked = new Set<string>()
  /** Where membership changes were proposed, by term. */
  readonly #changes = new Map<number, LogIndex>()

  constructor(bench: Bench, logs: Logs, start: LogIndex, config: ConfState) {
    this.#bench = bench
    this.#logs = logs
    this.#byIndex.push({ index: start, config })
  }

  /** The last membership that is in force anywhere. */
  get latest(): ConfState {
    return (this.#byIndex.at(-1) as { config: ConfState }).config
  }

  configured(id: NodeId, index: LogIndex, config: ConfState): void {
    const last = this.#byIndex.at(-1)
    if (last === undefined || index <= last.index) return
    this.#byIndex.push({ index, config })
    this.#bench.configured(id)
    this.#noteReach(last.config, config)
    this.#checkDisjoint(last.config, config, 'one follows the other: ')
  }

  traced(event: TraceEvent): void {
    const seen = this.#logs.seen(event.node)
    if (seen === undefined) return
    if (event.type === 'leaderElected') return this.#checkElected(seen)
    if (event.type !== 'entriesAppended' || seen.role !== 'leader') return
    for (const { type, index } of event.entries) {
      if (type === 'EntryNormal') continue
      const before = this.#changes.get(event.term)
      if (before !== undefined && before > seen.log.applied)
        this.#bench.violated(
          'I10',
          `leader ${event.node} proposes a change at ${index}, and the one at ${before} is not applied`,
        )
      this.#changes.set(event.term, index)
    }
  }

  /** Who is elected by a membership that is over could lead beside a leader of the present one (etcd-io/raft#456). */
  #checkElected({ id, term, config }: Seen): void {
    this.#checkDisjoint(
      config,
      this.latest,
      `node ${id} is elected in term ${term} by a membership that is over: `,
    )
  }

  #checkDisjoint(one: ConfState, other: ConfState, what: string): void {
    const pair = `${textOf(one)} ${textOf(other)}`
    if (this.#checked.has(pair)) return
    if (haveDisjointQuorums(one, other))
      this.#bench.violated('I10', `${what}${textOf(one)} and ${textOf(other)} can decide apart`)
    this.#checked.add(pair)
  }

  #noteReach(before: ConfState, after: ConfState): void {
    if (after.votersOutgoing.length > 0) this.#bench.reach('joint configuration entered')
    else if (before.votersOutgoing.length > 0) this.#bench.reach('joint configuration left')
    if (after.learnersNext.length > 0) this.#bench.reach('voter on its way to learner')
    if (after.voters.some((id) => before.learners.includes(id))) this.#bench.reach('learner promoted')
    if (before.voters.some((id) => !isIn(after, id))) this.#bench.reach('voter removed')
  }
}

function isIn({ voters, votersOutgoing, learners }: ConfState, id: NodeId): boolean {
  return voters.includes(id) || votersOutgoing.includes(id) || learners.includes(id)
}

/** Is there a quorum of the one and a quorum of the other without a common member? */
function haveDisjointQuorums(a: ConfState, b: ConfState): boolean {
  const ids = [...new Set([...a.voters, ...a.votersOutgoing, ...b.voters, ...b.votersOutgoing])]
  for (let set = 0; set < 1 << ids.length; set++) {
    const inside = new Set(ids.filter((_, i) => (set >> i) & 1))
    const outside = new Set(ids.filter((_, i) => !((set >> i) & 1)))
    if (isQuorum(a, inside) && isQuorum(b, outside)) return true
  }
  return false
}

function isQuorum({ voters, votersOutgoing }: ConfState, ids: ReadonlySet<NodeId>): boolean {
  return [voters, votersOutgoing].every(
    (half) => half.length === 0 || half.filter((id) => ids.has(id)).length >= majoritySize(half.length),
  )
}
