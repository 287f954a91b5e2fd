/** What the parts of one transport share: who this node is, where things are, and whom to tell. */

import type { PeerMessage } from '../../core/messages.ts'
import type { NodeId } from '../../core/types.ts'
import { describeCause } from '../../core/errors.ts'
import type { TransportHandler } from '../transport.ts'
import { AddressBook, type PeerAddress } from './address.ts'
import type { ResolvedTcpOptions, TcpTlsOptions } from './tcp-options.ts'
import { TransportError } from './transport-error.ts'

export class Site {
  readonly options: ResolvedTcpOptions
  readonly book: AddressBook
  /** Can be replaced while everything goes on. */
  tls: TcpTlsOptions | null
  self: NodeId = 0
  /** `null` before the start and after the end: nobody is told anything then. */
  handler: TransportHandler | null = null
  /** Where this node listens; known once it does. */
  listening: PeerAddress | null = null
  /** What is told in the next turn of the event loop. */
  #due: (() => void)[] = []

  constructor(options: ResolvedTcpOptions) {
    this.options = options
    this.book = new AddressBook(options.peers)
    this.tls = options.tls
  }

  /** Hands a message to the node. `false` if nobody has taken it. */
  receive(message: PeerMessage, peer: NodeId): boolean {
    const { handler } = this
    return handler !== null && this.#guard('receive', peer, () => handler.receive(message))
  }

  /** Later: a node is never told anything from within its own calls. */
  unreachable(peer: NodeId): void {
    this.#later(() => {
      const { handler } = this
      if (handler !== null) this.#guard('unreachable', peer, () => handler.unreachable(peer))
    })
  }

  /** Later, as well. */
  snapshotSent(peer: NodeId, outcome: 'finish' | 'failure'): void {
    this.#later(() => {
      const { handler } = this
      if (handler !== null) this.#guard('snapshotSent', peer, () => handler.snapshotSent(peer, outcome))
    })
  }

  /** Tells the operator. Who throws at that is not listened to. */
  report(error: TransportError, peer: NodeId | null): void {
    if (this.handler === null) return
    try {
      this.options.onError(error, peer)
    } catch {
      // There is nobody left to tell.
    }
  }

  /** One message could not be carried; the connection goes on. */
  reportMessage(what: string, fix: string, peer: NodeId, cause?: unknown): void {
    this.report(new TransportError('ERR_TRANSPORT_MESSAGE', what, fix, { cause }), peer)
  }

  /** The handler threw. */
  reportHandler(name: string, peer: NodeId, cause: unknown): void {
    const what = `The handler's \`${name}\` threw: ${describeCause(cause)}`
    const fix = 'Catch it there: the message counts as lost, and the transport goes on'
    this.report(new TransportError('ERR_TRANSPORT_HANDLER', what, fix, { cause }), peer)
  }

  #guard(name: string, peer: NodeId, call: () => void): boolean {
    try {
      call()
      return true
    } catch (cause) {
      this.reportHandler(name, peer, cause)
      return false
    }
  }

  #later(call: () => void): void {
    this.#due.push(call)
    if (this.#due.length > 1) return
    setImmediate(() => {
      const due = this.#due
      this.#due = []
      for (const one of due) one()
    })
  }
}
