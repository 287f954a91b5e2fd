/** The numbers that stand for names on the wire, and where the implementations differ in them. */

import type { ConfChangeTransition, ConfChangeType, Entry } from '../core/types.ts'
import { unwritable } from './codec-error.ts'

/**
 * Whose protobuf is spoken. They agree but for a few fields of votes and, which is worse, for a number: what etcd calls
 * `UpdateNode` is `AddLearnerNode` in raft-rs. docs/WIRE-FORMAT.md has the table.
 */
export type Dialect = 'etcd' | 'raft-rs'

/** By number, as in raftpb.EntryType. */
export const entryTypes: readonly Entry['type'][] = ['EntryNormal', 'EntryConfChange', 'EntryConfChangeV2']

/** By number, as in raftpb.ConfChangeTransition. */
export const transitions: readonly ConfChangeTransition[] = ['auto', 'implicit', 'explicit']

/** By number, as in raftpb.ConfChangeType and in eraftpb.ConfChangeType. */
export const changeTypes: Readonly<Record<Dialect, readonly ConfChangeType[]>> = {
  etcd: ['AddNode', 'RemoveNode', 'UpdateNode', 'AddLearnerNode'],
  'raft-rs': ['AddNode', 'RemoveNode', 'AddLearnerNode'],
}

/** The number of a name. Throws if it has none. */
export function numberOf<T extends string>(table: readonly T[], name: T, what: string): number {
  const number = table.indexOf(name)
  if (number < 0) throw unwritable(`${what} to be one of ${table.join(', ')}`, name)
  return number
}
