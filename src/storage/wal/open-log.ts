/** Opening a log: lock, read, write the last record once more, and only then is it there. */

import { dirname } from 'node:path'
import { describeCause } from '../../core/errors.ts'
import { MemStorage } from '../mem-storage.ts'
import type { Steps } from './file-system.ts'
import { Journal } from './journal.ts'
import { type Recovered, recover, type TornTail } from './recovery.ts'
import type { ResolvedWalOptions } from './wal-options.ts'
import { WalError } from './wal-error.ts'
import { Writer } from './writer.ts'

/** A log that is open. */
export interface OpenLog {
  readonly memory: MemStorage
  readonly writer: Writer
  readonly torn: TornTail | null
}

/** The segment that each opening begins need not be large: opening is to be quick. */
const firstSegmentSize = 8 * 2 ** 20

/** Opens it. */
export function* openLog(options: ResolvedWalOptions): Steps<OpenLog> {
  const { directory, fileSystem } = options
  yield* telling(directory, makeDirectory(directory))
  const unlock = fileSystem.lock(directory)
  try {
    return yield* telling(directory, openLocked(options, unlock))
  } catch (error) {
    unlock()
    throw error
  }
}

function* makeDirectory(directory: string): Steps {
  yield { op: 'makeDirectory', path: directory }
  yield { op: 'syncDirectory', path: dirname(directory) }
}

function* openLocked(options: ResolvedWalOptions, unlock: () => void): Steps<OpenLog> {
  const { directory, cluster, node, tornTail, segmentSize, fileSystem: system } = options
  const recovered = yield* recover({ directory, identity: { cluster, node }, tornTail })
  const memory = inMemory(recovered)
  const place = { directory, segmentSize, firstSegmentSize: Math.min(segmentSize, firstSegmentSize) }
  const journal = new Journal(place, recovered)
  yield* journal.begin(recovered)
  const { identity, state, torn } = recovered
  const writer = new Writer({ system, journal, directory, identity, unlock }, state, (index) =>
    memory.term(index),
  )
  return { memory, writer, torn }
}

/** What the operating system says, with what it is about. */
function* telling<Result>(directory: string, steps: Steps<Result>): Steps<Result> {
  try {
    return yield* steps
  } catch (error) {
    if (error instanceof WalError) throw error
    const what = `The log cannot be opened: ${describeCause(error)}`
    throw new WalError('ERR_WAL_FAILED', what, { file: directory }, error)
  }
}

/** The log as it is read from then on. */
function inMemory({ state, entries, snapshotData }: Recovered): MemStorage {
  const memory = new MemStorage()
  const { compacted, hardState, confState, snapshot } = state
  const batch = { hardState, entries, mustSync: true }
  const stored = snapshot === null ? null : { ...snapshotOf(snapshot), data: snapshotData as Uint8Array }
  // A log begins behind what was compacted, with a snapshot of that or a later index.
  const first = stored === null || compacted.index === 0 ? null : { ...stored, ...compacted }
  memory.append({ ...batch, snapshot: first })
  if (stored !== null && stored.index > compacted.index)
    memory.createSnapshot(stored.index, stored.confState, stored.data)
  if (confState !== null) memory.saveConfState(confState.confState, confState.index)
  return memory
}

function snapshotOf({ index, term, confState }: NonNullable<Recovered['state']['snapshot']>): {
  index: number
  term: number
  confState: typeof confState
} {
  return { index, term, confState }
}
