/** Checks of what is passed to RawNode: a wrong argument is the caller's mistake, and changes nothing. */

import { describeValue, UsageError } from './errors.ts'
import type { SnapshotOutcome } from './raft/snapshot.ts'
import type { BootstrapPeer } from './raft/bootstrap.ts'
import type { RaftLog } from './log/raft-log.ts'
import type { ConfChange, ConfChangeEntry } from './types.ts'
import { confChangeFlaw, contentFlaw, isCount, isNodeId } from './validity.ts'

/** A call with an argument that it does not allow. */
export function argumentError(what: string, fix: string, value: unknown): UsageError {
  return new UsageError('ERR_INVALID_ARGUMENT', what, fix, value)
}

/** Is it the id of a node? */
export function checkId(name: string, id: unknown): void {
  if (isNodeId(id)) return
  throw argumentError(
    `Expected \`${name}\` to be a safe integer >= 1, got ${describeValue(id)}`,
    'Pass the id of a node',
    id,
  )
}

/** Is it a whole number, of at least `min`? */
export function checkInteger(name: string, value: unknown, min: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= min) return
  const range = min === Number.MIN_SAFE_INTEGER ? '' : ` >= ${min}`
  throw argumentError(
    `Expected \`${name}\` to be a safe integer${range}, got ${describeValue(value)}`,
    'Pass a whole number',
    value,
  )
}

/** Is it a Uint8Array? */
export function checkBytes(name: string, bytes: unknown): void {
  if (bytes instanceof Uint8Array) return
  const what = `Expected \`${name}\` to be a Uint8Array, got ${describeValue(bytes)}`
  throw argumentError(what, 'Encode it: new TextEncoder().encode(text)', bytes)
}

/** Is it a list of commands? An empty one is refused too, as a proposal without entries. */
export function checkBatch(batch: unknown): void {
  if (!Array.isArray(batch))
    throw argumentError(
      `Expected \`batch\` to be an array, got ${describeValue(batch)}`,
      'Pass an array of Uint8Array',
      batch,
    )
  if (batch.length === 0)
    throw new UsageError(
      'ERR_EMPTY_PROPOSAL',
      'Expected at least one command to propose, got none',
      'Leave the call out when there is nothing to propose',
      batch,
    )
  for (let i = 0; i < batch.length; i++) checkBytes(`batch[${i}]`, batch[i])
}

/** Is it one of the two? */
export function checkOutcome(outcome: unknown): asserts outcome is SnapshotOutcome {
  if (outcome === 'finish' || outcome === 'failure') return
  throw argumentError(
    `Expected \`outcome\` to be "finish" or "failure", got ${describeValue(outcome)}`,
    'Pass one of the two',
    outcome,
  )
}

/** Are they the first members of a group? */
export function checkPeers(peers: unknown): asserts peers is readonly BootstrapPeer[] {
  if (!Array.isArray(peers) || peers.length === 0)
    throw argumentError(
      `Expected \`peers\` to be an array of at least one peer, got ${describeValue(peers)}`,
      'Pass the first members of the group',
      peers,
    )
  const ids = new Set<unknown>()
  for (const peer of peers as readonly (Partial<BootstrapPeer> | null | undefined)[]) {
    checkId('peers[].id', peer?.id)
    if (peer?.context !== undefined) checkBytes('peers[].context', peer.context)
    ids.add(peer?.id)
  }
  if (ids.size < peers.length)
    throw argumentError('Expected each peer once, got one twice', 'List each member once', peers)
}

/** Is it a membership change that may be proposed? 0 is no node: only when a change is applied does it stand for a veto. */
export function checkConfChange(change: ConfChange): void {
  const flaw = confChangeFlaw(change)
  if (flaw !== null)
    throw argumentError(
      `Expected a proper membership change, but ${flaw}`,
      'See the type ConfChange for its parts',
      change,
    )
  for (const { nodeId } of change.version === 1 ? [change] : change.changes) checkId('nodeId', nodeId)
}

/** Is it the entry of a committed membership change, as this log has it? */
export function checkConfChangeEntry(entry: ConfChangeEntry, log: RaftLog): void {
  const flaw =
    contentFlaw(entry) ?? ((entry.type as string) === 'EntryNormal' ? 'it is an EntryNormal' : null)
  const fix = 'Pass the entry from committedEntries as it is'
  if (flaw !== null) throw argumentError(`Expected the entry of a membership change, but ${flaw}`, fix, entry)
  if (!isCount(entry.index) || entry.index === 0 || entry.index > log.committed)
    throw argumentError(
      `Expected a committed entry, got index ${describeValue(entry.index)} with ${log.committed} committed`,
      fix,
      entry,
    )
  const term = log.term(entry.index)
  if (term !== 'compacted' && term !== entry.term)
    throw argumentError(
      `Expected entry ${entry.index} to be of term ${term}, got one of ${describeValue(entry.term)}`,
      fix,
      entry,
    )
}

/** The change as it is now, whatever its owner does with it later: it is checked once, and applied long after. */
export function copyConfChange(change: ConfChange): ConfChange {
  const context = change.context === null ? null : change.context.slice()
  if (change.version === 1)
    return Object.freeze({ version: 1, type: change.type, nodeId: change.nodeId, context })
  const changes = change.changes.map(({ type, nodeId }) => Object.freeze({ type, nodeId }))
  return Object.freeze({
    version: 2,
    transition: change.transition,
    changes: Object.freeze(changes),
    context,
  })
}
