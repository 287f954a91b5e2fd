/** The transport over HTTP keeps the contract, and what it is shown with runs. */

import { setTimeout } from 'node:timers/promises'
import { transportSuite } from 'quorate/testing'
import { describe, expect, test } from 'vitest'
import { HttpTransport } from '../../examples/custom-transport/http-transport.ts'
import { freePorts } from '../support/tcp-network.ts'
import { Recorder } from '../support/recorder.ts'
import { runExample } from './child.ts'

describe('a transport over HTTP', () => {
  transportSuite({
    test,
    create: async (ids) => {
      const free = await freePorts(ids.length)
      const ports = new Map(ids.map((id, at) => [id, free[at] ?? 0]))
      return { open: () => new HttpTransport(ports) }
    },
    wait: setTimeout,
    patience: 5000,
    quiet: 30,
    overload: 2 ** 27,
  })

  test.each([
    ['another path', { path: '/', method: 'POST', body: '[]' }, 404],
    ['another method', { path: '/raft/AppendEntries', method: 'PUT', body: '[]' }, 405],
    ['no JSON', { path: '/raft/AppendEntries', method: 'POST', body: '[' }, 400],
    ['no messages', { path: '/raft/AppendEntries', method: 'POST', body: '[5]' }, 400],
    [
      'messages for somebody else',
      { path: '/raft/RequestVote', method: 'POST', body: '[{"type":"MsgVote","to":2}]' },
      421,
    ],
  ])('turns away %s', async (_, { path, method, body }, status) => {
    const [port = 0] = await freePorts(1)
    const transport = new HttpTransport(new Map([[1, port]]))
    const recorder = new Recorder()
    await transport.start(1, recorder)
    const call = { method, body }
    const response = await fetch(`http://127.0.0.1:${port}${path}`, call)
    expect(response.status).toBe(status)
    expect(recorder.received).toEqual([])
    await transport.stop()
  })

  test('carries three nodes to an agreement', async () => {
    const { code, out, error } = await runExample('examples/custom-transport/main.ts')
    expect(error).toBe('')
    expect(out).toBe([1, 2, 3].map((id) => `node ${id} reads "hello"\n`).join(''))
    expect(code).toBe(0)
  })
})
