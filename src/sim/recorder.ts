/** The trace of a run: always as a hash, by which two runs are seen to be the same, and on demand as lines of JSON. */

import type { RaftErrorCode } from '../core/errors.ts'
import type { Message, PeerMessage } from '../core/messages.ts'
import type { TraceEvent } from '../core/trace.ts'
import type { ConfState, Entry, LogIndex, NodeId } from '../core/types.ts'
import type { Agenda } from './agenda.ts'
import { mix } from './dice.ts'
import type { Disk, Recovery } from './disk.ts'
import type { Applied, Machine } from './machine.ts'
import type { Watcher } from './world.ts'

/** One line of a trace. */
export type TraceLine = Readonly<Record<string, unknown>> & {
  /** Simulated microseconds since the start. */
  readonly at: number
  readonly node: NodeId
  readonly what: string
}

/** Receives the lines as they come. */
export type TraceSink = (line: TraceLine) => void

/** Passes on to another watcher what it records. */
export class Recorder implements Watcher {
  readonly #agenda: Agenda
  readonly #next: Watcher
  readonly #sink: TraceSink | null
  #hash = 0
  #count = 0

  constructor(agenda: Agenda, next: Watcher, sink: TraceSink | null) {
    this.#agenda = agenda
    this.#next = next
    this.#sink = sink
  }

  /** Equal runs have equal hashes. Eight hexadecimal digits. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0')
  }

  /** How many events it has seen. */
  get count(): number {
    return this.#count
  }

  started(id: NodeId, disk: Disk, confState: ConfState, applied: LogIndex, recovery: Recovery): void {
    this.#note(id, 1, applied)
    this.#sink?.({ at: this.#agenda.now, node: id, what: 'started', applied, recovery })
    this.#next.started(id, disk, confState, applied, recovery)
  }

  stopped(id: NodeId): void {
    this.#note(id, 2, 0)
    this.#sink?.({ at: this.#agenda.now, node: id, what: 'stopped' })
    this.#next.stopped(id)
  }

  traced(event: TraceEvent): void {
    this.#note(event.node, 3, event.type.length, event.term)
    this.#sink?.({ at: this.#agenda.now, what: event.type, ...event })
    this.#next.traced(event)
  }

  sent(id: NodeId, message: PeerMessage): void {
    this.#note(id, 4, message.type.length, message.to)
    this.#sink?.({ at: this.#agenda.now, node: id, what: 'sent', message })
    this.#next.sent(id, message)
  }

  received(id: NodeId, message: Message): void {
    this.#note(id, 5, message.type.length, 'term' in message ? message.term : 0)
    this.#sink?.({ at: this.#agenda.now, node: id, what: 'received', message })
    this.#next.received(id, message)
  }

  handled(id: NodeId, message: Message, refused: RaftErrorCode | null): void {
    if (refused !== null)
      this.#sink?.({ at: this.#agenda.now, node: id, what: 'refused', code: refused, message })
    this.#next.handled(id, message, refused)
  }

  synced(id: NodeId, disk: Disk): void {
    this.#note(id, 6, disk.durable.lastIndex)
    this.#sink?.({ at: this.#agenda.now, node: id, what: 'synced', lastIndex: disk.durable.lastIndex })
    this.#next.synced(id, disk)
  }

  applied(id: NodeId, entry: Entry, machine: Machine, applied: Applied | null): void {
    this.#note(id, 7, entry.index, machine.digest)
    this.#sink?.({ at: this.#agenda.now, node: id, what: 'applied', index: entry.index, term: entry.term })
    this.#next.applied(id, entry, machine, applied)
  }

  configured(id: NodeId, index: LogIndex, confState: ConfState): void {
    this.#sink?.({ at: this.#agenda.now, node: id, what: 'configured', index, confState })
    this.#next.configured(id, index, confState)
  }

  snapshotted(id: NodeId, index: LogIndex, confState: ConfState, machine: Machine): void {
    this.#note(id, 8, index)
    this.#sink?.({ at: this.#agenda.now, node: id, what: 'snapshotted', index })
    this.#next.snapshotted(id, index, confState, machine)
  }

  restored(id: NodeId, index: LogIndex, confState: ConfState, machine: Machine): void {
    this.#note(id, 9, index)
    this.#sink?.({ at: this.#agenda.now, node: id, what: 'restored', index })
    this.#next.restored(id, index, confState, machine)
  }

  #note(id: NodeId, what: number, detail: number, more = 0): void {
    this.#count++
    this.#hash = mix(mix(mix(this.#hash, this.#agenda.now), id * 16 + what), detail * 31 + more)
  }
}
