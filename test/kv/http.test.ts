/** What clients may send, and what they hear when it is not as it should be. */

import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { connect } from 'node:net'
import { type Reply, eventually, Process, bundled, ask } from './processes.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../support/tcp-network.ts'

// One node is enough for all that is about HTTP itself.
let port = 0
const send = (
  method: string,
  path: string,
  body?: string | Uint8Array,
  headers?: Record<string, string>,
): Promise<Reply> => ask(port, method, path, body, headers)

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'quorate-kv-http-'))
  const [http, raft] = (await freePorts(2)) as [number, number]
  const known = ['--id', '1', '--peers', `1=127.0.0.1:${raft}`, '--http', `127.0.0.1:${http}`]
  const node = new Process(await bundled(), ['start', ...known, '--data', folder])
  port = http
  await eventually(
    async () => (await send('GET', '/ready')).status === 200,
    () => node.output,
  )
  return async () => {
    await node.kill()
    rmSync(folder, { recursive: true })
  }
})

test('a key is created, read with its ETag, replaced and deleted', async () => {
  const created = await send('PUT', '/kv/life', 'first')
  expect([created.status, created.json['previous']]).toEqual([201, null])
  const version = created.json['version'] as number
  const read = await send('GET', '/kv/life')
  expect([read.text, read.headers['etag']]).toEqual(['first', `"${version}"`])
  expect((await send('GET', '/kv/life', undefined, { 'if-none-match': `"${version}"` })).status).toBe(304)
  const replaced = await send('PUT', '/kv/life', 'second')
  expect([replaced.status, replaced.json['previous']]).toEqual([200, version])
  expect((await send('DELETE', '/kv/life')).json).toEqual({ deleted: replaced.json['version'] })
  expect((await send('GET', '/kv/life')).json['code']).toBe('ERR_NOT_FOUND')
  expect((await send('DELETE', '/kv/life')).status).toBe(404)
})

test('a write with a condition is done if it holds, and else says what is there', async () => {
  const absent = { 'if-none-match': '*' }
  const { version } = (await send('PUT', '/kv/cas', 'a', absent)).json as { version: number }
  const again = await send('PUT', '/kv/cas', 'b', absent)
  expect([again.status, again.json['code'], again.json['version']]).toEqual([
    412,
    'ERR_PRECONDITION',
    version,
  ])
  expect((await send('PUT', '/kv/cas', 'b', { 'if-match': `"${version}"` })).status).toBe(200)
  const late = await send('PUT', '/kv/cas', 'c', { 'if-match': `"${version}"` })
  expect([late.status, late.headers['etag']]).toEqual([412, `"${String(late.json['version'])}"`])
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  expect((await send('PUT', '/kv/cas', 'd', { 'if-value': base64('no') })).status).toBe(412)
  expect((await send('PUT', '/kv/cas', 'd', { 'if-value': base64('b') })).status).toBe(200)
  expect((await send('DELETE', '/kv/cas', undefined, { 'if-match': `"${version}"` })).status).toBe(412)
  expect((await send('DELETE', '/kv/cas', undefined, { 'if-match': '*' })).status).toBe(200)
  expect((await send('PUT', '/kv/cas', 'e', { 'if-match': '*' })).status).toBe(412)
})

test.each(['linearizable', 'lease', 'local'])('a read can be %s', async (consistency) => {
  await send('PUT', '/kv/c', 'x')
  expect((await send('GET', `/kv/c?consistency=${consistency}`)).text).toBe('x')
})

test('keys are any UTF-8, with slashes and dots as they are, and values are bytes', async () => {
  for (const key of ['a/b/../c', '..', 'ключ 🔑', '__proto__', '%', 'x'.repeat(1024)]) {
    expect((await send('PUT', `/kv/${encodeURIComponent(key)}`, key)).status).toBe(201)
    expect((await send('GET', `/kv/${encodeURIComponent(key)}`)).text).toBe(key)
  }
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
  await send('PUT', '/kv/bytes', bytes)
  expect((await send('GET', '/kv/bytes')).headers['content-length']).toBe('256')
  expect((await send('PUT', '/kv/empty', '')).status).toBe(201)
  expect((await send('GET', '/kv/empty')).text).toBe('')
  const large = await send('PUT', '/kv/large', new Uint8Array(1024 * 1024))
  expect(large.status).toBe(201)
})

/** What it is, what is sent, and status and code of the answer. */
type Bad = [name: string, asked: Parameters<typeof send>, status: number, code: string]

describe('bad input', () => {
  const json = { 'content-type': 'application/json' }
  test.each<Bad>([
    ['a key of 0 bytes', ['PUT', '/kv/', 'x', {}], 400, 'ERR_KEY'],
    ['a key of 1,025 bytes', ['PUT', `/kv/${'x'.repeat(1025)}`, 'x', {}], 400, 'ERR_KEY'],
    ['a key that is no UTF-8', ['GET', '/kv/%ff', undefined, {}], 400, 'ERR_KEY'],
    ['a value over the limit', ['PUT', '/kv/big', new Uint8Array(1024 * 1024 + 1), {}], 413, 'ERR_TOO_LARGE'],
    ['an unknown consistency', ['GET', '/kv/a?consistency=maybe', undefined, {}], 400, 'ERR_CONSISTENCY'],
    ['a timeout that is none', ['GET', '/kv/a?timeout=-1', undefined, {}], 400, 'ERR_TIMEOUT'],
    ['a malformed If-Match', ['PUT', '/kv/a', 'x', { 'if-match': '12' }], 400, 'ERR_PRECONDITION_HEADER'],
    ['a list in If-Match', ['PUT', '/kv/a', 'x', { 'if-match': '"1", "2"' }], 400, 'ERR_PRECONDITION_HEADER'],
    [
      'an If-None-Match that is no *',
      ['PUT', '/kv/a', 'x', { 'if-none-match': '"1"' }],
      400,
      'ERR_PRECONDITION_HEADER',
    ],
    [
      'an If-Value that is no base64',
      ['PUT', '/kv/a', 'x', { 'if-value': '###' }],
      400,
      'ERR_PRECONDITION_HEADER',
    ],
    [
      'two conditions',
      ['PUT', '/kv/a', 'x', { 'if-match': '*', 'if-none-match': '*' }],
      400,
      'ERR_PRECONDITION_HEADER',
    ],
    ['a body that is no JSON', ['POST', '/members', '{', json], 400, 'ERR_JSON'],
    ['a body that is no UTF-8', ['POST', '/members', Uint8Array.of(0x22, 0xff, 0x22), json], 400, 'ERR_JSON'],
    ['JSON that is no object', ['POST', '/transfer', '[1]', json], 400, 'ERR_JSON'],
    ['a field that there is not', ['POST', '/transfer', '{"too":1}', json], 400, 'ERR_JSON'],
    ['a body without end', ['POST', '/members', 'x'.repeat(65 * 1024), json], 413, 'ERR_TOO_LARGE'],
    ['a member without address', ['POST', '/members', '{"id":2}', json], 400, 'ERR_MEMBER'],
    ['a member id of 0', ['POST', '/members', '{"id":0,"address":"127.0.0.1:1"}', json], 400, 'ERR_MEMBER'],
    ['a member id that is no number', ['DELETE', '/members/one', undefined, {}], 400, 'ERR_MEMBER'],
    ['a transfer to nobody', ['POST', '/transfer', '{"to":77}', json], 409, 'ERR_REFUSED'],
    ['the removal of the last member', ['DELETE', '/members/1', undefined, {}], 409, 'ERR_REFUSED'],
    [
      'a change of another membership',
      ['POST', '/members', '{"promote":1,"ifIndex":999}', json],
      412,
      'ERR_REFUSED',
    ],
    ['a method that is not for it', ['POST', '/kv/a', 'x', {}], 405, 'ERR_METHOD'],
    ['a path that there is not', ['GET', '/nothing', undefined, {}], 404, 'ERR_ROUTE'],
    ['a WebSocket without upgrade', ['GET', '/events', undefined, {}], 426, 'ERR_UPGRADE'],
  ])('%s', async (_name, asked, status, code) => {
    const before = (await send('GET', '/status?digest=1')).json['digest']
    const reply = await send(...asked)
    expect([reply.status, reply.json['code']]).toEqual([status, code])
    expect([typeof reply.json['error'], typeof reply.json['fix']]).toEqual(['string', 'string'])
    expect((await send('GET', '/status?digest=1')).json['digest']).toBe(before)
  })

  test('what is no HTTP, and half a request and then silence', async () => {
    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.write('\0\0 nonsense\r\n\r\n')
    const answer = await new Promise<string>((resolve) =>
      socket.once('data', (data: Buffer) => resolve(data.toString())),
    )
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    const half = connect(port, '127.0.0.1')
    onTestFinished(() => void half.destroy())
    half.write('PUT /kv/half HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc')
    await new Promise((resolve) => setTimeout(resolve, 50))
    half.destroy()
    expect((await send('GET', '/kv/half')).status).toBe(404)
  })
})

test('status and metrics tell what has happened', async () => {
  await send('PUT', '/kv/counted', 'x')
  const { json } = await send('GET', '/status')
  expect(json).toMatchObject({ id: 1, role: 'leader', leader: 1, voters: [1] })
  const { text } = await send('GET', '/metrics')
  expect(text).toMatch(/^quorate_kv_is_leader 1$/m)
  const put = /^quorate_kv_requests_total\{operation="put",outcome="ok"\} (\d+)$/m.exec(text)?.[1]
  expect(Number(put)).toBeGreaterThan(0)
  const infinite = /duration_seconds_bucket\{operation="put",le="\+Inf"\} (\d+)/.exec(text)?.[1]
  const count = /duration_seconds_count\{operation="put"\} (\d+)/.exec(text)?.[1]
  expect(infinite).toBe(count)
})

test('events come over a WebSocket as JSON, those that were asked for, without what clients have written', async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/events?types=logAppended,applied`)
  onTestFinished(() => {
    socket.terminate()
  })
  const events: Record<string, unknown>[] = []
  socket.on('message', (data: Buffer) => events.push(JSON.parse(data.toString()) as Record<string, unknown>))
  await new Promise((resolve) => socket.once('open', resolve))
  await send('PUT', '/kv/secret', 'do not tell')
  await eventually(() => Promise.resolve(events.some(({ type }) => type === 'applied')))
  expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['logAppended', 'applied']))
  expect(JSON.stringify(events)).not.toContain('tell')
})
