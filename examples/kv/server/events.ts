/** `/events`: what the node tells, as JSON over a WebSocket. A client that is too slow gets a summary of what it missed. */

import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { NodeEvent } from 'quorate'
import { type WebSocket, WebSocketServer } from 'ws'
import type { KvNode } from './kv-node.ts'

/** Most clients at a time, and most bytes that wait for one of them. */
const maxClients = 64
const maxWaiting = 1024 * 1024

/** Serves `/events` until it is closed. */
export class EventFeed {
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: 1024, perMessageDeflate: false })
  readonly #node: KvNode

  constructor(server: Server, node: KvNode) {
    this.#node = node
    server.on('upgrade', (request, socket, head) => {
      this.#upgrade(request, socket, head)
    })
  }

  close(): void {
    for (const client of this.#sockets.clients) client.close(1001, 'the node stops')
    this.#sockets.close()
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {})
    const [path, query = ''] = (request.url ?? '').split('?', 2)
    const refusal =
      path !== '/events'
        ? '404 Not Found'
        : this.#sockets.clients.size >= maxClients
          ? '503 Service Unavailable'
          : null
    if (refusal !== null) {
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    const types = new URLSearchParams(query).get('types')
    this.#sockets.handleUpgrade(request, socket, head, (client) => {
      void this.#feed(client, types === null ? null : new Set(types.split(',')))
    })
  }

  async #feed(client: WebSocket, types: ReadonlySet<string> | null): Promise<void> {
    const end = new AbortController()
    client.on('close', () => {
      end.abort()
    })
    client.on('error', () => {
      client.terminate()
    })
    const missed = new Missed()
    let last: number | null = null
    for await (const event of this.#node.events({ buffer: 4096, signal: end.signal })) {
      if (last !== null && event.sequence > last + 1) missed.unseen(event.sequence - last - 1)
      last = event.sequence
      if (types !== null && !types.has(event.type)) continue
      if (client.bufferedAmount > maxWaiting) missed.add(event)
      else {
        const summary = missed.take()
        if (summary !== null) client.send(summary)
        client.send(eventText(event))
      }
    }
    client.close()
  }
}

/** Counts what a client was too slow for. */
class Missed {
  #counts = new Map<string, number>()

  add({ type }: NodeEvent): void {
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1)
  }

  /** Those of which not even the type is known, or that the client does not want. */
  unseen(count: number): void {
    this.#counts.set('unseen', (this.#counts.get('unseen') ?? 0) + count)
  }

  take(): string | null {
    if (this.#counts.size === 0) return null
    const text = JSON.stringify({ type: 'summary', missed: Object.fromEntries(this.#counts) })
    this.#counts = new Map()
    return text
  }
}

/** An event as a line of JSON: what clients have written is told by its length only. */
function eventText(event: NodeEvent): string {
  return JSON.stringify(event, (_name, value: unknown) => {
    if (value instanceof Uint8Array) return { bytes: value.length }
    if (value instanceof Error) return { name: value.name, message: value.message }
    return value
  })
}
