/** Large snapshots as files: their bytes are never in memory as a whole. */

import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { describeCause, describeValue, OptionsError, UsageError } from '../../core/errors.ts'
import type { Bytes, Snapshot } from '../../core/types.ts'
import { isBytes } from '../../core/validity.ts'
import type { SnapshotStore } from '../snapshot-store.ts'
import {
  abandon,
  create,
  type FileHandle,
  type FileSystem,
  list,
  startSteps,
  type Steps,
  writeAll,
} from './file-system.ts'
import { nodeFileSystem } from './node-file-system.ts'
import { decodeTicket, encodeTicket, type Ticket } from './snapshot-ticket.ts'
import { WalError } from './wal-error.ts'

/** How to open a store of snapshots. */
export interface SnapshotFilesOptions {
  /** Where the files are: a directory of its own, that one store uses at a time. It is made if it is not there. */
  readonly directory: string
  /**
   * How many bytes are read at a time.
   * @defaultValue 256 KiB
   */
  readonly pieceSize?: Bytes | undefined
  /**
   * What the files are on; for tests.
   * @defaultValue the file system of the machine
   */
  readonly fileSystem?: FileSystem | undefined
}

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

const names = /^[0-9a-f]{32}\.body$/
const leftovers = /^[0-9a-f]{32}\.body\.tmp$/

/**
 * A {@link SnapshotStore} in a directory. A ticket is 40 bytes: the name of a file, its size, and the CRC-32 of its bytes, which is
 * checked when they are received, and again when they are read to the end. A file is there as a whole or not at all.
 *
 * A failure of the disk is a `WalError`: `ERR_WAL_FULL` if there is no room, `ERR_WAL_CORRUPT` if bytes are not those that the
 * ticket means, `ERR_WAL_FAILED` for others. What was being written is gone then, and nothing else has changed.
 */
export class SnapshotFiles implements SnapshotStore {
  readonly #directory: string
  readonly #pieceSize: number
  readonly #system: FileSystem
  /** What is there, by name. */
  readonly #sizes: Map<string, Bytes>
  /** How many are reading it. */
  readonly #readers = new Map<string, number>()
  /** What is not to be kept once nobody reads it. */
  readonly #doomed = new Set<string>()
  /** What was put away while `keep` may not have heard of it. */
  #generation = 0
  readonly #born = new Map<string, number>()

  private constructor(options: Required<SnapshotFilesOptions>, sizes: Map<string, Bytes>) {
    this.#directory = options.directory
    this.#pieceSize = options.pieceSize as number
    this.#system = options.fileSystem as FileSystem
    this.#sizes = sizes
  }

  /**
   * Opens a store, and removes what was not finished when it was used last.
   * @throws OptionsError if an option is wrong
   * @throws WalError if the directory cannot be read or made
   */
  static async open(options: SnapshotFilesOptions): Promise<SnapshotFiles> {
    const { directory, pieceSize = 256 * 1024, fileSystem = nodeFileSystem } = options
    if (typeof (directory as unknown) !== 'string' || directory === '')
      throw new OptionsError('directory', 'a path', directory)
    if (!Number.isSafeInteger(pieceSize) || pieceSize < 1 || pieceSize > 2 ** 26)
      throw new OptionsError('pieceSize', 'a whole number from 1 to 2^26', pieceSize)
    const sizes = await telling(directory, startSteps(fileSystem, begin(directory)))
    return new SnapshotFiles({ directory, pieceSize, fileSystem }, sizes)
  }

  async save(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Uint8Array> {
    const name = `${randomBytes(16).toString('hex')}.body`
    const ticket = await this.#store(name, chunks, null)
    return encodeTicket(ticket)
  }

  size(ticket: Uint8Array): Bytes {
    const { name, size } = this.#find(ticket)
    if (this.#sizes.get(name) === size) return size
    throw this.#corrupt(name, `Expected ${size} bytes, got ${this.#sizes.get(name)}`)
  }

  /** As {@link SnapshotStore.read}. Throws at the end if the bytes were not those of the ticket, if they were read from the beginning. */
  async *read(ticket: Uint8Array, start = 0): AsyncGenerator<Uint8Array, void, undefined> {
    const size = this.size(ticket)
    const { name, checksum } = decodeTicket(ticket)
    if (!Number.isSafeInteger(start) || start < 0 || start > size)
      throw new UsageError(
        'ERR_INVALID_ARGUMENT',
        `Expected \`start\` to be from 0 to ${size}, got ${describeValue(start)}`,
        'Pass how many bytes there are already',
        start,
      )
    this.#readers.set(name, (this.#readers.get(name) ?? 0) + 1)
    try {
      let sum = 0
      for await (const piece of this.#pieces(name, start, size)) {
        sum = crc32(piece, sum)
        yield piece
      }
      if (start === 0 && sum !== checksum) throw this.#corrupt(name, 'The bytes of a snapshot have changed')
    } finally {
      await this.#release(name)
    }
  }

  async receive(snapshot: Snapshot, chunks: AsyncIterable<Uint8Array>): Promise<Snapshot> {
    const ticket = decodeTicket(snapshot.data)
    const name = `${randomBytes(16).toString('hex')}.body`
    const stored = await this.#store(name, chunks, ticket)
    return { ...snapshot, data: encodeTicket(stored) }
  }

  /**
   * As {@link SnapshotStore.keep}. What was put away since the last call stays once more: its ticket may not have reached the caller
   * yet.
   */
  async keep(tickets: readonly Uint8Array[]): Promise<void> {
    const wanted = new Set(tickets.map((ticket) => decodeTicket(ticket).name))
    const generation = this.#generation++
    const doomed = [...this.#sizes.keys()].filter((name) => !wanted.has(name))
    for (const name of doomed) {
      // Its ticket may not have reached who calls this.
      if ((this.#born.get(name) ?? -1) >= generation) continue
      this.#doomed.add(name)
      if (!this.#readers.has(name)) await this.#remove(name)
    }
    for (const name of wanted) this.#doomed.delete(name)
  }

  async *#pieces(name: string, start: number, size: number): AsyncGenerator<Uint8Array, void, undefined> {
    const path = `${this.#directory}/${name}`
    const run = <Result>(steps: Steps<Result>): Promise<Result> =>
      telling(path, startSteps(this.#system, steps))
    const file = await run(openForReading(path))
    try {
      for (let at = start; at < size;) {
        const piece = new Uint8Array(Math.min(this.#pieceSize, size - at))
        const count = await run(readAt(file, piece, at))
        if (count === 0) throw this.#corrupt(name, `Expected ${size} bytes, and they end at ${at}`)
        yield count === piece.length ? piece : piece.subarray(0, count)
        at += count
      }
    } finally {
      await run(closeFile(file))
    }
  }

  async #store(name: string, chunks: Chunks, expected: Ticket | null): Promise<Ticket> {
    const path = `${this.#directory}/${name}`
    const temporary = `${path}.tmp`
    const run = <Result>(steps: Steps<Result>): Promise<Result> =>
      telling(path, startSteps(this.#system, steps))
    const file = await run(create(temporary))
    let size = 0
    let checksum = 0
    try {
      for await (const chunk of chunks) {
        checkChunk(chunk)
        if (expected !== null && size + chunk.length > expected.size)
          throw mismatch(path, expected, size + chunk.length)
        await run(writeAll(file, chunk, size))
        checksum = crc32(chunk, checksum)
        size += chunk.length
      }
      if (expected !== null && (size !== expected.size || checksum !== expected.checksum))
        throw mismatch(path, expected, size)
      await run(finish(this.#directory, file, temporary, path))
    } catch (error) {
      await startSteps(this.#system, abandon(file, temporary))
      throw error
    }
    this.#sizes.set(name, size)
    this.#born.set(name, this.#generation)
    return { name, size, checksum }
  }

  #find(value: Uint8Array): Ticket {
    const ticket = decodeTicket(value)
    if (this.#sizes.has(ticket.name)) return ticket
    throw this.#corrupt(ticket.name, 'The bytes of a snapshot are not there')
  }

  #corrupt(name: string, what: string): WalError {
    return new WalError('ERR_WAL_CORRUPT', what, { file: `${this.#directory}/${name}` })
  }

  async #release(name: string): Promise<void> {
    const count = (this.#readers.get(name) ?? 1) - 1
    if (count > 0) {
      this.#readers.set(name, count)
      return
    }
    this.#readers.delete(name)
    if (this.#doomed.has(name)) await this.#remove(name)
  }

  async #remove(name: string): Promise<void> {
    this.#sizes.delete(name)
    this.#doomed.delete(name)
    this.#born.delete(name)
    const path = `${this.#directory}/${name}`
    await telling(path, startSteps(this.#system, removeFile(path)))
  }
}

function* begin(directory: string): Steps<Map<string, Bytes>> {
  yield { op: 'makeDirectory', path: directory }
  const sizes = new Map<string, Bytes>()
  for (const name of yield* list(directory)) {
    const path = `${directory}/${name}`
    if (leftovers.test(name)) yield { op: 'remove', path }
    if (names.test(name)) sizes.set(name, yield* sizeOf(path))
  }
  return sizes
}

function* sizeOf(path: string): Steps<Bytes> {
  return (yield { op: 'size', path }) as Bytes
}

function* openForReading(path: string): Steps<FileHandle> {
  return (yield { op: 'open', path, how: 'read' }) as FileHandle
}

function* readAt(file: FileHandle, into: Uint8Array, position: number): Steps<number> {
  return (yield { op: 'read', file, into, position }) as number
}

function* closeFile(file: FileHandle): Steps {
  yield { op: 'close', file }
}

function* removeFile(path: string): Steps {
  yield { op: 'remove', path }
}

function* finish(directory: string, file: FileHandle, temporary: string, path: string): Steps {
  yield { op: 'sync', file }
  yield { op: 'close', file }
  yield { op: 'rename', from: temporary, to: path }
  yield { op: 'syncDirectory', path: directory }
}

function checkChunk(chunk: unknown): void {
  if (isBytes(chunk)) return
  throw new UsageError(
    'ERR_INVALID_ARGUMENT',
    `Expected chunks of bytes, got ${describeValue(chunk)}`,
    'Pass Uint8Arrays',
    chunk,
  )
}

function mismatch(file: string, { size }: Ticket, got: number): WalError {
  const what =
    got === size
      ? 'The bytes that came are not those that the ticket means'
      : `Expected ${size} bytes of a snapshot, got ${got > size ? 'more' : got}`
  return new WalError('ERR_WAL_CORRUPT', what, { file })
}

async function telling<Result>(file: string, result: Promise<Result>): Promise<Result> {
  try {
    return await result
  } catch (error) {
    if (error instanceof WalError) throw error
    const isFullDisk = ['ENOSPC', 'EDQUOT'].includes(String((error as { code?: unknown } | null)?.code))
    const code = isFullDisk ? 'ERR_WAL_FULL' : 'ERR_WAL_FAILED'
    throw new WalError(code, `A snapshot cannot be stored or read: ${describeCause(error)}`, { file }, error)
  }
}
