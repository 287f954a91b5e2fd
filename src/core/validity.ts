/**
 * What a proper index, entry, configuration and snapshot look like. Each function names the flaw or answers null.
 * Whatever comes from a peer or from storage is asked here before it is believed.
 */

import type { ConfState, HardState, LogIndex, NodeId, Snapshot } from './types.ts'

/** Is it a term or an index: a whole number from 0 to 2^53 - 1? */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** Can it be the index of an entry? The one behind it has to be a safe integer too. 0 stands for the one before the first. */
export function isIndex(value: unknown): value is LogIndex {
  return isCount(value) && value < Number.MAX_SAFE_INTEGER
}

/** Is it a node id: a whole number from 1 to 2^53 - 1? */
export function isNodeId(value: unknown): value is NodeId {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1
}

/** What is wrong with a configuration, in words; `null` if it is a proper one. */
export function confStateFlaw(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return 'the configuration is no object'
  const config = value as ConfState
  for (const list of ['voters', 'votersOutgoing', 'learners', 'learnersNext'] as const) {
    const ids: unknown = config[list]
    if (!Array.isArray(ids)) return `${list} is no array`
    // By index: `every` passes over the holes of an array.
    for (let i = 0; i < ids.length; i++) if (!isNodeId(ids[i])) return `${list} holds what is no node id`
    if (new Set(ids).size !== ids.length) return `${list} names a node twice`
  }
  if (typeof config.autoLeave !== 'boolean') return 'autoLeave is no boolean'
  return membershipFlaw(config)
}

function membershipFlaw(config: ConfState): string | null {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = config
  for (const id of learners) {
    if (voters.includes(id) || votersOutgoing.includes(id)) return `node ${id} is both voter and learner`
  }
  for (const id of learnersNext) {
    if (!votersOutgoing.includes(id)) return `node ${id} is in learnersNext and is no outgoing voter`
    if (voters.includes(id)) return `node ${id} is in learnersNext and is an incoming voter`
  }
  if (voters.length === 0 && learners.length > 0) return 'there are learners and no voter'
  if (votersOutgoing.length > 0)
    return voters.length === 0 ? 'a joint configuration has no incoming voters' : null
  return autoLeave ? 'autoLeave is set outside of a joint configuration' : null
}

/** What is wrong with a snapshot, in words; `null` if it is a proper one. */
export function snapshotFlaw(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return 'the snapshot is no object'
  const snapshot = value as Snapshot
  if (!isIndex(snapshot.index)) return 'the index is no safe integer below the largest'
  if (!isCount(snapshot.term) || (snapshot.index > 0 && snapshot.term === 0))
    return 'the term is no safe integer >= 1'
  if (!isBytes(snapshot.data)) return 'the data is no Uint8Array'
  return confStateFlaw(snapshot.confState)
}

/** What is wrong with a hard state, in words; `null` if it is a proper one. */
export function hardStateFlaw(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return 'the hard state is no object'
  const { term, vote, commit } = value as HardState
  if (!isCount(term)) return 'the term is no safe integer'
  if (vote !== null && !isNodeId(vote)) return 'the vote is neither null nor a node id'
  return isCount(commit) ? null : 'the commit index is no safe integer'
}

/** What is wrong with the content of an entry or of a proposal, in words; `null` if it is a proper one. */
export function contentFlaw(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return 'it is no object'
  const entry = value as { type: unknown; data: unknown; change: unknown }
  if (entry.type === 'EntryNormal')
    return entry.data === null || isBytes(entry.data) ? null : 'its data is no Uint8Array'
  if (entry.type === 'EntryConfChange') return confChangeFlaw(entry.change, 1)
  if (entry.type === 'EntryConfChangeV2')
    return entry.change === null ? null : confChangeFlaw(entry.change, 2)
  return 'its type is none of EntryNormal, EntryConfChange, EntryConfChangeV2'
}

/** What is wrong with a membership change, in words; `null` if it is a proper one. */
export function confChangeFlaw(value: unknown, version?: 1 | 2): string | null {
  if (typeof value !== 'object' || value === null) return 'the change is no object'
  const change = value as Record<string, unknown>
  const context = change['context']
  if (version !== undefined && change['version'] !== version) return `the change is not of version ${version}`
  if (context !== null && !isBytes(context)) return 'the context is neither null nor a Uint8Array'
  if (change['version'] === 1) return singleFlaw(change)
  if (change['version'] !== 2) return 'the version is neither 1 nor 2'
  if (!transitions.has(change['transition'])) return 'the transition is none of auto, implicit, explicit'
  const changes = change['changes']
  if (!Array.isArray(changes)) return 'changes is no array'
  // Not by its iterator: what is copied, and sent, is what lies at its indexes.
  for (let i = 0; i < changes.length; i++) {
    const flaw = singleFlaw(changes[i])
    if (flaw !== null) return flaw
  }
  return null
}

const transitions: ReadonlySet<unknown> = new Set(['auto', 'implicit', 'explicit'])
const changeTypes: ReadonlySet<unknown> = new Set(['AddNode', 'RemoveNode', 'UpdateNode', 'AddLearnerNode'])

function singleFlaw(value: unknown): string | null {
  const single = value as { type?: unknown; nodeId?: unknown } | null | undefined
  if (!changeTypes.has(single?.type))
    return 'a type is none of AddNode, RemoveNode, UpdateNode, AddLearnerNode'
  // 0 is how an application vetoes a step of a change: it must pass here, and is refused when it is proposed.
  return isCount(single?.nodeId) ? null : 'a nodeId is no safe integer'
}

/** Is it a Uint8Array? Those of another realm are too, which `instanceof` does not see: of a frame, a vm, a test runner. */
export function isBytes(value: unknown): value is Uint8Array {
  // What the engine knows of it, and not what it says of itself: only a Uint8Array has that name there.
  if (nameOf.call(value) !== 'Uint8Array' || isTransferred(value)) return false
  return lengthOf.call(value) === (value as Uint8Array).length
}

/** Is it a Uint8Array whose memory was handed to another thread? It looks like one of no bytes. */
export function isTransferred(value: unknown): boolean {
  if (nameOf.call(value) !== 'Uint8Array' || lengthOf.call(value) !== 0) return false
  try {
    return new Uint8Array(bufferOf.call(value) as ArrayBuffer).length < 0
  } catch {
    return true
  }
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object
const nameOf = getterOf(Symbol.toStringTag)
const lengthOf = getterOf('length')
const bufferOf = getterOf('buffer')

function getterOf(name: PropertyKey): (this: unknown) => unknown {
  const property = Object.getOwnPropertyDescriptor(typedArray, name) as { get: (this: unknown) => unknown }
  return property.get
}
