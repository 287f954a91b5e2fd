/** The options of a TcpTransport: looked at once, in the constructor. */

import { describeValue, OptionsError } from '../../core/errors.ts'
import type { NodeId } from '../../core/types.ts'
import type { SnapshotStore } from '../../storage/snapshot-store.ts'
import { checkAddress, insecure, isLoopback, type PeerAddress, type Peers } from './address.ts'
import type { MessageCodec } from './message-codec.ts'
import { MessageCodec as RaftpbCodec } from '../../codec/message-codec.ts'
import type { TransportError } from './transport-error.ts'

/** What proves who a node is: in PEM, as `node:tls` takes it. */
export interface TcpTlsOptions {
  /** The authority that signs the certificates of this cluster's nodes, and of nobody else. */
  readonly ca: string | Buffer | readonly (string | Buffer)[]
  /** This node's certificate, with `URI:quorate://<cluster>/<node id>` among its subject alternative names. */
  readonly cert: string | Buffer
  /** Its private key. */
  readonly key: string | Buffer
}

/** How nodes reach each other. */
export interface TcpOptions {
  /**
   * The cluster's name: nodes of another one are turned down. 1 to 64 letters, digits, `.`, `_` and `-`. Best something that no
   * other cluster will ever be called, such as a random number.
   */
  readonly cluster: string
  /**
   * Where to listen. Port 0 takes any that is free: `address` then says which.
   * @defaultValue `host` is 127.0.0.1
   */
  readonly listen: { readonly host?: string | undefined; readonly port: number }
  /**
   * Where the other nodes are; this one may be among them. What is said here goes before what nodes say of themselves when they
   * connect. Can be changed by `setPeer` and `removePeer`.
   */
  readonly peers: Peers
  /**
   * How messages become bytes: the same on every node.
   * @defaultValue the protobuf of etcd's raftpb, see `quorate/codec`
   */
  readonly codec?: MessageCodec | undefined
  /** Mutual TLS 1.3. Without it only connections inside this machine are made and taken. */
  readonly tls?: TcpTlsOptions | undefined
  /**
   * Plain TCP to and from other machines: whoever reaches the port can do anything.
   * @defaultValue false
   */
  readonly insecure?: boolean | undefined
  /** Where the bytes of snapshots are. Without it they are in the snapshots. The same on all nodes: with, or without. */
  readonly snapshots?: SnapshotStore | undefined
  /**
   * Where other nodes reach this one, which it tells them when it connects.
   * @defaultValue the address that it connects from, and the port that it listens on
   */
  readonly advertise?: PeerAddress | undefined
  /**
   * Told of what an operator should look at: peers that are turned down, frames and messages that cannot be read, a handler that
   * throws. `peer` is `null` while it is not known. A peer that is merely away is no such thing.
   */
  readonly onError?: ((error: TransportError, peer: NodeId | null) => void) | undefined
  /**
   * The most bytes of one message, question or answer. The same on all nodes; above `maxSizePerMsg` by the largest entry.
   * @defaultValue 16 MiB
   */
  readonly maxMessageBytes?: number | undefined
  /**
   * The most bytes that wait for one peer; what is beyond is dropped, and the peer reported as unreachable.
   * @defaultValue 64 MiB
   */
  readonly maxQueueBytes?: number | undefined
  /**
   * The most bytes of a snapshot that is taken in without a store for snapshots, in memory.
   * @defaultValue 1 GiB
   */
  readonly maxSnapshotBytes?: number | undefined
  /**
   * Milliseconds for a connection to be made, with TLS and handshake.
   * @defaultValue 3000
   */
  readonly connectTimeout?: number | undefined
  /**
   * Milliseconds for each mebibyte of a frame that has begun, or a part of one, to arrive.
   * @defaultValue 5000
   */
  readonly frameTimeout?: number | undefined
  /**
   * Milliseconds between signs of life. A connection over which nothing has come for four of them is closed.
   * @defaultValue 1000
   */
  readonly pingInterval?: number | undefined
  /**
   * Milliseconds after which a question is given up.
   * @defaultValue 5000
   */
  readonly requestTimeout?: number | undefined
  /**
   * Milliseconds before a connection is tried again: the first time, doubled from time to time, and at most. Less by up to a half,
   * at random.
   * @defaultValue from 50 to 1000
   */
  readonly backoff?: { readonly min: number; readonly max: number } | undefined
  /**
   * Grows from one start of this node to the next. Of two processes that claim to be the same node the later one is believed.
   * @defaultValue milliseconds since 1970
   */
  readonly incarnation?: number | undefined
}

/** The options with everything in them. */
export interface ResolvedTcpOptions {
  readonly cluster: string
  readonly listen: { readonly host: string; readonly port: number }
  readonly peers: Peers
  readonly codec: MessageCodec
  readonly tls: TcpTlsOptions | null
  readonly insecure: boolean
  readonly snapshots: SnapshotStore | null
  readonly advertise: PeerAddress | null
  readonly onError: (error: TransportError, peer: NodeId | null) => void
  readonly maxMessageBytes: number
  readonly maxQueueBytes: number
  readonly maxSnapshotBytes: number
  readonly connectTimeout: number
  readonly frameTimeout: number
  readonly pingInterval: number
  readonly requestTimeout: number
  readonly backoff: { readonly min: number; readonly max: number }
  readonly incarnation: number
}

const known: readonly (keyof TcpOptions)[] = [
  'cluster',
  'listen',
  'peers',
  'codec',
  'tls',
  'insecure',
  'snapshots',
  'advertise',
  'onError',
  'maxMessageBytes',
  'maxQueueBytes',
  'maxSnapshotBytes',
  'connectTimeout',
  'frameTimeout',
  'pingInterval',
  'requestTimeout',
  'backoff',
  'incarnation',
]

/**
 * @throws OptionsError if an option is unknown or out of range
 * @throws TransportError (`ERR_TRANSPORT_INSECURE`) if an address is beyond this machine and there is no TLS
 */
export function resolveTcpOptions(options: TcpOptions): ResolvedTcpOptions {
  checkNames(options)
  const resolved: ResolvedTcpOptions = {
    cluster: options.cluster,
    listen: { host: options.listen.host ?? '127.0.0.1', port: options.listen.port },
    peers: options.peers,
    codec: options.codec ?? new RaftpbCodec(),
    tls: options.tls ?? null,
    insecure: options.insecure ?? false,
    snapshots: options.snapshots ?? null,
    advertise: options.advertise ?? null,
    onError: options.onError ?? (() => {}),
    maxMessageBytes: options.maxMessageBytes ?? 16 * 2 ** 20,
    maxQueueBytes: options.maxQueueBytes ?? 64 * 2 ** 20,
    maxSnapshotBytes: options.maxSnapshotBytes ?? 2 ** 30,
    connectTimeout: options.connectTimeout ?? 3000,
    frameTimeout: options.frameTimeout ?? 5000,
    pingInterval: options.pingInterval ?? 1000,
    requestTimeout: options.requestTimeout ?? 5000,
    backoff: options.backoff ?? { min: 50, max: 1000 },
    incarnation: options.incarnation ?? Date.now(),
  }
  checkObjects(resolved)
  checkNumbers(resolved)
  checkSecurity(resolved)
  return resolved
}

function checkNames(options: unknown): void {
  if (typeof options !== 'object' || options === null)
    throw new OptionsError('options', 'an object', options, 'Pass at least { cluster, listen, peers }')
  for (const [name, value] of Object.entries(options))
    if (!(known as readonly string[]).includes(name))
      throw new OptionsError(name, `one of ${known.join(', ')}`, value, 'Mind the spelling')
  const { cluster, listen } = options as { readonly cluster?: unknown; readonly listen?: unknown }
  if (typeof cluster !== 'string' || !/^[\w.-]{1,64}$/.test(cluster))
    throw new OptionsError('cluster', '1 to 64 letters, digits, ".", "_" or "-"', cluster)
  if (typeof listen !== 'object' || listen === null)
    throw new OptionsError('listen', 'an address like { host: "127.0.0.1", port: 7000 }', listen)
}

function checkObjects(options: ResolvedTcpOptions): void {
  checkAddress('listen', options.listen, true)
  if (options.advertise !== null) checkAddress('advertise', options.advertise)
  const { peers } = options as { readonly peers: unknown }
  if (peers instanceof Map) for (const [id, address] of peers) checkAddress(`peers(${id})`, address)
  else if (typeof peers !== 'function')
    throw new OptionsError('peers', 'a Map of addresses, or a function that knows them', peers)
  const { encode, decode } = (options as { readonly codec?: Partial<MessageCodec> }).codec ?? {}
  if (typeof encode !== 'function' || typeof decode !== 'function')
    throw new OptionsError('codec', 'an object with the functions encode and decode', options.codec)
  if (typeof options.onError !== 'function') throw new OptionsError('onError', 'a function', options.onError)
  if (typeof options.insecure !== 'boolean') throw new OptionsError('insecure', 'a boolean', options.insecure)
  if (options.tls !== null) checkTls(options.tls)
}

/** @throws OptionsError if something is missing */
export function checkTls(tls: TcpTlsOptions): void {
  // An authority that is left out would be every public one that Node knows.
  for (const name of ['ca', 'cert', 'key'] as const) {
    const value: unknown = tls[name]
    if (typeof value === 'string' || Buffer.isBuffer(value) || (name === 'ca' && Array.isArray(value)))
      continue
    throw new OptionsError(`tls.${name}`, 'PEM, as a string or a Buffer', describeValue(value))
  }
}

function checkNumbers(options: ResolvedTcpOptions): void {
  const { maxMessageBytes, maxQueueBytes, maxSnapshotBytes, incarnation, backoff } = options
  checkRange('maxMessageBytes', maxMessageBytes, 1024, 2 ** 30)
  checkRange('maxQueueBytes', maxQueueBytes, maxMessageBytes, Number.MAX_SAFE_INTEGER)
  checkRange('maxSnapshotBytes', maxSnapshotBytes, 0, Number.MAX_SAFE_INTEGER)
  checkRange('incarnation', incarnation, 0, Number.MAX_SAFE_INTEGER)
  for (const name of ['connectTimeout', 'frameTimeout', 'pingInterval', 'requestTimeout'] as const)
    checkRange(name, options[name], 1, 2 ** 31 - 1)
  checkRange('backoff.min', backoff.min, 1, 2 ** 31 - 1)
  checkRange('backoff.max', backoff.max, backoff.min, 2 ** 31 - 1)
}

function checkRange(name: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return
  throw new OptionsError(name, `a whole number from ${min} to ${max}`, value)
}

function checkSecurity(options: ResolvedTcpOptions): void {
  checkSecure(options, options.listen.host, 'Listening')
  if (typeof options.peers === 'function') return
  for (const [id, { host }] of options.peers) checkSecure(options, host, `A connection to node ${id}`)
}

/** @throws TransportError (`ERR_TRANSPORT_INSECURE`) if there it would be plain TCP that nobody asked for */
export function checkSecure(options: ResolvedTcpOptions, host: string, what: string): void {
  if (options.tls === null && !options.insecure && !isLoopback(host))
    throw insecure(`${what}, ${host},`, host)
}
