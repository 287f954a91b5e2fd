/**
 * quorate/tcp: nodes in different processes, over TCP with mutual TLS.
 *
 * @module quorate/tcp
 */

export { TcpTransport } from './tcp-transport.ts'
export type { TcpOptions, TcpTlsOptions } from './tcp-options.ts'
export type { PeerAddress, Peers } from './address.ts'
export type { MessageCodec } from './message-codec.ts'
export type { TcpPeerStatus } from './status.ts'
export { TransportError, type TransportErrorCode } from './transport-error.ts'
export { certificateName } from './certificate.ts'
