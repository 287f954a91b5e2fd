/** A reader of events that does not read: a bounded amount is kept for it, and it is told later what it has missed. */

import { createServer } from 'node:http'
import type { NodeEvent } from 'quorate'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { EventFeed } from '../../examples/kv/server/events.ts'
import type { KvNode } from '../../examples/kv/server/kv-node.ts'

const count = 200_000

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Tells many events at once, and then one at a time. */
async function* events(isRead: () => boolean): AsyncGenerator<NodeEvent> {
  for (let sequence = 1; ; sequence++) {
    // Ten of them are lost on the way, as when the loop that reads them is late.
    if (sequence === 1000) sequence += 10
    yield { type: 'applied', node: 1, sequence, at: sequence, index: sequence }
    if (sequence % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    if (sequence <= count) continue
    while (!isRead()) await pause(5)
    await pause(1)
  }
}

test('a client that stops reading events costs little memory, and gets a summary of what it missed', async () => {
  const server = createServer()
  let isRead = false
  const feed = new EventFeed(server, { events: () => events(() => isRead) } as unknown as KvNode)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const socket = new WebSocket(`ws://127.0.0.1:${port}/events`)
  onTestFinished(() => {
    socket.terminate()
    feed.close()
    server.closeAllConnections()
    server.close()
  })
  const tally = { events: 0, missed: 0, unseen: 0, last: 0 }
  const told = new Promise<void>((resolve) => {
    socket.on('message', (data: Buffer) => {
      const event = JSON.parse(data.toString()) as { sequence?: number; missed?: Record<string, number> }
      tally.events += event.sequence === undefined ? 0 : 1
      tally.last = event.sequence ?? tally.last
      tally.missed += event.missed?.['applied'] ?? 0
      tally.unseen += event.missed?.['unseen'] ?? 0
      if (tally.last > count) resolve()
    })
  })
  await new Promise((resolve) => socket.once('open', resolve))
  socket.pause()
  const before = process.memoryUsage.rss()
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect(process.memoryUsage.rss() - before).toBeLessThan(150 * 2 ** 20)
  isRead = true
  socket.resume()
  await told
  // Most were left out, and each is accounted for: it came, or it is in the summary.
  expect(tally.missed).toBeGreaterThan(count / 4)
  expect(tally.unseen).toBe(10)
  expect(tally.events + tally.missed + tally.unseen).toBe(tally.last)
})
