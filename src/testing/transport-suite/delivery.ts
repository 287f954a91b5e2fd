/** Messages arrive as they were sent, and where they were meant for. */

import type { PeerMessage } from '../../core/messages.ts'
import { holds, same } from '../assert.ts'
import { copyOf, frozen, manyBytes } from '../copy.ts'
import type { Steps } from '../steps.ts'
import type { Peer, TransportBench, TransportCase } from './bench.ts'
import { appendOf, everyMessage, numbered, snapOf } from './messages.ts'

/** What every type is sent as, by its name. */
const types = [...new Set(everyMessage(1, 2, 3).map(({ type }) => type))]

function* two(bench: TransportBench): Steps<readonly [Peer, Peer]> {
  const [one, other] = yield* bench.peers([1, 2])
  return [one as Peer, other as Peer]
}

function termOf(message: PeerMessage): number {
  return 'term' in message ? message.term : 0
}

const forms: readonly TransportCase[] = types.map((type) => ({
  name: `every form of a ${type} arrives as it was sent`,
  *run(bench) {
    const [one, other] = yield* two(bench)
    const messages = everyMessage(1, 2, 3).filter((message) => message.type === type)
    yield* bench.arrive(one, other, messages)
  },
}))

const contents: readonly TransportCase[] = [
  {
    name: 'a MsgApp of a mebibyte arrives as it was sent',
    *run(bench) {
      const [one, other] = yield* two(bench)
      yield* bench.arrive(one, other, [appendOf(1, 2, 1, manyBytes(2 ** 20)), numbered(1, 2, 1)])
    },
  },
  {
    name: 'a snapshot of a mebibyte arrives as it was sent',
    *run(bench) {
      const [one, other] = yield* two(bench)
      yield* bench.arrive(one, other, [snapOf(1, 2, 1, manyBytes(2 ** 20)), numbered(1, 2, 1)])
    },
  },
  {
    name: 'the sender of a message that is passed on stays the one who began it',
    *run(bench) {
      const peers = yield* bench.peers([1, 2, 3])
      const [one, other, third] = peers as readonly [Peer, Peer, Peer]
      const messages = everyMessage(1, 2, 3).filter(({ from }) => from === 3)
      yield* bench.arrive(one, other, messages)
      same('the senders', [...new Set(other.received.map(({ from }) => from))], [3])
      yield* bench.calm()
      same('what the one who began it has received', third.received, [])
    },
  },
  {
    name: 'messages are left as they were, with everything in them: they are shared',
    *run(bench) {
      const [one, other] = yield* two(bench)
      const messages = everyMessage(1, 2, 3)
      const before = copyOf(messages)
      yield* bench.arrive(one, other, frozen(messages))
      same('the messages that were sent', messages, before)
    },
  },
]

const addressing: readonly TransportCase[] = [
  {
    name: 'among several nodes every message reaches the one it was meant for, and nobody else',
    *run(bench) {
      const ids = [1, 2, 3, 4]
      const peers = yield* bench.peers(ids)
      for (const from of peers) {
        const messages = ids
          .filter((id) => id !== from.id)
          .map((to) => numbered(from.id, to, 10 * from.id + to))
        from.send(messages)
      }
      for (const from of peers)
        for (const to of peers)
          if (from !== to) yield* bench.arrive(from, to, [numbered(from.id, to.id, 10 * from.id + to.id)])
      yield* bench.calm()
      for (const { id, received } of peers)
        holds(
          received.every(({ to }) => to === id),
          `node ${id} to receive only what is for it`,
          `something for ${String(received.find(({ to }) => to !== id)?.to)}`,
        )
    },
  },
  {
    name: 'large node ids are told apart',
    *run(bench) {
      const ids = [1, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]
      const peers = yield* bench.peers(ids)
      for (const from of peers)
        for (const to of peers)
          if (from !== to) yield* bench.arrive(from, to, [numbered(from.id, to.id, 1 + ids.indexOf(to.id))])
    },
  },
  {
    name: 'both directions work at the same time',
    *run(bench) {
      const [one, other] = yield* two(bench)
      const there: PeerMessage[] = []
      const back: PeerMessage[] = []
      for (let number = 1; number <= 50; number++) {
        there.push(numbered(1, 2, number))
        back.push(numbered(2, 1, number))
      }
      one.send(there)
      other.send(back)
      yield* bench.arrive(one, other, there)
      yield* bench.arrive(other, one, back)
    },
  },
  {
    name: 'messages for several nodes in one call are all sent',
    *run(bench) {
      const [one, other, third] = (yield* bench.peers([1, 2, 3])) as readonly [Peer, Peer, Peer]
      const messages = [numbered(1, 2, 1), numbered(1, 3, 2), numbered(1, 2, 3), numbered(1, 3, 4)]
      const sendAll = (): void => {
        one.send(messages)
      }
      sendAll()
      const isThere = (): boolean =>
        new Set(other.received.map(termOf)).size + new Set(third.received.map(termOf)).size === 4
      yield* bench.until('two messages to arrive at each of two nodes', isThere, sendAll)
    },
  },
  {
    name: 'sending nothing does nothing',
    *run(bench) {
      const [one, other] = yield* two(bench)
      one.send([])
      yield* bench.arrive(one, other, [numbered(1, 2, 1)])
      yield* bench.calm()
      same('what the sender was told', one.told, 0)
    },
  },
]

const calls: readonly TransportCase[] = [
  {
    name: 'no handler is called from within send',
    *run(bench) {
      const [one, other] = yield* two(bench)
      // Whoever calls back at once may do so only when it has got to know the way, or found that there is none.
      for (let round = 1; round <= 5; round++) {
        yield* bench.arrive(one, other, [numbered(1, 2, round)])
        one.send([...everyMessage(1, 2, 3)])
        other.send([snapOf(2, 1, round)])
        yield* bench.calm()
      }
      yield* bench.stop(other)
      for (let round = 1; round <= 5; round++) {
        one.send([numbered(1, 2, round), snapOf(1, 2, round)])
        yield* bench.calm()
      }
    },
  },
  {
    name: 'a handler may send when it is called',
    *run(bench) {
      const [one, other] = yield* two(bench)
      let answers = 0
      other.react = () => {
        // Not for ever: what is sent again is answered again.
        if (answers++ < 20) other.transport.send([numbered(2, 1, 1)])
      }
      bench.allow(numbered(2, 1, 1))
      yield* bench.arrive(one, other, [numbered(1, 2, 1)])
      yield* bench.until(
        'the answer to arrive',
        () => one.received.length > 0,
        () => {
          one.send([numbered(1, 2, 1)])
        },
      )
    },
  },
]

/** These tests, in order. */
export const deliveryCases: readonly TransportCase[] = [...forms, ...contents, ...addressing, ...calls]
