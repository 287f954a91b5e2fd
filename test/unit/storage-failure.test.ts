/**
 * A storage that fails, or answers what cannot be, at any moment: the node stops with a StorageError, every later call
 * throws the same one, and no Ready leaves any more. What storage lacks in the ordinary way is no failure.
 */

import { type LogReader, MemStorage, OptionsError, RawNode, StorageError } from 'quorate'
import { describe, expect, test } from 'vitest'
import { bytes, confState, entriesOf, entry, snapshotAt } from '../support/entries.ts'
import { breakingReader, readerOf } from '../support/faulty-storage.ts'
import { message, rejection } from '../support/messages.ts'
import { catchError } from '../support/refusal.ts'
import { Solo } from '../support/solo.ts'

type Method = keyof LogReader

const methods = ['hardState', 'confState', 'firstIndex', 'lastIndex', 'term', 'entries', 'snapshot'] as const

/** What happens to a node that becomes leader, replicates, and sends a snapshot. */
function lead(solo: Solo, storage: MemStorage): void {
  solo.elect().acknowledge()
  solo.node.proposeBatch([bytes('a'), bytes('b')])
  solo.finish().acknowledge(2)
  storage.createSnapshot(3, confState(), bytes('state'))
  storage.compact(3)
  solo.node.propose(bytes('c'))
  solo.finish()
  solo.step({ ...rejection(4, { term: 0, index: 0 }), from: 3 } as never)
  expect(solo.takeType('MsgSnap')).toHaveLength(1)
  solo.node.readIndex(bytes('r'))
  solo.node.tick()
  solo.finish()
}

/** What happens to a node that follows, falls behind, gets a snapshot, and stands for election itself. */
function follow(solo: Solo): void {
  solo.step(message('MsgApp', { entries: entriesOf([1, 1, 1], 2), commit: 3 }))
  solo.step(message('MsgApp', { prevLogIndex: 9, entries: [entry(10, 1)] }))
  solo.step(message('MsgHeartbeat', { commit: 4 }))
  solo.step(message('MsgVote', { term: 2, lastLogIndex: 9 }))
  solo.step(message('MsgApp', { term: 3, prevLogIndex: 4, entries: [entry(5, 3)], commit: 4 }))
  solo.step(message('MsgSnap', { term: 3, snapshot: snapshotAt(9, 3) }))
  solo.step(
    message('MsgApp', { term: 3, prevLogIndex: 9, prevLogTerm: 3, entries: [entry(10, 3)], commit: 10 }),
  )
  solo.node.campaign()
  solo.finish()
}

/** A storage from an earlier run: what is not applied has to be read. */
function used(): MemStorage {
  const storage = MemStorage.bootstrap({ voters: [1, 2, 3] })
  storage.append({
    hardState: { term: 1, vote: null, commit: 3 },
    entries: entriesOf([1, 1, 1, 1], 2),
    snapshot: null,
    mustSync: true,
  })
  return storage
}

const lives: readonly (readonly [string, () => MemStorage, (solo: Solo, storage: MemStorage) => void])[] = [
  ['a leader', () => MemStorage.bootstrap({ voters: [1, 2, 3] }), lead],
  ['a follower', () => MemStorage.bootstrap({ voters: [1, 2, 3] }), follow],
  ['a node that comes back to lead', used, (solo) => solo.elect().acknowledge()],
]

/** Every call there is, with arguments that are right or wrong. */
const calls: readonly ((solo: Solo) => unknown)[] = [
  ({ node }) => node.tick(),
  ({ node }) => node.step(message('MsgHeartbeat')),
  ({ node }) => node.step(undefined as never),
  ({ node }) => node.propose(bytes('x')),
  ({ node }) => node.proposeBatch([]),
  ({ node }) => node.proposeConfChange({ version: 1, type: 'AddNode', nodeId: 4, context: null }),
  ({ node }) => node.applyConfChange(undefined as never),
  ({ node }) => node.skipConfChange(undefined as never),
  ({ node }) => node.campaign(),
  ({ node }) => node.hasReady(),
  ({ node }) => node.ready(),
  ({ node }) => node.advance(undefined as never),
  ({ node }) => node.readIndex(bytes('x')),
  ({ node }) => node.transferLeadership(2),
  ({ node }) => node.forgetLeader(),
  ({ node }) => node.reportUnreachable(2),
  ({ node }) => node.reportSnapshot(2, 'finish'),
  ({ node }) => node.setPriority(1),
  ({ node }) => node.setRandomizedElectionTimeout(5),
  ({ node }) => node.bootstrap([]),
  ({ node }) => node.status(),
]

/** Lives with a fault at one call after the other, as `next` says. Answers at how many there was one. */
function breakCalls(
  life: (typeof lives)[number],
  method: Method,
  instead: () => unknown,
  next: (call: number) => number,
): number {
  const [, make, live] = life
  let faults = 0
  for (let call = 1; ; call = next(call)) {
    const storage = make()
    const { state, reader } = breakingReader(storage, { method, call, instead })
    let solo: Solo | null = null
    let thrown: unknown = null
    try {
      solo = new Solo({ storage, reader, invariants: false })
      live(solo, storage)
    } catch (error) {
      thrown = error
    }
    if (!state.broke) {
      expect(thrown).toBeNull()
      return faults
    }
    faults++
    expect(thrown).toBeInstanceOf(StorageError)
    expect((thrown as StorageError).code).toBe('ERR_STORAGE')
    expect((thrown as StorageError).message).toMatch(new RegExp(`^Storage .*${method}\\(`))
    const stopped = solo
    if (stopped !== null) for (const each of calls) expect(catchError(() => each(stopped))).toBe(thrown)
  }
}

describe.each(lives)('to %s', (...life) => {
  test.each(methods)('a failure in %s(), at whatever call, is the end', (method) => {
    const fail = (): never => {
      throw new Error('disk on fire')
    }
    const faults = breakCalls(life, method, fail, (call) => call + 1)
    // The membership is asked for once, at the start, and only a leader sends snapshots.
    if (method === 'confState') expect(faults).toBe(1)
    else if (method !== 'snapshot') expect(faults).toBeGreaterThan(0)
    else if (life[0] === 'a leader') expect(faults).toBeGreaterThan(0)
  })

  test.each(methods)('nonsense from %s(), at one call or another, is the end', (method) => {
    for (const nonsense of [undefined, NaN, 'x', -1, {}, Promise.resolve(1)])
      breakCalls(
        life,
        method,
        () => nonsense,
        (call) => Math.ceil(call * 1.4),
      )
    if (method !== 'hardState')
      breakCalls(
        life,
        method,
        () => null,
        (call) => Math.ceil(call * 1.4),
      )
  })
})

/** An object that throws whatever is read of it. */
function unreadable<T extends object>(value: T): T {
  const { proxy, revoke } = Proxy.revocable(value, {})
  revoke()
  return proxy
}

describe('an answer that cannot even be looked at', () => {
  test.each(['hardState', 'confState', 'snapshot'] as const)('of %s() at the start', (method) => {
    const storage = MemStorage.bootstrap({ voters: [1, 2, 3] })
    const reader = readerOf(storage, { [method]: () => unreadable({}) })
    expect(() => new Solo({ storage, reader })).toThrow(StorageError)
  })

  test('or a storage itself, which is a wrong option', () => {
    for (const storage of [
      unreadable({}),
      Object.defineProperty({}, 'term', { get: () => expect.unreachable() }),
    ])
      expect(() => new RawNode({ id: 1, storage: storage as never })).toThrow(OptionsError)
  })
})

describe('an answer that cannot be, by what the node knows', () => {
  /** A leader of three entries, of which storage then says something else, until something finds out. */
  function leadOn(other: Partial<LogReader>): Solo {
    const storage = MemStorage.bootstrap({ voters: [1, 2, 3] })
    const reader = readerOf(storage)
    const solo = new Solo({ storage, reader }).elect().acknowledge()
    solo.node.proposeBatch([bytes('a'), bytes('b')])
    solo.finish().acknowledge()
    Object.assign(reader, other)
    return solo
  }

  function goOn(solo: Solo): void {
    solo.node.propose(bytes('c'))
    solo.finish().acknowledge()
    solo.step({ ...rejection(4, { term: 0, index: 0 }), from: 3 } as never)
    solo.step(message('MsgHeartbeatResp', { from: 3 }))
    solo.step(message('MsgVote', { term: 9, lastLogIndex: 9, lastLogTerm: 9 }))
    solo.node.campaign()
  }

  test('the history that the others are held against goes well', () => {
    expect(() => goOn(leadOn({}))).not.toThrow()
  })

  test.each<[string, Partial<LogReader>]>([
    ['a log that ends before it begins', { lastIndex: () => 0 }],
    ['a log that ends before what is committed', { lastIndex: () => 2 }],
    ['a log that ends beyond what was written', { lastIndex: () => 40 }],
    ['a log that ends at the last index there is', { lastIndex: () => Number.MAX_SAFE_INTEGER }],
    ['entries of another term than term() says', { entries: (lo) => [entry(lo, 77)] }],
    ['an entry that cannot be read', { entries: (lo) => [unreadable(entry(lo, 1))] }],
    ['a log without the term of its last entry', { term: () => 'unavailable' }],
    ['a gap among the entries', { entries: () => [entry(2, 1), entry(4, 1)] }],
    ['other entries than were asked for', { entries: () => [entry(1, 1)] }],
    ['no entries where there are some', { entries: () => 'unavailable' }],
  ])('%s', (_, other) => {
    const solo = leadOn(other)
    const thrown = catchError(() => goOn(solo))
    expect(thrown).toBeInstanceOf(StorageError)
    for (const each of calls) expect(catchError(() => each(solo))).toBe(thrown)
  })

  test('a snapshot from before what is compacted: nobody could be brought up to date by it', () => {
    const storage = MemStorage.bootstrap({ voters: [1, 2, 3] })
    const reader = readerOf(storage, { snapshot: () => snapshotAt(1, 1) })
    const solo = new Solo({ storage, reader }).elect().acknowledge(2)
    storage.createSnapshot(2, confState(), bytes(''))
    storage.compact(2)

    expect(() => solo.step(message('MsgHeartbeatResp', { from: 3 }))).toThrow(StorageError)
  })
})

test('a failure in status() is the end like any other', () => {
  const storage = MemStorage.bootstrap({ voters: [1, 2, 3] })
  const reader = readerOf(storage)
  const solo = new Solo({ storage, reader, invariants: false })
  Object.assign(reader, {
    firstIndex: () => {
      throw new Error('disk on fire')
    },
  })
  const thrown = catchError(() => solo.node.status())
  expect(thrown).toBeInstanceOf(StorageError)

  Object.assign(reader, { firstIndex: () => storage.firstIndex() })
  for (const each of calls) expect(catchError(() => each(solo))).toBe(thrown)
})

describe('what is no failure', () => {
  /** A leader of three, to whose storage `other` then happens. */
  function leader(other: Partial<LogReader>) {
    const storage = MemStorage.bootstrap({ voters: [1, 2, 3] })
    const reader = readerOf(storage)
    const solo = new Solo({ storage, reader }).elect().acknowledge(2)
    Object.assign(reader, other)
    return { solo, reader, storage }
  }

  test('a storage that has no snapshot at the moment is asked again', () => {
    const { solo, reader, storage } = leader({ snapshot: () => 'temporarily-unavailable' })
    solo.step({ ...rejection(1, { term: 0, index: 0 }), from: 3 } as never)
    solo.step(message('MsgHeartbeatResp', { from: 3 }))
    expect(solo.takeType('MsgSnap')).toEqual([])

    Object.assign(reader, { snapshot: () => storage.snapshot() })
    solo.step(message('MsgHeartbeatResp', { from: 3 }))
    expect(solo.takeType('MsgSnap')).toMatchObject([{ to: 3, snapshot: { index: 1 } }])
  })

  test('entries that are compacted while they are asked for are made up for by a snapshot', () => {
    const { solo } = leader({ entries: () => 'compacted' })
    solo.step(message('MsgHeartbeatResp', { from: 3 }))
    expect(solo.takeSent().map(({ type, to }) => [type, to])).toEqual([['MsgSnap', 3]])
  })

  test('terms that are compacted or not there yet', () => {
    const storage = used()
    const reader = readerOf(storage, { term: (index) => (index < 3 ? 'compacted' : storage.term(index)) })
    const node = new RawNode({ id: 1, storage: reader })
    expect(() => node.step(message('MsgApp', { prevLogIndex: 9, entries: [] }))).not.toThrow()
  })
})
