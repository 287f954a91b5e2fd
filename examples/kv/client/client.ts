/** Talks to a cluster: to any node that answers, and to the next one if one does not. */

import { Agent, request as httpRequest } from 'node:http'
import type { Address } from '../arguments.ts'
import { formatAddress } from '../arguments.ts'

/** What to ask for. */
export interface Asked {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** What was answered. */
export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  /** Who answered. */
  readonly from: Address
}

/** No answer: `sent` says whether the request may have been done all the same. */
export class NoAnswerError extends Error {
  readonly sent: boolean

  constructor(what: string, sent: boolean, cause?: unknown) {
    super(what, { cause })
    this.sent = sent
  }
}

/** No node could be asked. */
export class UnreachableError extends Error {}

/** One node, over connections that are kept. */
export class NodeClient {
  readonly address: Address
  readonly #agent: Agent

  /** @param connections - at most so many at a time */
  constructor(address: Address, connections = 16) {
    this.address = address
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections })
  }

  close(): void {
    this.#agent.destroy()
  }

  /**
   * Asks this node.
   * @throws NoAnswerError if there is none within `timeoutMs`
   */
  ask({ method, path, headers = {}, body }: Asked, timeoutMs: number): Promise<Answered> {
    const { host, port } = this.address
    return new Promise((resolve, reject) => {
      let sent = false
      const length = body === undefined ? 0 : typeof body === 'string' ? Buffer.byteLength(body) : body.length
      const request = httpRequest({
        host,
        port,
        method,
        path,
        agent: this.#agent,
        headers: { ...headers, 'content-length': length },
      })
      const timer = setTimeout(() => {
        request.destroy(new Error(`no answer within ${timeoutMs} ms`))
      }, timeoutMs)
      const fail = (error: Error): void => {
        clearTimeout(timer)
        reject(new NoAnswerError(`${formatAddress(this.address)}: ${reasonOf(error)}`, sent, error))
      }
      request.on('error', fail)
      request.on('socket', (socket) => {
        if (!socket.connecting) sent = true
        else
          socket.once('connect', () => {
            sent = true
          })
      })
      request.on('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', fail)
        response.on('end', () => {
          clearTimeout(timer)
          const { statusCode = 0, headers: given } = response
          resolve({ status: statusCode, headers: given, body: Buffer.concat(chunks), from: this.address })
        })
      })
      request.end(body)
    })
  }
}

function reasonOf(error: Error): string {
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'ECONNREFUSED' ? 'nobody listens there' : message
}

/** A cluster of which some nodes are known. */
export class ClusterClient {
  readonly nodes: readonly NodeClient[]
  readonly #timeoutMs: number

  constructor(addresses: readonly Address[], timeoutMs = 10_000) {
    this.nodes = addresses.map((address) => new NodeClient(address))
    this.#timeoutMs = timeoutMs
  }

  close(): void {
    for (const node of this.nodes) node.close()
  }

  /**
   * Asks one node after the other, until one has an answer that is more than "not now", and again from the first, until the time is
   * over. What may have been done is not asked for again, unless it is only a question.
   * @throws UnreachableError if nobody can be asked
   * @throws NoAnswerError if it is not known what became of it
   */
  async ask(asked: Asked, timeoutMs = this.#timeoutMs): Promise<Answered> {
    const end = performance.now() + timeoutMs
    let refused: Answered | null = null
    for (;;) {
      const reasons: string[] = []
      for (const node of this.nodes) {
        try {
          const answer = await node.ask(asked, Math.max(end - performance.now(), 100))
          if (answer.status !== 503) return answer
          refused = answer
        } catch (error) {
          if (!(error instanceof NoAnswerError)) throw error
          if (error.sent && asked.method !== 'GET') throw error
          reasons.push(error.message)
        }
      }
      const isOver = performance.now() >= end
      if (refused !== null && isOver) return refused
      if (reasons.length === this.nodes.length && (refused === null || isOver))
        throw new UnreachableError(`No node can be reached:\n  ${reasons.join('\n  ')}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

/** The path of a key: slashes stay what they are for the reader. */
export function keyPath(key: string, query = ''): string {
  return `/kv/${encodeURIComponent(key)}${query === '' ? '' : `?${query}`}`
}
