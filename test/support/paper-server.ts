/** One server of a paper cluster, and short words for what tests hand to it. */

import {
  type ConfChangeTransition,
  type ConfChangeType,
  type ConfChangeV1,
  type ConfChangeV2,
  type Entry,
  type HardState,
  MemStorage,
  type MsgStorageAppend,
  type MsgStorageApply,
  type NodeId,
  type RawNode,
  type Ready,
  type Snapshot,
  type Term,
  type TraceEvent,
} from 'quorate'

export type Server = ReturnType<typeof newServer>

/** What outlives a crash is in `storage`. */
export function newServer(storage: MemStorage) {
  return {
    storage,
    node: null as RawNode | null,
    isAsync: false,
    applied: [] as string[],
    reads: [] as string[],
    trace: [] as TraceEvent[],
    appends: [] as MsgStorageAppend[],
    applies: [] as MsgStorageApply[],
    stalled: new Set<'appends' | 'applies'>(),
  }
}

/** Does one write. The state machine is restored from a snapshot in it. */
export function store(
  server: Server,
  { hardState, entries, snapshot }: Pick<Ready, 'hardState' | 'entries' | 'snapshot'>,
): void {
  server.storage.append({ hardState, entries, snapshot, mustSync: true })
  if (snapshot !== null) server.applied = machine(snapshot)
}

/** The state machine is the list of all commands. The first snapshot of a group holds none. */
export function machine({ data }: Snapshot): string[] {
  return data.length === 0 ? [] : (JSON.parse(textOf(data)) as string[])
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const textOf = (data: Uint8Array): string => new TextDecoder().decode(data)

/** The commands among entries: those that a state machine sees. */
export function commands(entries: readonly Entry[]): readonly string[] {
  return entries.flatMap((entry) =>
    entry.type === 'EntryNormal' && entry.data !== null ? textOf(entry.data) : [],
  )
}

/** A change of one member, in the original form. */
export const v1 = (type: ConfChangeType, nodeId: NodeId): ConfChangeV1 => ({
  version: 1,
  type,
  nodeId,
  context: null,
})

/** A change of several members. Without any it leaves the joint configuration. */
export const v2 = (
  transition: ConfChangeTransition,
  ...changes: readonly (readonly [ConfChangeType, NodeId])[]
): ConfChangeV2 => ({
  version: 2,
  transition,
  changes: changes.map(([type, nodeId]) => ({ type, nodeId })),
  context: null,
})

/** A storage whose log has these terms from index 2 on, behind the first snapshot at index 1, and this hard state. */
export function storageOf(
  voters: readonly NodeId[],
  terms: readonly Term[],
  { term = terms.at(-1) ?? 1, vote = null, commit = 1 }: Partial<HardState> = {},
): MemStorage {
  const storage = MemStorage.bootstrap({ voters })
  const entries = terms.map((of, i): Entry => {
    const index = i + 2
    return { type: 'EntryNormal', term: of, index, data: bytes(`${index}@${of}`) }
  })
  storage.append({ hardState: { term, vote, commit }, entries, snapshot: null, mustSync: true })
  return storage
}
