/** What the tests write, and all that a storage answers. */

import type {
  Bytes,
  ConfState,
  Entry,
  EntryNormal,
  HardState,
  LogIndex,
  NodeId,
  Snapshot,
  Term,
} from '../../core/types.ts'
import type { Storage, WriteBatch } from '../../storage/storage.ts'
import { ConformanceError } from '../assert.ts'
import { frozen } from '../copy.ts'
import { show } from '../difference.ts'

/** The bytes of a text of Latin letters. */
export function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
}

/** One command, that says where it stands. */
export function entry(
  index: LogIndex,
  term: Term,
  data: Uint8Array | null = bytes(`${index}@${term}`),
): EntryNormal {
  return { type: 'EntryNormal', term, index, data }
}

/** Entries from `first` on, one for each term. */
export function entriesOf(terms: readonly Term[], first: LogIndex = 1): EntryNormal[] {
  return terms.map((term, at) => entry(first + at, term))
}

/** A membership of voters, and what else there is. */
export function members(voters: readonly NodeId[], others: Partial<ConfState> = {}): ConfState {
  return { voters, votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false, ...others }
}

/** A membership in transition, with every list in use. */
export const joint: ConfState = members([1, 2, 5], {
  votersOutgoing: [1, 2, 3],
  learners: [7, 8],
  learnersNext: [3],
  autoLeave: true,
})

/** A snapshot that says where it is from. */
export function snapshotAt(index: LogIndex, term: Term, confState: ConfState = members([1, 2, 3])): Snapshot {
  return { index, term, confState, data: bytes(`state at ${index}`) }
}

/** A batch of these parts, to be durable. Frozen, since a batch is shared: a storage that changes one fails at once. */
export function batchOf(parts: Partial<WriteBatch>): WriteBatch {
  return frozen({ hardState: null, entries: [], snapshot: null, mustSync: true, ...parts })
}

/** Writes these parts in one piece. */
export function write(storage: Storage, parts: Partial<WriteBatch>): void {
  storage.append(batchOf(parts))
}

/** The hard state of {@link fill}. */
export const filledState: HardState = { term: 4, vote: 2, commit: 7 }

/** A snapshot at 3 of term 1, entries 4 to 9 of terms 1, 1, 2, 2, 4, 4, and 7 committed. */
export function fill(storage: Storage): void {
  write(storage, { snapshot: snapshotAt(3, 1) })
  write(storage, { entries: entriesOf([1, 1, 2, 2, 4, 4], 4), hardState: filledState })
}

/** Everything that a storage answers. */
export interface Contents {
  readonly firstIndex: LogIndex
  readonly lastIndex: LogIndex
  /** From the entry before the first one on. */
  readonly terms: readonly unknown[]
  readonly entries: readonly Entry[]
  readonly snapshot: unknown
  readonly hardState: HardState | null
  readonly confState: unknown
}

/** Asks for everything. */
export function contentsOf(storage: Storage): Contents {
  const [firstIndex, lastIndex] = [storage.firstIndex(), storage.lastIndex()]
  if (!Number.isSafeInteger(firstIndex) || !Number.isSafeInteger(lastIndex) || lastIndex < firstIndex - 1)
    throw new ConformanceError(
      `Expected a log without a gap, got one from firstIndex() ${show(firstIndex)} to lastIndex() ${show(lastIndex)}`,
    )
  const terms: unknown[] = []
  for (let index = firstIndex - 1; index <= lastIndex; index++) terms.push(storage.term(index))
  return {
    firstIndex,
    lastIndex,
    terms,
    entries: lastIndex < firstIndex ? [] : entriesIn(storage, firstIndex, lastIndex + 1),
    snapshot: storage.snapshot(),
    hardState: storage.hardState(),
    confState: storage.confState(),
  }
}

/** The entries `[lo, hi)`, which must be there, as a copy. */
export function entriesIn(
  storage: Storage,
  lo: LogIndex,
  hi: LogIndex,
  maxSize: Bytes = Infinity,
): readonly Entry[] {
  const found: unknown = storage.entries(lo, hi, maxSize)
  if (!Array.isArray(found))
    throw new ConformanceError(
      `Expected entries(${lo}, ${hi}, ${maxSize}) to be an array, got ${show(found)}`,
    )
  return [...(found as readonly Entry[])]
}

/** One entry of each form that there is, in one term: every type, with and without what may be missing. */
export function everyForm(first: LogIndex, term: Term): readonly Entry[] {
  const contents = [
    { type: 'EntryNormal', data: null },
    { type: 'EntryNormal', data: new Uint8Array() },
    { type: 'EntryNormal', data: bytes('command') },
    { type: 'EntryConfChange', change: { version: 1, type: 'AddNode', nodeId: 4, context: null } },
    {
      type: 'EntryConfChange',
      change: { version: 1, type: 'RemoveNode', nodeId: 2 ** 40, context: bytes('ctx') },
    },
    {
      type: 'EntryConfChange',
      change: { version: 1, type: 'UpdateNode', nodeId: 0, context: new Uint8Array() },
    },
    { type: 'EntryConfChange', change: { version: 1, type: 'AddLearnerNode', nodeId: 1, context: null } },
    { type: 'EntryConfChangeV2', change: null },
    { type: 'EntryConfChangeV2', change: { version: 2, transition: 'auto', changes: [], context: null } },
    {
      type: 'EntryConfChangeV2',
      change: {
        version: 2,
        transition: 'explicit',
        changes: [
          { type: 'AddNode', nodeId: Number.MAX_SAFE_INTEGER },
          { type: 'RemoveNode', nodeId: 1 },
          { type: 'UpdateNode', nodeId: 0 },
          { type: 'AddLearnerNode', nodeId: 3 },
        ],
        context: bytes('why'),
      },
    },
    {
      type: 'EntryConfChangeV2',
      change: {
        version: 2,
        transition: 'implicit',
        changes: [{ type: 'AddNode', nodeId: 2 }],
        context: new Uint8Array(),
      },
    },
  ] as const
  return contents.map((content, at) => Object.assign({ term, index: first + at }, content))
}
