/** Snapshots travel beside everything else, wait for whoever is slow, and end in exactly one report. */

import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { beat, snap, until } from '../support/recorder.ts'
import { TestStore } from '../support/snapshots.ts'
import { Proxy } from '../support/tcp-proxy.ts'
import { local, pair, type Running, startNode } from './nodes.ts'

/** Two nodes with stores, of which the first has a snapshot of this size. */
async function stores(size: number): Promise<{
  one: Running
  other: Running
  from: TestStore
  to: TestStore
  ticket: Uint8Array
}> {
  const [from, to] = [new TestStore(), new TestStore()]
  const [one, other] = await pair((id) => ({ snapshots: id === 1 ? from : to, pingInterval: 50 }))
  return { one, other, from, to, ticket: from.hold('large', size) }
}

/** Sends through a proxy to node 2. */
async function through(options: { readonly store: boolean }): Promise<{
  one: Running
  other: Running
  proxy: Proxy
  to: TestStore
  ticket: Uint8Array
}> {
  const [from, to] = [new TestStore(), new TestStore()]
  const storeOf = (store: TestStore): object => (options.store ? { snapshots: store } : {})
  const other = await startNode(2, storeOf(to))
  const proxy = await Proxy.to(other.port)
  const peers = new Map([[2, local(proxy.port)]])
  const one = await startNode(1, { peers, pingInterval: 50, ...storeOf(from) })
  const ticket = options.store ? from.hold('large', 3_000_000) : new Uint8Array(3_000_000)
  return { one, other, proxy, to, ticket }
}

describe('a snapshot from a store', () => {
  test('goes into the store of the peer, and its message comes with a ticket of that', async () => {
    const { one, other, to, ticket } = await stores(1_234_567)
    one.transport.send([snap(1, 2, ticket)])
    await until(() => one.recorder.snapshots.length > 0, 'a report')
    expect(one.recorder.snapshots).toEqual([{ peer: 2, outcome: 'finish' }])
    expect(other.recorder.received).toEqual([snap(1, 2, new Uint8Array(Buffer.from('received 1234567')))])
    expect(to.ends).toEqual(['whole'])
  })

  test('without bytes is sent as it is: it only tells the first members', async () => {
    const { one, other, to } = await stores(5)
    one.transport.send([snap(1, 2, new Uint8Array(), 1)])
    await until(() => one.recorder.snapshots.length > 0, 'a report')
    expect(other.recorder.received).toEqual([snap(1, 2, new Uint8Array(), 1)])
    expect(to.ends).toEqual([])
  })

  test('of 50 MB waits for a slow disk, in little memory, and heartbeats pass it by', async () => {
    const size = 50 * 2 ** 20
    const { one, other, from, to, ticket } = await stores(size)
    let [read, ahead] = [0, 0]
    from.beforeRead = () => {
      read += 100_000
      // What has left the one store and has not reached the other is in somebody's memory.
      ahead = Math.max(ahead, read - to.received)
    }
    to.onChunk = () => setTimeout(3)
    one.transport.send([snap(1, 2, ticket)])
    await until(() => to.received > 0, 'its first bytes')
    const late: number[] = []
    for (let term = 1; term <= 40; term++) {
      const start = performance.now()
      one.transport.send([beat(1, 2, term)])
      await until(() => other.recorder.beats.includes(term), 'a heartbeat')
      late.push(performance.now() - start)
      await setTimeout(5)
    }
    expect(one.recorder.snapshots).toEqual([])
    expect(late.toSorted((a, b) => a - b)[20]).toBeLessThan(50)
    // 0.5 MiB before the socket, 1 MiB behind it, and what the two kernels hold.
    expect(ahead).toBeLessThan(16 * 2 ** 20)
    expect(one.transport.status()[0]?.snapshot).toMatchObject({ totalBytes: size })
    to.onChunk = () => {}
    await until(() => one.recorder.snapshots.length > 0, 'a report', 30_000)
    expect(one.recorder.snapshots).toEqual([{ peer: 2, outcome: 'finish' }])
    expect(to.received).toBe(size)
  })

  test('a disk that stands still for long is no peer that is gone', async () => {
    const { one, to, ticket } = await stores(8 * 2 ** 20)
    let release: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    to.onChunk = () => held
    one.transport.send([snap(1, 2, ticket)])
    // Many times the silence after which a connection is given up.
    await setTimeout(600)
    expect(one.recorder.snapshots).toEqual([])
    release()
    await until(() => one.recorder.snapshots.length > 0, 'a report')
    expect(one.recorder.snapshots).toEqual([{ peer: 2, outcome: 'finish' }])
  })

  test.each([
    [
      'the store of the sender',
      (from: TestStore) => {
        from.beforeRead = () => Promise.reject(new Error('the disk is gone'))
      },
    ],
    [
      'the store of the receiver',
      (_: TestStore, to: TestStore) => {
        to.onChunk = () => Promise.reject(new Error('the disk is full'))
      },
    ],
  ])('fails if %s does, and the next one arrives', async (_, damage) => {
    const { one, other, from, to, ticket } = await stores(5_000_000)
    damage(from, to)
    one.transport.send([snap(1, 2, ticket)])
    await until(() => one.recorder.snapshots.length > 0, 'a report')
    expect(one.recorder.snapshots).toEqual([{ peer: 2, outcome: 'failure' }])
    expect(one.transport.status()[0]?.lastError).toMatch(/the disk is (gone|full)/)
    expect(other.recorder.received).toEqual([])
    from.beforeRead = () => {}
    to.onChunk = () => {}
    one.transport.send([snap(1, 2, ticket)])
    await until(() => one.recorder.snapshots.length > 1, 'another report')
    expect(one.recorder.snapshots[1]).toEqual({ peer: 2, outcome: 'finish' })
  })

  test('that the store does not have fails', async () => {
    const { one } = await stores(5)
    one.transport.send([snap(1, 2, Buffer.from('nothing'))])
    await until(() => one.recorder.snapshots.length > 0, 'a report')
    expect(one.errors[0]?.message).toMatch(/there is no such snapshot/)
  })

  test.each([
    ['the receiver', 1],
    ['the sender', 2],
  ])('fails if %s has no store', async (_, owner) => {
    const store = new TestStore()
    const [one, other] = await pair((id) => (id === owner ? { snapshots: store } : {}))
    one.transport.send([snap(1, 2, store.hold('large', 5000))])
    await until(() => one.recorder.snapshots.length > 0, 'a report')
    expect(one.recorder.snapshots).toEqual([{ peer: 2, outcome: 'failure' }])
    expect(one.transport.status()[0]?.lastError).toMatch(/this node has (none|one)/)
    expect(other.recorder.received).toEqual([])
  })
})

describe('reports', () => {
  test.each([
    ['from a store', true],
    ['from memory', false],
  ])('a cut at any place gives exactly one, %s', async (_, store) => {
    const { one, other, proxy, to, ticket } = await through({ store })
    const outcomes: string[] = []
    for (const place of [0, 60, 100, 500, 5000, 300_000, 1_500_000, 2_900_000, Infinity]) {
      proxy.cut()
      await until(() => one.transport.status()[0]?.isConnected === true, 'a connection')
      proxy.carried = 0
      proxy.cutAfter = place
      one.transport.send([snap(1, 2, ticket)])
      const count = outcomes.length + 1
      await until(() => one.recorder.snapshots.length >= count, 'a report')
      await setTimeout(5)
      expect(one.recorder.snapshots).toHaveLength(count)
      outcomes.push(one.recorder.snapshots[count - 1]!.outcome)
      proxy.cutAfter = Infinity
    }
    expect(outcomes.filter((outcome) => outcome === 'failure').length).toBeGreaterThanOrEqual(7)
    expect(outcomes.at(-1)).toBe('finish')
    // Finished means arrived; what was cut off has left nothing behind.
    const arrived = other.recorder.received.length
    expect(arrived).toBeGreaterThanOrEqual(outcomes.filter((outcome) => outcome === 'finish').length)
    if (store) expect(to.ends.filter((end) => end === 'whole')).toHaveLength(arrived)
  })

  test('a peer that falls silent in the middle is given up', async () => {
    const { one, proxy, ticket } = await through({ store: true })
    await until(() => one.transport.status()[0]?.isConnected === true, 'a connection')
    one.transport.send([snap(1, 2, ticket)])
    await until(() => proxy.carried > 100_000, 'some of it')
    proxy.isBlack = true
    await until(() => one.recorder.snapshots.length > 0, 'a report')
    expect(one.recorder.snapshots[0]?.outcome).toBe('failure')
  })

  test('those that there is no room for are failures too', async () => {
    const { one, to, ticket } = await stores(1_000_000)
    to.onChunk = () => setTimeout(20)
    one.transport.send(Array.from({ length: 20 }, () => snap(1, 2, ticket)))
    await until(() => one.recorder.snapshots.length >= 15, 'reports')
    expect(one.recorder.snapshots.every(({ outcome }) => outcome === 'failure')).toBe(true)
    to.onChunk = () => {}
    await until(() => one.recorder.snapshots.length >= 20, 'all reports')
    await setTimeout(10)
    expect(one.recorder.snapshots.filter(({ outcome }) => outcome === 'finish')).toHaveLength(5)
    expect(one.recorder.snapshots).toHaveLength(20)
  })

  test('a snapshot that is too large for the memory of all is not sent', async () => {
    const [one, other] = await pair(() => ({ maxSnapshotBytes: 1000 }))
    one.transport.send([snap(1, 2, new Uint8Array(1001))])
    await until(() => one.recorder.snapshots.length > 0, 'a report')
    expect(one.errors[0]?.message).toMatch(/1001 bytes is longer than the 1000/)
    expect(other.recorder.received).toEqual([])
  })

  test('a node that does not take it in has not got it', async () => {
    const [one, other] = await pair()
    other.recorder.react = () => {
      throw new Error('not now')
    }
    one.transport.send([snap(1, 2, new Uint8Array(10))])
    await until(() => one.recorder.snapshots.length > 0, 'a report')
    expect(one.recorder.snapshots[0]?.outcome).toBe('failure')
  })

  test.each(['sender', 'receiver'])(
    'a stop of the %s in the middle ends it, and leaves nothing behind',
    async (who) => {
      const { one, other, to, ticket } = await stores(20_000_000)
      to.onChunk = () => setTimeout(2)
      one.transport.send([snap(1, 2, ticket)])
      await until(() => to.received > 0, 'its first bytes')
      await (who === 'sender' ? one : other).transport.stop()
      await until(() => to.ends.length > 0, 'the store to hear of it')
      expect(to.ends[0]).not.toBe('whole')
      expect(other.recorder.received).toEqual([])
      if (who === 'receiver') await until(() => one.recorder.snapshots.length > 0, 'a report')
      else await setTimeout(20)
      expect(one.recorder.snapshots).toHaveLength(who === 'sender' ? 0 : 1)
    },
  )
})
