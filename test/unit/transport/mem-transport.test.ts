import { setImmediate as turn, setTimeout } from 'node:timers/promises'
import { type MemNetworkOptions, MemNetwork, MemTransport, OptionsError, UsageError } from 'quorate'
import { describe, expect, test } from 'vitest'
import { beat, Recorder, snap } from '../../support/recorder.ts'
import { TestStore } from '../../support/snapshots.ts'

/** Nodes of one network, and what they were told. */
async function nodes(count: number, options: MemNetworkOptions = {}) {
  const network = new MemNetwork(options)
  const recorders = Array.from({ length: count }, () => new Recorder())
  const transports = recorders.map(() => new MemTransport(network))
  for (const [at, transport] of transports.entries()) await transport.start(at + 1, recorders[at]!)
  return { network, recorders, transports }
}

describe('cuts', () => {
  test('lose what goes in one direction, in silence, until they are healed', async () => {
    const { network, recorders, transports } = await nodes(2)
    network.cut(1, 2)
    transports[0]!.send([beat(1, 2, 1)])
    transports[1]!.send([beat(2, 1, 2)])
    await setTimeout(2)
    expect(recorders[1]!.received).toEqual([])
    expect(recorders[0]!.beats).toEqual([2])
    expect(recorders[0]!.unreachables).toEqual([])
    network.heal()
    transports[0]!.send([beat(1, 2, 3)])
    await setTimeout(2)
    expect(recorders[1]!.beats).toEqual([3])
  })

  test('around one node leave the others alone', async () => {
    const { network, recorders, transports } = await nodes(3)
    network.isolate(1)
    transports[0]!.send([beat(1, 2), beat(1, 3)])
    transports[1]!.send([beat(2, 1), beat(2, 3, 8)])
    await setTimeout(2)
    expect(recorders.map(({ beats }) => beats)).toEqual([[], [], [8]])
  })

  test('make a snapshot fail, which its sender has to hear', async () => {
    const { network, recorders, transports } = await nodes(2)
    network.cut(1, 2)
    transports[0]!.send([snap(1, 2, new Uint8Array(5))])
    await setTimeout(2)
    expect(recorders[0]!.snapshots).toEqual([{ peer: 2, outcome: 'failure' }])
  })
})

describe('questions', () => {
  test('are answered', async () => {
    const { recorders, transports } = await nodes(2)
    recorders[1]!.answer = (peer, question) => Promise.resolve(Uint8Array.of(peer, ...question))
    expect(await transports[0]!.request(2, Uint8Array.of(7))).toEqual(Uint8Array.of(1, 7))
  })

  test('without an answer are rejected, and nobody hears what was thrown', async () => {
    const { recorders, transports } = await nodes(2)
    const noAnswer = { code: 'ERR_TRANSPORT_NO_ANSWER' }
    recorders[1]!.answer = () => Promise.reject(new Error('a secret'))
    await expect(transports[0]!.request(2, new Uint8Array())).rejects.toMatchObject(noAnswer)
    await expect(transports[0]!.request(2, new Uint8Array())).rejects.not.toThrow(/secret/)
    await expect(transports[0]!.request(9, new Uint8Array())).rejects.toMatchObject(noAnswer)
    Object.assign(recorders[1]!, { answer: undefined })
    await expect(transports[0]!.request(2, new Uint8Array())).rejects.toMatchObject(noAnswer)
  })

  test('over a link that is cut wait until they are given up, or the transport stops', async () => {
    const { network, transports } = await nodes(2)
    network.cut(2, 1)
    const reason = new Error('enough')
    await expect(transports[0]!.request(2, new Uint8Array(), AbortSignal.abort(reason))).rejects.toBe(reason)
    await expect(transports[0]!.request(2, new Uint8Array(), AbortSignal.timeout(5))).rejects.toThrow(
      /timeout/,
    )
    const asked = transports[0]!.request(2, new Uint8Array())
    const end = expect(asked).rejects.toThrow(UsageError)
    await turn()
    await transports[0]!.stop()
    await end
    await expect(transports[0]!.request(2, new Uint8Array())).rejects.toThrow(/not running/)
  })
})

describe('snapshots', () => {
  test('with stores go from one into the other', async () => {
    const network = new MemNetwork()
    const [from, to] = [new TestStore(), new TestStore()]
    const [one, other] = [new Recorder(), new Recorder()]
    const sender = new MemTransport(network, from)
    await sender.start(1, one)
    await new MemTransport(network, to).start(2, other)
    sender.send([snap(1, 2, from.hold('large', 300_000)), snap(1, 2, new Uint8Array(), 1)])
    await setTimeout(20)
    expect(one.snapshots.map(({ outcome }) => outcome)).toEqual(['finish', 'finish'])
    const ticket = new Uint8Array(Buffer.from('received 300000'))
    expect(other.received).toContainEqual(snap(1, 2, ticket))
    expect(other.received).toContainEqual(snap(1, 2, new Uint8Array(), 1))
    to.onChunk = () => Promise.reject(new Error('the disk is full'))
    sender.send([snap(1, 2, from.hold('large', 300_000))])
    await setTimeout(20)
    expect(one.snapshots.at(-1)).toEqual({ peer: 2, outcome: 'failure' })
  })

  test('from a store to a node without one fail', async () => {
    const network = new MemNetwork()
    const store = new TestStore()
    const [one, other] = [new Recorder(), new Recorder()]
    const sender = new MemTransport(network, store)
    await sender.start(1, one)
    await new MemTransport(network).start(2, other)
    sender.send([snap(1, 2, store.hold('large', 10))])
    await setTimeout(5)
    expect(one.snapshots).toEqual([{ peer: 2, outcome: 'failure' }])
    expect(other.received).toEqual([])
  })
})

describe('misuse', () => {
  test('of options is refused by name', () => {
    expect(() => new MemNetwork({ maxQueued: 0 })).toThrow(OptionsError)
    expect(() => new MemNetwork({ later: 5 as never })).toThrow(/`later` to be a function/)
  })

  test('of start is refused', async () => {
    const { network, transports } = await nodes(1)
    await expect(new MemTransport(network).start(0, new Recorder())).rejects.toThrow(/node id/)
    await expect(transports[0]!.start(1, new Recorder())).rejects.toThrow(/started already/)
  })
})

test('nodes that keep each other busy leave the timers of the process their turn', async () => {
  const { recorders, transports } = await nodes(2)
  for (const [at, recorder] of recorders.entries())
    recorder.react = () => transports[at]!.send([beat(at + 1, 2 - at, 1)])
  transports[0]!.send([beat(1, 2, 1)])
  await setTimeout(5)
  await Promise.all(transports.map((transport) => transport.stop()))
  expect(recorders[0]!.received.length).toBeGreaterThan(2)
})

test('a node that throws when it is told something costs its message only', async () => {
  const { recorders, transports } = await nodes(2)
  recorders[1]!.react = () => {
    throw new Error('not now')
  }
  transports[0]!.send([beat(1, 2, 1), beat(1, 2, 2)])
  await setTimeout(2)
  expect(recorders[1]!.beats).toEqual([1, 2])
})
