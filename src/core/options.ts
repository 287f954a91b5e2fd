/**
 * A node's options: what each means, its unit, range and default, and how they are checked, once, at the start.
 * Nothing behind `resolveOptions` sees an option that is missing or out of range.
 */

import { describeValue, InvariantError, OptionsError } from './errors.ts'
import type { LogReader } from './log/log-reader.ts'
import { type Random, seededRandom } from './random.ts'
import type { Trace } from './trace.ts'
import type { Bytes, LogIndex, NodeId } from './types.ts'

/** How linearizable reads are confirmed (thesis §6.4). */
export type ReadOnlyOption = 'safe' | 'lease-based'

/** What a node is made of. Only `id` and `storage` are required. Counts of ticks are whole numbers. */
export interface RaftOptions {
  /** This node's identity: a safe integer >= 1, never reused. */
  readonly id: NodeId
  /** Where the durable log is read from. A `MemStorage`, or your own. */
  readonly storage: LogReader
  /**
   * The last index that the state machine had applied, durably, before a restart. Entries up to it are not handed out again.
   * From `firstIndex - 1` to `lastIndex` of the storage.
   * @defaultValue the index of the stored snapshot
   */
  readonly applied?: LogIndex | undefined
  /**
   * Ticks without a leader after which a follower stands for election; each time a number from `electionTick` to
   * `2 * electionTick - 1` is drawn (§5.2). Greater than `heartbeatTick`, at most 2^31; ten times as many is usual.
   * @defaultValue 10
   */
  readonly electionTick?: number | undefined
  /**
   * Ticks between two heartbeats of a leader. >= 1.
   * @defaultValue 1
   */
  readonly heartbeatTick?: number | undefined
  /**
   * Ask whether an election could be won before starting it, so that a node that was cut off does not disturb the others
   * with its higher term when it comes back (thesis §9.6). Together with `checkQuorum`: then who hears a leader says no.
   * @defaultValue true
   */
  readonly preVote?: boolean | undefined
  /**
   * A leader that hears from no majority for an election timeout steps down, and a node that hears a leader ignores
   * requests to vote it out (thesis §4.2.3, thesis §6.2).
   * @defaultValue true
   */
  readonly checkQuorum?: boolean | undefined
  /**
   * How `readIndex` is confirmed. `safe`: by a round of heartbeats. `lease-based`: by the last round as long as it is
   * younger than `electionTick - 1` ticks; that is without a message, but only right while the nodes' clocks run equally
   * fast: a leader that is not ticked, because its process stands still, believes in its lease for ever (thesis §6.4.1).
   * Requires `checkQuorum`, and all nodes of the group with this and with the same `electionTick`: to switch a running group
   * over, start a new leader with it last.
   * @defaultValue 'safe'
   */
  readonly readOnly?: ReadOnlyOption | undefined
  /**
   * Largest total size of the entries of one MsgApp, in bytes. An entry that is larger travels alone; 0 sends one at a time.
   * @defaultValue 1 MiB
   */
  readonly maxSizePerMsg?: Bytes | undefined
  /**
   * Largest total size of committed entries that are handed out and not yet applied, in bytes. >= 1; one entry always passes.
   * @defaultValue 16 MiB
   */
  readonly maxCommittedSizePerReady?: Bytes | undefined
  /**
   * A leader drops proposals while the payloads in its uncommitted tail are larger than this, in bytes. >= 1.
   * One proposal always passes while the tail is empty.
   * @defaultValue Infinity
   */
  readonly maxUncommittedSize?: Bytes | undefined
  /**
   * MsgApps that may be on their way to one follower before one is acknowledged. >= 1.
   * @defaultValue 256
   */
  readonly maxInflightMsgs?: number | undefined
  /**
   * Payload bytes that may be on their way to one follower; one message may go beyond. At least `maxSizePerMsg`.
   * @defaultValue Infinity
   */
  readonly maxInflightBytes?: Bytes | undefined
  /**
   * Hand out writes and applies as messages to two queues instead of through `advance` (thesis §10.2.1).
   * @defaultValue false
   */
  readonly asyncStorageWrites?: boolean | undefined
  /**
   * With `asyncStorageWrites`: ask for votes before this node's own term and log are durable, as etcd does. It saves one
   * write per election, and lets late grants elect a candidate that has lost the log it advertised in a crash.
   * @defaultValue false
   */
  readonly requestVotesBeforePersist?: boolean | undefined
  /**
   * A follower drops proposals instead of passing them on to the leader.
   * @defaultValue false
   */
  readonly disableProposalForwarding?: boolean | undefined
  /**
   * A leader appends membership changes without looking whether they are possible now. For applications that check
   * themselves; an impossible change then fails when it is applied, on every node.
   * @defaultValue false
   */
  readonly disableConfChangeValidation?: boolean | undefined
  /**
   * A leader that has applied its own removal, or its demotion to a learner, steps down as soon as a majority of those who
   * stay knows of it (thesis §4.2.2).
   * Without, it leads on for ever: as a learner like any leader, as no member at all it drops every proposal.
   * @defaultValue true
   */
  readonly stepDownOnRemoval?: boolean | undefined
  /**
   * Send what is proposed between two Readys as one MsgApp per follower instead of one per proposal.
   * @defaultValue true
   */
  readonly coalesceAppends?: boolean | undefined
  /**
   * A voter turns down candidates of lower priority unless their log is better than its own, or the leader itself has told
   * them to stand (thesis §3.10). A safe integer.
   * @defaultValue 0
   */
  readonly priority?: number | undefined
  /**
   * Do as etcd-io/raft does in the few places where quorate knowingly does better than it (docs/adr/0009): for runs that are
   * compared with it, message by message. Not for production.
   * @defaultValue false
   */
  readonly referenceBehaviour?: boolean | undefined
  /**
   * Draws election timeouts: numbers in `[0, 1)`. Nodes of a cluster must draw differently, or they stand for election
   * all at once, for ever.
   * @defaultValue a generator seeded with `id`
   */
  readonly random?: Random | undefined
  /** Is told what happens inside the node, synchronously; what it answers does not matter. It costs nothing when it is absent. */
  readonly trace?: Trace | undefined
  /**
   * Check the node's invariants after every call, at some cost. For tests.
   * @defaultValue false
   */
  readonly invariants?: boolean | undefined
}

/** The same with every default filled in. */
export type ResolvedRaftOptions = {
  readonly [K in Exclude<keyof RaftOptions, 'applied' | 'trace'>]-?: Exclude<RaftOptions[K], undefined>
} & { readonly applied: LogIndex | null; readonly trace: Trace | null }

const MIB = 1024 * 1024
/** Twice that is still a safe integer by far. */
const maxTicks = 2 ** 31

const storageMethods = [
  'hardState',
  'confState',
  'firstIndex',
  'lastIndex',
  'term',
  'entries',
  'snapshot',
] as const

/** Fills in defaults and checks each option, then the options against each other. Throws {@link OptionsError}. */
export function resolveOptions(given: RaftOptions): ResolvedRaftOptions {
  const options = readOptions(given)
  if (typeof options !== 'object' || (options as unknown) === null)
    throw new OptionsError('options', 'an object', options, 'Pass at least { id, storage }')
  // An explicit undefined means "left out": hence field by field and not a spread, which would let it erase a default.
  const resolved: ResolvedRaftOptions = {
    id: options.id,
    storage: options.storage,
    applied: options.applied ?? null,
    electionTick: options.electionTick ?? 10,
    heartbeatTick: options.heartbeatTick ?? 1,
    preVote: options.preVote ?? true,
    checkQuorum: options.checkQuorum ?? true,
    readOnly: options.readOnly ?? 'safe',
    maxSizePerMsg: options.maxSizePerMsg ?? MIB,
    maxCommittedSizePerReady: options.maxCommittedSizePerReady ?? 16 * MIB,
    maxUncommittedSize: options.maxUncommittedSize ?? Infinity,
    maxInflightMsgs: options.maxInflightMsgs ?? 256,
    maxInflightBytes: options.maxInflightBytes ?? Infinity,
    asyncStorageWrites: options.asyncStorageWrites ?? false,
    requestVotesBeforePersist: options.requestVotesBeforePersist ?? false,
    disableProposalForwarding: options.disableProposalForwarding ?? false,
    disableConfChangeValidation: options.disableConfChangeValidation ?? false,
    stepDownOnRemoval: options.stepDownOnRemoval ?? true,
    coalesceAppends: options.coalesceAppends ?? true,
    priority: options.priority ?? 0,
    referenceBehaviour: options.referenceBehaviour ?? false,
    random: options.random ?? seededRandom(Number.isSafeInteger(options.id) ? options.id : 0),
    trace: options.trace ?? null,
    invariants: options.invariants ?? false,
  }
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(resolved, key))
      throw new OptionsError(
        key,
        `one of ${Object.keys(resolved).join(', ')}`,
        (options as never)[key],
        `There is no option \`${key}\`: mind the spelling`,
      )
    if ((options as unknown as Record<string, unknown>)[key] === null && key !== 'id' && key !== 'storage')
      throw new OptionsError(key, 'a value', null, 'Leave it out, or pass undefined, for its default')
  }
  checkEach(resolved)
  checkTogether(resolved)
  const { trace, random } = resolved
  return Object.freeze({
    ...resolved,
    // What throws in there, throws in the middle of a change.
    trace: trace === null ? null : unthrowing('trace', trace),
    random: unthrowing('random', random),
  })
}

/** The options as they are now: a getter is asked once, and must not throw. */
function readOptions(given: RaftOptions): RaftOptions {
  if (typeof given !== 'object' || (given as unknown) === null) return given
  try {
    const read: Record<string, unknown> = {}
    // Inherited ones too: an application may keep its options in an object of a class.
    for (const key in given) read[key] = given[key as keyof RaftOptions]
    return read as unknown as RaftOptions
  } catch (cause) {
    throw new OptionsError('options', 'an object that can be read', cause, 'Pass a plain object')
  }
}

function unthrowing<A extends unknown[], R>(name: string, call: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    try {
      return call(...args)
    } catch (cause) {
      throw new InvariantError(`the function that was passed as option \`${name}\` does not throw`, cause)
    }
  }
}

function checkEach(o: ResolvedRaftOptions): void {
  checkInteger(o, 'id', 1)
  checkStorage(o.storage)
  if (o.applied !== null) checkInteger(o, 'applied', 0)
  checkInteger(o, 'electionTick', 2)
  if (o.electionTick > maxTicks) throw new OptionsError('electionTick', `at most ${maxTicks}`, o.electionTick)
  checkInteger(o, 'heartbeatTick', 1)
  checkInteger(o, 'maxInflightMsgs', 1)
  checkInteger(o, 'priority', Number.MIN_SAFE_INTEGER)
  checkSize(o, 'maxSizePerMsg', 0)
  checkSize(o, 'maxCommittedSizePerReady', 1)
  checkSize(o, 'maxUncommittedSize', 1)
  checkSize(o, 'maxInflightBytes', 1)
  for (const name of booleans) {
    if (typeof o[name] !== 'boolean') throw new OptionsError(name, 'true or false', o[name])
  }
  // The types say so already; callers in plain JavaScript have not read them.
  const { readOnly, random, trace } = o as { readOnly: unknown; random: unknown; trace: unknown }
  if (readOnly !== 'safe' && readOnly !== 'lease-based')
    throw new OptionsError('readOnly', '"safe" or "lease-based"', readOnly)
  if (typeof random !== 'function')
    throw new OptionsError('random', 'a function that returns a number in [0, 1)', random)
  if (trace !== null && typeof trace !== 'function') throw new OptionsError('trace', 'a function', trace)
}

function checkTogether(o: ResolvedRaftOptions): void {
  if (o.electionTick <= o.heartbeatTick)
    throw new OptionsError(
      'electionTick',
      `greater than heartbeatTick (${o.heartbeatTick})`,
      o.electionTick,
      'Followers must hear several heartbeats in an election timeout: ten is usual',
    )
  // A lease is only as good as the promise that the others will not elect somebody else meanwhile (thesis §6.4.1).
  if (o.readOnly === 'lease-based' && !o.checkQuorum)
    throw new OptionsError(
      'readOnly',
      '"safe" while checkQuorum is off',
      o.readOnly,
      'Switch `checkQuorum` on, or read with "safe"',
    )
  if (o.maxInflightBytes < o.maxSizePerMsg)
    throw new OptionsError(
      'maxInflightBytes',
      `at least maxSizePerMsg (${o.maxSizePerMsg})`,
      o.maxInflightBytes,
      'Raise it, or lower `maxSizePerMsg`: one full message must fit',
    )
  if (o.requestVotesBeforePersist && !o.asyncStorageWrites)
    throw new OptionsError(
      'requestVotesBeforePersist',
      'false unless asyncStorageWrites is on',
      true,
      'Leave it out: without asynchronous writes everything is durable before it is sent',
    )
}

const booleans = [
  'preVote',
  'checkQuorum',
  'asyncStorageWrites',
  'requestVotesBeforePersist',
  'disableProposalForwarding',
  'disableConfChangeValidation',
  'stepDownOnRemoval',
  'coalesceAppends',
  'referenceBehaviour',
  'invariants',
] as const

function checkInteger(options: ResolvedRaftOptions, name: keyof ResolvedRaftOptions, min: number): void {
  const value = options[name]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min)
    throw new OptionsError(
      name,
      min === Number.MIN_SAFE_INTEGER ? 'a safe integer' : `a safe integer >= ${min}`,
      value,
      name === 'id' ? 'Give each node an id of its own, and the same one again after a restart' : undefined,
    )
}

function checkSize(options: ResolvedRaftOptions, name: keyof ResolvedRaftOptions, min: Bytes): void {
  if (options[name] !== Infinity) checkInteger(options, name, min)
}

function readMethod(methods: Record<string, unknown>, name: string): unknown {
  try {
    return methods[name]
  } catch {
    throw new OptionsError('storage', 'an object that can be read', methods, 'Pass an object without getters')
  }
}

function checkStorage(storage: unknown): void {
  const methods = storage as Record<string, unknown> | null | undefined
  if (typeof methods !== 'object' || methods === null)
    throw new OptionsError(
      'storage',
      'a storage',
      storage,
      'Pass a MemStorage, or an object of your own with the methods of LogReader',
    )
  for (const name of storageMethods) {
    const method = readMethod(methods, name)
    if (typeof method !== 'function')
      throw new OptionsError(
        'storage',
        `an object with a method ${name}()`,
        storage,
        `Give it ${name}(): it is ${describeValue(method)}`,
      )
  }
}
