/** Makes a connection to a peer: TCP, TLS if there is any, and the handshake. */

import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { describeCause } from '../../core/errors.ts'
import type { NodeId } from '../../core/types.ts'
import { insecure, isLoopback, type PeerAddress } from './address.ts'
import { certificateFlaw } from './certificate.ts'
import { readFirstWords } from './first-words.ts'
import { decodeReply, encodeHello, type LaneName, versions } from './handshake.ts'
import type { Site } from './site.ts'
import { checkSecure, type TcpTlsOptions } from './tcp-options.ts'
import { connectionError, handshakeError, TransportError } from './transport-error.ts'

/** A connection that is ready for frames. */
export interface Dialled {
  readonly socket: Socket
  /** What has arrived behind the handshake. */
  readonly head: Buffer
}

/**
 * Dials, and calls back once: never from within, and not after it was called off.
 * @returns what calls it off
 */
export function dial(
  site: Site,
  to: NodeId,
  lane: LaneName,
  done: (result: Dialled | TransportError) => void,
): () => void {
  let socket: Socket | null = null
  let isOver = false
  const end = (result: Dialled | TransportError): void => {
    if (isOver) return
    isOver = true
    clearTimeout(timer)
    if (result instanceof Error) socket?.destroy()
    done(result)
  }
  const timer = setTimeout(() => {
    end(
      connectionError(
        `Node ${to} could not be connected to within ${site.options.connectTimeout} ms`,
        'Look whether it is alive and at its address, or raise `connectTimeout`',
      ),
    )
  }, site.options.connectTimeout)
  // An address that is missing or must not be dialled is found at once, and told later.
  const start = setImmediate(() => {
    try {
      socket = open(site, to, addressOf(site, to))
      converse(site, to, lane, socket, end)
    } catch (error) {
      end(asTransportError(error, to))
    }
  })
  return () => {
    isOver = true
    clearTimeout(timer)
    clearImmediate(start)
    socket?.destroy()
  }
}

function addressOf(site: Site, to: NodeId): PeerAddress {
  const address = site.book.find(to)
  if (address === undefined)
    throw connectionError(
      `There is no address for node ${to}`,
      'Put it into `peers`, or call `setPeer`; a node that connects itself says where it is',
    )
  checkSecure(site.options, address.host, `A connection to node ${to}`)
  return address
}

function open(site: Site, to: NodeId, { host, port }: PeerAddress): Socket {
  const { tls } = site
  if (tls === null) return connectTcp({ host, port, noDelay: true })
  return connectTls({
    host,
    port,
    // Of the names in the certificate that of the node counts, and not that of a host: none is asked for.
    servername: '',
    ...credentials(tls),
    checkServerIdentity: (_, { subjectaltname }) =>
      certificateFlaw(subjectaltname, site.options.cluster, to) ?? undefined,
  }).setNoDelay(true)
}

/** What both sides of a connection with TLS ask for. */
export function credentials({ ca, cert, key }: TcpTlsOptions): {
  ca: string | Buffer | (string | Buffer)[]
  cert: string | Buffer
  key: string | Buffer
  minVersion: 'TLSv1.3'
  rejectUnauthorized: true
} {
  const authorities = typeof ca === 'string' || Buffer.isBuffer(ca) ? ca : [...ca]
  return { ca: authorities, cert, key, minVersion: 'TLSv1.3', rejectUnauthorized: true }
}

function converse(
  site: Site,
  to: NodeId,
  lane: LaneName,
  socket: Socket,
  end: (result: Dialled | TransportError) => void,
): void {
  const { options, self, listening } = site
  const fail = (error: unknown): void => end(asTransportError(error, to))
  readFirstWords(
    socket,
    (words, head) => {
      try {
        checkReply(site, to, words)
      } catch (error) {
        return fail(error)
      }
      end({ socket, head })
    },
    fail,
  )
  socket.once(site.tls === null ? 'connect' : 'secureConnect', () => {
    // A name may lead anywhere.
    if (site.tls === null && !options.insecure && !isLoopback(socket.remoteAddress ?? ''))
      return fail(insecure(`A connection to node ${to}, ${socket.remoteAddress},`, socket.remoteAddress))
    const { cluster, incarnation, advertise } = options
    const { host, port } = advertise ?? { host: '', port: listening?.port ?? 0 }
    socket.write(encodeHello({ ...versions, lane, from: self, to, incarnation, cluster, host, port }))
  })
}

function checkReply({ options }: Site, to: NodeId, words: Buffer): void {
  const reply = decodeReply(words)
  if (reply.status !== 'welcome')
    throw handshakeError(
      `Node ${to} has turned this node down (${reply.status}): ${reply.text.slice(0, 400)}`,
      'Mend what it says, on one of the two nodes',
    )
  if (reply.version < versions.min || reply.version > versions.max)
    throw handshakeError(
      `Node ${to} has chosen version ${reply.version} of the protocol, and this node speaks ${versions.min} to ${versions.max}`,
      'Upgrade one node after the other, through releases that know each other',
    )
  if (reply.cluster !== options.cluster || reply.from !== to)
    throw handshakeError(
      `Expected node ${to} of cluster ${options.cluster}, got node ${reply.from} of cluster ${reply.cluster}`,
      `Mend the address of node ${to} in \`peers\``,
    )
}

function asTransportError(error: unknown, to: NodeId): TransportError {
  if (error instanceof TransportError) return error
  const { code = '' } = (error ?? {}) as { readonly code?: string }
  if (/^(ERR_TLS|ERR_SSL|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|ERR_OSSL)/.test(code))
    return handshakeError(
      `TLS with node ${to} failed: ${describeCause(error)}`,
      'Check `tls`: the certificates of both nodes have to be signed by the `ca` of the other, and be in date',
      error,
    )
  return connectionError(
    `Node ${to} could not be connected to: ${describeCause(error)}`,
    'Look whether it is alive, and at its address',
    error,
  )
}
