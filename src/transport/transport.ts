/** The contract of a transport: what carries messages from node to node. */

import type { PeerMessage } from '../core/messages.ts'
import type { NodeId } from '../core/types.ts'

/** What a transport tells the node it serves. */
export interface TransportHandler {
  /** A message for this node has arrived: step it. */
  receive(message: PeerMessage): void
  /** A message to `peer` could not be sent, or its connection broke: `RawNode.reportUnreachable`. */
  unreachable(peer: NodeId): void
  /** How sending a MsgSnap to `peer` ended: `RawNode.reportSnapshot`. Told exactly once for each. */
  snapshotSent(peer: NodeId, outcome: 'finish' | 'failure'): void
  /**
   * A peer asks something that is no part of the protocol, such as to propose a command for it: answer it. What is thrown is
   * not told to the peer, which only hears that there is no answer.
   */
  answer?(peer: NodeId, question: Uint8Array): Promise<Uint8Array>
}

/**
 * Carries messages, as well as it can. Raft lives with a network that loses, repeats, delays and reorders (§5: "servers
 * retry RPCs"); what it does not live with is a message that is altered, or that reaches somebody else than it was meant for.
 *
 * - `send` never throws for a peer that is away and never waits: it queues within a bound, and drops beyond.
 * - Messages are handed over: they share entries with the log, and nobody changes them.
 * - The handler is called from outside of `send`, never from within.
 */
export interface Transport {
  /** Begins to carry messages to and from node `self`. */
  start(self: NodeId, handler: TransportHandler): Promise<void>
  /** Sends each to its `to`, in this order. The sender is this node: `from` of a forwarded message is who began it. */
  send(messages: readonly PeerMessage[]): void
  /**
   * Asks `to` something that is no part of the protocol. Rejects if no answer comes: then it is not known whether the question
   * has arrived. A transport without this carries the protocol only, and nothing can be forwarded over it.
   */
  request?(to: NodeId, question: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>
  /** Where `id` can be reached from now on, as it came with the change of the membership that added it. */
  setPeer?(id: NodeId, address: string): void
  /** Ends it: nothing is handed to the handler any more. */
  stop(): Promise<void>
}
