/** What a node tells its surroundings: notifications, after the fact. Nothing here can hold the protocol up. */

import { EventEmitter } from 'eventemitter3'
import type { PeerMessage } from '../core/messages.ts'
import type { ConfState, LogIndex, NodeId, RoleName, Term } from '../core/types.ts'

/** The events of a node by name, each with what it carries. */
export interface NodeEvents {
  /** The role has changed. */
  stateChange: { readonly from: RoleName; readonly to: RoleName; readonly term: Term }
  /** This node stands for election, or asks around first. */
  electionStarted: { readonly term: Term; readonly preVote: boolean }
  /** This node has given its vote. */
  voteGranted: { readonly to: NodeId; readonly term: Term; readonly preVote: boolean }
  /** Somebody leads, as far as this node knows: itself, or another. */
  leaderElected: { readonly leader: NodeId; readonly term: Term }
  messageSent: { readonly message: PeerMessage }
  messageReceived: { readonly message: PeerMessage }
  logAppended: { readonly from: LogIndex; readonly to: LogIndex; readonly truncatedFrom: LogIndex | null }
  logCommitted: { readonly index: LogIndex; readonly term: Term }
  /** The state machine has applied everything up to `index`. */
  applied: { readonly index: LogIndex }
  /** This node has made a snapshot of its own. */
  snapshotTaken: { readonly index: LogIndex; readonly term: Term }
  /** A snapshot of the leader has replaced the state. */
  snapshotInstalled: { readonly index: LogIndex; readonly term: Term }
  membershipChanged: { readonly confState: ConfState; readonly index: LogIndex }
  /** The node has stopped itself. */
  fatal: { readonly error: Error }
}

/** One event as a value: what feeds, dashboards and logs take. */
export type NodeEvent = {
  [Type in keyof NodeEvents]: {
    readonly type: Type
    readonly node: NodeId
    /** Counts the events of this node's life, from 1, without gaps. */
    readonly sequence: number
    /** Milliseconds of the node's monotonic clock. */
    readonly at: number
  } & NodeEvents[Type]
}[keyof NodeEvents]

type Listener<Type extends keyof NodeEvents> = (event: Extract<NodeEvent, { readonly type: Type }>) => void
type AnyListener = (event: NodeEvent) => void

/** Keeps events until the work at hand is done, then tells them. */
export class Announcer {
  readonly #emitter = new EventEmitter<Record<keyof NodeEvents, AnyListener>>()
  readonly #node: NodeId
  readonly #now: () => number
  readonly #onListenerError: (error: unknown) => void
  readonly #everything = new Set<AnyListener>()
  readonly #guarded = new WeakMap<object, AnyListener>()
  #waiting: NodeEvent[] = []
  #sequence = 0

  constructor(node: NodeId, now: () => number, onListenerError: (error: unknown) => void) {
    this.#node = node
    this.#now = now
    this.#onListenerError = onListenerError
  }

  on<Type extends keyof NodeEvents>(type: Type, listener: Listener<Type>): void {
    this.#emitter.on(type, this.#guard(listener as AnyListener))
  }

  once<Type extends keyof NodeEvents>(type: Type, listener: Listener<Type>): void {
    this.#emitter.once(type, this.#guard(listener as AnyListener))
  }

  off<Type extends keyof NodeEvents>(type: Type, listener: Listener<Type>): void {
    this.#emitter.off(type, this.#guard(listener as AnyListener))
  }

  /** Is told every event, until the answered function is called. */
  all(listener: AnyListener): () => void {
    const guarded = this.#guard(listener)
    this.#everything.add(guarded)
    return () => this.#everything.delete(guarded)
  }

  /** Does anybody want to know? Asked before an event is made that would be made often. */
  isHeard(type: keyof NodeEvents): boolean {
    return this.#everything.size > 0 || this.#emitter.listenerCount(type) > 0
  }

  /** Notes an event, to be told with the next {@link Announcer.flush}. */
  note<Type extends keyof NodeEvents>(type: Type, event: NodeEvents[Type]): void {
    if (!this.isHeard(type)) {
      this.#sequence++
      return
    }
    const head = { type, node: this.#node, sequence: ++this.#sequence, at: this.#now() }
    this.#waiting.push({ ...head, ...event } as unknown as NodeEvent)
  }

  /** Tells what was noted. Listeners may call the node: it is between two pieces of work. */
  flush(): void {
    while (this.#waiting.length > 0) {
      const events = this.#waiting
      this.#waiting = []
      for (const event of events) {
        this.#emitter.emit(event.type, event)
        for (const listener of this.#everything) listener(event)
      }
    }
  }

  /** A listener that throws is its owner's business: the others hear of the event all the same. */
  #guard(listener: AnyListener): AnyListener {
    const known = this.#guarded.get(listener)
    if (known !== undefined) return known
    const guarded = (event: NodeEvent): void => {
      try {
        listener(event)
      } catch (error) {
        this.#onListenerError(error)
      }
    }
    this.#guarded.set(listener, guarded)
    return guarded
  }
}

/**
 * Every event from now on, in order, as long as the reader keeps up.
 * @param buffer - events that are kept for a slow reader; beyond that the oldest are lost, which shows in their `sequence`
 */
export async function* eventStream(
  announcer: Announcer,
  buffer: number,
  ended: Promise<void>,
  signal?: AbortSignal,
): AsyncGenerator<NodeEvent> {
  const queue: NodeEvent[] = []
  let wake: () => void = () => {}
  let isOver = signal?.aborted === true
  const end = (): void => {
    isOver = true
    wake()
  }
  const stop = announcer.all((event) => {
    if (queue.length >= buffer) queue.shift()
    queue.push(event)
    wake()
  })
  signal?.addEventListener('abort', end, { once: true })
  ended.then(end, end)
  try {
    for (;;) {
      const event = queue.shift()
      if (event !== undefined) yield event
      else if (isOver) return
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    stop()
    signal?.removeEventListener('abort', end)
  }
}
