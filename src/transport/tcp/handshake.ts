/**
 * The first words of a connection, alike in all versions of the protocol:
 *
 *     hello   = "QRTE" min:u8 max:u8 length:u16 body crc:u32      dialer to acceptor
 *     reply   = "QRTE" version:u8 status:u8 length:u16 body crc:u32
 *
 * `body` of a hello in version 1: lane u8, from u64, to u64, incarnation u64, port u16, host text, cluster text; `text` is u8
 * bytes of UTF-8. Of a reply with status 0: from u64, incarnation u64, cluster text. Of any other: why not, in UTF-8.
 * The CRC is over all before it; numbers are little-endian.
 */

import { crc32 } from 'node:zlib'
import type { NodeId } from '../../core/types.ts'
import { handshakeError } from './transport-error.ts'

/** The versions of the protocol that this release speaks. */
export const versions: { readonly min: number; readonly max: number } = { min: 1, max: 1 }

/** The most bytes that are taken of somebody who has not said yet who he is. */
export const maxHandshake = 1024

const magic = Buffer.from('QRTE', 'latin1')
const headSize = 8

/** What a connection is for. Each has its own, so that nothing small waits behind something large. */
export type LaneName = 'control' | 'bulk' | 'snapshot'
const lanes: readonly LaneName[] = ['control', 'bulk', 'snapshot']

/** What a dialer says of itself, and whom it means to speak to. */
export interface Hello {
  readonly min: number
  readonly max: number
  readonly lane: LaneName
  readonly from: NodeId
  readonly to: NodeId
  /** Grows from one start of a node to the next. */
  readonly incarnation: number
  readonly cluster: string
  /** Where the dialer listens itself: an empty host means the address that it dials from. */
  readonly host: string
  readonly port: number
}

/** What an acceptor answers. */
export type Reply =
  | {
      readonly status: 'welcome'
      readonly version: number
      readonly from: NodeId
      readonly incarnation: number
      readonly cluster: string
    }
  | { readonly status: Refusal; readonly text: string }

/** Why a connection is turned down. */
export type Refusal =
  | 'version'
  | 'cluster'
  | 'node'
  | 'self'
  | 'identity'
  | 'superseded'
  | 'malformed'
  | 'busy'
const statuses: readonly (Refusal | 'welcome')[] = [
  'welcome',
  'version',
  'cluster',
  'node',
  'self',
  'identity',
  'superseded',
  'malformed',
  'busy',
]

export function encodeHello(hello: Hello): Buffer {
  const body = Buffer.alloc(27)
  body[0] = lanes.indexOf(hello.lane)
  writeU64(body, 1, hello.from)
  writeU64(body, 9, hello.to)
  writeU64(body, 17, hello.incarnation)
  body.writeUInt16LE(hello.port, 25)
  return seal(hello.min, hello.max, Buffer.concat([body, text(hello.host), text(hello.cluster)]))
}

export function encodeReply(reply: Reply): Buffer {
  if (reply.status !== 'welcome')
    return seal(
      versions.max,
      statuses.indexOf(reply.status),
      Buffer.from(reply.text, 'utf8').subarray(0, 512),
    )
  const body = Buffer.alloc(16)
  writeU64(body, 0, reply.from)
  writeU64(body, 8, reply.incarnation)
  return seal(reply.version, 0, Buffer.concat([body, text(reply.cluster)]))
}

/**
 * The bytes that the first words take, 0 while that cannot be told yet.
 * @throws TransportError as soon as it is clear that these are no such words
 */
export function handshakeSize(bytes: Buffer): number {
  const known = Math.min(bytes.length, magic.length)
  if (!bytes.subarray(0, known).equals(magic.subarray(0, known))) throw strangeWords(bytes)
  if (bytes.length < headSize) return 0
  const size = headSize + bytes.readUInt16LE(6) + 4
  if (size > maxHandshake)
    throw handshakeError(
      `The handshake claims ${size} bytes, and ${maxHandshake} is the limit`,
      'See that only nodes of this cluster connect to this port',
    )
  return size
}

/** Of a dialer of an unknown version only the range of versions can be read. */
export function decodeHello(bytes: Buffer): Hello | { readonly min: number; readonly max: number } {
  checkSeal(bytes)
  const [min, max] = [bytes[4] ?? 0, bytes[5] ?? 0]
  if (min > versions.max || max < versions.min) return { min, max }
  const body = bytes.subarray(headSize, -4)
  return readFully(body, () => {
    const [host, next] = readText(body, 27)
    const [cluster, end] = readText(body, next)
    const lane = lanes[body[0] ?? 255]
    if (lane === undefined || end > body.length) throw new RangeError('unknown lane')
    const [from, to, incarnation] = [readU64(body, 1), readU64(body, 9), readU64(body, 17)]
    return { min, max, lane, from, to, incarnation, port: body.readUInt16LE(25), host, cluster }
  })
}

export function decodeReply(bytes: Buffer): Reply {
  checkSeal(bytes)
  const status = statuses[bytes[5] ?? 255] ?? 'malformed'
  const body = bytes.subarray(headSize, -4)
  if (status !== 'welcome') return { status, text: body.toString('utf8') }
  return readFully(body, () => {
    const [cluster] = readText(body, 16)
    return { status, version: bytes[4] ?? 0, from: readU64(body, 0), incarnation: readU64(body, 8), cluster }
  })
}

function seal(first: number, second: number, body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(headSize + body.length + 4)
  bytes.set(magic)
  bytes[4] = first
  bytes[5] = second
  bytes.writeUInt16LE(body.length, 6)
  bytes.set(body, headSize)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4)
  return bytes
}

function checkSeal(bytes: Buffer): void {
  if (crc32(bytes.subarray(0, -4)) === bytes.readUInt32LE(bytes.length - 4)) return
  throw handshakeError(
    'The checksum of the handshake is wrong',
    'Something between the nodes alters bytes: look at proxies, cards and cables',
  )
}

function readFully<Value>(body: Buffer, read: () => Value): Value {
  try {
    return read()
  } catch (cause) {
    throw handshakeError(
      `The handshake cannot be read: ${body.length} bytes that say nothing sensible`,
      'Run the same release on all nodes',
      cause,
    )
  }
}

function strangeWords(bytes: Buffer): Error {
  // 22 is the first byte of TLS, 21 its way to complain.
  const isTls = bytes[0] === 22 || bytes[0] === 21
  return handshakeError(
    isTls
      ? 'The other side speaks TLS, and this side does not'
      : 'The other side does not begin as a node of quorate does',
    isTls
      ? 'Pass `tls` on all nodes, or on none'
      : 'See that the address is that of a node, and that nothing but nodes connects to this port',
  )
}

function writeU64(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt32LE(value % 2 ** 32, at)
  bytes.writeUInt32LE(Math.floor(value / 2 ** 32), at + 4)
}

function readU64(bytes: Buffer, at: number): number {
  const high = bytes.readUInt32LE(at + 4)
  if (high >= 2 ** 21) throw new RangeError('a number beyond 2^53 - 1')
  return high * 2 ** 32 + bytes.readUInt32LE(at)
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8')
  return Buffer.concat([Buffer.of(bytes.length), bytes])
}

/** The text, and where it ends. */
function readText(bytes: Buffer, at: number): [string, number] {
  const length = bytes.readUInt8(at)
  const end = at + 1 + length
  if (end > bytes.length) throw new RangeError('a text that goes beyond the end')
  return [bytes.toString('utf8', at + 1, end), end]
}
