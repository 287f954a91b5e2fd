/** The network of the scenarios: latency, drop, mute, partition. */

import type { NodeId, PeerMessage } from 'quorate'
import { beforeEach, describe, expect, test } from 'vitest'

import { Network } from '../../examples/scenarios/network.ts'

const message = (from: NodeId, to: NodeId, commit = 0): PeerMessage => ({
  type: 'MsgHeartbeat',
  from,
  to,
  term: 1,
  commit,
  context: null,
})

let log: string[]
let network: Network

beforeEach(() => {
  log = []
  network = new Network({
    sent: ({ id }) => void log.push(`sent ${id}`),
    received: ({ id }) => void log.push(`received ${id}`),
    lost: ({ id }, why) => void log.push(`lost ${id}: ${why}`),
  })
})

/** Sends at tick `now`. */
function send(now: number, ...messages: readonly PeerMessage[]): void {
  for (const m of messages) network.send(m.from, m, now)
}

/** What arrives by tick `now`, as `from>to`. */
function arrivals(now: number): readonly string[] {
  const arrived: string[] = []
  network.deliver(
    now,
    () =>
      ({ from, to }) =>
        void arrived.push(`${from}>${to}`),
  )
  return arrived
}

describe('latency', () => {
  test('is one tick if nothing else is said', () => {
    send(5, message(1, 2))
    expect(arrivals(5)).toEqual([])
    expect(arrivals(6)).toEqual(['1>2'])
    expect(arrivals(7)).toEqual([])
    expect(log).toEqual(['sent 1', 'received 1'])
  })

  test('is set for each link and each direction', () => {
    network.setLatency(1, 2, 3)
    send(0, message(1, 2), message(2, 1))
    expect([arrivals(1), arrivals(2), arrivals(3)]).toEqual([['2>1'], [], ['1>2']])
    network.resetLatencies()
    send(3, message(1, 2))
    expect(arrivals(4)).toEqual(['1>2'])
  })

  test('of 0 lets a question and its answer happen in one tick', () => {
    network.setLatency(1, 2, 0)
    network.setLatency(2, 1, 0)
    send(4, message(1, 2))
    const heard: NodeId[] = []
    network.deliver(4, (id) => () => {
      heard.push(id)
      if (id === 2) send(4, message(2, 1))
    })
    expect(heard).toEqual([2, 1])
  })

  test('decides the order: what arrives earlier comes first, then what was sent earlier', () => {
    network.setLatency(1, 2, 2)
    send(0, message(1, 2), message(3, 2), message(4, 2))
    send(1, message(5, 2))
    expect(arrivals(9)).toEqual(['3>2', '4>2', '1>2', '5>2'])
  })
})

describe('drop', () => {
  test('loses what the rule says, until it is ended', () => {
    const stop = network.drop(({ to }) => to === 2)
    send(0, message(1, 2), message(1, 3))
    expect(arrivals(1)).toEqual(['1>3'])
    expect(log).toEqual(['sent 1', 'lost 1: dropped', 'sent 2', 'received 2'])
    stop()
    send(1, message(1, 2))
    expect(arrivals(2)).toEqual(['1>2'])
  })
})

describe('mute', () => {
  test('neither hears nor says anything', () => {
    network.mute(2)
    send(0, message(1, 2), message(2, 1), message(1, 3))
    expect(arrivals(1)).toEqual(['1>3'])
    expect(log.filter((line) => line.startsWith('lost'))).toEqual(['lost 1: muted', 'lost 2: muted'])
    network.unmute(2)
    send(1, message(1, 2), message(2, 1))
    expect(arrivals(2)).toEqual(['1>2', '2>1'])
  })

  test('loses what is on its way, too', () => {
    send(0, message(1, 2))
    network.mute(2)
    expect(arrivals(1)).toEqual([])
    expect(log).toEqual(['sent 1', 'lost 1: muted'])
  })

  test('counts for who sends, not for who has written the message', () => {
    network.mute(2)
    network.send(3, message(2, 1), 0)
    expect(arrivals(1)).toEqual(['2>1'])
  })
})

describe('partition', () => {
  test('separates the sides, and healing joins them again', () => {
    network.partition([1, 2], [3])
    send(0, message(1, 2), message(1, 3), message(3, 2))
    expect(arrivals(1)).toEqual(['1>2'])
    expect(log.filter((line) => line.startsWith('lost'))).toEqual([
      'lost 2: partitioned',
      'lost 3: partitioned',
    ])
    network.heal()
    send(1, message(1, 3))
    expect(arrivals(2)).toEqual(['1>3'])
  })

  test('cuts off who is on no side', () => {
    network.partition([1, 2])
    send(0, message(1, 3), message(3, 4))
    expect(arrivals(1)).toEqual([])
  })

  test('loses what is on its way, too', () => {
    send(0, message(1, 3))
    network.partition([1, 2], [3])
    expect(arrivals(1)).toEqual([])
    expect(log).toEqual(['sent 1', 'lost 1: partitioned'])
  })
})

test('a message to a node that does not run is lost', () => {
  send(0, message(1, 2))
  network.deliver(1, () => undefined)
  expect(log).toEqual(['sent 1', 'lost 1: stopped'])
})

test('reports how each snapshot went, once, and nothing else', () => {
  const confState = { voters: [1], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false }
  const snapshot = { index: 3, term: 1, confState, data: new Uint8Array() }
  const to = (id: NodeId): PeerMessage => ({
    type: 'MsgSnap',
    from: 1,
    to: id,
    term: 1,
    session: null,
    snapshot,
  })
  network.mute(3)
  send(0, to(2), to(3), message(1, 3))
  expect(network.takeSnapshotReports()).toEqual([{ from: 1, to: 3, outcome: 'failure' }])
  expect(arrivals(1)).toEqual(['1>2'])
  expect(network.takeSnapshotReports()).toEqual([{ from: 1, to: 2, outcome: 'finish' }])
  expect(network.takeSnapshotReports()).toEqual([])
})
