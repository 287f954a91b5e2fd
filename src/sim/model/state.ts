/**
 * The state of the abstract model: what the paper says that each server has (figure 2), and the network as the messages that
 * have ever been sent, or what is left to know of them.
 */

import type { Message, PeerMessage } from '../../core/messages.ts'
import type { ConfState, EntryId, LogIndex, NodeId, RoleName, Term } from '../../core/types.ts'
import type { Disk } from '../disk.ts'
import type { AbstractLog } from './abstract-log.ts'
import { deviates } from './deviation.ts'

/** What a server has promised to do next, before anything else. */
type Duty =
  /** It has raised its term by itself: it stands for election. */
  | 'stand'
  /** It has learned of a later term, and follows. */
  | 'follow'

/** One server. What is in memory ends with `isUp`; what is on its disk does not. */
export interface Server {
  readonly id: NodeId
  readonly disk: Disk
  isUp: boolean
  role: RoleName
  term: Term
  vote: NodeId | null
  log: AbstractLog
  commit: LogIndex
  applied: LogIndex
  /** The membership it goes by, and up to where changes are in it. */
  config: ConfState
  configIndex: LogIndex
  /** The membership as of what is applied: other than `config` while a snapshot waits to be installed. */
  appliedConfig: ConfState
  /** What was last said to be in force, to be looked at when its entry is applied. */
  configured: { readonly index: LogIndex; readonly config: ConfState } | null
  /** A snapshot that was accepted and is not installed yet. */
  waiting: LogIndex | null

  duty: Duty | null
  /** The role in which it raised its term. */
  stoodAs: RoleName
  /** It has said that it lost an election, or steps down: it may follow. */
  mayYield: boolean
  /** Who has answered the question it asks now, and how. */
  readonly granted: Set<NodeId>
  readonly refused: Set<NodeId>
  /** What it said of its log when it stood for election, by term. */
  readonly claims: Map<Term, EntryId>
  leadership: Leadership | null
  /** A new leader has to append an entry of its term before anything else. */
  owesNoOp: boolean

  /** The votes of its terms, as far as they may still be found on its disk. */
  readonly votes: Map<Term, NodeId>
  /** Term and vote when its disk was last known to be durable. */
  durable: { readonly term: Term; readonly vote: NodeId | null }
  /** The ends that its log has had since then, by which a log is known (§5.3, Log Matching). */
  tails: EntryId[]
}

/** One server's leadership of one term. It ends in the server, and stays here: its messages may still be on their way. */
export interface Leadership {
  readonly term: Term
  readonly id: NodeId
  /** What each follower has acknowledged, as one that is tracked now; and what it ever has. */
  readonly match: Map<NodeId, LogIndex>
  readonly best: Map<NodeId, LogIndex>
  /** The newest tracking of each follower, and the newest of those that have ended (docs/adr/0005). */
  readonly session: Map<NodeId, number>
  readonly ended: Map<NodeId, number>
  commit: LogIndex
  hasCommittedOwn: boolean
}

/** What the servers' options change in what is allowed. */
export interface ModelOptions {
  readonly preVote: boolean
  /** Does a leader look whether a change is possible before it proposes it? */
  readonly validates: boolean
  /** The snapshot that the group begins with. */
  readonly start: EntryId
  readonly config: ConfState
}

/** All servers, and what they have said to each other. */
export class State {
  readonly preVote: boolean
  readonly validates: boolean
  readonly leaderships: Map<Term, Leadership> = new Map()
  /** Whose vote went to whom, by term: as soon as somebody else could know of it. */
  readonly grants: Map<Term, Map<NodeId, NodeId>> = new Map()
  /** The server that takes in a message, and which one. */
  busy: NodeId | null = null
  message: Message | null = null
  readonly #servers: (Server | undefined)[] = []
  readonly #sent = new WeakSet<PeerMessage>()
  /** The terms of what leaders have committed; the first is that of the snapshot that the group begins with. */
  readonly #chosen: Term[]
  readonly #start: LogIndex
  /** Every membership, by the index of the change that made it. */
  readonly #configs: { readonly index: LogIndex; readonly config: ConfState }[] = []

  constructor({ preVote, validates, start, config }: ModelOptions) {
    this.preVote = preVote
    this.validates = validates
    this.#start = start.index
    this.#chosen = [start.term]
    this.#configs.push({ index: start.index, config })
  }

  server(id: NodeId): Server | undefined {
    return this.#servers[id]
  }

  setServer(server: Server): void {
    this.#servers[server.id] = server
  }

  /** The message that this server takes in right now, if it does. */
  inHand(id: NodeId): Message | null {
    return this.busy === id ? this.message : null
  }

  noteSent(message: PeerMessage): void {
    this.#sent.add(message)
  }

  wasSent(message: PeerMessage): boolean {
    return this.#sent.has(message)
  }

  /** The term of what was committed at `index`; null if nothing was. */
  chosenTerm(index: LogIndex): Term | null {
    return this.#chosen[index - this.#start] ?? null
  }

  /** Notes what a leader has committed, up to `to`. */
  choose(log: AbstractLog, to: LogIndex): void {
    for (let index = this.#start + this.#chosen.length; index <= to; index++)
      this.#chosen.push(log.term(index) ?? 0)
  }

  /** The membership as of `index`; null before there was any. */
  configAt(index: LogIndex): ConfState | null {
    for (let i = this.#configs.length - 1; i >= 0; i--) {
      const one = this.#configs[i] as { index: LogIndex; config: ConfState }
      if (one.index <= index) return one.config
    }
    return null
  }

  noteConfig(index: LogIndex, config: ConfState): void {
    const last = this.#configs[this.#configs.length - 1]
    if (last !== undefined && index > last.index) this.#configs.push({ index, config })
  }

  /** Somebody can know of a vote now: it stands for good (§5.2). */
  noteGrant(term: Term, voter: NodeId, candidate: NodeId): void {
    let ofTerm = this.grants.get(term)
    if (ofTerm === undefined) this.grants.set(term, (ofTerm = new Map<NodeId, NodeId>()))
    const before = ofTerm.get(voter)
    if (before !== undefined && before !== candidate)
      deviates(
        'Vote',
        voter,
        `votes for ${candidate} in term ${term}, in which it has voted for ${before} (§5.2)`,
      )
    ofTerm.set(voter, candidate)
  }
}
