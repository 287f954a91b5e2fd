/** What a log on disk refuses, and why. */

import { RaftError, type RaftErrorCode } from '../../core/errors.ts'
import type { LogIndex } from '../../core/types.ts'

/** The codes of a {@link WalError}. */
export type WalErrorCode = Exclude<Extract<RaftErrorCode, `ERR_WAL_${string}`>, 'ERR_WAL_BUSY'>

/** Where the trouble is. */
export interface WalErrorPlace {
  /** The file or the directory. */
  readonly file?: string | undefined
  /** In bytes from the beginning of the file. */
  readonly offset?: number | undefined
  /** The entries that are lost with it, as far as it is known: `to` is `null` if nothing tells where it ends. */
  readonly indexes?: { readonly from: LogIndex; readonly to: LogIndex | null } | undefined
}

const fixes: Readonly<Record<WalErrorCode, string>> = {
  ERR_WAL_CORRUPT:
    'Nothing was changed. Look at it with `npx quorate-wal inspect`; then remove the member and add a new one under a new id, which the leader brings up to date',
  ERR_WAL_FOREIGN: 'Pass the directory of this node, with the cluster and the node it was made for',
  ERR_WAL_VERSION: 'Run the version of quorate that wrote it, or a later one',
  ERR_WAL_LOCKED: 'Stop the process that holds it: two writers would break the log',
  ERR_WAL_FULL: 'Nothing was written, and what is stored is as it was. Make room, then try again',
  ERR_WAL_FAILED:
    'What is on the disk is not known any more. Stop this node; open the directory again once the disk is well',
  ERR_WAL_CLOSED: 'Open the directory again',
}

/**
 * A log on disk that cannot be opened, or not be written any more:
 *
 * - `ERR_WAL_CORRUPT`: something that was durable is damaged or missing. Nothing was changed, and nothing is cut off.
 * - `ERR_WAL_FOREIGN`: the directory belongs to another cluster or node.
 * - `ERR_WAL_VERSION`: a later version has written it.
 * - `ERR_WAL_LOCKED`: another process, or another storage of this one, has it open.
 * - `ERR_WAL_FULL`: no room on the disk. That call has changed nothing; terms and votes can still be written for a while.
 * - `ERR_WAL_FAILED`: a write or a sync has failed. For good: every later call fails with the same error.
 * - `ERR_WAL_CLOSED`: it was closed.
 */
export class WalError extends RaftError {
  static override readonly name = 'WalError'
  override readonly name = 'WalError'
  declare readonly code: WalErrorCode
  /** The file or the directory it is about; `null` if it is about none. */
  readonly file: string | null
  /** Where in that file, in bytes; `null` if nowhere in particular. */
  readonly offset: number | null
  /** The entries that are lost with it, as far as it is known; `to` is `null` if nothing tells where that ends. */
  readonly indexes: { readonly from: LogIndex; readonly to: LogIndex | null } | null

  constructor(code: WalErrorCode, what: string, place: WalErrorPlace = {}, cause?: unknown) {
    super(code, `${what}${describePlace(place)}`, fixes[code], place.file, cause)
    this.file = place.file ?? null
    this.offset = place.offset ?? null
    this.indexes = place.indexes ?? null
  }
}

function describePlace({ file, offset, indexes }: WalErrorPlace): string {
  const parts: string[] = []
  if (file !== undefined) parts.push(offset === undefined ? file : `${file} at byte ${offset}`)
  if (indexes !== undefined)
    parts.push(`entries from ${indexes.from} ${indexes.to === null ? 'on' : `to ${indexes.to}`} are affected`)
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`
}

/** Has nothing happened but that there was no room? */
export function isFull(error: unknown): boolean {
  return error instanceof WalError && error.code === 'ERR_WAL_FULL'
}
