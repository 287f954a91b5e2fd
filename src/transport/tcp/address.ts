/** Where peers are: as the user says, else as they have said themselves. */

import { isIP } from 'node:net'
import { describeValue, OptionsError } from '../../core/errors.ts'
import type { NodeId } from '../../core/types.ts'
import { TransportError } from './transport-error.ts'

/** Where a node listens. */
export interface PeerAddress {
  /** A name or an IP address. */
  readonly host: string
  /** From 1 to 65535. */
  readonly port: number
}

/** Where the nodes are: a table, or a function that is asked whenever a connection is to be made. */
export type Peers = ReadonlyMap<NodeId, PeerAddress> | ((id: NodeId) => PeerAddress | undefined)

/** How many nodes are remembered that nobody has named: without TLS anybody may make up ids. */
export const maxStrangers = 4096

/** Makes room for one more, at the cost of the oldest. */
export function forget(known: Map<NodeId, unknown>, most: number): void {
  const [oldest] = known.keys()
  if (known.size >= most && oldest !== undefined) known.delete(oldest)
}

/** The address of each peer that one is known of. */
export class AddressBook {
  readonly #given: Map<NodeId, PeerAddress>
  readonly #ask: (id: NodeId) => PeerAddress | undefined
  /** What nodes have said of themselves. It counts where the user says nothing: a node that has just been added. */
  readonly #learnt = new Map<NodeId, PeerAddress>()

  constructor(peers: Peers) {
    this.#given = new Map(typeof peers === 'function' ? [] : peers)
    this.#ask = typeof peers === 'function' ? peers : () => undefined
  }

  /** Those that are in the table. */
  ids(): readonly NodeId[] {
    return [...this.#given.keys()]
  }

  /** @throws whatever the user's function throws, or OptionsError if it answers with what is no address */
  find(id: NodeId): PeerAddress | undefined {
    const given = this.#given.get(id)
    if (given !== undefined) return given
    const answer = this.#ask(id)
    if (answer !== undefined) checkAddress(`peers(${id})`, answer)
    return answer ?? this.#learnt.get(id)
  }

  set(id: NodeId, address: PeerAddress): void {
    this.#given.set(id, address)
  }

  learn(id: NodeId, address: PeerAddress): void {
    forget(this.#learnt, maxStrangers)
    this.#learnt.set(id, address)
  }

  remove(id: NodeId): void {
    this.#given.delete(id)
    this.#learnt.delete(id)
  }
}

/** @throws OptionsError if it is none */
export function checkAddress(name: string, value: unknown, allowAnyPort = false): void {
  const { host, port } = (value ?? {}) as { readonly host?: unknown; readonly port?: unknown }
  const isHost = typeof host === 'string' && /^[!-~]{1,255}$/.test(host)
  const isPort = typeof port === 'number' && Number.isInteger(port) && port >= (allowAnyPort ? 0 : 1)
  if (isHost && isPort && port <= 65_535) return
  throw new OptionsError(
    name,
    'an address like { host: "10.0.0.1", port: 7000 }',
    value,
    `Pass a host and a port, got ${describeValue(host)} and ${describeValue(port)}`,
  )
}

/** An address as text: `name:7000`, `10.0.0.1:7000`, `[::1]:7000`. What is none comes out as no proper address. */
export function parseAddress(text: string): PeerAddress {
  const at = text.lastIndexOf(':')
  const host = text.slice(0, Math.max(at, 0)).replace(/^\[(.*)\]$/, '$1')
  return { host, port: /^\d{1,5}$/.test(text.slice(at + 1)) ? Number(text.slice(at + 1)) : NaN }
}

/** Does it stay inside this machine? Of names only localhost does, and where that leads is looked at again when it is dialled. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^::ffff:/i, '')
  if (isIP(bare) === 4) return bare.startsWith('127.')
  return bare === '::1' || bare.toLowerCase() === 'localhost'
}

/** The refusal of plain TCP beyond this machine. */
export function insecure(what: string, value: unknown): TransportError {
  return new TransportError(
    'ERR_TRANSPORT_INSECURE',
    `${what} would be without TLS beyond this machine: whoever reaches it could read and write the log`,
    'Pass `tls: { ca, cert, key }` (docs/TRANSPORT.md says how to make them), or `insecure: true` on a network that nobody else is in',
    { value },
  )
}
