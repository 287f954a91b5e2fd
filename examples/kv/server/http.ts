/** The HTTP side of a node: finds the route, and answers with what comes of it, or with the problem. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Address } from '../arguments.ts'
import { type Answer, json } from './answer.ts'
import { EventFeed } from './events.ts'
import { deleteKey, getKey, putKey } from './key-routes.ts'
import { deleteMember, membersOf, postMember, postSnapshot, postTransfer } from './member-routes.ts'
import type { Operation } from './meter.ts'
import { Problem, problemOf } from './problem.ts'
import { readRequest, type Request } from './request.ts'
import type { Service } from './service.ts'
import { metricsOf, statusOf } from './status.ts'

type Handler = (service: Service, request: Request) => Answer | Promise<Answer>

interface Route {
  readonly fits: (path: string) => boolean
  readonly methods: Readonly<Record<string, Handler>>
}

const at = (wanted: string) => (path: string) => path === wanted
const under = (prefix: string) => (path: string) => path.startsWith(prefix)
const upgradeOnly: Handler = () => {
  throw new Problem(426, 'ERR_UPGRADE', 'This is a WebSocket', 'Connect with ws://', {
    headers: { upgrade: 'websocket' },
  })
}

const routes: readonly Route[] = [
  { fits: under('/kv/'), methods: { GET: getKey, HEAD: getKey, PUT: putKey, DELETE: deleteKey } },
  {
    fits: at('/status'),
    methods: { GET: (service, { query }) => json(200, statusOf(service, query.get('digest') === '1')) },
  },
  {
    fits: at('/metrics'),
    methods: {
      GET: (service) => ({
        status: 200,
        headers: { 'content-type': 'text/plain; version=0.0.4' },
        body: metricsOf(service),
      }),
    },
  },
  { fits: at('/members'), methods: { GET: (service) => json(200, membersOf(service)), POST: postMember } },
  { fits: under('/members/'), methods: { DELETE: deleteMember } },
  { fits: at('/transfer'), methods: { POST: postTransfer } },
  { fits: at('/snapshot'), methods: { POST: postSnapshot } },
  { fits: at('/events'), methods: { GET: upgradeOnly } },
  // For those who watch over processes: is it alive, and can it serve?
  { fits: at('/health'), methods: { GET: () => json(200, { ok: true }) } },
  { fits: at('/ready'), methods: { GET: ready } },
]

const operations: Readonly<Record<string, Operation>> = { GET: 'get', PUT: 'put', DELETE: 'delete' }

/** Serves clients, until it is stopped. */
export class HttpServer {
  readonly #service: Service
  readonly #server: Server
  readonly #events: EventFeed
  #closed: Promise<void> | null = null

  private constructor(service: Service) {
    this.#service = service
    this.#server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 30_000 })
    this.#server.on('request', (message, response) => {
      void this.#serve(message, response)
    })
    this.#server.on('clientError', (_error, socket) => {
      if (socket.writable)
        socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    })
    this.#events = new EventFeed(this.#server, service.node)
  }

  /** Rejects if it cannot listen there. */
  static async listen(service: Service, { host, port }: Address): Promise<HttpServer> {
    const http = new HttpServer(service)
    await new Promise<void>((resolve, reject) => {
      http.#server.once('error', reject)
      http.#server.listen(port, host, () => {
        http.#server.off('error', reject)
        resolve()
      })
    })
    return http
  }

  /** Takes no more connections; those that there are end with their next answer. */
  beginStop(): void {
    this.#closed = new Promise((resolve) => {
      this.#server.close(() => {
        resolve()
      })
    })
    this.#server.closeIdleConnections()
    this.#events.close()
  }

  /** Gives the last answers a moment to leave, and ends what is left. */
  async endStop(): Promise<void> {
    const moment = setTimeout(() => {
      this.#server.closeAllConnections()
    }, 500)
    await this.#closed
    clearTimeout(moment)
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const begin = performance.now()
    const request = readRequest(message)
    let answer: Answer
    try {
      answer = await handle(this.#service, request)
    } catch (error) {
      const problem = problemOf(error)
      answer = json(problem.status, problem.body(), problem.headers)
    }
    const operation = operations[request.method]
    if (operation !== undefined && request.path.startsWith('/kv/'))
      this.#service.meter.done(operation, answer.status, performance.now() - begin)
    const { status, headers, body } = answer
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length
    response.on('error', () => {})
    response.writeHead(status, {
      ...headers,
      ...(status === 304 ? {} : { 'content-length': length }),
      ...(this.#closed !== null || !isRead(message) ? { connection: 'close' } : {}),
    })
    response.end(request.method === 'HEAD' || status === 304 ? undefined : body)
  }
}

/** What is left of a body nobody wants would be taken for the next request. */
function isRead(message: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = message.headers
  return message.readableEnded || (encoding === undefined && (length === undefined || length === '0'))
}

async function handle(service: Service, request: Request): Promise<Answer> {
  const { path, method } = request
  const route = routes.find(({ fits }) => fits(path))
  if (route === undefined)
    throw new Problem(
      404,
      'ERR_ROUTE',
      `There is nothing at ${path.slice(0, 60)}`,
      'See examples/kv/README.md',
    )
  const handler = Object.hasOwn(route.methods, method) ? route.methods[method] : undefined
  if (handler !== undefined) return handler(service, request)
  const allow = Object.keys(route.methods).join(', ')
  throw new Problem(405, 'ERR_METHOD', `${method} is not for ${path.slice(0, 60)}`, `Use ${allow}`, {
    headers: { allow },
  })
}

function ready({ node }: Service): Answer {
  if (node.leader !== null) return json(200, { leader: node.leader })
  throw new Problem(503, 'ERR_NO_LEADER', 'No leader is known', 'Try again', {
    headers: { 'retry-after': '1' },
  })
}
