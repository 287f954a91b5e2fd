/** Connections break and are made again; who is away is reported, and costs the others nothing. */

import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Backoff } from '../../src/transport/tcp/backoff.ts'
import { append, beat, until } from '../support/recorder.ts'
import { freePorts } from '../support/tcp-network.ts'
import { Proxy } from '../support/tcp-proxy.ts'
import { local, pair, type Running, startNode } from './nodes.ts'

/** Node 1, which reaches node 2 through a proxy. */
async function through(options: object = {}): Promise<{ one: Running; other: Running; proxy: Proxy }> {
  const other = await startNode(2)
  const proxy = await Proxy.to(other.port)
  const one = await startNode(1, { peers: new Map([[2, local(proxy.port)]]), ...options })
  await until(() => one.transport.status()[0]?.isConnected === true, 'a connection')
  return { one, other, proxy }
}

describe('a connection that breaks', () => {
  test('is reported, and made again without being asked to', async () => {
    const { one, other, proxy } = await through()
    proxy.cut()
    await until(() => one.recorder.unreachables.length > 0, 'a report')
    await until(() => one.transport.status()[0]?.isConnected === true, 'another connection')
    one.transport.send([beat(1, 2, 3)])
    await until(() => other.recorder.beats.includes(3), 'a message')
    expect(one.recorder.unreachables).toEqual([2])
    expect(one.transport.status()[0]?.lastError).toMatch(/The connection broke/)
  })

  test('in silence is noticed, and given up', async () => {
    const { one, proxy } = await through({ pingInterval: 20, connectTimeout: 100 })
    proxy.isBlack = true
    await until(() => one.recorder.unreachables.length > 0, 'a report')
    expect(one.transport.status()[0]?.lastError).toMatch(
      /Nothing has been heard for \d+ ms|could not be connected/,
    )
  })

  test('stays while there is nothing to say: pings keep it', async () => {
    const { one, proxy } = await through({ pingInterval: 10 })
    await setTimeout(150)
    expect(proxy.count).toBe(1)
    expect(one.recorder.unreachables).toEqual([])
    expect(one.transport.status()[0]?.roundTrip).toBeGreaterThan(0)
  })
})

describe('a peer that is away', () => {
  test('is reported once for each attempt that cost a message, and not for each message', async () => {
    const [port = 0] = await freePorts(1)
    const one = await startNode(1, { peers: () => local(port), backoff: { min: 40, max: 40 } })
    const start = performance.now()
    let sent = 0
    while (performance.now() - start < 300) {
      for (let i = 0; i < 50; i++) one.transport.send([beat(1, 2, ++sent)])
      await setTimeout(5)
    }
    const attempts = (performance.now() - start) / 20
    expect(sent).toBeGreaterThan(500)
    expect(one.recorder.unreachables.length).toBeGreaterThan(1)
    expect(one.recorder.unreachables.length).toBeLessThanOrEqual(attempts + 1)
    expect(one.transport.status()[0]?.droppedMessages).toBeGreaterThan(sent / 2)
  })

  test('whom nobody knows is reported', async () => {
    const one = await startNode(1)
    one.transport.send([beat(1, 9)])
    await until(() => one.recorder.unreachables.includes(9), 'a report')
    expect(one.transport.status()[0]?.lastError).toMatch(/no address for node 9/)
  })

  test('is not told of by a function that throws', async () => {
    const one = await startNode(1, {
      peers: () => {
        throw new Error('the table is gone')
      },
    })
    one.transport.send([beat(1, 9)])
    await until(() => one.recorder.unreachables.includes(9), 'a report')
    expect(one.transport.status()[0]?.lastError).toMatch(/the table is gone/)
  })

  test('and connects itself is answered at once, however long the pause was to be', async () => {
    const [port = 0] = await freePorts(1)
    const peers = new Map([[2, local(port)]])
    const one = await startNode(1, { peers, backoff: { min: 60_000, max: 60_000 } })
    one.transport.send([beat(1, 2)])
    await until(() => one.recorder.unreachables.length > 0, 'a report')
    const other = await startNode(2, { listen: { port }, peers: new Map([[1, local(one.port)]]) })
    await until(() => one.transport.status()[0]?.isConnected === true, 'a connection')
    one.transport.send([beat(1, 2, 8)])
    await until(() => other.recorder.beats.includes(8), 'a message')
  })
})

describe('addresses', () => {
  test('change at run time', async () => {
    const [one, other] = await pair()
    one.transport.send([beat(1, 2, 1)])
    await until(() => other.recorder.beats.length > 0, 'a message')
    await other.transport.stop()
    const moved = await startNode(2)
    one.transport.setPeer(2, local(moved.port))
    await until(() => {
      one.transport.send([beat(1, 2, 5)])
      return moved.recorder.beats.includes(5)
    }, 'a message at the new address')
    one.transport.removePeer(2)
    expect(one.transport.status()).toEqual([])
    one.recorder.unreachables.length = 0
    one.transport.send([beat(1, 2, 6)])
    await until(() => one.recorder.unreachables.includes(2), 'a report')
    expect(moved.recorder.beats).not.toContain(6)
  })

  test('of a joiner are learnt from the joiner, for messages and for snapshots', async () => {
    const one = await startNode(1)
    const joiner = await startNode(9, { peers: new Map([[1, local(one.port)]]) })
    joiner.transport.send([beat(9, 1, 2)])
    await until(() => one.recorder.beats.includes(2), 'a message')
    one.transport.send([beat(1, 9, 3)])
    await until(() => joiner.recorder.beats.includes(3), 'an answer')
    expect(one.transport.status()).toMatchObject([{ id: 9, address: local(joiner.port) }])
  })

  test('that are advertised count, and those that are given count more', async () => {
    const one = await startNode(1)
    const target = await startNode(9)
    const peers = new Map([[1, local(one.port)]])
    const joiner = await startNode(9, { peers, advertise: local(target.port) })
    joiner.transport.send([beat(9, 1, 2)])
    await until(() => one.recorder.beats.includes(2), 'a message')
    one.transport.send([beat(1, 9, 3)])
    await until(() => target.recorder.beats.includes(3), 'a message where it said')
    one.transport.setPeer(9, local(joiner.port))
    await until(() => {
      one.transport.send([beat(1, 9, 4)])
      return joiner.recorder.beats.includes(4)
    }, 'a message where it was put')
  })
})

describe('queues', () => {
  test('hold so many bytes and no more, and say when something was dropped', async () => {
    const { one, other, proxy } = await through({ maxQueueBytes: 2 ** 20, maxMessageBytes: 2 ** 20 })
    proxy.isBlack = true
    let most = 0
    for (let index = 1; index <= 600; index++) {
      one.transport.send([append(1, 2, 60_000, index)])
      most = Math.max(most, one.transport.status()[0]!.queuedBytes)
      if (index % 10 === 0) await setTimeout(0)
    }
    expect(most).toBeLessThanOrEqual(2 ** 20)
    await until(() => one.recorder.unreachables.length > 0, 'a report')
    expect(one.transport.status()[0]?.droppedMessages).toBeGreaterThan(100)
    expect(one.recorder.unreachables.length).toBeLessThan(5)
    expect(other.recorder.received).toEqual([])
  })

  test('of entries do not hold up heartbeats', async () => {
    // Only what goes to the port of the entries is slow: both lanes go through one proxy, so it is the reader that is.
    const [one, other] = await pair()
    let isBusy = true
    other.recorder.react = (message) => {
      if (message.type !== 'MsgApp' || !isBusy) return
      // Long enough that entries pile up in every buffer on the way.
      const end = performance.now() + 3
      while (performance.now() < end);
    }
    for (let index = 1; index <= 200; index++) one.transport.send([append(1, 2, 200_000, index)])
    await until(() => other.recorder.received.length > 2, 'the first entries')
    one.transport.send([beat(1, 2, 7)])
    await until(() => other.recorder.beats.includes(7), 'a heartbeat')
    const before = other.recorder.received.length
    isBusy = false
    expect(before).toBeLessThan(150)
    await until(() => other.recorder.received.length === 201, 'all of them')
    expect(one.recorder.unreachables).toEqual([])
  })

  test('a message that is too long is dropped with an error, and the next one arrives', async () => {
    const [one, other] = await pair(() => ({ maxMessageBytes: 10_000 }))
    one.transport.send([append(1, 2, 20_000), append(1, 2, 10, 2)])
    await until(() => other.recorder.received.length > 0, 'the next one')
    expect(one.errors[0]?.message).toMatch(/MsgApp has \d+ bytes, and 10000 is the limit/)
    expect(one.recorder.unreachables).toEqual([2])
  })

  test('what was sent in one turn arrives in order, small next to large', async () => {
    const [one, other] = await pair()
    const messages = Array.from({ length: 300 }, (_, at) => append(1, 2, at % 7 === 0 ? 40_000 : 10, at + 1))
    one.transport.send(messages)
    await until(() => other.recorder.received.length === 300, 'all of them')
    expect(other.recorder.received.map((m) => (m.type === 'MsgApp' ? m.prevLogIndex : -1))).toEqual(
      messages.map((_, at) => at),
    )
  })

  test('what was sent just before a stop still leaves', async () => {
    const [one, other] = await pair()
    one.transport.send([beat(1, 2, 1)])
    await until(() => other.recorder.beats.includes(1), 'a message')
    one.transport.send([beat(1, 2, 2)])
    await one.transport.stop()
    await until(() => other.recorder.beats.includes(2), 'the last message')
  })
})

test('a node that is busy in both directions stops, and tells nothing more', async () => {
  const [one, other] = await pair()
  const send = (): void => {
    one.transport.send([append(1, 2, 50_000), beat(1, 2)])
    other.transport.send([append(2, 1, 50_000), beat(2, 1)])
  }
  const timer = setInterval(send, 1)
  await until(() => one.recorder.received.length > 50 && other.recorder.received.length > 50, 'traffic')
  await one.transport.stop()
  const { length } = one.recorder.received
  const told = one.recorder.unreachables.length
  await setTimeout(30)
  clearInterval(timer)
  expect(one.recorder.received).toHaveLength(length)
  expect(one.recorder.unreachables).toHaveLength(told)
  await until(() => other.recorder.unreachables.length > 0, 'the other to notice')
})

test('pauses between attempts grow, within bounds, and differ', () => {
  const backoff = new Backoff({ min: 50, max: 1000 })
  const waits = Array.from({ length: 10 }, () => backoff.wait())
  for (const [at, wait] of waits.entries()) {
    const full = Math.min(50 * 2 ** at, 1000)
    expect(wait).toBeGreaterThanOrEqual(full / 2)
    expect(wait).toBeLessThanOrEqual(full)
  }
  expect(new Set(waits).size).toBe(10)
  backoff.reset()
  expect(backoff.wait()).toBeLessThanOrEqual(50)
})
