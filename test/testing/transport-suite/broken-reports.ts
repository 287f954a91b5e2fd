/** Transports with one mistake each, in when and what they report, and in how they stop. */

import type { NodeId, PeerMessage, TransportHandler } from 'quorate'
import { type MemNetwork, MemTransport } from './mem-network.ts'
class CallsAtOnce extends MemTransport {
  protected override enqueue(message: PeerMessage): void {
    if (message.type === 'MsgVote') this.carry(message)
    else super.enqueue(message)
  }
}

class ReportsAtOnce extends MemTransport {
  protected override enqueue(message: PeerMessage): void {
    if (this.network.running.has(message.to)) super.enqueue(message)
    else this.report(message, false)
  }
}

class ThrowsIfAway extends MemTransport {
  protected override enqueue(message: PeerMessage): void {
    if (!this.network.running.has(message.to)) throw new Error('no connection')
    super.enqueue(message)
  }
}

class SaysNothing extends MemTransport {
  protected override report(message: PeerMessage, isSent: boolean): void {
    if (isSent) super.report(message, isSent)
    else if (message.type === 'MsgSnap') this.handler?.snapshotSent(message.to, 'failure')
  }
}

class BlamesAll extends MemTransport {
  protected override report(message: PeerMessage, isSent: boolean): void {
    super.report(message, isSent)
    if (!isSent) for (const id of this.network.running.keys()) this.handler?.unreachable(id)
  }
}

class WaitsForSlowest extends MemTransport {
  #isStuck = false

  protected override enqueue(message: PeerMessage): void {
    if (!this.network.running.has(message.to)) this.#isStuck = true
    if (!this.#isStuck) super.enqueue(message)
    else this.later(() => this.handler?.unreachable(message.to))
  }
}

class KeepsAll extends MemTransport {
  protected override enqueue(message: PeerMessage): void {
    const look = (): void => {
      if (this.handler !== null && !this.network.running.has(message.to)) this.later(look)
      else this.carry(message)
    }
    if (message.type === 'MsgApp') look()
    else super.enqueue(message)
  }
}

class ReportsTwice extends MemTransport {
  protected override report(message: PeerMessage, isSent: boolean): void {
    super.report(message, isSent)
    if (message.type === 'MsgSnap') this.later(() => this.handler?.snapshotSent(message.to, 'finish'))
  }
}

class NeverReports extends MemTransport {
  protected override report(message: PeerMessage, isSent: boolean): void {
    if (!isSent) this.handler?.unreachable(message.to)
  }
}

class ReportsOncePerPeer extends MemTransport {
  readonly #reported = new Set<NodeId>()

  protected override report(message: PeerMessage, isSent: boolean): void {
    if (message.type === 'MsgSnap' && this.#reported.has(message.to)) return
    super.report(message, isSent)
    if (message.type === 'MsgSnap') this.#reported.add(message.to)
  }
}

class AlwaysFinished extends MemTransport {
  protected override report(message: PeerMessage, isSent: boolean): void {
    if (!isSent) this.handler?.unreachable(message.to)
    if (message.type === 'MsgSnap') this.handler?.snapshotSent(message.to, 'finish')
  }
}

class ReportsAppends extends MemTransport {
  protected override report(message: PeerMessage, isSent: boolean): void {
    super.report(message, isSent)
    if (message.type === 'MsgApp') this.handler?.snapshotSent(message.to, 'finish')
  }
}

class DropsFullInSilence extends MemTransport {
  #waiting = 0

  protected override enqueue(message: PeerMessage): void {
    if (this.#waiting >= 10) return
    this.#waiting++
    super.enqueue(message)
  }

  protected override carry(message: PeerMessage): void {
    this.#waiting--
    super.carry(message)
  }
}

class HearsAfterStop extends MemTransport {
  #last: TransportHandler | null = null

  override stop(): Promise<void> {
    this.#last = this.handler
    return super.stop().then(() => void this.network.running.set(this.self, this))
  }

  override take(message: PeerMessage): void {
    ;(this.handler ?? this.#last)?.receive(message)
  }
}

class ReportsAfterStop extends MemTransport {
  override stop(): Promise<void> {
    const { handler } = this
    if (handler !== null) this.later(() => handler.unreachable(2))
    return super.stop()
  }
}

class NeverReconnects extends MemTransport {
  readonly #gone = new Set<NodeId>()

  protected override carry(message: PeerMessage): void {
    if (!this.network.running.has(message.to)) this.#gone.add(message.to)
    if (!this.#gone.has(message.to)) super.carry(message)
    else this.report(message, false)
  }
}

class HoldsOldPeer extends MemTransport {
  readonly #known = new Map<NodeId, MemTransport>()

  protected override carry(message: PeerMessage): void {
    const target = this.#known.get(message.to) ?? this.network.running.get(message.to)
    if (target !== undefined) this.#known.set(message.to, target)
    target?.take(message)
    this.report(message, this.network.running.has(message.to))
  }
}

class NotFromWithin extends MemTransport {
  #isBusy = false

  override send(messages: readonly PeerMessage[]): void {
    if (this.#isBusy) throw new Error('busy')
    super.send(messages)
  }

  override take(message: PeerMessage): void {
    this.#isBusy = true
    super.take(message)
    this.#isBusy = false
  }
}

/** The mistakes: name, class, and a test that must fail. */
export const brokenReports: readonly (readonly [
  string,
  new (network: MemNetwork) => MemTransport,
  string,
])[] = [
  ['the handler is called from within send', CallsAtOnce, 'no handler is called from within send'],
  [
    'a peer that is away is reported from within send',
    ReportsAtOnce,
    'no handler is called from within send',
  ],
  ['send throws if the peer is away', ThrowsIfAway, 'sending to a peer that is away does not throw'],
  ['a peer that is away is not reported', SaysNothing, 'a peer that is away is reported as unreachable'],
  [
    'all peers are reported when one is away',
    BlamesAll,
    'a peer that has stopped is reported as unreachable, and the others are not',
  ],
  [
    'a peer that is away holds up everything',
    WaitsForSlowest,
    'a peer that is away does not keep messages from the others',
  ],
  [
    'the queue has no bound',
    KeepsAll,
    'the queue for a peer that is away is bounded, and drops what is beyond',
  ],
  [
    'a snapshot is reported twice',
    ReportsTwice,
    'a snapshot that was sent is reported once, and has arrived if it was reported as finished',
  ],
  [
    'a snapshot is never reported',
    NeverReports,
    'a snapshot for a peer that is away is reported once, as failed',
  ],
  [
    'only the first snapshot is reported',
    ReportsOncePerPeer,
    'each of several snapshots is reported once, with the peer it was sent to',
  ],
  [
    'every snapshot is reported as finished',
    AlwaysFinished,
    'a snapshot for a peer that is away is reported once, as failed',
  ],
  ['entries are reported as snapshots', ReportsAppends, 'no other message is reported as a snapshot'],
  [
    'a snapshot that the full queue drops is not reported',
    DropsFullInSilence,
    'snapshots beyond the bound of the queue are reported too, once each',
  ],
  ['a stopped transport goes on hearing', HearsAfterStop, 'nothing is received any more when stop has ended'],
  [
    'a stopped transport goes on reporting',
    ReportsAfterStop,
    'nothing is reported any more when stop has ended',
  ],
  [
    'a connection is never made again',
    NeverReconnects,
    'a peer that starts late is reached when it is there',
  ],
  [
    'the address of a peer is asked for once',
    HoldsOldPeer,
    'a peer that was restarted hears, and is heard again',
  ],
  ['a handler may not send', NotFromWithin, 'a handler may send when it is called'],
]
