/** What a trace says of a node with every event: its state, put together from what it has told. */

import type { TraceEvent } from '../../core/trace.ts'
import type { ConfState, EntryId, LogIndex, NodeId, RoleName, Term } from '../../core/types.ts'
import type { Disk } from '../disk.ts'
import { AbstractLog } from '../model/abstract-log.ts'
import { type EtcdEvent, type EtcdMessage, idOf } from './event.ts'
import type { Matches } from './held-lines.ts'

/**
 * The specification has three roles. Who asks around first has changed neither term nor vote, and is a follower to it
 * (thesis §9.6).
 */
const roles: Readonly<Record<RoleName, string>> = {
  follower: 'StateFollower',
  'pre-candidate': 'StateFollower',
  candidate: 'StateCandidate',
  leader: 'StateLeader',
}

/** One node. */
export class Shadow {
  readonly id: NodeId
  readonly #log: AbstractLog
  role: RoleName = 'follower'
  term: Term
  vote: NodeId | null
  commit: LogIndex
  config: ConfState
  /** As a leader: what each follower has acknowledged. A new one each time. */
  matches: Matches = new Map()

  constructor(id: NodeId, disk: Disk, config: ConfState, applied: LogIndex) {
    const { hardState, snapshot } = disk.seen
    this.id = id
    this.config = config
    this.term = hardState?.term ?? 0
    this.vote = hardState?.vote ?? null
    this.commit = Math.max(hardState?.commit ?? 0, snapshot?.index ?? 0, applied)
    this.#log = AbstractLog.of(disk.seen)
  }

  get roleName(): string {
    return roles[this.role]
  }

  get last(): EntryId {
    return this.#log.last
  }

  /** The fields of every event. */
  get fields(): Pick<EtcdEvent, 'state' | 'role' | 'log' | 'conf'> {
    const { voters, votersOutgoing } = this.config
    return {
      state: { term: this.term, vote: idOf(this.vote), commit: this.commit },
      role: this.roleName,
      log: this.#log.lastIndex,
      conf: [voters.map(idOf), votersOutgoing.map(idOf)],
    }
  }

  /** Follows what a leader is told. */
  hear({ type, term, from, index, reject }: EtcdMessage): void {
    if (type !== 'MsgAppResp' || reject || term !== this.term || this.role !== 'leader') return
    this.matches = new Map(this.matches).set(from, Math.max(index, this.matches.get(from) ?? 0))
  }

  /** Follows what the node tells. A snapshot takes its term from the message that brings it. */
  follow(event: TraceEvent, snapshotTerm: Term): void {
    const { type } = event
    if (type === 'termChanged') {
      this.term = event.term
      this.vote = null
    } else if (type === 'roleChanged') {
      this.role = event.to
      this.matches = new Map()
    }
    if (type === 'electionStarted' && !event.preVote) this.vote = this.id
    else if (type === 'voteGranted' && !event.preVote) this.vote = event.candidate
    else if (type === 'committed') this.commit = event.to
    else if (type === 'configChanged') this.config = event.confState
    else if (type === 'entriesAppended') {
      if (event.truncatedFrom !== null) this.#log.truncate(event.truncatedFrom)
      this.#log.append(event.entries)
    } else if (type === 'snapshotRestored') {
      this.#log.reset({ index: event.index, term: snapshotTerm })
      this.commit = event.index
    }
  }
}
