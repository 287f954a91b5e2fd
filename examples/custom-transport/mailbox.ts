/** What waits for one route of one peer: one POST at a time, with everything in it that has come up since the last. */

import { type Agent, request } from 'node:http'
import type { PeerMessage } from 'quorate'
import { toJson } from './json-message.ts'
import type { Route } from './routes.ts'

/** Where a peer listens, and who calls. */
export interface Destination {
  readonly host: string
  readonly port: number
  readonly agent: Agent
}

/** Messages that wait, at most: those beyond are lost, which Raft lives with. */
const maxWaiting = 1000
/** Milliseconds for a peer to take a POST. */
const timeout = 2000

export class Mailbox {
  readonly #destination: Destination
  readonly #route: Route
  readonly #posted: (messages: readonly PeerMessage[], isDelivered: boolean) => void
  #waiting: PeerMessage[] = []
  #isDue = false

  /** @param posted - told what became of messages: never from within `add` */
  constructor(
    destination: Destination,
    route: Route,
    posted: (messages: readonly PeerMessage[], isDelivered: boolean) => void,
  ) {
    this.#destination = destination
    this.#route = route
    this.#posted = posted
  }

  add(message: PeerMessage): void {
    if (this.#waiting.length >= maxWaiting) return void setImmediate(() => this.#posted([message], false))
    this.#waiting.push(message)
    if (this.#isDue) return
    this.#isDue = true
    setImmediate(() => void this.#work())
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const messages = this.#waiting
      this.#waiting = []
      this.#posted(messages, await this.#post(toJson(messages)))
    }
    this.#isDue = false
  }

  /** Has the peer taken it? */
  #post(body: string): Promise<boolean> {
    const { host, port, agent } = this.#destination
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    return new Promise((resolve) => {
      const call = request({ host, port, agent, method: 'POST', path: this.#route, headers, timeout })
      call.on('response', (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode === 204))
        response.on('error', () => resolve(false))
      })
      call.on('timeout', () => call.destroy())
      call.on('error', () => resolve(false))
      call.end(body)
    })
  }
}
