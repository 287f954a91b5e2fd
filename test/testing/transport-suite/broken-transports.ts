/** Transports with one mistake each, and a test that has to fail for it. */

import type { Entry, PeerMessage } from 'quorate'
import { type Clock, MemNetwork, MemTransport } from './mem-network.ts'

/** Changes messages on their way. */
abstract class Garbling extends MemTransport {
  protected override carry(message: PeerMessage): void {
    super.carry(this.garble(message))
  }

  protected abstract garble(message: PeerMessage): PeerMessage
}

class AltersBytes extends Garbling {
  protected garble(message: PeerMessage): PeerMessage {
    if (message.type !== 'MsgReadIndex' && message.type !== 'MsgReadIndexResp') return message
    return { ...message, context: message.context.map((byte) => byte & 0x7f) }
  }
}

class AsJson extends Garbling {
  protected garble(message: PeerMessage): PeerMessage {
    const isSmall = message.type === 'MsgSnap' && message.snapshot.data.length < 1000
    return isSmall ? (JSON.parse(JSON.stringify(message)) as PeerMessage) : message
  }
}

class DropsNulls extends Garbling {
  protected garble(message: PeerMessage): PeerMessage {
    return Object.fromEntries(
      Object.entries(message).filter(([, value]) => value !== null),
    ) as unknown as PeerMessage
  }
}

class NullIsZero extends Garbling {
  protected garble(message: PeerMessage): PeerMessage {
    return 'session' in message ? { ...message, session: message.session ?? 0 } : message
  }
}

class Of32Bits extends Garbling {
  protected garble(message: PeerMessage): PeerMessage {
    return message.type === 'MsgAppResp' && !message.reject
      ? { ...message, match: message.match >>> 0 }
      : message
  }
}

class UnsignedPriority extends Garbling {
  protected garble(message: PeerMessage): PeerMessage {
    return message.type === 'MsgVote' ? { ...message, priority: Math.abs(message.priority) } : message
  }
}

class LosesTransfer extends Garbling {
  protected garble(message: PeerMessage): PeerMessage {
    return message.type === 'MsgPreVote' ? { ...message, transfer: false } : message
  }
}

class EmptyIsNone extends Garbling {
  protected garble(message: PeerMessage): PeerMessage {
    if (message.type !== 'MsgApp') return message
    const emptied = (entry: Entry): Entry =>
      entry.type === 'EntryNormal' && entry.data?.length === 0 ? { ...entry, data: null } : entry
    return { ...message, entries: message.entries.map(emptied) }
  }
}

class CutsSnapshots extends Garbling {
  protected garble(message: PeerMessage): PeerMessage {
    if (message.type !== 'MsgSnap') return message
    return { ...message, snapshot: { ...message.snapshot, data: message.snapshot.data.slice(0, 2 ** 16) } }
  }
}

class CutsAppends extends Garbling {
  protected garble(message: PeerMessage): PeerMessage {
    if (message.type !== 'MsgApp') return message
    const cut = (entry: Entry): Entry =>
      entry.type === 'EntryNormal' && entry.data !== null
        ? { ...entry, data: entry.data.slice(0, 2 ** 16) }
        : entry
    return { ...message, entries: message.entries.map(cut) }
  }
}

class SignsItself extends Garbling {
  protected garble(message: PeerMessage): PeerMessage {
    return { ...message, from: this.self }
  }
}

class StampsMessages extends MemTransport {
  protected override enqueue(message: PeerMessage): void {
    Object.assign(message, { sentBy: this.self })
    super.enqueue(message)
  }
}

class KnowsNoTimeoutNow extends MemTransport {
  protected override enqueue(message: PeerMessage): void {
    if (message.type !== 'MsgTimeoutNow') super.enqueue(message)
  }
}

class Broadcasts extends MemTransport {
  protected override carry(message: PeerMessage): void {
    super.carry(message)
    for (const [id, target] of this.network.running)
      if (id !== message.to && id !== this.self) target.take(message)
  }
}

class IdsOf32Bits extends MemTransport {
  protected override carry(message: PeerMessage): void {
    const to = [...this.network.running.keys()].find((id) => id >>> 0 === message.to >>> 0) ?? message.to
    this.network.running.get(to)?.take(message)
    this.report(message, true)
  }
}

class ToTheFirst extends MemTransport {
  override send(messages: readonly PeerMessage[]): void {
    const to = messages[0]?.to ?? 0
    super.send(messages.filter((message) => message.to === to))
    for (const message of messages)
      if (message.to !== to) this.later(() => this.handler?.unreachable(message.to))
  }
}

class AnswersSender extends MemTransport {
  protected override carry(message: PeerMessage): void {
    super.carry(message)
    if (message.from !== this.self) this.network.running.get(message.from)?.take(message)
  }
}

class Echoes extends MemTransport {
  override send(messages: readonly PeerMessage[]): void {
    super.send(messages)
    if (messages.length === 0) this.later(() => this.handler?.unreachable(2))
  }
}

/** The mistakes: name, class, and a test that must fail. */
export const brokenTransports: readonly (readonly [
  string,
  new (network: MemNetwork) => MemTransport,
  string,
])[] = [
  ['bytes lose a bit', AltersBytes, 'every form of a MsgReadIndex arrives as it was sent'],
  ['messages go through JSON', AsJson, 'every form of a MsgSnap arrives as it was sent'],
  ['properties that are null are dropped', DropsNulls, 'every form of a MsgHeartbeat arrives as it was sent'],
  ['no session becomes session 0', NullIsZero, 'every form of a MsgAppResp arrives as it was sent'],
  ['large integers lose bits', Of32Bits, 'every form of a MsgAppResp arrives as it was sent'],
  ['a priority loses its sign', UnsignedPriority, 'every form of a MsgVote arrives as it was sent'],
  ['a flag is lost', LosesTransfer, 'every form of a MsgPreVote arrives as it was sent'],
  ['empty data becomes none', EmptyIsNone, 'every form of a MsgApp arrives as it was sent'],
  ['large snapshots are cut off', CutsSnapshots, 'a snapshot of a mebibyte arrives as it was sent'],
  ['large entries are cut off', CutsAppends, 'a MsgApp of a mebibyte arrives as it was sent'],
  [
    'the sender is who sends it on',
    SignsItself,
    'the sender of a message that is passed on stays the one who began it',
  ],
  [
    'messages are stamped',
    StampsMessages,
    'messages are left as they were, with everything in them: they are shared',
  ],
  ['one type is not carried', KnowsNoTimeoutNow, 'every form of a MsgTimeoutNow arrives as it was sent'],
  [
    'everybody gets everything',
    Broadcasts,
    'among several nodes every message reaches the one it was meant for, and nobody else',
  ],
  ['addresses are of 32 bits', IdsOf32Bits, 'large node ids are told apart'],
  [
    'all goes to the receiver of the first',
    ToTheFirst,
    'messages for several nodes in one call are all sent',
  ],
  [
    'what is passed on goes back to who began it too',
    AnswersSender,
    'the sender of a message that is passed on stays the one who began it',
  ],
  ['sending nothing is an error', Echoes, 'sending nothing does nothing'],
]

/** A network of such transports. */
export function brokenNetwork(Broken: new (network: MemNetwork) => MemTransport, clock: Clock): MemNetwork {
  const network = new MemNetwork(clock)
  network.open = () => new Broken(network)
  return network
}
