/**
 * A transport over HTTP: each message is part of a POST, as JSON. It keeps the contract and nothing more. It knows neither TLS nor
 * who is calling, and a snapshot has to fit into memory: use `quorate/tcp` for anything that matters.
 */

import { Agent, createServer, type IncomingMessage, type Server } from 'node:http'
import type { NodeId, PeerMessage, Transport, TransportHandler } from 'quorate'
import { fromJson } from './json-message.ts'
import { Mailbox } from './mailbox.ts'
import { type Route, routeOf, routes } from './routes.ts'

/** Where nodes listen, all of them on this machine. */
export type Ports = ReadonlyMap<NodeId, number>

/** The longest body that is read. */
const maxBody = 64 * 2 ** 20

export class HttpTransport implements Transport {
  readonly #ports: Ports
  readonly #server: Server
  readonly #agent = new Agent({ keepAlive: true })
  readonly #mailboxes = new Map<string, Mailbox>()
  #self: NodeId = 0
  #handler: TransportHandler | null = null

  constructor(ports: Ports) {
    this.#ports = ports
    this.#server = createServer((call, response) => {
      void this.#serve(call).then((status) => response.writeHead(status).end())
      response.on('error', () => {})
    })
  }

  start(self: NodeId, handler: TransportHandler): Promise<void> {
    this.#self = self
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#ports.get(self), '127.0.0.1', () => {
        this.#handler = handler
        resolve()
      })
    })
  }

  send(messages: readonly PeerMessage[]): void {
    if (this.#handler !== null) for (const message of messages) this.#mailboxFor(message)?.add(message)
  }

  stop(): Promise<void> {
    this.#handler = null
    this.#agent.destroy()
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  #mailboxFor(message: PeerMessage): Mailbox | undefined {
    const { to } = message
    const port = this.#ports.get(to)
    if (port === undefined) return void setImmediate(() => this.#posted(to, [message], false))
    const route = routeOf(message)
    const key = `${to} ${route}`
    let mailbox = this.#mailboxes.get(key)
    if (mailbox === undefined) {
      const destination = { host: '127.0.0.1', port, agent: this.#agent }
      mailbox = new Mailbox(destination, route, (messages, isDelivered) => {
        this.#posted(to, messages, isDelivered)
      })
      this.#mailboxes.set(key, mailbox)
    }
    return mailbox
  }

  #posted(to: NodeId, messages: readonly PeerMessage[], isDelivered: boolean): void {
    if (!isDelivered) this.#handler?.unreachable(to)
    for (const { type } of messages)
      if (type === 'MsgSnap') this.#handler?.snapshotSent(to, isDelivered ? 'finish' : 'failure')
  }

  /** What is answered: 204 once the node has been handed everything. */
  async #serve(call: IncomingMessage): Promise<number> {
    if (!routes.includes(call.url as Route)) return 404
    if (call.method !== 'POST') return 405
    if (Number(call.headers['content-length'] ?? Infinity) > maxBody) return 413
    try {
      const messages = fromJson(await textOf(call))
      // A port that once was somebody else's: whoever sends has an old table.
      if (messages.some(({ to }) => to !== this.#self)) return 421
      for (const message of messages) this.#handler?.receive(message)
      return this.#handler === null ? 503 : 204
    } catch {
      return 400
    }
  }
}

async function textOf(call: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of call) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
