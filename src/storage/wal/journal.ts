/**
 * Writing the log. One record at a time: the next one is written only when the one before is durable, which is what recovery
 * relies on to tell a write that was torn from damage. Segments are filled with zeros before they are used and never rewritten.
 */

import type { LogIndex } from '../../core/types.ts'
import { ByteWriter } from './bytes.ts'
import { abandon, asFull, create, type FileHandle, type Steps, writeAll, writeZeros } from './file-system.ts'
import { type LogState, operationsFor } from './log-state.ts'
import { writeManifest } from './manifest.ts'
import { beginsWithBase, writeOperation } from './operation.ts'
import { recordHeaderSize, recordSize, sealRecord } from './record.ts'
import type { KnownSegment, Recovered } from './recovery.ts'
import { encodeSegmentHeader, fileOf, type Identity, seedOf, segmentHeaderSize } from './segment.ts'
import { isFull } from './wal-error.ts'

/** Where and how to write. */
export interface JournalPlace {
  readonly directory: string
  /** Of a segment, unless one record needs more. */
  readonly segmentSize: number
  /** Of the segment that is begun when the log is opened: it need not be large, and opening does not take long. */
  readonly firstSegmentSize: number
}

/** What is written as one record. */
export interface JournalRecord {
  /** Room for the record's header, then the payload. */
  readonly bytes: ByteWriter
  /** Where the log stood before. */
  readonly before: LogState
  /** Terms and votes only: they may use the room that others must leave. */
  readonly isVital: boolean
}

/** The segment that is written to. */
interface OpenSegment {
  readonly file: FileHandle
  readonly size: number
  readonly seed: number
  offset: number
}

/** A file of zeros, to become the next segment. */
interface BlankFile {
  readonly file: FileHandle
  readonly path: string
  readonly size: number
}

/** The files of one log. */
export class Journal {
  readonly #place: JournalPlace
  readonly #identity: Identity
  #segments: readonly KnownSegment[]
  #open: OpenSegment | null = null
  #blank: BlankFile | null = null
  /** The number of the last record, and its checksum. */
  #number: number
  #checksum: number

  constructor(place: JournalPlace, recovered: Recovered) {
    this.#place = place
    this.#identity = recovered.identity
    this.#segments = recovered.segments
    // The last record is written again, in the place of the one that was found.
    this.#number = (recovered.last?.number ?? 1) - 1
    this.#checksum = recovered.last?.previous ?? 0
  }

  /** Begins a segment with the last record that was found: that it can be read does not say that it is on the disk. */
  *begin({ last, state, leftovers }: Recovered): Steps {
    const { directory, firstSegmentSize } = this.#place
    for (const name of leftovers) yield { op: 'remove', path: `${directory}/${name}` }
    if (this.#segments.length === 0) yield* this.#writeManifest([])
    const bytes = newPayload()
    const before = last?.before ?? state
    if (last === null || !beginsWithBase(last.payload)) writeState(bytes, before)
    if (last !== null) bytes.raw(last.payload)
    // A segment that has nothing but that record gives way to the new one.
    const obsolete = this.#segments.findLast((segment) => segment.firstNumber === last?.number)
    const kept = this.#segments.filter((segment) => segment !== obsolete)
    yield* this.#beginSegment(
      bytes,
      { ...before, last: baseOf(last, obsolete, before) },
      kept,
      firstSegmentSize,
    )
    if (obsolete !== undefined) yield { op: 'remove', path: `${directory}/${fileOf(obsolete)}` }
  }

  /** Does it need another segment for that? */
  needsSegment({ bytes, isVital }: JournalRecord): boolean {
    const open = this.#openSegment()
    const reserve = isVital ? 0 : reserveOf(open.size)
    return open.offset + recordSize(bytes.length - recordHeaderSize) > open.size - reserve
  }

  /**
   * Writes a record and makes it durable.
   * @throws WalError `ERR_WAL_FULL` if there is no room for another segment; then nothing has changed
   */
  *write(entry: JournalRecord): Steps {
    if (this.needsSegment(entry)) {
      const bytes = newPayload()
      writeState(bytes, entry.before)
      bytes.raw(entry.bytes.written.subarray(recordHeaderSize))
      const old = this.#openSegment()
      yield* this.#beginSegment(bytes, entry.before, this.#segments, this.#place.segmentSize)
      yield { op: 'close', file: old.file }
      return
    }
    const open = this.#openSegment()
    const { record, checksum } = this.#seal(entry.bytes, open.offset, open.seed)
    yield* writeAll(open.file, record, open.offset)
    yield { op: 'syncData', file: open.file }
    open.offset += record.length
    this.#checksum = checksum
    this.#number++
  }

  /** Is it time to make the next segment? */
  get wantsBlank(): boolean {
    const open = this.#openSegment()
    return this.#blank === null && open.offset > open.size / 2
  }

  /** Makes the next segment before it is needed. That this fails is told when it is needed. */
  *prepareBlank(): Steps {
    try {
      this.#blank = yield* this.#makeBlank('next.tmp', this.#place.segmentSize)
    } catch {
      this.#blank = null
    }
  }

  /** Removes the segments of which nothing is left in the log. */
  *drop({ compacted }: LogState): Steps {
    let count = 0
    // What is in one lies before the beginning of the next one.
    while ((this.#segments[count + 1]?.base ?? Infinity) <= compacted.index) count++
    if (count === 0) return
    const dropped = this.#segments.slice(0, count)
    // The manifest still names them until the next segment is begun: there may be no room to write it.
    this.#segments = this.#segments.slice(count)
    for (const segment of dropped) yield { op: 'remove', path: `${this.#place.directory}/${fileOf(segment)}` }
  }

  /** Closes the files. */
  *close(): Steps {
    const blank = this.#blank
    const open = this.#open
    this.#blank = null
    this.#open = null
    if (blank !== null) yield* abandon(blank.file, blank.path)
    if (open !== null) yield { op: 'close', file: open.file }
  }

  #openSegment(): OpenSegment {
    return this.#open as OpenSegment
  }

  #seal(bytes: ByteWriter, offset: number, seed: number): { record: Uint8Array; checksum: number } {
    const length = bytes.length - recordHeaderSize
    bytes.length = recordSize(length)
    const record = bytes.written
    const place = { number: this.#number + 1, offset, previous: this.#checksum, seed }
    return { record, checksum: sealRecord(record, length, place) }
  }

  /** The segment is durable, and known, with its first record in it, or there is none. */
  *#beginSegment(bytes: ByteWriter, before: LogState, kept: readonly KnownSegment[], wanted: number): Steps {
    const { directory } = this.#place
    const needed = segmentHeaderSize + recordSize(bytes.length - recordHeaderSize)
    const size = Math.max(wanted, (needed + 4095) & ~4095)
    const blank = yield* this.#takeBlank(size)
    const name = { sequence: (this.#segments.at(-1)?.sequence ?? 0) + 1, firstIndex: before.last + 1 }
    const firstNumber = this.#number + 1
    const header = encodeSegmentHeader({
      identity: this.#identity,
      sequence: name.sequence,
      firstNumber,
      previous: this.#checksum,
      size: blank.size,
    })
    const seed = seedOf(header)
    const { record, checksum } = this.#seal(bytes, segmentHeaderSize, seed)
    yield* orAbandon(blank, function* () {
      yield* writeAll(blank.file, header, 0)
      yield* writeAll(blank.file, record, segmentHeaderSize)
      yield { op: 'sync', file: blank.file }
    })
    const path = `${directory}/${fileOf(name)}`
    yield { op: 'rename', from: blank.path, to: path }
    yield { op: 'syncDirectory', path: directory }
    try {
      yield* this.#writeManifest([...kept, { ...name, firstNumber, base: before.last }])
    } catch (error) {
      // Without room for the manifest nobody knows of the segment, and it can go again.
      if (isFull(error)) yield* abandon(blank.file, path)
      throw error
    }
    this.#open = { file: blank.file, size: blank.size, seed, offset: segmentHeaderSize + record.length }
    this.#checksum = checksum
    this.#number++
  }

  *#takeBlank(size: number): Steps<BlankFile> {
    const blank = this.#blank
    this.#blank = null
    if (blank === null) return yield* this.#makeBlank('segment.tmp', size)
    if (blank.size >= size) return blank
    yield* abandon(blank.file, blank.path)
    return yield* this.#makeBlank('segment.tmp', size)
  }

  *#makeBlank(name: string, size: number): Steps<BlankFile> {
    const path = `${this.#place.directory}/${name}`
    const file = yield* create(path)
    const blank = { file, path, size }
    yield* orAbandon(blank, function* () {
      yield* writeZeros(file, 0, size)
      yield { op: 'sync', file }
    })
    return blank
  }

  *#writeManifest(segments: readonly KnownSegment[]): Steps {
    yield* writeManifest(this.#place.directory, { identity: this.#identity, segments })
    this.#segments = segments
  }
}

/** What an empty payload looks like: the record's header is put before it in the end. */
export function newPayload(capacity = 1024): ByteWriter {
  const bytes = new ByteWriter(capacity)
  bytes.length = recordHeaderSize
  return bytes
}

function writeState(bytes: ByteWriter, state: LogState): void {
  for (const operation of operationsFor(state)) writeOperation(bytes, operation)
}

/** Room at the end of a segment that only terms and votes may use: with a full disk a node can still vote. */
function reserveOf(size: number): number {
  return Math.min(64 * 1024, size / 8)
}

/** Where the log ended when the record was written that now begins a segment. */
function baseOf(last: Recovered['last'], obsolete: KnownSegment | undefined, before: LogState): LogIndex {
  return last !== null && obsolete !== undefined ? obsolete.base : before.last
}

/** Gives a file up if it cannot be finished. If it was for lack of room, nothing else has happened. */
function* orAbandon({ file, path }: Omit<BlankFile, 'size'>, steps: () => Steps): Steps {
  try {
    yield* steps()
  } catch (error) {
    yield* abandon(file, path)
    throw asFull(error, path)
  }
}
