/** Counts what has been seen to happen inside of nodes. It checks nothing. */

import { isVoter } from '../../core/conf-state.ts'
import type { MsgStorageAppendResp } from '../../core/messages.ts'
import type { TraceEvent } from '../../core/trace.ts'
import type { NodeId, RoleName, Term } from '../../core/types.ts'
import type { Bench } from './bench.ts'
import type { Logs, Seen } from './logs.ts'

/** Notes the milestones that show in the trace. Told of each event before anybody else takes it in. */
export class Sightings {
  readonly #bench: Bench
  readonly #logs: Logs
  readonly #candidates = new Map<Term, NodeId>()
  /** Has the last event been that a node entered a later term? */
  #isRaised = false

  constructor(bench: Bench, logs: Logs) {
    this.#bench = bench
    this.#logs = logs
  }

  traced(event: TraceEvent): void {
    const seen = this.#logs.seen(event.node)
    if (seen === undefined) return
    const bench = this.#bench
    const isRaised = this.#isRaised
    this.#isRaised = event.type === 'termChanged'
    switch (event.type) {
      case 'electionStarted':
        return this.#electionStarted(event)
      case 'electionHeldBack':
        return bench.reach(`election held back: ${event.why}`)
      case 'electionLost':
        return bench.reach(event.preVote ? 'pre-vote lost' : 'election lost')
      case 'leaderElected':
        return this.#elected(seen)
      case 'roleChanged':
        return this.#roleChanged(seen.role, event.to, isRaised)
      case 'steppedDown':
        return bench.reach(
          event.why === 'removed'
            ? 'leader that was removed steps down'
            : 'leader without a quorum steps down',
        )
      case 'voteGranted':
        if (!isVoter(seen.config, event.candidate)) bench.reach('vote for a candidate that is no member here')
        return
      case 'voteRefused':
        return bench.reach(`vote refused: ${event.why}`)
      case 'voteIgnored':
        return bench.reach('vote not answered while a leader is heard')
      case 'transferAborted':
        return bench.reach(`transfer aborted: ${event.why}`)
      case 'appendRejected':
        return bench.reach('append rejected')
      case 'messageIgnored':
        return bench.reach('message of an earlier term ignored')
      case 'snapshotIgnored':
        return bench.reach(`snapshot ignored: ${event.why}`)
      case 'snapshotRestored':
        return this.#restored(seen)
      case 'readDropped':
        return bench.reach(`read dropped: ${event.why}`)
      case 'termChanged':
      case 'leaderChanged':
      case 'voteCounted':
      case 'entriesAppended':
      case 'committed':
      case 'proposalDropped':
      case 'confChangeRefused':
      case 'configChanged':
      case 'snapshotSent':
      case 'transferStarted':
      // Seen elsewhere, or in nearly every run.
    }
  }

  /** A write is done that was handed out some time ago. */
  written(id: NodeId, { term, lastEntry }: MsgStorageAppendResp): void {
    const seen = this.#logs.seen(id)
    if (seen === undefined) return
    if (term < seen.term) this.#bench.reach('write finished in a later term')
    if (lastEntry === null || lastEntry.index <= seen.log.base.index) return
    if (seen.log.term(lastEntry.index) !== lastEntry.term)
      this.#bench.reach('write finished of entries that were overwritten')
  }

  #electionStarted({ node, term, preVote, reason }: Extract<TraceEvent, { type: 'electionStarted' }>): void {
    const bench = this.#bench
    if (reason === 'transfer') bench.reach('transfer led to an election')
    if (preVote) return
    const other = this.#candidates.get(term)
    if (other === undefined) this.#candidates.set(term, node)
    else if (other !== node) bench.reach('several candidates in one term')
  }

  #elected({ config: { voters, votersOutgoing } }: Seen): void {
    this.#bench.reach('leader elected')
    if (votersOutgoing.length > 0) this.#bench.reach('leader elected in a joint configuration')
    else if (voters.length === 1) this.#bench.reach('leader elected by one vote, its own')
  }

  #roleChanged(from: RoleName, to: RoleName, isRaised: boolean): void {
    if (to !== 'follower') return
    if (from === 'leader' && isRaised) this.#bench.reach('leader deposed by a later term')
    if (from === 'candidate' && !isRaised) this.#bench.reach('candidate yields to the leader of its term')
  }

  #restored({ log }: Seen): void {
    this.#bench.reach('snapshot installed')
    if (log.last > log.committed) this.#bench.reach('snapshot in place of entries of its own')
    if (log.committed > log.applied) this.#bench.reach('snapshot while entries wait to be applied')
  }
}
