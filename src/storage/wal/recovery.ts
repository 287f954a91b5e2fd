/**
 * From files to a log. Whatever was durable is there, or it is refused: nothing is cut off but a last record whose write was
 * torn, and not even that is changed in its file. What is read changes nothing on the disk.
 */

import { randomBytes } from 'node:crypto'
import { describeCause } from '../../core/errors.ts'
import type { Entry, LogIndex } from '../../core/types.ts'
import { MalformedError } from './bytes.ts'
import { list, readFile, type Steps } from './file-system.ts'
import type { LogState } from './log-state.ts'
import { decodeManifest, type Manifest, manifestFile } from './manifest.ts'
import { Replay } from './replay.ts'
import { type FoundRecord, type Link, SegmentScan } from './scan.ts'
import {
  decodeSegmentHeader,
  fileOf,
  type Identity,
  isSameLog,
  seedOf,
  type SegmentHeader,
  segmentHeaderSize,
  type SegmentName,
} from './segment.ts'
import { readSnapshotFile, snapshotFileOf } from './snapshot-file.ts'
import { WalError } from './wal-error.ts'

/** What is to be found. */
export interface RecoveryRequest {
  readonly directory: string
  readonly identity: Omit<Identity, 'log'>
  /** What is done about a damaged last record of which it cannot be told whether its write was torn. */
  readonly tornTail: 'strict' | 'lenient'
}

/** A segment, and what is needed to know when it can go. */
export interface KnownSegment extends SegmentName {
  readonly firstNumber: number
  /** The last index of the log when it was begun. */
  readonly base: LogIndex
}

/** The last record, which is written once more: that it can be read does not mean that it is on the disk. */
interface LastRecord extends Link {
  readonly payload: Uint8Array
  readonly before: LogState
}

/** A write that was cut off by a crash. Nobody was told that it was durable. */
export interface TornTail {
  readonly file: string
  readonly offset: number
  /** `ambiguous` is found with `tornTail: 'lenient'` only. */
  readonly verdict: 'torn' | 'ambiguous'
}

/** What was found. */
export interface Recovered {
  readonly identity: Identity
  readonly segments: readonly KnownSegment[]
  readonly state: LogState
  readonly entries: readonly Entry[]
  /** Of the newest snapshot; `null` if there is none. */
  readonly snapshotData: Uint8Array | null
  readonly last: LastRecord | null
  /** Files that nothing refers to: of writes that were not finished, or of what was dropped. */
  readonly leftovers: readonly string[]
  readonly torn: TornTail | null
}

/**
 * Reads the log in a directory, which must be there.
 * @throws WalError if it is damaged, or not the one that is asked for
 */
export function* recover(request: RecoveryRequest): Steps<Recovered> {
  const { directory } = request
  const names = yield* list(directory)
  const manifest = yield* readManifest(request, names)
  const reading = new Reading(request)
  let [current, ...others] = presentSegments(directory, manifest, names)
  let segment = current === undefined ? null : yield* readSegment(directory, manifest, current)
  while (segment !== null) {
    ;[current, ...others] = others
    const following: ReadSegment | null =
      current === undefined ? null : yield* readSegment(directory, manifest, current)
    reading.take(segment, following)
    segment = following
  }
  return yield* reading.result(names, manifest)
}

/** A segment in memory. */
interface ReadSegment {
  readonly name: SegmentName
  readonly file: string
  readonly bytes: Uint8Array
  readonly header: SegmentHeader
}

/** Segments that are read, one after the other. */
class Reading {
  readonly #request: RecoveryRequest
  readonly #replay = new Replay()
  readonly #segments: KnownSegment[] = []
  #next: Link | null = null
  #last: FoundRecord | null = null
  #torn: TornTail | null = null

  constructor(request: RecoveryRequest) {
    this.#request = request
  }

  /** Reads a segment up to where the following one goes on; the last one up to its end. */
  take({ name, file, bytes, header }: ReadSegment, following: ReadSegment | null): void {
    const { firstNumber, previous } = header
    if (this.#next !== null && (this.#next.number !== firstNumber || this.#next.previous !== previous))
      throw this.#corrupt('A segment does not continue the one before it', file, 0)
    const start = { number: firstNumber, previous }
    const scan = new SegmentScan(bytes, seedOf(bytes), segmentHeaderSize, start)
    const end = following?.header.firstNumber ?? Infinity
    for (let record = scan.next.number < end ? scan.read() : null; record !== null;) {
      this.#apply(record, file)
      record = scan.next.number < end ? scan.read() : null
    }
    // Each begins with a record that was durable before the segment was made known.
    if (scan.next.number === firstNumber)
      throw this.#corrupt('The first record of a segment is damaged', file, scan.offset)
    if (following === null) this.#judge(scan, file)
    else if (scan.next.number < end)
      throw this.#corrupt('A record is damaged or missing', file, scan.offset, following)
    this.#next = scan.next
    this.#segments.push({ ...name, firstNumber, base: this.#replay.base })
  }

  /** What all of it comes to. */
  *result(names: readonly string[], manifest: Manifest): Steps<Recovered> {
    const { directory } = this.#request
    const { state, before } = this.#replay
    const gap = this.#replay.gap()
    if (gap !== null)
      throw new WalError('ERR_WAL_CORRUPT', 'The beginning of the log is missing', {
        file: directory,
        indexes: gap,
      })
    const last = this.#last
    return {
      identity: manifest.identity,
      segments: this.#segments,
      state,
      entries: this.#replay.entries(),
      snapshotData: yield* snapshotDataOf(directory, manifest.identity, state),
      last: last === null ? null : { ...last, before },
      leftovers: leftoversIn(names, this.#segments, state),
      torn: this.#torn,
    }
  }

  #apply(record: FoundRecord, file: string): void {
    try {
      this.#replay.apply(record.payload)
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error
      const what = `Record ${record.number} makes no sense: ${error.message}`
      throw this.#corrupt(what, file, record.offset, null, error)
    }
    this.#last = record
  }

  #judge(scan: SegmentScan, file: string): void {
    const verdict = scan.judge()
    if (verdict === 'clean') return
    const { offset } = scan
    if (verdict === 'corrupt') throw this.#corrupt('A record is damaged, and it was durable', file, offset)
    if (verdict === 'ambiguous' && this.#request.tornTail === 'strict')
      throw this.#corrupt(
        'The last record is damaged, and no part of it is missing as of a write that was torn',
        file,
        offset,
      )
    this.#torn = { file, offset, verdict }
  }

  #corrupt(
    what: string,
    file: string,
    offset: number,
    following: ReadSegment | null = null,
    cause?: unknown,
  ): WalError {
    // Where the next segment begins is in its name, and the log may have been cut back by then.
    const to = following === null ? null : following.name.firstIndex - 1
    const from = this.#replay.state.last + 1
    const indexes = { from, to: to === null || to < from ? null : to }
    return new WalError('ERR_WAL_CORRUPT', what, { file, offset, indexes }, cause)
  }
}

function* readManifest({ directory, identity }: RecoveryRequest, names: readonly string[]): Steps<Manifest> {
  const file = `${directory}/${manifestFile}`
  if (!names.includes(manifestFile)) {
    const stray = names.find((name) => /\.(wal|snap)$/.test(name))
    if (stray === undefined)
      return { identity: { ...identity, log: randomBytes(8).toString('hex') }, segments: [] }
    throw new WalError('ERR_WAL_CORRUPT', `There is ${stray}, and no ${manifestFile} that knows of it`, {
      file,
    })
  }
  const manifest = yield* readable(file, function* () {
    return decodeManifest(yield* readFile(file), file)
  })
  const { cluster, node } = manifest.identity
  if (cluster === identity.cluster && node === identity.node) return manifest
  throw new WalError(
    'ERR_WAL_FOREIGN',
    `Expected the log of node ${identity.node} of the cluster ${JSON.stringify(identity.cluster)}, got that of node ${node} of ${JSON.stringify(cluster)}`,
    { file: directory },
  )
}

/** Those behind the last one that is missing. Whether they are enough shows when they are read: the others may have been dropped. */
function presentSegments(
  directory: string,
  { segments }: Manifest,
  names: readonly string[],
): readonly SegmentName[] {
  const missing = segments.findLastIndex((name) => !names.includes(fileOf(name)))
  const newest = segments.at(-1)
  if (newest === undefined || missing < segments.length - 1) return segments.slice(missing + 1)
  throw new WalError('ERR_WAL_CORRUPT', 'The newest segment of the log is missing', {
    file: `${directory}/${fileOf(newest)}`,
    indexes: { from: newest.firstIndex, to: null },
  })
}

function* readSegment(directory: string, manifest: Manifest, name: SegmentName): Steps<ReadSegment> {
  const file = `${directory}/${fileOf(name)}`
  const bytes = yield* readable(file, () => readFile(file))
  const header = decodeSegmentHeader(bytes, file)
  if (!isSameLog(header.identity, manifest.identity) || header.sequence !== name.sequence)
    throw new WalError('ERR_WAL_CORRUPT', 'A segment is that of another place or another log', {
      file,
      offset: 0,
    })
  if (header.size !== bytes.length)
    throw new WalError('ERR_WAL_CORRUPT', `Expected a segment of ${header.size} bytes, got ${bytes.length}`, {
      file,
    })
  return { name, file, bytes, header }
}

/** What the operating system cannot read is damaged, whatever it calls that. */
function* readable<Result>(file: string, read: () => Steps<Result>): Steps<Result> {
  try {
    return yield* read()
  } catch (error) {
    if (error instanceof WalError) throw error
    const isMissing = (error as { code?: unknown }).code === 'ENOENT'
    const what = isMissing
      ? 'A file of the log is missing'
      : `A file of the log cannot be read: ${describeCause(error)}`
    throw new WalError('ERR_WAL_CORRUPT', what, { file }, error)
  }
}

function* snapshotDataOf(
  directory: string,
  identity: Identity,
  { snapshot }: LogState,
): Steps<Uint8Array | null> {
  if (snapshot === null) return null
  return snapshot.inline ?? (yield* readSnapshotFile(directory, identity, snapshot))
}

/** Only what this log makes: whatever else lies in the directory is not ours. */
function leftoversIn(
  names: readonly string[],
  segments: readonly SegmentName[],
  { snapshot }: LogState,
): readonly string[] {
  const known = new Set(segments.map(fileOf))
  if (snapshot !== null && snapshot.inline === null) known.add(snapshotFileOf(snapshot))
  const ours = /^[0-9a-f]{16}-[0-9a-f]{16}\.(wal|snap)(\.tmp)?$|^(MANIFEST|next|segment)\.tmp$/
  return names.filter((name) => ours.test(name) && !known.has(name))
}
