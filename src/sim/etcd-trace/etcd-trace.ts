/**
 * A run as lines of JSON that the TLA+ specification of etcd-io/raft can be run on: what happened, by its names, in an order
 * that it allows. It knows one Ready, in which a node's state becomes durable and its messages leave at once, so a Ready
 * is told of whenever something of that has happened here. docs/TESTING.md says how to run it, and what it has no words for.
 */

import type { RaftErrorCode } from '../../core/errors.ts'
import type { Message, PeerMessage } from '../../core/messages.ts'
import type { TraceEvent } from '../../core/trace.ts'
import type { ConfState, Entry, LogIndex, NodeId } from '../../core/types.ts'
import type { Disk, Recovery } from '../disk.ts'
import type { Applied, Machine } from '../machine.ts'
import type { Watcher } from '../world.ts'
import {
  changeOf,
  type EtcdEvent,
  type EtcdEventName,
  type EtcdMessage,
  idOf,
  answerName,
  blank,
  isTold,
  messageOf,
  receiveOf,
  sendOf,
  type ToldMessage,
} from './event.ts'
import { HeldLines, type LineSink, type Matches } from './held-lines.ts'
import { Shadow } from './shadow.ts'

/** An answer of a node to itself: it counts when what it speaks of is durable. */
interface OwnAnswer {
  readonly type: 'MsgVoteResp' | 'MsgAppResp'
  readonly msg: EtcdMessage
  readonly index: LogIndex
}

/** Passes on to another watcher what it writes down. */
export class EtcdTrace implements Watcher {
  readonly #next: Watcher
  readonly #lines: HeldLines
  readonly #nodes = new Map<NodeId, Shadow>()
  readonly #own = new Map<NodeId, OwnAnswer[]>()
  /** Who has sent or written something and has not told of a Ready since. */
  #ready: NodeId | null = null
  /** Whose writes are done, so that its answers to itself are about to count. */
  #written: { readonly id: NodeId; readonly lastIndex: LogIndex } | null = null
  /** What is taken in, and not told of before it is seen that it is not ignored. */
  #inHand: { readonly id: NodeId; readonly message: Message; isTold: boolean } | null = null
  /** Answers that the specification does not know, and does not miss: as if they had got lost. */
  readonly #unspoken = new Set<string>()

  constructor(clock: { readonly now: number }, next: Watcher, sink: LineSink) {
    this.#next = next
    this.#lines = new HeldLines(clock, sink)
  }

  /** The run is over: writes what is left. */
  end(): void {
    this.#flush()
    this.#lines.end()
  }

  started(id: NodeId, disk: Disk, confState: ConfState, index: LogIndex, recovery: Recovery): void {
    this.#flush()
    const shadow = new Shadow(id, disk, confState, index)
    this.#nodes.set(id, shadow)
    this.#own.set(id, [])
    this.#tell('InitState', shadow)
    this.#next.started(id, disk, confState, index, recovery)
  }

  stopped(id: NodeId): void {
    this.#flush()
    this.#nodes.delete(id)
    this.#own.delete(id)
    this.#inHand = null
    this.#next.stopped(id)
  }

  traced(event: TraceEvent): void {
    const shadow = this.#nodes.get(event.node)
    if (shadow !== undefined) {
      // Until a Ready is advanced only its entries are applied.
      if (event.type !== 'configChanged') this.#flush()
      this.#tellReceived(shadow, event)
      this.#tellTraced(shadow, event)
    }
    this.#next.traced(event)
  }

  sent(id: NodeId, message: PeerMessage): void {
    const shadow = this.#nodes.get(id)
    if (shadow !== undefined && isTold(message)) {
      if (this.#ready !== id) this.#flushReady()
      // Requests for votes were told of when they were made.
      if (message.type === 'MsgApp' || message.type === 'MsgHeartbeat') this.#tellMade(shadow, message)
      else if (message.type !== 'MsgVote') this.#tell(sendOf(message), shadow, { msg: messageOf(message) })
      this.#ready = id
    }
    this.#next.sent(id, message)
  }

  received(id: NodeId, message: Message): void {
    this.#flush()
    this.#inHand = { id, message, isTold: false }
    this.#next.received(id, message)
  }

  handled(id: NodeId, message: Message, refused: RaftErrorCode | null): void {
    const shadow = this.#nodes.get(id)
    if (refused === null && shadow !== undefined) this.#tellReceived(shadow, null)
    this.#inHand = null
    this.#next.handled(id, message, refused)
  }

  synced(id: NodeId, disk: Disk): void {
    this.#flush()
    this.#ready = id
    this.#written = { id, lastIndex: disk.durable.lastIndex }
    this.#next.synced(id, disk)
  }

  applied(id: NodeId, entry: Entry, machine: Machine, applied: Applied | null): void {
    this.#next.applied(id, entry, machine, applied)
  }

  configured(id: NodeId, index: LogIndex, confState: ConfState): void {
    this.#next.configured(id, index, confState)
  }

  snapshotted(id: NodeId, index: LogIndex, confState: ConfState, machine: Machine): void {
    this.#next.snapshotted(id, index, confState, machine)
  }

  restored(id: NodeId, index: LogIndex, confState: ConfState, machine: Machine): void {
    this.#next.restored(id, index, confState, machine)
  }

  /** Before anything changes by it; unless it is ignored, or refused for a reason that the specification does not know. */
  #tellReceived(shadow: Shadow, event: TraceEvent | null): void {
    const inHand = this.#inHand
    if (inHand === null || inHand.id !== shadow.id || inHand.isTold) return
    inHand.isTold = true
    const { message } = inHand
    if (!isTold(message) || message.to !== shadow.id || message.from === shadow.id) return
    if (event?.type === 'voteIgnored' || event?.type === 'messageIgnored') return
    if (event?.type === 'voteRefused' && event.why !== 'already-voted' && event.why !== 'stale-log') {
      if (event.why === 'stale-term')
        return this.#tell(receiveOf(message), shadow, { msg: messageOf(message) })
      this.#unspoken.add(`refused ${message.to} ${message.from} ${message.term}`)
      return
    }
    // It takes snapshots for entries, and then for answers that none of its messages are.
    if (message.type === 'MsgSnap') {
      const { from, to, term, snapshot } = message
      for (const match of [snapshot.index, shadow.commit])
        this.#unspoken.add(`accepted ${to} ${from} ${term} ${match}`)
    }
    if (this.#unspoken.has(answerName(message))) return
    this.#tell(receiveOf(message), shadow, { msg: messageOf(message) })
  }

  #tellTraced(shadow: Shadow, event: TraceEvent): void {
    const { roleName } = shadow
    const m = this.#inHand?.message
    if (event.type === 'entriesAppended' && shadow.role === 'leader') {
      for (const entry of event.entries) this.#tellProposed(shadow, entry)
    }
    // The reference tells of it just before.
    if (event.type === 'configChanged')
      this.#tell('ApplyConfChange', shadow, { prop: { cc: { newconf: event.confState.voters.map(idOf) } } })
    shadow.follow(event, m?.type === 'MsgSnap' ? m.snapshot.term : 0)
    if (event.type === 'electionStarted' && !event.preVote) this.#tellCandidate(shadow)
    else if (event.type === 'roleChanged' && event.to === 'leader') this.#tell('BecomeLeader', shadow)
    else if (event.type === 'roleChanged' && event.to !== 'candidate' && roleName !== shadow.roleName)
      this.#tell('BecomeFollower', shadow)
    else if (
      event.type === 'termChanged' &&
      shadow.role === 'follower' &&
      m !== undefined &&
      isOf(m, event.term)
    )
      this.#tell('BecomeFollower', shadow)
    else if (event.type === 'committed' && shadow.role === 'leader') this.#tell('Commit', shadow)
    else if (event.type === 'entriesAppended' && shadow.role === 'leader') {
      const index = shadow.last.index
      this.#tellOwn(shadow, 'MsgAppResp', index)
    }
  }

  #tellProposed(shadow: Shadow, entry: Entry): void {
    if (entry.type === 'EntryNormal') return this.#tell('Replicate', shadow)
    const cc = changeOf(entry)
    if (cc !== null) this.#tell('ChangeConf', shadow, { prop: { cc } })
  }

  /** It asks everybody; itself too, which counts when its term and vote are durable. */
  #tellCandidate(shadow: Shadow): void {
    const { id, term, last, config } = shadow
    this.#tell('BecomeCandidate', shadow)
    const voters = [...new Set([...config.voters, ...config.votersOutgoing])].sort((a, b) => a - b)
    for (const to of voters) {
      if (to === id) this.#tellOwn(shadow, 'MsgVoteResp', last.index)
      else {
        const msg = { ...blank('MsgVote', term, id, to), index: last.index, logTerm: last.term }
        this.#tell('SendRequestVoteRequest', shadow, { msg })
      }
    }
  }

  #tellOwn(shadow: Shadow, type: OwnAnswer['type'], index: LogIndex): void {
    const { id, term } = shadow
    const empty = blank(type, term, id, id)
    const msg = type === 'MsgAppResp' ? { ...empty, index } : empty
    this.#tell(sendOf({ type }), shadow, { msg })
    this.#own.get(id)?.push({ type, msg, index })
  }

  /** What was begun is told to its end before anything else is. */
  #flush(): void {
    this.#flushReady()
    this.#flushOwn()
  }

  #flushReady(): void {
    const shadow = this.#ready === null ? undefined : this.#nodes.get(this.#ready)
    this.#ready = null
    if (shadow !== undefined) this.#tell('Ready', shadow)
  }

  /** Of several acknowledgements only the last has something to say. */
  #flushOwn(): void {
    const written = this.#written
    this.#written = null
    if (written === null) return
    const shadow = this.#nodes.get(written.id)
    const answers = this.#own.get(written.id)
    if (shadow === undefined || answers === undefined) return
    const isDone = ({ index }: OwnAnswer): boolean => index <= written.lastIndex
    const done = answers.filter((one) => isDone(one) && one.msg.term === shadow.term)
    this.#own.set(
      written.id,
      answers.filter((one) => !isDone(one)),
    )
    const vote = done.findLast(({ type }) => type === 'MsgVoteResp')
    const ack = done.findLast(({ type }) => type === 'MsgAppResp')
    for (const one of [vote, ack]) if (one !== undefined) this.#tell(receiveOf(one), shadow, { msg: one.msg })
  }

  /** A leader's message is of the state in which it was made; when it leaves, more may be committed, or it leads no more. */
  #tellMade(shadow: Shadow, message: ToldMessage): void {
    const msg = messageOf(message)
    const last = msg.index + msg.entries
    const fits = ({ nid, role, state }: EtcdEvent, matches: Matches): boolean =>
      nid === msg.from &&
      role === 'StateLeader' &&
      state.term === msg.term &&
      Math.min(state.commit, msg.type === 'MsgApp' ? last : (matches.get(msg.to) ?? 0)) === msg.commit
    this.#lines.pushBehind(
      { name: sendOf(message), nid: msg.from, ...shadow.fields, msg },
      shadow.matches,
      fits,
    )
  }

  #tell(name: EtcdEventName, shadow: Shadow, more: Pick<EtcdEvent, 'msg' | 'prop'> = {}): void {
    if (more.msg !== undefined && name.startsWith('Receive')) shadow.hear(more.msg)
    this.#lines.push({ name, nid: idOf(shadow.id), ...shadow.fields, ...more }, shadow.matches)
  }
}

/** Does the message tell of this term? */
function isOf(m: Message, term: number): boolean {
  return 'term' in m && m.term === term
}
