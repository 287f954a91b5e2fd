/** Takes connections: TLS if there is any, then the handshake, then whatever the connection is for. */

import { createServer as createTcp, type Server, type Socket } from 'node:net'
import { createServer as createTls, type Server as TlsServer, TLSSocket } from 'node:tls'
import { describeCause } from '../../core/errors.ts'
import type { PeerAddress } from './address.ts'
import { credentials } from './dial.ts'
import { readFirstWords } from './first-words.ts'
import { decodeHello, encodeReply, type Hello, type Refusal } from './handshake.ts'
import { judge } from './judge.ts'
import type { Site } from './site.ts'
import type { TcpTlsOptions } from './tcp-options.ts'
import { handshakeError, TransportError } from './transport-error.ts'

/** Connections that have not said yet who they are, at most; those beyond are closed. */
const maxStrangers = 64

/** Takes over a connection whose handshake is right; answers why not, or null. */
export type Admit = (hello: Hello, socket: Socket) => { status: Refusal; text: string; fix: string } | null

export class Listener {
  readonly #site: Site
  readonly #admit: Admit
  readonly #welcome: (hello: Hello, socket: Socket, head: Buffer) => void
  readonly #server: Server | TlsServer
  /** Every socket that is open, so that the server can be closed. */
  readonly #sockets = new Set<Socket>()
  /** By address and port: with TLS there are two objects for one connection. */
  readonly #strangers = new Map<string, NodeJS.Timeout>()

  constructor(site: Site, admit: Admit, welcome: (hello: Hello, socket: Socket, head: Buffer) => void) {
    this.#site = site
    this.#admit = admit
    this.#welcome = welcome
    if (site.tls === null) this.#server = createTcp({ noDelay: true })
    else {
      const options = { ...credentials(site.tls), requestCert: true, noDelay: true }
      this.#server = createTls(options)
      this.#server.on('tlsClientError', (cause: Error) => {
        site.report(
          handshakeError(
            `A connection was turned down by TLS: ${describeCause(cause)}`,
            "Check the other side: it needs a certificate that is signed by this cluster's `ca`, and TLS 1.3",
            cause,
          ),
          null,
        )
      })
    }
    // Counted first: who is met must have been counted.
    this.#server.on('connection', (socket: Socket) => this.#count(socket))
    const met = site.tls === null ? 'connection' : 'secureConnection'
    this.#server.on(met, (socket: Socket) => this.#meet(socket))
  }

  /** @throws TransportError (`ERR_TRANSPORT_LISTEN`) if it cannot listen there */
  listen({ host, port }: PeerAddress): Promise<PeerAddress> {
    return new Promise((resolve, reject) => {
      const fail = (cause: NodeJS.ErrnoException): void => {
        const fix =
          cause.code === 'EADDRINUSE'
            ? 'Another process listens there: stop it, or take another port'
            : 'Listen on an address that this machine has, and on a port that you may use'
        const what = `Cannot listen on ${host} port ${port}: ${describeCause(cause)}`
        reject(new TransportError('ERR_TRANSPORT_LISTEN', what, fix, { cause }))
      }
      this.#server.once('error', fail)
      this.#server.listen(port, host, () => {
        this.#server.off('error', fail)
        // A connection that cannot be taken, for want of file descriptors say, is the dialer's to try again.
        this.#server.on('error', (cause: Error) =>
          this.#site.report(
            new TransportError(
              'ERR_TRANSPORT_LISTEN',
              `Listening failed: ${cause.message}`,
              'Look at the limits of this machine',
              { cause },
            ),
            null,
          ),
        )
        const address = this.#server.address()
        resolve({ host, port: typeof address === 'object' && address !== null ? address.port : port })
      })
    })
  }

  /** New connections prove who they are with these. */
  setTls(tls: TcpTlsOptions): void {
    if ('setSecureContext' in this.#server) this.#server.setSecureContext(credentials(tls))
  }

  /** Takes no more connections, and breaks those that there are. */
  close(): Promise<void> {
    for (const timer of this.#strangers.values()) clearTimeout(timer)
    this.#strangers.clear()
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      for (const socket of this.#sockets) socket.destroy()
    })
  }

  #count(socket: Socket): void {
    this.#sockets.add(socket)
    const key = keyOf(socket)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      this.#forget(key)
    })
    // Somebody who resets the connection at once must find somebody who listens.
    socket.on('error', () => {})
    if (this.#strangers.size >= maxStrangers) return void socket.destroy()
    const timer = setTimeout(() => {
      this.#turnDown(
        socket,
        handshakeError(
          `${socket.remoteAddress ?? 'somebody'} has connected and not said who it is within ${this.#site.options.connectTimeout} ms`,
          'See that only nodes of this cluster connect to this port',
        ),
      )
    }, this.#site.options.connectTimeout)
    this.#strangers.set(key, timer)
  }

  #forget(key: string): void {
    clearTimeout(this.#strangers.get(key))
    this.#strangers.delete(key)
  }

  #meet(socket: Socket): void {
    const key = keyOf(socket)
    // Without it the connection was closed already: there were too many, or it took too long.
    if (!this.#strangers.has(key)) return void socket.destroy()
    readFirstWords(
      socket,
      (words, head) => {
        this.#forget(key)
        this.#hear(socket, words, head)
      },
      (error) => this.#turnDown(socket, error),
    )
  }

  #hear(socket: Socket, words: Buffer, head: Buffer): void {
    let hello: ReturnType<typeof decodeHello>
    try {
      hello = decodeHello(words)
    } catch (error) {
      return this.#refuse(socket, 'malformed', error as TransportError)
    }
    const names = socket instanceof TLSSocket ? (socket.getPeerCertificate().subjectaltname ?? '') : null
    const verdict = judge(this.#site, hello, names)
    if (verdict.status !== 'welcome') return this.#refuse(socket, verdict.status, verdict.error)
    const refusal = this.#admit(verdict.hello, socket)
    if (refusal !== null)
      return this.#refuse(socket, refusal.status, handshakeError(refusal.text, refusal.fix))
    const { cluster, incarnation } = this.#site.options
    const { self: from } = this.#site
    socket.write(encodeReply({ status: 'welcome', version: verdict.version, from, incarnation, cluster }))
    this.#welcome(verdict.hello, socket, head)
  }

  #refuse(socket: Socket, status: Refusal, error: TransportError): void {
    socket.write(encodeReply({ status, text: error.message }))
    this.#turnDown(socket, error)
  }

  /** Closes it behind what has been written. */
  #turnDown(socket: Socket, error: Error): void {
    if (socket.destroyed) return
    socket.destroySoon()
    this.#site.report(
      error instanceof TransportError
        ? error
        : handshakeError(
            `A connection broke before it had begun: ${error.message}`,
            'Look at the other side',
            error,
          ),
      null,
    )
  }
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}|${remotePort}`
}
