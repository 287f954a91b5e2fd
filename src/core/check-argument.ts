/** Checks of what is passed to RawNode: a wrong argument is the caller's mistake, and changes nothing. */

import { describeValue, isRaftError, UsageError } from './errors.ts'
import type { ProposedEntry } from './messages.ts'
import type { SnapshotOutcome } from './raft/snapshot.ts'
import type { BootstrapPeer } from './raft/bootstrap.ts'
import { changesOf } from './confchange/changer.ts'
import type { RaftLog } from './log/raft-log.ts'
import type { ConfChange, ConfChangeEntry } from './types.ts'
import { confChangeFlaw, contentFlaw, isBytes, isCount, isNodeId, isTransferred } from './validity.ts'

/** A call with an argument that it does not allow. */
export function argumentError(what: string, fix: string, value: unknown, cause?: unknown): UsageError {
  return new UsageError('ERR_INVALID_ARGUMENT', what, fix, value, cause)
}

/** A getter or a proxy that throws is the caller's mistake too: to look at it has changed nothing. */
function readArgument<T>(value: unknown, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (isRaftError(error)) throw error
    throw argumentError('Expected an argument that can be read', 'Pass plain objects', value, error)
  }
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
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return
  const range = min === Number.MIN_SAFE_INTEGER ? '' : ` >= ${min}`
  throw argumentError(
    `Expected \`${name}\` to be a safe integer${range}, got ${describeValue(value)}`,
    'Pass a whole number',
    value,
  )
}

/** Is it a Uint8Array? */
export function checkBytes(name: string, bytes: unknown): void {
  if (readArgument(bytes, () => isBytes(bytes))) return
  if (isTransferred(bytes))
    throw argumentError(
      `Expected \`${name}\` to be a Uint8Array, got one whose memory was handed to somebody else`,
      'Pass a copy, or do not transfer it',
      bytes,
    )
  const what = `Expected \`${name}\` to be a Uint8Array, got ${describeValue(bytes)}`
  throw argumentError(what, 'Encode it: new TextEncoder().encode(text)', bytes)
}

/** As `map`, but for holes too, and whatever methods of its own the array may have. */
function mapItems<From, To>(array: readonly From[], to: (item: From, i: number) => To): To[] {
  const items: To[] = []
  for (let i = 0; i < array.length; i++) items.push(to(array[i] as From, i))
  return items
}

/** The commands as entries. An empty batch is refused too, as a proposal without entries. */
export function entriesOfBatch(batch: unknown): readonly ProposedEntry[] {
  return readArgument(batch, () => {
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
    return mapItems(batch, (data, i): ProposedEntry => {
      checkBytes(`batch[${i}]`, data)
      return { type: 'EntryNormal', data: data as Uint8Array }
    })
  })
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

/** The first members of a group, as they are now. */
export function copyPeers(given: unknown): readonly BootstrapPeer[] {
  return readArgument(given, () => {
    if (!Array.isArray(given) || given.length === 0)
      throw argumentError(
        `Expected \`peers\` to be an array of at least one peer, got ${describeValue(given)}`,
        'Pass the first members of the group',
        given,
      )
    const peers = mapItems(given, (peer): BootstrapPeer => {
      const { id, context } = (peer ?? {}) as Partial<BootstrapPeer>
      checkId('peers[].id', id)
      if (context === undefined) return { id: id as number }
      checkBytes('peers[].context', context)
      return { id: id as number, context: new Uint8Array(context) }
    })
    if (new Set(peers.map(({ id }) => id)).size < peers.length)
      throw argumentError('Expected each peer once, got one twice', 'List each member once', given)
    return peers
  })
}

/**
 * The membership change as it is now, whatever its owner does with it later: it is checked once, and applied long after.
 * 0 is no node: only when a change is applied does it stand for a veto.
 */
export function copyConfChange(given: unknown): ConfChange {
  return readArgument(given, () => {
    const filled = withDefaults(given)
    const flaw = confChangeFlaw(filled)
    if (flaw !== null)
      throw argumentError(
        `Expected a proper membership change, but ${flaw}`,
        'See the type ConfChangeProposal for its parts',
        given,
      )
    const change = filled as ConfChange
    for (const { nodeId } of change.version === 1 ? [change] : change.changes) checkId('nodeId', nodeId)
    return frozenCopy(change)
  })
}

const partsOfChange: ReadonlyMap<unknown, readonly string[]> = new Map([
  [1, ['version', 'type', 'nodeId', 'context']],
  [2, ['version', 'transition', 'changes', 'context']],
])

/** Fills in what may be left out. What is wrong stays wrong, but a part that does not exist is refused. */
function withDefaults(given: unknown): unknown {
  if (typeof given !== 'object' || given === null) return given
  const {
    version,
    type,
    nodeId,
    transition = 'auto',
    changes,
    context = null,
  } = given as Record<string, unknown>
  const parts = partsOfChange.get(version)
  const unknown = Object.keys(given).find((name) => parts?.includes(name) === false)
  if (unknown !== undefined)
    throw argumentError(
      `Expected a membership change of version ${String(version)} without \`${unknown}\``,
      `Its parts are ${parts?.join(', ')}: mind the spelling`,
      given,
    )
  return version === 1 ? { version, type, nodeId, context } : { version, transition, changes, context }
}

/**
 * The entry of a committed membership change, as it was handed out. An application may have set a nodeId to 0: that step is
 * vetoed. Anything else that differs from the log would make this node a member of another group than the others.
 */
export function readConfChangeEntry(given: unknown, log: RaftLog): ConfChangeEntry {
  return readArgument(given, () => {
    const entry = given as ConfChangeEntry
    const flaw =
      contentFlaw(entry) ?? ((entry.type as string) === 'EntryNormal' ? 'it is an EntryNormal' : null)
    const fix = 'Pass the entry from committedEntries as it is'
    if (flaw !== null)
      throw argumentError(`Expected the entry of a membership change, but ${flaw}`, fix, given)
    const { index, term, type } = entry
    if (!isCount(index) || index === 0 || index > log.committed)
      throw argumentError(
        `Expected a committed entry, got index ${describeValue(index)} with ${log.committed} committed`,
        fix,
        given,
      )
    const change = entry.change === null ? null : frozenCopy(entry.change)
    const stored = log.term(index) === 'compacted' ? 'compacted' : log.slice(index, index + 1, Infinity)
    if (stored !== 'compacted') {
      const known = stored[0]
      if (known?.term !== term)
        throw argumentError(
          `Expected entry ${index} to be of term ${known?.term}, got one of ${describeValue(term)}`,
          fix,
          given,
        )
      if (known.type !== type || !isSameChange(known.change, change))
        throw argumentError(`Expected entry ${index} as the log has it, got another change`, fix, given)
    }
    return { type, term, index, change } as ConfChangeEntry
  })
}

function isSameChange(known: ConfChange | null, given: ConfChange | null): boolean {
  if (known === null || given === null) return known === given
  if (known.version !== given.version) return false
  const [ours, theirs] = [changesOf(known), changesOf(given)]
  if (known.version === 2 && given.version === 2 && known.transition !== given.transition) return false
  return (
    ours.length === theirs.length &&
    ours.every(({ type, nodeId }, i) => {
      const other = theirs[i]
      return other?.type === type && (other.nodeId === nodeId || other.nodeId === 0)
    })
  )
}

function frozenCopy(change: ConfChange): ConfChange {
  // Not slice(): of a Buffer that would be a view of the same bytes.
  const context = change.context === null ? null : new Uint8Array(change.context)
  if (change.version === 1)
    return Object.freeze({ version: 1, type: change.type, nodeId: change.nodeId, context })
  const changes = mapItems(change.changes, ({ type, nodeId }) => Object.freeze({ type, nodeId }))
  return Object.freeze({
    version: 2,
    transition: change.transition,
    changes: Object.freeze(changes),
    context,
  })
}
