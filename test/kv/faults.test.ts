/** What nodes as processes survive, and what they refuse. */

import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { ask, eventually, Processes, run } from './processes.ts'

test('what is put on one node is read on another, and a read in between sees the newest everywhere', async () => {
  const nodes = await Processes.start(3)
  for (let i = 1; i <= 6; i++) {
    const put = await nodes.ask((i % 3) + 1, 'PUT', '/kv/greeting', `hello ${i}`)
    expect(put.status).toBe(i === 1 ? 201 : 200)
    const got = await nodes.ask(((i + 1) % 3) + 1, 'GET', '/kv/greeting')
    expect([got.status, got.text, got.headers['etag']]).toEqual([200, `hello ${i}`, put.headers['etag']])
  }
})

test('a leader that is killed under load loses nothing that was acknowledged, and comes back', async () => {
  const nodes = await Processes.start(3)
  const leader = await nodes.leader(1)
  const others = [1, 2, 3].filter((id) => id !== leader)
  const acknowledged: string[] = []
  const end = new AbortController()
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let i = 0; !end.signal.aborted; i++) {
      const key = `${writer}-${i}`
      // Half of them write to the one that will be gone: for those it ends with the connection.
      const id = writer % 2 === 0 ? leader : others[writer % others.length]!
      const put = await nodes.ask(id, 'PUT', `/kv/${key}`, key).catch(() => null)
      if (put?.status === 201) acknowledged.push(key)
      else await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })
  await eventually(() => Promise.resolve(acknowledged.length > 150))
  await nodes.process(leader).kill()
  const before = acknowledged.length
  await eventually(() => Promise.resolve(acknowledged.length > before + 100))
  end.abort()
  await Promise.all(writers)

  nodes.startNode(leader)
  await nodes.ready(leader)
  const values = await Promise.all(acknowledged.map((key) => nodes.ask(leader, 'GET', `/kv/${key}`)))
  expect(values.map(({ text }) => text)).toEqual(acknowledged)
  await allEqual(nodes, [1, 2, 3])
})

test('all nodes are killed at once, and what was acknowledged is there when they start again', async () => {
  const nodes = await Processes.start(3)
  await nodes.ask(1, 'PUT', '/kv/a', 'kept')
  await Promise.all([1, 2, 3].map((id) => nodes.process(id).kill()))
  for (const id of [1, 2, 3]) nodes.startNode(id)
  await nodes.ready(2)
  expect((await nodes.ask(2, 'GET', '/kv/a')).text).toBe('kept')
})

test('a node whose disk was wiped is turned away, and its place is taken by one with a new id', async () => {
  const nodes = await Processes.start(3, 1)
  await nodes.ask(1, 'PUT', '/kv/a', 'kept')
  const victim = ((await nodes.leader(1)) % 3) + 1
  const witness = (victim % 3) + 1
  await nodes.process(victim).kill()
  rmSync(nodes.data(victim), { recursive: true })
  const wiped = nodes.startNode(victim)
  expect(await wiped.ended).toBe(1)
  expect(wiped.output).toContain('ERR_LOG_LOST')

  const removed = await nodes.ask(witness, 'DELETE', `/members/${victim}`)
  expect(removed.status).toBe(200)
  nodes.startNode(4, '--join')
  const joining = JSON.stringify({ id: 4, address: nodes.raft(4) })
  const added = await nodes.ask(witness, 'POST', '/members', joining)
  expect([added.status, added.text]).toEqual([200, expect.stringContaining('"id":4')])
  await nodes.ready(4)
  expect((await nodes.ask(4, 'GET', '/kv/a')).text).toBe('kept')
})

test('without a majority a write is refused with 503 or left open with 504, and old data can still be read locally', async () => {
  const nodes = await Processes.start(3)
  await nodes.ask(1, 'PUT', '/kv/a', '1')
  await eventually(async () => (await nodes.ask(1, 'GET', '/kv/a?consistency=local')).text === '1')
  await Promise.all([2, 3].map((id) => nodes.process(id).kill()))
  const put = await nodes.ask(1, 'PUT', '/kv/a?timeout=1500', '2')
  expect([503, 504]).toContain(put.status)
  expect(put.json['applied']).toBe(put.status === 503 ? 'no' : 'unknown')
  await eventually(async () => (await nodes.ask(1, 'GET', '/ready')).status === 503)
  const later = await nodes.ask(1, 'PUT', '/kv/a?timeout=200', '3')
  expect([later.status, later.headers['retry-after'], later.json['code']]).toEqual([503, '1', 'ERR_REFUSED'])
  const read = await nodes.ask(1, 'GET', '/kv/a?timeout=200')
  expect([read.status, read.json['reason']]).toEqual([503, 'given-up'])
  expect((await nodes.ask(1, 'GET', '/kv/a?consistency=local')).text).toBe('1')
})

test('a leader that is asked to end hands over first, and answers who waits', async () => {
  const nodes = await Processes.start(3)
  const leader = await nodes.leader(1)
  const other = (leader % 3) + 1
  const { term } = (await nodes.ask(other, 'GET', '/status')).json
  const statuses: (number | 'no answer')[] = []
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let i = 0; statuses.at(-1) !== 'no answer'; i++) {
      const put = nodes.ask(leader, 'PUT', `/kv/${writer}-${i}`, 'x')
      statuses.push(await put.then(({ status }) => status).catch(() => 'no answer' as const))
    }
  })
  await eventually(() => Promise.resolve(statuses.length > 50))
  expect(await nodes.process(leader).kill('SIGTERM')).toBe(0)
  await Promise.all(writers)
  // Nothing that was taken is left open: it is done, or refused.
  expect(new Set(statuses)).not.toContain(504)
  expect(statuses.filter((status) => status === 201).length).toBeGreaterThan(50)
  const now = await nodes.leader(other)
  expect(now).not.toBe(leader)
  expect((await nodes.ask(other, 'GET', '/status')).json['term']).toBe((term as number) + 1)
})

test('a port that is in use, and a folder that is in use, are told in one line and exit code 1', async () => {
  const nodes = await Processes.start(1)
  const blocker = createServer()
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
  const { port } = blocker.address() as { port: number }
  const start = (http: number, raft: number, data: string) =>
    run('start', '--id', '1', '--peers', `1=127.0.0.1:${raft}`, '--http', `127.0.0.1:${http}`, '--data', data)
  const [http, raft, folder] = await Promise.all([
    start(port, nodes.http(1), `${nodes.data(1)}-a`),
    start(nodes.http(1), port, `${nodes.data(1)}-b`),
    start(port, port, nodes.data(1)),
  ])
  blocker.close()
  expect([http.code, http.output]).toEqual([1, expect.stringContaining('EADDRINUSE')])
  expect([raft.code, raft.output]).toEqual([1, expect.stringContaining('ERR_TRANSPORT_LISTEN')])
  expect([folder.code, folder.output]).toEqual([1, expect.stringContaining('ERR_WAL_LOCKED')])
  expect((await ask(nodes.http(1), 'GET', '/ready')).status).toBe(200)
})

/** In the end all of them have applied the same. */
async function allEqual(nodes: Processes, ids: readonly number[]): Promise<void> {
  await eventually(async () => {
    const all = await Promise.all(ids.map((id) => nodes.ask(id, 'GET', '/status?digest=1')))
    return new Set(all.map(({ json }) => `${String(json['applied'])} ${String(json['digest'])}`)).size === 1
  })
}
