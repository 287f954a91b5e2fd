/** What a leader believes of its followers is true (I17), and nothing grows beyond its limit (I18). */

import type { Message } from '../../core/messages.ts'
import type { ProgressStatus } from '../../core/status.ts'
import type { LogIndex, NodeId } from '../../core/types.ts'
import type { Bench } from './bench.ts'
import type { Logs } from './logs.ts'

/** Watches leaders. */
export class Bounds {
  readonly #bench: Bench
  readonly #logs: Logs
  /** What the leader believed of the sender of an answer before it took the answer in. */
  #before: { readonly match: LogIndex; readonly isOfNow: boolean } | null = null

  constructor(bench: Bench, logs: Logs) {
    this.#bench = bench
    this.#logs = logs
  }

  /** Before a message is taken in. */
  received(id: NodeId, m: Message): void {
    this.#before = null
    if (m.type !== 'MsgAppResp' || this.#logs.seen(id)?.role !== 'leader') return
    const status = this.#bench.raw(id)?.status()
    const progress = status?.progress.find((one) => one.id === m.from)
    if (progress === undefined) return
    const isOfNow = m.session === null || m.session === progress.session
    if (!isOfNow) this.#bench.reach('answer of an earlier membership not believed')
    if (progress.inflight.full) this.#bench.reach('window of a follower full')
    this.#before = { match: progress.match, isOfNow }
  }

  /** After a message was taken in. */
  handled(id: NodeId, m: Message): void {
    const seen = this.#logs.seen(id)
    // Figure 2: who hears the leader of its term follows it.
    if (
      (m.type === 'MsgApp' || m.type === 'MsgHeartbeat') &&
      m.term === seen?.term &&
      seen.role !== 'follower'
    )
      this.#bench.violated('I21', `node ${id} hears the leader of term ${m.term}, and stays ${seen.role}`)
    const raw = this.#bench.raw(id)
    if (m.type !== 'MsgAppResp' || seen?.role !== 'leader' || raw === null) return
    const { progress, uncommittedSize } = raw.status()
    const { raft, padding } = this.#bench.setup
    for (const one of progress) this.#checkOne(id, one, m.from)
    // One command always passes; and what a predecessor left is not counted.
    if (uncommittedSize > raft.maxUncommittedSize + padding + 1_000)
      this.#bench.violated(
        'I18',
        `leader ${id} has ${uncommittedSize} bytes under way, and may have ${raft.maxUncommittedSize}`,
      )
  }

  #checkOne(leader: NodeId, { id, match, next, inflight }: ProgressStatus, from: NodeId): void {
    const violated = (invariant: string, what: string): never =>
      this.#bench.violated(invariant, `leader ${leader} ${what}`)
    if (match >= next) violated('I17', `has match ${match} and next ${next} for ${id}`)
    if (inflight.count > this.#bench.setup.raft.maxInflightMsgs)
      violated('I18', `has ${inflight.count} messages on their way to ${id}`)
    if (id !== from) return
    const before = this.#before
    if (before !== null && !before.isOfNow && match !== before.match)
      violated('I17', `believes ${id} by an answer from before it was removed and added again`)
    if (before !== null && match < before.match)
      violated('I17', `takes back what ${id} has acknowledged, ${before.match}`)
    const seen = this.#logs.seen(leader)
    const term = seen?.log.term(match) ?? null
    const durable = this.#bench.disk(id)?.durable
    // In a later term it may have been overwritten since, which this leader does not know yet.
    if (term === null || durable === undefined || (durable.hardState?.term ?? 0) > (seen?.term ?? 0)) return
    if (!durable.holds(match, term))
      violated('I17', `believes ${id} to hold ${term}/${match}, which it does not`)
  }
}
