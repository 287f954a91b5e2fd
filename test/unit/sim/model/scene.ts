/** Hand-made traces for the model: what happens is said event by event, as the simulator would. */

import { emptyConfState } from '../../../../src/core/conf-state.ts'
import type { Message, MsgApp, MsgSnap, MsgVote, PeerMessage } from '../../../../src/core/messages.ts'
import type { TraceEvent } from '../../../../src/core/trace.ts'
import type {
  ConfChange,
  ConfState,
  Entry,
  HardState,
  LogIndex,
  NodeId,
  RoleName,
  Snapshot,
  Term,
} from '../../../../src/core/types.ts'
import { Dice } from '../../../../src/sim/dice.ts'
import { Disk } from '../../../../src/sim/disk.ts'
import { faultKinds, Faults, type FaultRates } from '../../../../src/sim/faults.ts'
import { Machine } from '../../../../src/sim/machine.ts'
import { Model } from '../../../../src/sim/model/model.ts'
import { Violation, type Watcher } from '../../../../src/sim/world.ts'

type DistributiveOmit<T, K extends keyof never> = T extends unknown ? Omit<T, K> : never
/** An event, without the node that tells it. */
export type Told = DistributiveOmit<TraceEvent, 'node'>

const nothing = (): void => undefined
const silent: Watcher = {
  started: nothing,
  stopped: nothing,
  traced: nothing,
  sent: nothing,
  received: nothing,
  handled: nothing,
  synced: nothing,
  applied: nothing,
  configured: nothing,
  snapshotted: nothing,
  restored: nothing,
}

const peaceful = new Faults(
  Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as FaultRates,
  new Set(),
  false,
)

const config = (...voters: NodeId[]): ConfState => ({ ...emptyConfState, voters })

/** What the model says against a trace; null if it allows it. */
export function objection(run: () => void): string | null {
  try {
    run()
    return null
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    return error.invariant === 'model' ? error.message : null
  }
}

/** A command. */
export const entry = (index: LogIndex, term: Term): Entry => ({
  type: 'EntryNormal',
  index,
  term,
  data: Uint8Array.of(1),
})
export const noOp = (index: LogIndex, term: Term): Entry => ({ type: 'EntryNormal', index, term, data: null })
export const change = (index: LogIndex, term: Term, what: ConfChange | null): Entry =>
  what?.version === 1
    ? { type: 'EntryConfChange', index, term, change: what }
    : { type: 'EntryConfChangeV2', index, term, change: what }
export const add = (nodeId: NodeId): ConfChange => ({ version: 1, type: 'AddNode', nodeId, context: null })

/** A group that begins with a snapshot of index 1 and term 1, on every disk. */
export class Scene {
  readonly model: Model
  readonly config: ConfState
  readonly #disks = new Map<NodeId, Disk>()
  readonly #terms = new Map<NodeId, Term>()
  readonly #roles = new Map<NodeId, RoleName>()
  readonly #votes = new Map<NodeId, NodeId | null>()

  constructor({
    voters = [1, 2, 3],
    preVote = false,
    validates = true,
  }: { voters?: readonly NodeId[]; preVote?: boolean; validates?: boolean } = {}) {
    this.config = config(...voters)
    this.model = new Model({ preVote, validates, start: { index: 1, term: 1 }, config: this.config }, silent)
    const snapshot: Snapshot = { index: 1, term: 1, confState: this.config, data: new Uint8Array() }
    for (const id of voters) {
      this.disk(id).format(snapshot)
      this.start(id)
    }
  }

  disk(id: NodeId): Disk {
    let disk = this.#disks.get(id)
    if (disk === undefined) this.#disks.set(id, (disk = new Disk(id, new Dice(id), peaceful)))
    return disk
  }

  start(id: NodeId, confState: ConfState = this.config, applied: LogIndex = 1): void {
    this.#terms.set(id, this.disk(id).seen.hardState?.term ?? 0)
    this.#roles.set(id, 'follower')
    this.model.started(id, this.disk(id), confState, applied, 'intact')
  }

  /** Of what is not durable nothing is left. */
  crash(id: NodeId): void {
    this.model.stopped(id)
    this.disk(id).crash()
  }

  tell(node: NodeId, ...events: readonly Told[]): void {
    for (const event of events) {
      this.#terms.set(node, event.term)
      if (event.type === 'roleChanged') this.#roles.set(node, event.to)
      else if (event.type === 'termChanged') this.#votes.set(node, null)
      else if (event.type === 'electionStarted') this.#votes.set(node, node)
      else if (event.type === 'voteGranted') this.#votes.set(node, event.candidate)
      this.model.traced({ ...event, node })
    }
  }

  write(
    id: NodeId,
    hardState: HardState | null,
    entries: readonly Entry[] = [],
    snapshot: Snapshot | null = null,
  ): void {
    this.disk(id).write({ kind: 'write', hardState, entries, snapshot })
  }

  sync(id: NodeId): void {
    this.disk(id).sync(this.disk(id).written)
    this.model.synced(id, this.disk(id))
  }

  /** Written, and durable. */
  save(id: NodeId, term: Term, vote: NodeId | null, commit: LogIndex, entries: readonly Entry[] = []): void {
    this.write(id, { term, vote, commit }, entries)
    this.sync(id)
  }

  send(message: PeerMessage): PeerMessage {
    this.model.sent(message.from, message)
    return message
  }

  ask(request: MsgVote): MsgVote {
    this.send(request)
    return request
  }

  receive(message: Message, ...events: readonly Told[]): void {
    this.receiveAs(message.to, message, ...events)
  }

  receiveAs(id: NodeId, message: Message, ...events: readonly Told[]): void {
    this.model.received(id, message)
    this.tell(id, ...events)
    this.model.handled(id, message, null)
  }

  apply(id: NodeId, one: Entry, confState: ConfState | null = null): void {
    if (confState !== null) this.model.configured(id, one.index, confState)
    this.model.applied(id, one, Machine.restore(new Uint8Array()), null)
  }

  /** Its term and its vote as they are, and these entries. */
  persist(id: NodeId, entries: readonly Entry[] = [], commit: LogIndex = 1): void {
    this.save(id, this.#terms.get(id) ?? 0, this.#votes.get(id) ?? null, commit, entries)
  }

  /** `id` stands for election until it is in `term`; its vote is durable. */
  stand(id: NodeId, upTo: Term): void {
    for (let from = this.#terms.get(id) ?? 0; from < upTo; from++) {
      this.tell(id, ...this.standing(id, from + 1))
      this.save(id, from + 1, id, 1)
    }
  }

  /** What it tells when it does so in the next term. */
  standing(id: NodeId, term: Term): readonly Told[] {
    const role = this.#roles.get(id) ?? 'follower'
    return [
      { type: 'termChanged', term, from: term - 1 },
      ...(role === 'candidate' ? [] : [{ type: 'roleChanged', term, from: role, to: 'candidate' } as const]),
      { type: 'electionStarted', term, reason: 'timeout', preVote: false },
    ]
  }

  /** What a node tells that enters the term of a message. */
  entering(id: NodeId, term: Term): readonly Told[] {
    const [from = 0, role = 'follower'] = [this.#terms.get(id), this.#roles.get(id)]
    if (from === term) return []
    const entered: Told = { type: 'termChanged', term, from }
    return role === 'follower'
      ? [entered]
      : [entered, { type: 'roleChanged', term, from: role, to: 'follower' }]
  }

  /** `voter` gives its vote, and the answer is on its way. */
  grant(request: MsgVote): PeerMessage {
    const { term, from, to } = request
    this.receive(request, ...this.entering(to, term), granted(request))
    this.save(to, term, from, 1)
    return this.send({ type: 'MsgVoteResp', from: to, to: from, term, reject: false, committed: null })
  }

  /** Node 1 is elected for term 2 by 2, with an empty entry at 2 that is on its disk. */
  elect(): void {
    this.stand(1, 2)
    this.receive(this.grant(this.ask(vote(1, 2, 2))), ...elected(2))
    this.tell(1, appended(2, noOp(2, 2)))
    this.save(1, 2, 1, 1, [noOp(2, 2)])
  }

  /** After that, 2 has taken the entry over and acknowledged it, and 1 has committed it. */
  commit(): void {
    this.elect()
    const answer = this.follow(app([1, 2], 2, [1, 1], [noOp(2, 2)]))
    this.receive(answer, { type: 'committed', term: 2, from: 1, to: 2 })
  }

  /** The receiver takes over what is sent, writes it and acknowledges it. */
  follow(message: MsgApp): PeerMessage {
    const { to, from, term, entries, prevLogIndex, session } = message
    this.send(message)
    this.receive(message, ...this.entering(to, term), appended(term, ...entries))
    this.persist(to, entries)
    const match = prevLogIndex + entries.length
    return this.send({ type: 'MsgAppResp', from: to, to: from, term, session, reject: false, match })
  }
}

/** What a candidate tells when it has won. */
export const elected = (term: Term): readonly Told[] => [
  { type: 'roleChanged', term, from: 'candidate', to: 'leader' },
]

export const appended = (
  term: Term,
  ...entries: readonly Entry[]
): Extract<Told, { type: 'entriesAppended' }> => ({
  type: 'entriesAppended',
  term,
  entries,
  truncatedFrom: null,
})

export const vote = (
  from: NodeId,
  to: NodeId,
  term: Term,
  lastLogIndex: LogIndex = 1,
  lastLogTerm: Term = 1,
): MsgVote => ({
  type: 'MsgVote',
  from,
  to,
  term,
  lastLogIndex,
  lastLogTerm,
  transfer: false,
  priority: 0,
  committed: null,
})

export const app = (
  [from, to]: readonly [NodeId, NodeId],
  term: Term,
  [prevLogIndex, prevLogTerm]: readonly [LogIndex, Term],
  entries: readonly Entry[] = [],
  commit: LogIndex = 1,
): MsgApp => ({
  type: 'MsgApp',
  from,
  to,
  term,
  session: 1,
  prevLogIndex,
  prevLogTerm,
  entries,
  commit,
})

export const snap = (from: NodeId, to: NodeId, term: Term, snapshot: Snapshot): MsgSnap => ({
  type: 'MsgSnap',
  from,
  to,
  term,
  session: 1,
  snapshot,
})

export const granted = ({ from: candidate, term }: MsgVote): Told => ({
  type: 'voteGranted',
  term,
  candidate,
  preVote: false,
  voteTerm: term,
})
