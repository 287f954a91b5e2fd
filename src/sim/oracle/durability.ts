/** What is said is durable, and what is committed is durable on a quorum (I7-I9, I11). Looked at on disk, not in memory. */

import type { Message, PeerMessage } from '../../core/messages.ts'
import { majoritySize } from '../../core/quorum/majority.ts'
import { isUpToDate } from '../../core/raft/election.ts'
import type { ConfState, HardState, LogIndex, NodeId, Term } from '../../core/types.ts'
import type { Disk } from '../disk.ts'
import type { Image } from '../image.ts'
import type { Bench } from './bench.ts'
import type { Logs } from './logs.ts'

/** Watches the disks. */
export class Durability {
  readonly #bench: Bench
  readonly #logs: Logs
  /** What was last known to be durable of each node. */
  readonly #hardStates = new Map<NodeId, HardState>()

  constructor(bench: Bench, logs: Logs) {
    this.#bench = bench
    this.#logs = logs
  }

  /** I7: term and vote on disk never go back, over restarts too. */
  synced(id: NodeId, disk: Disk): void {
    const now = disk.durable.hardState
    const before = this.#hardStates.get(id)
    if (now === null || now === before) return
    this.#hardStates.set(id, now)
    if (before === undefined) return
    if (now.term < before.term)
      this.#bench.violated(
        'I7',
        `the term on disk of node ${id} goes back from ${before.term} to ${now.term}`,
      )
    if (now.term === before.term && before.vote !== null && now.vote !== before.vote)
      this.#bench.violated(
        'I7',
        `the vote on disk of node ${id} in term ${now.term} changes from ${before.vote} to ${now.vote}`,
      )
  }

  /** I8: what a message says of its sender is durable when it leaves (figure 2, "before responding to RPCs"). */
  sent(id: NodeId, m: PeerMessage): void {
    const durable = this.#bench.disk(id)?.durable
    if (durable === undefined) return
    if (m.type === 'MsgProp' || m.type === 'MsgReadIndex' || m.type === 'MsgPreVote') return
    // To be asked about a term is not to be in it (thesis §9.6).
    if (m.type === 'MsgPreVoteResp' && !m.reject) return
    // These promise nothing, unless a lease is built on the answer to a heartbeat (thesis §6.4.1).
    if (m.type === 'MsgTransferLeader') return
    if (m.type === 'MsgHeartbeatResp' && (m.context === null || this.#bench.setup.raft.readOnly === 'safe'))
      return
    this.#checkTerm(id, m, durable)
    if (m.type === 'MsgVoteResp' && !m.reject) this.#checkVote(id, m.to, m.term, durable)
    else if (m.type === 'MsgVote') {
      this.#checkVote(id, id, m.term, durable)
      // Who has found a leader in the meantime, and a shorter log with it, is no candidate any more, and will not be elected.
      const seen = this.#logs.seen(id)
      if (seen?.role === 'candidate' && seen.term === m.term)
        this.#checkHeld(id, m, m.lastLogIndex, m.lastLogTerm, durable)
    } else if (m.type === 'MsgAppResp') this.#checkAcknowledged(id, m, durable)
  }

  /** I8, for what a node says to itself with asynchronous writes. */
  received(id: NodeId, m: Message): void {
    const durable = this.#bench.disk(id)?.durable
    if (durable === undefined || m.from !== id || m.to !== id) return
    if (m.type === 'MsgAppResp') this.#checkAcknowledged(id, m, durable)
    else if (m.type === 'MsgVoteResp') this.#checkVote(id, id, m.term, durable)
  }

  /** I8: a membership that shows is one that a restart does not take back, for whoever is removed may be stopped then. */
  configured(id: NodeId, index: LogIndex): void {
    const durable = this.#bench.disk(id)?.durable
    const commit = Math.max(durable?.hardState?.commit ?? 0, durable?.snapshot?.index ?? 0)
    if (commit < index)
      this.#bench.violated(
        'I8',
        `node ${id} shows the membership of ${index}, and only ${commit} is durably committed`,
      )
  }

  /** I9 and I4: what a leader commits is durable on a majority of each half of its configuration. */
  committed(id: NodeId, index: LogIndex): void {
    const seen = this.#logs.seen(id)
    const term = seen?.log.term(index) ?? null
    if (seen === undefined || term === null) return
    for (const voters of [seen.config.voters, seen.config.votersOutgoing]) {
      const holders = voters.filter((voter) => this.#holds(voter, index, term))
      if (voters.length > 0 && holders.length < majoritySize(voters.length))
        this.#bench.violated(
          'I9',
          `leader ${id} commits ${term}/${index}, which is durable on [${holders.join(' ')}] of [${voters.join(' ')}]`,
        )
    }
    this.#checkElectable(index, term, seen.config)
  }

  /**
   * I4, before it comes to it: if everybody lost its power now, nobody could be elected who lacks what has just been committed.
   * Whoever lacks it must find a majority against it, of voters whose logs are later than its own (§5.4.1, §5.4.3).
   */
  #checkElectable(index: LogIndex, term: Term, { voters, votersOutgoing }: ConfState): void {
    for (const candidate of voters) {
      const own = this.#bench.disk(candidate)?.durable
      if (own === undefined || own.holds(index, term)) continue
      const wins = [voters, votersOutgoing].every((half) => {
        const grants = half.filter((voter) => {
          const durable = this.#bench.disk(voter)?.durable
          return durable !== undefined && isUpToDate(own.last, durable.last)
        })
        return half.length === 0 || grants.length >= majoritySize(half.length)
      })
      if (wins)
        this.#bench.violated(
          'I4',
          `${term}/${index} is committed, and node ${candidate}, which lacks it, could be elected by [${voters.join(' ')}][${votersOutgoing.join(' ')}]`,
        )
    }
  }

  /** I11: whatever minority is lost, who can be elected holds what is committed: no quorum is without it. */
  probe(index: LogIndex, term: Term, { voters, votersOutgoing }: ConfState): void {
    const halves = votersOutgoing.length === 0 ? [voters] : [voters, votersOutgoing]
    const lacks = halves.every((half) => {
      const without = half.filter((voter) => !this.#holds(voter, index, term)).length
      return without >= majoritySize(half.length)
    })
    if (lacks)
      this.#bench.violated(
        'I11',
        `${term}/${index} is committed, and a quorum of [${voters.join(' ')}][${votersOutgoing.join(' ')}] does not hold it`,
      )
  }

  #holds(id: NodeId, index: LogIndex, term: Term): boolean {
    return this.#bench.disk(id)?.durable.holds(index, term) ?? false
  }

  #checkTerm(
    id: NodeId,
    m: Exclude<PeerMessage, { type: 'MsgProp' | 'MsgReadIndex' }>,
    durable: Image,
  ): void {
    const term = durable.hardState?.term ?? 0
    if (term < m.term)
      this.#bench.violated('I8', `node ${id} sends a ${m.type} of term ${m.term}, and ${term} is durable`)
  }

  #checkVote(id: NodeId, to: NodeId, term: Term, { hardState }: Image): void {
    if (hardState !== null && (hardState.term > term || (hardState.term === term && hardState.vote === to)))
      return
    this.#bench.violated('I8', `node ${id} gives its vote of term ${term} to ${to}, and it is not durable`)
  }

  #checkAcknowledged(id: NodeId, m: Extract<PeerMessage, { type: 'MsgAppResp' }>, durable: Image): void {
    const seen = this.#logs.seen(id)
    // In a later term it may have been overwritten since, which the leader of the old one need not hear.
    if (m.reject || m.match === 0 || seen?.term !== m.term) return
    const term = seen.log.term(m.match)
    if (term !== null) this.#checkHeld(id, m, m.match, term, durable)
  }

  #checkHeld(id: NodeId, m: PeerMessage, index: LogIndex, term: Term, durable: Image): void {
    if (!durable.holds(index, term))
      this.#bench.violated('I8', `node ${id} tells of ${term}/${index} in a ${m.type}, and it is not durable`)
  }
}
