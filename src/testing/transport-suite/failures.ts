/** Peers that are away, that stop and come back, queues that are full: what is reported, and what goes on. */

import type { NodeId } from '../../core/types.ts'
import { holds, same } from '../assert.ts'
import { manyBytes } from '../copy.ts'
import type { Steps } from '../steps.ts'
import type { Peer, TransportBench, TransportCase } from './bench.ts'
import { appendOf, everyMessage, numbered, snapOf } from './messages.ts'

/** Node 1 alone, and node 2 known to it and not there. */
function* alone(bench: TransportBench): Steps<Peer> {
  const [one] = yield* bench.peers([1, 2], [1])
  return one as Peer
}

/** All reports on snapshots must have come, and once each. */
function* reported(bench: TransportBench, { snapshots }: Peer, count: number): Steps {
  yield* bench.until(
    `${count} reports by snapshotSent, one for each MsgSnap`,
    () => snapshots.length >= count,
  )
  yield* bench.calm()
  same('the number of reports by snapshotSent, one for each MsgSnap', snapshots.length, count)
}

const away: readonly TransportCase[] = [
  {
    name: 'sending to a peer that is away does not throw',
    *run(bench) {
      const one = yield* alone(bench)
      for (let round = 0; round < 5; round++) {
        one.send(everyMessage(1, 2, 3))
        yield* bench.calm()
      }
    },
  },
  {
    name: 'a peer that is away is reported as unreachable',
    *run(bench) {
      const one = yield* alone(bench)
      one.send([numbered(1, 2, 1)])
      yield* bench.until(
        'node 2 to be reported as unreachable',
        () => one.unreachables.length > 0,
        () => {
          one.send([numbered(1, 2, 2)])
        },
      )
      same('who was reported', [...new Set(one.unreachables)], [2])
    },
  },
  {
    name: 'a peer that has stopped is reported as unreachable, and the others are not',
    *run(bench) {
      const [one, other, third] = (yield* bench.peers([1, 2, 3])) as readonly [Peer, Peer, Peer]
      yield* bench.arrive(one, other, [numbered(1, 2, 1)])
      yield* bench.arrive(one, third, [numbered(1, 3, 1)])
      yield* bench.stop(other)
      yield* bench.until(
        'node 2 to be reported as unreachable',
        () => one.unreachables.includes(2),
        () => {
          one.send([numbered(1, 2, 2), numbered(1, 3, 2)])
        },
      )
      holds(!one.unreachables.includes(3), 'node 3 not to be reported as unreachable', 'a report')
    },
  },
  {
    name: 'a peer that is away does not keep messages from the others',
    *run(bench) {
      const [one, third] = (yield* bench.peers([1, 2, 3], [1, 3])) as readonly [Peer, Peer]
      for (let number = 1; number <= 20; number++) {
        one.send([numbered(1, 2, number), appendOf(1, 2, number, manyBytes(10_000))])
        yield* bench.arrive(one, third, [numbered(1, 3, number)])
      }
    },
  },
  {
    name: 'the queue for a peer that is away is bounded, and drops what is beyond',
    *run(bench) {
      const one = yield* alone(bench)
      const data = manyBytes(2 ** 16)
      const count = Math.ceil(bench.overload / data.length)
      for (let number = 1; number <= count; number++) one.send([appendOf(1, 2, number, data)])
      const other = yield* bench.start(2)
      // Whatever was queued comes now; what is sent after it has come says that this is all.
      yield* bench.arrive(one, other, [numbered(1, 2, 1)])
      yield* bench.calm()
      const arrived = new Set(
        other.received.map((message) => ('prevLogIndex' in message ? message.prevLogIndex : -1)),
      )
      holds(
        arrived.size - 1 < count,
        `a queue that holds less than ${count} messages of ${data.length} bytes (option \`overload\`)`,
        'all of them, when the peer was there',
      )
    },
  },
]

const snapshots: readonly TransportCase[] = [
  {
    name: 'a snapshot that was sent is reported once, and has arrived if it was reported as finished',
    *run(bench) {
      const [one, other] = (yield* bench.peers([1, 2])) as readonly [Peer, Peer]
      yield* bench.arrive(one, other, [numbered(1, 2, 1)])
      one.send([snapOf(1, 2, 1)])
      yield* reported(bench, one, 1)
      same('the report', one.snapshots, [{ peer: 2, outcome: 'finish' }])
      same(
        'the snapshots that arrived',
        other.received.filter(({ type }) => type === 'MsgSnap').length > 0,
        true,
      )
    },
  },
  {
    name: 'each of several snapshots is reported once, with the peer it was sent to',
    *run(bench) {
      const [one] = (yield* bench.peers([1, 2, 3])) as readonly [Peer]
      one.send([snapOf(1, 2, 1), snapOf(1, 3, 2), numbered(1, 2, 1), snapOf(1, 2, 3)])
      one.send([snapOf(1, 2, 3)])
      yield* reported(bench, one, 4)
      same('the peers of the reports', one.snapshots.map(({ peer }) => peer).sort(ascending), [2, 2, 2, 3])
    },
  },
  {
    name: 'a snapshot for a peer that is away is reported once, as failed',
    *run(bench) {
      const one = yield* alone(bench)
      one.send([snapOf(1, 2, 1)])
      yield* reported(bench, one, 1)
      same('the report', one.snapshots, [{ peer: 2, outcome: 'failure' }])
    },
  },
  {
    name: 'snapshots beyond the bound of the queue are reported too, once each',
    *run(bench) {
      const one = yield* alone(bench)
      const data = manyBytes(2 ** 20)
      const count = Math.min(200, Math.ceil(bench.overload / data.length))
      for (let term = 1; term <= count; term++) one.send([snapOf(1, 2, term, data)])
      yield* reported(bench, one, count)
      same('the outcomes', [...new Set(one.snapshots.map(({ outcome }) => outcome))], ['failure'])
    },
  },
  {
    name: 'no other message is reported as a snapshot',
    *run(bench) {
      const [one, other] = (yield* bench.peers([1, 2])) as readonly [Peer, Peer]
      const others = everyMessage(1, 2, 3).filter(({ type }) => type !== 'MsgSnap')
      yield* bench.arrive(one, other, others)
      yield* bench.calm()
      same('the reports of both', [...one.snapshots, ...other.snapshots], [])
    },
  },
]

function ascending(a: NodeId, b: NodeId): number {
  return a - b
}

const stops: readonly TransportCase[] = [
  {
    name: 'nothing is received any more when stop has ended',
    *run(bench) {
      const [one, other] = (yield* bench.peers([1, 2])) as readonly [Peer, Peer]
      yield* bench.arrive(one, other, [numbered(1, 2, 1)])
      for (let number = 2; number <= 100; number++) one.send([numbered(1, 2, number)])
      yield* bench.stop(other)
      const { length } = other.received
      one.send([numbered(1, 2, 200)])
      yield* bench.calm()
      same('the number of messages received since stop', other.received.length - length, 0)
    },
  },
  {
    name: 'nothing is reported any more when stop has ended',
    *run(bench) {
      const one = yield* alone(bench)
      one.send([numbered(1, 2, 1), snapOf(1, 2, 1), appendOf(1, 2, 1, manyBytes(1000))])
      yield* bench.stop(one)
      const { told } = one
      yield* bench.calm()
      same('the number of calls of the handler since stop', one.told - told, 0)
    },
  },
  {
    name: 'a peer that was restarted hears, and is heard again',
    *run(bench) {
      const [one, other] = (yield* bench.peers([1, 2])) as readonly [Peer, Peer]
      yield* bench.arrive(one, other, [numbered(1, 2, 1)])
      yield* bench.arrive(other, one, [numbered(2, 1, 1)])
      yield* bench.stop(other)
      one.send([numbered(1, 2, 2)])
      yield* bench.calm()
      const again = yield* bench.start(2)
      yield* bench.arrive(one, again, [numbered(1, 2, 3)])
      yield* bench.arrive(again, one, [numbered(2, 1, 3)])
      const { length } = other.received
      yield* bench.calm()
      same('what the one that was stopped has received since', other.received.length - length, 0)
    },
  },
  {
    name: 'a peer that starts late is reached when it is there',
    *run(bench) {
      const one = yield* alone(bench)
      one.send([numbered(1, 2, 1)])
      yield* bench.calm()
      const late = yield* bench.start(2)
      yield* bench.arrive(one, late, [numbered(1, 2, 2)])
      yield* bench.arrive(late, one, [numbered(2, 1, 2)])
    },
  },
]

/** These tests, in order. */
export const failureCases: readonly TransportCase[] = [...away, ...snapshots, ...stops]
