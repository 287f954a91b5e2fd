/** A node that takes down what a transport tells it, and tests that wait for it. */

import { setTimeout } from 'node:timers/promises'
import type { NodeId, PeerMessage, TransportHandler } from 'quorate'

export class Recorder implements TransportHandler {
  readonly received: PeerMessage[] = []
  readonly unreachables: NodeId[] = []
  readonly snapshots: { readonly peer: NodeId; readonly outcome: string }[] = []
  /** What it does when it is told something. */
  react: (message: PeerMessage) => void = () => {}
  answer: (peer: NodeId, question: Uint8Array) => Promise<Uint8Array> = (_, question) =>
    Promise.resolve(question)

  receive(message: PeerMessage): void {
    this.received.push(message)
    this.react(message)
  }

  unreachable(peer: NodeId): void {
    this.unreachables.push(peer)
  }

  snapshotSent(peer: NodeId, outcome: 'finish' | 'failure'): void {
    this.snapshots.push({ peer, outcome })
  }

  /** The terms of the heartbeats that have come, in order. */
  get beats(): number[] {
    return this.received.flatMap((message) => (message.type === 'MsgHeartbeat' ? [message.term] : []))
  }
}

/** Waits until it is so, and fails if that takes too long. */
export async function until(isTrue: () => boolean, what = 'it', patience = 5000): Promise<void> {
  const end = performance.now() + patience
  while (!isTrue()) {
    if (performance.now() > end) throw new Error(`Expected ${what} within ${patience} ms`)
    await setTimeout(2)
  }
}

/** A small message, told apart by its term. */
export function beat(from: NodeId, to: NodeId, term = 1): PeerMessage {
  return { type: 'MsgHeartbeat', from, to, term, commit: 0, context: null }
}

/** A message with so many bytes. */
export function append(from: NodeId, to: NodeId, size: number, index = 1): PeerMessage {
  const data = new Uint8Array(size)
  const before = { prevLogIndex: index - 1, prevLogTerm: 1, session: null, commit: 0 }
  return {
    type: 'MsgApp',
    from,
    to,
    term: 1,
    ...before,
    entries: [{ type: 'EntryNormal', index, term: 1, data }],
  }
}

/** A snapshot with these bytes. */
export function snap(from: NodeId, to: NodeId, data: Uint8Array, index = 5): PeerMessage {
  const confState = { voters: [1, 2], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false }
  return { type: 'MsgSnap', from, to, term: 2, session: null, snapshot: { index, term: 2, confState, data } }
}
