/** Stands between two nodes, and cuts what it is told to. */

import { connect, createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export class Proxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Takes nothing and lets nothing through, and closes nothing either. */
  isBlack = false
  /** Connections that were made. */
  count = 0
  /** Bytes that went from who dialled to who was meant. */
  carried = 0
  /** Cuts as soon as so many have. */
  cutAfter = Infinity

  private constructor(target: number) {
    this.#server = createServer((near) => this.#join(near, connect(target, '127.0.0.1')))
  }

  /** A proxy to this port. */
  static async to(target: number): Promise<Proxy> {
    const proxy = new Proxy(target)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      proxy.cut()
      proxy.#server.close()
    })
    return proxy
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  /** Breaks all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#sockets.clear()
  }

  #join(near: Socket, far: Socket): void {
    this.count++
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one)
      one.setNoDelay(true)
      one.on('error', () => {})
      one.on('close', () => other.destroy())
      one.on('data', (chunk: Buffer) => {
        if (this.isBlack) return void one.pause()
        if (!other.write(chunk)) {
          one.pause()
          other.once('drain', () => one.resume())
        }
        if (one !== near) return
        this.carried += chunk.length
        if (this.carried >= this.cutAfter) this.cut()
      })
    }
  }
}
