/** What is done to a log whose crashes are looked at: every kind of change, small and large, through several segments. */

import type { Snapshot, Storage } from 'quorate'
import { confState } from '../support/entries.ts'
import { batchOf, entriesFrom, entryOf } from '../support/wal.ts'

/** One step. `isLazy`: it need not be durable when it is done. */
export interface Step {
  readonly isLazy: boolean
  do(storage: Storage): void
}

function snapshotOf(index: number, term: number, size: number): Snapshot {
  const data = Uint8Array.from({ length: size }, (_, at) => (at * 13 + index) & 0xff)
  return { index, term, confState: confState({ voters: [1, 2, 3] }), data }
}

function durable(run: Step['do']): Step {
  return { isLazy: false, do: run }
}

function write(parts: Parameters<typeof batchOf>[0]): Step {
  return {
    isLazy: parts.mustSync === false && (parts.snapshot ?? null) === null,
    do(storage) {
      storage.append(batchOf(parts))
    },
  }
}

const hardState = (term: number, vote: number | null, commit: number) => ({ term, vote, commit })

/** About forty steps. */
export const workload: readonly Step[] = [
  write({ hardState: hardState(1, 1, 0) }),
  write({ entries: entriesFrom(1, 3, 1, 1) }),
  write({ entries: entriesFrom(4, 8, 1, 100), hardState: hardState(1, 1, 3) }),
  write({ hardState: hardState(1, 1, 6), mustSync: false }),
  write({ entries: [entryOf(9, 1, 700)] }),
  // A payload with whole sectors of zeros.
  write({ entries: [{ type: 'EntryNormal', term: 1, index: 10, data: new Uint8Array(3000) }] }),
  write({ entries: entriesFrom(11, 20, 1, 300), hardState: hardState(1, 1, 9) }),
  write({ entries: entriesFrom(15, 16, 2, 50), hardState: hardState(2, 3, 9) }),
  write({ entries: [entryOf(17, 2, 20_000)] }),
  durable((storage) => storage.createSnapshot(9, confState({ voters: [1, 2] }), new Uint8Array(300))),
  durable((storage) => {
    storage.saveConfState(confState({ voters: [1, 2, 4] }), 12)
  }),
  {
    isLazy: true,
    do(storage) {
      storage.compact(8)
    },
  },
  write({ entries: entriesFrom(18, 22, 2, 400), hardState: hardState(2, 3, 17) }),
  write({ entries: entriesFrom(23, 30, 2, 900) }),
  write({ hardState: hardState(3, null, 17) }),
  durable((storage) =>
    storage.createSnapshot(20, confState({ voters: [1, 2, 4] }), snapshotOf(20, 2, 18_000).data),
  ),
  {
    isLazy: true,
    do(storage) {
      storage.compact(20)
    },
  },
  write({ entries: entriesFrom(25, 26, 3, 10), hardState: hardState(3, 2, 24) }),
  write({ entries: entriesFrom(27, 40, 3, 500) }),
  write({ snapshot: snapshotOf(60, 4, 17_000), hardState: hardState(4, null, 60) }),
  write({ entries: entriesFrom(61, 64, 4, 200), hardState: hardState(4, 4, 60) }),
  write({
    snapshot: snapshotOf(70, 5, 10),
    entries: entriesFrom(71, 72, 5, 600),
    hardState: hardState(5, 1, 70),
  }),
  write({ entries: entriesFrom(73, 90, 5, 700) }),
  write({ hardState: hardState(5, 1, 80), mustSync: false }),
  write({ entries: entriesFrom(91, 92, 5, 5000) }),
  durable((storage) =>
    storage.createSnapshot(85, confState({ voters: [1, 4] }), new Uint8Array(20_000).fill(3)),
  ),
  {
    isLazy: true,
    do(storage) {
      storage.compact(85)
    },
  },
  write({ entries: [entryOf(93, 6, 0)], hardState: hardState(6, 1, 90) }),
  write({ entries: [entryOf(94, 6, 1100)] }),
  write({ entries: [{ type: 'EntryNormal', term: 6, index: 95, data: new Uint8Array(1600) }] }),
  write({ hardState: hardState(7, null, 90) }),
  write({ entries: entriesFrom(94, 98, 7, 250), hardState: hardState(7, 2, 93) }),
]
