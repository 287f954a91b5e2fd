/**
 * A second opinion: an abstract Raft, written from the paper and from nothing else, that each step of a run is checked against.
 * The oracle asks whether anything bad has come of a run; this asks of each step whether the paper allows it. It sees what
 * a watcher sees, and shares no code of the protocol with the core.
 */

import type { RaftErrorCode } from '../../core/errors.ts'
import { unreachable } from '../../core/invariant.ts'
import type { Message, PeerMessage } from '../../core/messages.ts'
import type { TraceEvent } from '../../core/trace.ts'
import type { ConfState, Entry, LogIndex, NodeId } from '../../core/types.ts'
import type { Disk, Recovery } from '../disk.ts'
import type { Applied, Machine } from '../machine.ts'
import type { Watcher } from '../world.ts'
import { applied, configChanged, restored, snapshotRestored, snapshotted } from './application.ts'
import { deviates } from './deviation.ts'
import {
  countAnswer,
  electionLost,
  electionStarted,
  leaderChanged,
  roleChanged,
  steppedDown,
  termChanged,
  voteGranted,
  voteRefused,
} from './elections.ts'
import { acknowledged, appendRejected, committed, entriesAppended } from './replication.ts'
import { started, synced } from './restart.ts'
import { saidToItself, sent } from './speech.ts'
import { type ModelOptions, type Server, State } from './state.ts'

/** Passes on to another watcher what it has checked. */
export class Model implements Watcher {
  readonly #next: Watcher
  readonly #state: State
  /** Has anything happened in the node since it began to take in a message? */
  #isTouched = false

  constructor(options: ModelOptions, next: Watcher) {
    this.#state = new State(options)
    this.#next = next
  }

  started(id: NodeId, disk: Disk, confState: ConfState, index: LogIndex, recovery: Recovery): void {
    this.#next.started(id, disk, confState, index, recovery)
    this.#state.setServer(started(this.#state, id, disk, confState, index))
  }

  stopped(id: NodeId): void {
    this.#next.stopped(id)
    const server = this.#state.server(id)
    if (server !== undefined) {
      server.isUp = false
      server.leadership = null
    }
    if (this.#state.busy === id) this.#done()
  }

  traced(event: TraceEvent): void {
    this.#next.traced(event)
    const server = this.#running(event.node)
    // The first events come out of the constructor, before it has come up.
    if (server === undefined) return
    this.#isTouched = true
    this.#check(server, event)
    if (server.term !== event.term)
      deviates('Term', server.id, `is in term ${event.term}, and has told of term ${server.term} (§5.1)`)
  }

  sent(id: NodeId, message: PeerMessage): void {
    this.#next.sent(id, message)
    const server = this.#running(id)
    if (server === undefined) return deviates('Send', id, `sends a ${message.type}, and is down`)
    sent(this.#state, server, message)
    this.#state.noteSent(message)
  }

  received(id: NodeId, message: Message): void {
    this.#next.received(id, message)
    const state = this.#state
    const server = this.#running(id)
    if (server === undefined) return deviates('Receive', id, `takes in a ${message.type}, and is down`)
    state.busy = id
    state.message = message
    this.#isTouched = false
    if (message.type === 'MsgStorageAppendResp' || message.type === 'MsgStorageApplyResp') return
    if (message.from === id && message.to === id) saidToItself(server, message)
    else if (!state.wasSent(message))
      deviates('Receive', id, `takes in a ${message.type} of ${message.from} that was never sent`)
    if (message.to !== id) return
    if (message.type === 'MsgAppResp') acknowledged(server, message)
    else countAnswer(server, message)
  }

  handled(id: NodeId, message: Message, refused: RaftErrorCode | null): void {
    this.#next.handled(id, message, refused)
    const server = this.#running(id)
    this.#done()
    if (server === undefined) return
    if (refused !== null) {
      if (this.#isTouched)
        deviates('Receive', id, `refuses a ${message.type} with ${refused}, and is not as it was`)
      return
    }
    if (message.to !== id) deviates('Receive', id, `takes in a ${message.type} that is for ${message.to}`)
    this.#checkHeard(server, message)
  }

  synced(id: NodeId, disk: Disk): void {
    this.#next.synced(id, disk)
    const server = this.#running(id)
    if (server !== undefined) synced(server, disk)
  }

  applied(id: NodeId, entry: Entry, machine: Machine, result: Applied | null): void {
    this.#next.applied(id, entry, machine, result)
    const server = this.#running(id)
    if (server !== undefined) applied(this.#state, server, entry)
  }

  configured(id: NodeId, index: LogIndex, confState: ConfState): void {
    this.#next.configured(id, index, confState)
    const server = this.#running(id)
    if (server !== undefined) server.configured = { index, config: confState }
  }

  snapshotted(id: NodeId, index: LogIndex, confState: ConfState, machine: Machine): void {
    this.#next.snapshotted(id, index, confState, machine)
    const server = this.#running(id)
    if (server !== undefined) snapshotted(server, index, confState)
  }

  restored(id: NodeId, index: LogIndex, confState: ConfState, machine: Machine): void {
    this.#next.restored(id, index, confState, machine)
    const server = this.#running(id)
    if (server !== undefined) restored(this.#state, server, index, confState)
  }

  #check(s: Server, event: TraceEvent): void {
    const state = this.#state
    checkDuty(s, event)
    switch (event.type) {
      case 'termChanged':
        return termChanged(state, s, event)
      case 'roleChanged':
        return roleChanged(state, s, event)
      case 'leaderChanged':
        return leaderChanged(state, s, event)
      case 'electionStarted':
        return electionStarted(state, s, event)
      case 'electionLost':
        return electionLost(s)
      case 'voteGranted':
        return voteGranted(state, s, event)
      case 'voteRefused':
        return voteRefused(state, s, event)
      case 'steppedDown':
        return steppedDown(s, event)
      case 'entriesAppended':
        return entriesAppended(state, s, event)
      case 'appendRejected':
        return appendRejected(state, s, event)
      case 'committed':
        return committed(state, s, event)
      case 'configChanged':
        return configChanged(state, s, event)
      case 'snapshotRestored':
        return snapshotRestored(state, s, event)
      case 'leaderElected': // told with roleChanged
      case 'voteCounted': // told with the message
      case 'electionHeldBack':
      case 'voteIgnored':
      case 'messageIgnored':
      case 'snapshotIgnored':
      case 'snapshotSent':
      case 'proposalDropped':
      case 'confChangeRefused':
      case 'readDropped':
      case 'transferStarted':
      case 'transferAborted': // nothing has changed that the paper speaks of
        return undefined
      default:
        return unreachable(event)
    }
  }

  /** Figure 2: whoever hears the leader of its term follows it; and what was begun is done. */
  #checkHeard(server: Server, m: Message): void {
    if (server.duty !== null)
      deviates('Term', server.id, `has entered term ${server.term}, and did not go on`)
    if (m.type !== 'MsgApp' && m.type !== 'MsgHeartbeat') return
    if (m.term === server.term && server.role !== 'follower')
      deviates(
        'Follower',
        server.id,
        `hears the leader of term ${m.term}, and stays ${server.role} (figure 2)`,
      )
  }

  #running(id: NodeId): Server | undefined {
    const server = this.#state.server(id)
    return server?.isUp === true ? server : undefined
  }

  #done(): void {
    this.#state.busy = null
    this.#state.message = null
  }
}

/** Who has entered a term becomes what it entered it for, before anything else happens. */
function checkDuty({ id, duty, term, role }: Server, { type }: TraceEvent): void {
  if (duty === null || type === 'roleChanged' || type === 'leaderChanged' || type === 'readDropped') return
  if (duty === 'stand' && type === 'electionStarted') return
  deviates('Term', id, `has entered term ${term} as ${role} to ${duty}, and goes on with ${type} (§5.1)`)
}
