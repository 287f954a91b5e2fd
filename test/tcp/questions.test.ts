/** Questions that are no part of the protocol, and their answers. */

import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { until } from '../support/recorder.ts'
import { freePorts } from '../support/tcp-network.ts'
import { Proxy } from '../support/tcp-proxy.ts'
import { local, pair, startNode } from './nodes.ts'

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const noAnswer = { code: 'ERR_TRANSPORT_NO_ANSWER' }

describe('a question', () => {
  test('is answered by the node that was asked, and says who asks', async () => {
    const [one, other] = await pair()
    other.recorder.answer = (peer, question) =>
      Promise.resolve(bytes(`${peer} asks ${Buffer.from(question).toString()}`))
    expect(Buffer.from(await one.transport.request(2, bytes('why')))).toEqual(Buffer.from('1 asks why'))
    one.recorder.answer = () => Promise.resolve(new Uint8Array())
    expect(await other.transport.request(1, new Uint8Array())).toHaveLength(0)
  })

  test('gets its own answer among many, in whatever order they come', async () => {
    const [one, other] = await pair()
    other.recorder.answer = async (_, question) => {
      await setTimeout(20 - question[0]!)
      return question
    }
    const questions = Array.from({ length: 20 }, (_, at) => one.transport.request(2, Uint8Array.of(at)))
    expect((await Promise.all(questions)).map(([first]) => first)).toEqual(questions.map((_, at) => at))
  })

  test('may be large, and so may its answer', async () => {
    const [one] = await pair()
    const answer = await one.transport.request(2, new Uint8Array(3_000_000).fill(7))
    expect(answer).toHaveLength(3_000_000)
    await expect(one.transport.request(2, new Uint8Array(2 ** 24 + 1))).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
    })
  })

  test('that was given up before or after it was sent is rejected with the reason', async () => {
    const [one, other] = await pair()
    const reason = new Error('no time')
    await expect(one.transport.request(2, bytes('a'), AbortSignal.abort(reason))).rejects.toBe(reason)
    let release: (answer: Uint8Array) => void = () => {}
    other.recorder.answer = () =>
      new Promise((resolve) => {
        release = resolve
      })
    const controller = new AbortController()
    const asked = one.transport.request(2, bytes('b'), controller.signal)
    await setTimeout(20)
    controller.abort(reason)
    await expect(asked).rejects.toBe(reason)
    expect(one.transport.status()[0]?.questions).toBe(0)
    // An answer that comes too late is nobody's.
    release(bytes('late'))
    other.recorder.answer = () => Promise.resolve(bytes('next'))
    expect(await one.transport.request(2, bytes('c'))).toEqual(Buffer.from('next'))
  })

  test.each([
    ['throws', () => Promise.reject(new Error('a secret'))],
    [
      'throws at once',
      () => {
        throw new Error('a secret')
      },
    ],
    ['answers too much', () => Promise.resolve(new Uint8Array(2 ** 24 + 1))],
  ])('to a node that %s has no answer, and the reason stays there', async (_, answer) => {
    const [one, other] = await pair()
    other.recorder.answer = answer
    const asked = one.transport.request(2, bytes('x'))
    await expect(asked).rejects.toMatchObject({ ...noAnswer, mayHaveArrived: true })
    await expect(asked).rejects.not.toThrow(/secret/)
  })

  test('to a node that answers none has no answer', async () => {
    const [one, other] = await pair()
    Object.assign(other.recorder, { answer: undefined })
    await expect(one.transport.request(2, bytes('x'))).rejects.toMatchObject(noAnswer)
  })

  test('beyond what a node has room for is turned away, and asked again later it is answered', async () => {
    const [one, other] = await pair((id) =>
      id === 2 ? { maxMessageBytes: 2 ** 20, maxQueueBytes: 2 ** 20 } : {},
    )
    let release: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    other.recorder.answer = async () => {
      await held
      return bytes('yes')
    }
    const first = one.transport.request(2, new Uint8Array(800_000))
    await expect(one.transport.request(2, new Uint8Array(800_000))).rejects.toMatchObject(noAnswer)
    release()
    expect(await first).toEqual(Buffer.from('yes'))
    expect(await one.transport.request(2, new Uint8Array(800_000))).toEqual(Buffer.from('yes'))
  })

  test('that nobody answers in time may have arrived', async () => {
    const [one, other] = await pair(() => ({ requestTimeout: 40 }))
    other.recorder.answer = () => new Promise(() => {})
    const asked = one.transport.request(2, bytes('x'))
    await expect(asked).rejects.toMatchObject({ ...noAnswer, mayHaveArrived: true })
    await expect(asked).rejects.toThrow(/has not answered within 40 ms/)
  })

  test('whose connection breaks may have arrived', async () => {
    const other = await startNode(2)
    other.recorder.answer = () => new Promise(() => {})
    const proxy = await Proxy.to(other.port)
    const one = await startNode(1, { peers: new Map([[2, local(proxy.port)]]) })
    const asked = [1, 2, 3].map((at) => one.transport.request(2, Uint8Array.of(at)))
    const ends = Promise.allSettled(asked)
    await until(() => proxy.count >= 2, 'the connections')
    await setTimeout(30)
    proxy.cut()
    expect(await ends).toMatchObject(
      asked.map(() => ({ status: 'rejected', reason: { ...noAnswer, mayHaveArrived: true } })),
    )
  })

  test('to a node that is away has not arrived', async () => {
    const [port = 0] = await freePorts(1)
    const one = await startNode(1, { peers: new Map([[2, local(port)]]), backoff: { min: 500, max: 500 } })
    // While it is dialled, and in the pause after.
    for (let round = 0; round < 2; round++)
      await expect(one.transport.request(2, bytes('x'))).rejects.toMatchObject({
        ...noAnswer,
        mayHaveArrived: false,
      })
    await expect(one.transport.request(1, bytes('x'))).rejects.toMatchObject({
      ...noAnswer,
      mayHaveArrived: false,
    })
    await expect(one.transport.request(7, bytes('x'))).rejects.toMatchObject({
      ...noAnswer,
      mayHaveArrived: false,
    })
  })

  test('that waits when the transport stops is rejected', async () => {
    const [one, other] = await pair()
    other.recorder.answer = () => new Promise(() => {})
    const asked = one.transport.request(2, bytes('x'))
    const end = expect(asked).rejects.toMatchObject(noAnswer)
    await setTimeout(20)
    await one.transport.stop()
    await end
  })
})
