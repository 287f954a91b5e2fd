/**
 * A proxy in a process of its own, so that a stall of whoever commands it is no partition: one port for each directed link between two
 * nodes, which can be cut, swallow everything, or delay.
 *
 * It is commanded by lines of JSON, and answers the first with the ports.
 */

import { connect, createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** What a link does with its bytes: `hole` keeps connections open, and nothing comes out of them. */
export interface LinkState {
  readonly mode: 'open' | 'cut' | 'hole'
  readonly delayMs: number
}

/** A link from one node to another, and the port that the other one listens on. */
export interface LinkName {
  readonly from: number
  readonly to: number
}

/** A line to the proxy. */
export type ProxyCommand =
  | { readonly links: readonly (LinkName & { readonly target: number })[] }
  | { readonly set: readonly (LinkName & LinkState)[] }

/** The answer to the links. */
export interface ProxyPorts {
  readonly ports: readonly (LinkName & { readonly port: number })[]
}

/** Runs until its input ends. */
export async function runProxy(out: (line: string) => void): Promise<void> {
  const links = new Map<string, Link>()
  const nameOf = ({ from, to }: LinkName): string => `${from}-${to}`
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line) as ProxyCommand
    if ('set' in command) for (const one of command.set) links.get(nameOf(one))?.set(one)
    else {
      const ports: (LinkName & { port: number })[] = []
      for (const { from, to, target } of command.links) {
        const link = new Link(target)
        links.set(nameOf({ from, to }), link)
        ports.push({ from, to, port: await link.listen() })
      }
      out(JSON.stringify({ ports } satisfies ProxyPorts))
    }
  }
  for (const link of links.values()) link.close()
}

class Link {
  readonly #target: number
  readonly #server: Server
  readonly #pipes = new Set<Pipe>()
  #state: LinkState = { mode: 'open', delayMs: 0 }

  constructor(target: number) {
    this.#target = target
    this.#server = createServer((near) => {
      this.#accept(near)
    })
  }

  listen(): Promise<number> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => {
        resolve((this.#server.address() as { port: number }).port)
      })
    })
  }

  set({ mode, delayMs }: LinkState): void {
    this.#state = { mode, delayMs }
    for (const pipe of this.#pipes) {
      if (mode === 'cut') pipe.end()
      else pipe.set(this.#state)
    }
  }

  close(): void {
    this.#server.close()
    for (const pipe of this.#pipes) pipe.end()
  }

  #accept(near: Socket): void {
    if (this.#state.mode === 'cut') {
      near.destroy()
      return
    }
    const far = connect(this.#target, '127.0.0.1')
    const pipes = [new Pipe(near, far), new Pipe(far, near)]
    for (const pipe of pipes) {
      pipe.set(this.#state)
      this.#pipes.add(pipe)
    }
    const end = (): void => {
      near.destroy()
      far.destroy()
      for (const pipe of pipes) this.#pipes.delete(pipe)
    }
    for (const socket of [near, far]) {
      socket.setNoDelay(true)
      socket.on('error', end)
      socket.on('close', end)
    }
  }
}

/** One direction of a connection. */
class Pipe {
  readonly #from: Socket
  readonly #to: Socket
  #state: LinkState = { mode: 'open', delayMs: 0 }
  /** When the last piece leaves: no piece overtakes another. */
  #last = 0

  constructor(from: Socket, to: Socket) {
    this.#from = from
    this.#to = to
    from.on('data', (chunk: Buffer) => {
      this.#carry(chunk)
    })
    to.on('drain', () => {
      if (this.#state.mode === 'open') from.resume()
    })
  }

  set(state: LinkState): void {
    this.#state = state
    if (state.mode === 'hole') this.#from.pause()
    else this.#from.resume()
  }

  end(): void {
    this.#from.destroy()
  }

  #carry(chunk: Buffer): void {
    const now = performance.now()
    const { delayMs } = this.#state
    const due = Math.max(now + delayMs * (0.5 + Math.random()), this.#last)
    if (delayMs === 0 && this.#last <= now) this.#write(chunk)
    else {
      this.#last = due
      setTimeout(() => {
        this.#write(chunk)
      }, due - now)
    }
  }

  #write(chunk: Buffer): void {
    if (!this.#to.destroyed && !this.#to.write(chunk)) this.#from.pause()
  }
}
