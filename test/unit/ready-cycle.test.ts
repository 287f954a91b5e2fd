/** The order ready, append, send, apply, advance: what belongs to a Ready, and how it is caught when the order is not kept. */

import {
  type ConfChangeEntry,
  type Entry,
  MemStorage,
  type Message,
  RawNode,
  type Ready,
  ReadyMisuseError,
} from 'quorate'
import { describe, expect, test } from 'vitest'
import { bytes, confState, entry, snapshotAt } from '../support/entries.ts'
import { message } from '../support/messages.ts'
import { Solo } from '../support/solo.ts'

const change = { version: 1, type: 'AddNode', nodeId: 4, context: null } as const
const changeEntry = (index: number): Entry => ({ type: 'EntryConfChange', term: 1, index, change })

/** A follower that has got one entry, and the Ready that follows. */
function withReady(): { solo: Solo; ready: Ready } {
  const solo = new Solo()
  solo.node.step(message('MsgApp'))
  return { solo, ready: solo.node.ready() }
}

describe('misuse is caught where it happens, and changes nothing', () => {
  /** It throws, names the call that was missed and the fix, and the node goes on as if nothing had been. */
  function expectMisuse(
    { solo, ready }: { solo: Solo; ready: Ready },
    act: () => void,
    what: RegExp,
    fix: RegExp,
  ) {
    const before = solo.node.status()
    expect(act).toThrow(ReadyMisuseError)
    expect(act).toThrow(expect.objectContaining({ code: 'ERR_READY_MISUSE' }))
    expect(act).toThrow(what)
    expect(act).toThrow(fix)
    expect(solo.node.status()).toEqual(before)
    if (solo.storage.lastIndex() < 2) solo.storage.append(ready)
    for (const each of ready.committedEntries)
      if (each.type !== 'EntryNormal') solo.node.applyConfChange(each)
    solo.node.advance(ready)
    expect(solo.finish().node.hasReady()).toBe(false)
  }

  test('a second ready() while one is out', () => {
    const out = withReady()
    expectMisuse(
      out,
      () => out.solo.node.ready(),
      /ready\(\) was called while a Ready is out/,
      /call advance\(\)/,
    )
  })

  test('advance() before the write', () => {
    const out = withReady()
    expectMisuse(
      out,
      () => out.solo.node.advance(out.ready),
      /does not hold the entries up to index 2/,
      /storage\.append\(ready\)/,
    )
  })

  test('advance() when only the entries are written', () => {
    const out = withReady()
    out.solo.storage.append({ ...out.ready, hardState: null })
    const act = (): void => out.solo.node.advance(out.ready)
    expect(act).toThrow(/does not hold the hard state of term 1/)
    out.solo.storage.append({ ...out.ready, entries: [] })
    expect(act).not.toThrow()
  })

  test.each([
    ['term', { term: 2, vote: null, commit: 1 }],
    ['vote', { term: 1, vote: 3, commit: 1 }],
    ['commit', { term: 1, vote: null, commit: 0 }],
  ])('advance() with another %s written', (_, hardState) => {
    const { solo, ready } = withReady()
    solo.storage.append({ ...ready, hardState })
    expect(() => solo.node.advance(ready)).toThrow(/does not hold the hard state/)
  })

  test('advance() with other entries written', () => {
    const { solo, ready } = withReady()
    solo.storage.append({ ...ready, entries: [entry(2, 9)] })
    expect(() => solo.node.advance(ready)).toThrow(/does not hold the entries/)
  })

  test('advance() before a snapshot is written (§7)', () => {
    const solo = new Solo()
    solo.node.step(message('MsgSnap'))
    const ready = solo.node.ready()
    const act = (): void => solo.node.advance(ready)
    expect(act).toThrow(ReadyMisuseError)
    expect(act).toThrow(/does not hold the snapshot at index 5/)

    solo.storage.append(ready)
    expect(act).not.toThrow()
    expect(solo.node.status()).toMatchObject({ applied: 5, commit: 5 })
  })

  test('advance() with another Ready than the one that is out', () => {
    const out = withReady()
    expectMisuse(out, () => out.solo.node.advance({ ...out.ready }), /another Ready/, /the very object/)
  })

  test('advance() with something else', () => {
    const { solo, ready } = withReady()
    for (const wrong of [undefined, null, 5, {}, [ready]])
      expect(() => solo.node.advance(wrong as never)).toThrow(ReadyMisuseError)
  })

  test('advance() with the Ready of another node', () => {
    const one = withReady()
    const other = withReady()
    expect(() => one.solo.node.advance(other.ready)).toThrow(/another Ready/)
  })

  test('advance() without any, and twice', () => {
    const { solo, ready } = withReady()
    solo.storage.append(ready)
    solo.node.advance(ready)
    expect(() => solo.node.advance(ready)).toThrow(/while no Ready is out/)
    expect(() => solo.node.advance(ready)).toThrow(/once for each ready\(\)/)
    expect(() => new Solo().node.advance(ready)).toThrow(ReadyMisuseError)
  })

  test('advance() without having applied a membership change', () => {
    const solo = new Solo()
    solo.node.step(message('MsgApp', { entries: [changeEntry(2)], commit: 2 }))
    const ready = solo.node.ready()
    solo.storage.append(ready)
    expectMisuse(
      { solo, ready },
      () => solo.node.advance(ready),
      /change at index 2 was not applied/,
      /applyConfChange\(entry\)/,
    )
    expect(solo.confState.voters).toEqual([1, 2, 3, 4])
  })

  test('advance() without having applied the first of two membership changes', () => {
    const solo = new Solo()
    const second = { ...changeEntry(3), change: { ...change, nodeId: 5 } } as ConfChangeEntry
    solo.node.step(message('MsgApp', { entries: [changeEntry(2), second], commit: 3 }))
    const ready = solo.node.ready()
    solo.storage.append(ready)

    expect(() => {
      solo.node.applyConfChange(second)
      solo.node.advance(ready)
    }).toThrow(/membership change at index 2/)
  })

  test('a membership change may be skipped instead', () => {
    const solo = new Solo()
    solo.node.step(message('MsgApp', { entries: [changeEntry(2)], commit: 2 }))
    const ready = solo.node.ready()
    solo.storage.append(ready)
    expect(solo.node.skipConfChange(changeEntry(2) as ConfChangeEntry)).toEqual(confState())

    expect(() => solo.node.advance(ready)).not.toThrow()
    expect(solo.confState).toEqual(confState())
  })
})

describe('misuse with asynchronous writes', () => {
  test('advance() is the wrong way to say that something is done', () => {
    const { node } = new Solo({ asyncStorageWrites: true })
    node.step(message('MsgApp'))
    const ready = node.ready()
    expect(() => node.advance(ready)).toThrow(
      /advance\(\) was called with asyncStorageWrites.*responses.*step\(\)/,
    )
  })

  test('ready() may be called again and again: each is new work', () => {
    const { node } = new Solo({ asyncStorageWrites: true })
    node.step(message('MsgApp'))
    expect(node.ready().entries).toHaveLength(1)
    node.step(message('MsgApp', { prevLogIndex: 2, entries: [entry(3, 1)] }))
    expect(node.ready().entries).toEqual([entry(3, 1)])
  })

  test('entries are not applied while a membership change among them is not', () => {
    const solo = new Solo({ asyncStorageWrites: true })
    solo.node.step(message('MsgApp', { entries: [changeEntry(2)], commit: 2 }))
    const { storageAppend } = solo.node.ready()
    solo.storage.append({ ...storageAppend!, mustSync: true })
    for (const response of storageAppend!.responses) if (response.to === 1) solo.node.step(response)
    const { storageApply } = solo.node.ready()
    const done = storageApply!.responses[0]!

    expect(() => solo.node.step(done)).toThrow(ReadyMisuseError)
    solo.node.applyConfChange(storageApply!.entries[0] as ConfChangeEntry)
    solo.node.step(done)
    expect(solo.node.status().applied).toBe(2)
  })
})

describe('what a Ready holds', () => {
  test('nothing has changed, nothing is to be done', () => {
    const { node } = new Solo()
    expect(node.hasReady()).toBe(false)
    expect(node.ready()).toEqual({
      softState: null,
      hardState: null,
      readStates: [],
      droppedReads: [],
      entries: [],
      snapshot: null,
      committedEntries: [],
      messages: [],
      persistedMessages: [],
      mustSync: false,
      storageAppend: null,
      storageApply: null,
    })
  })

  test('a follower says everything after its write: only a leader speaks before (thesis §10.2.1)', () => {
    const { ready } = withReady()
    expect(ready.messages).toEqual([])
    expect(ready.persistedMessages).toEqual([
      { type: 'MsgAppResp', from: 1, to: 2, term: 1, session: 1, reject: false, match: 2 },
    ])
    expect(ready).toMatchObject({
      softState: { leader: 2, role: 'follower' },
      hardState: { term: 1, vote: null, commit: 1 },
      entries: [entry(2, 1)],
      mustSync: true,
    })
  })

  test('a candidate asks for votes after its write', () => {
    const { node } = new Solo()
    node.campaign()
    const { messages, persistedMessages, hardState, softState, mustSync } = node.ready()

    expect(messages).toEqual([])
    expect(persistedMessages.map(({ type, to }) => [type, to])).toEqual([
      ['MsgVote', 2],
      ['MsgVote', 3],
    ])
    expect([hardState, softState, mustSync]).toEqual([
      { term: 1, vote: 1, commit: 1 },
      { leader: null, role: 'candidate' },
      true,
    ])
  })

  test('a leader sends entries while it writes them, and counts itself only afterwards (thesis §10.2.1)', () => {
    const solo = new Solo().elect()
    solo.acknowledge()
    solo.node.propose(bytes('x'))
    const ready = solo.node.ready()
    expect(ready.messages.map(({ type, to }) => [type, to])).toEqual([
      ['MsgApp', 2],
      ['MsgApp', 3],
    ])
    expect(ready.entries).toEqual([entry(3, 1, 'x')])
    expect(solo.node.status().progress[0]?.match).toBe(2)
    solo.handle(ready)
    expect(solo.node.status().progress[0]?.match).toBe(3)
  })

  test('a newer commit index alone need not be durable at once', () => {
    const { solo, ready } = withReady()
    solo.handle(ready)
    solo.node.step(message('MsgHeartbeat', { commit: 2 }))
    const next = solo.node.ready()

    expect(next).toMatchObject({ hardState: { term: 1, vote: null, commit: 2 }, mustSync: false })
    expect(next.committedEntries).toEqual([entry(2, 1)])
  })

  test('a vote must be durable', () => {
    const solo = new Solo()
    solo.step(message('MsgHeartbeat', { term: 1, from: 3 }))
    solo.node.step(message('MsgVote', { term: 2 }))
    expect(solo.node.ready()).toMatchObject({ hardState: { term: 2, vote: 2 }, mustSync: true })
  })

  test('what is handed out is not handed out again', () => {
    const { solo, ready } = withReady()
    solo.handle(ready)
    expect(solo.node.hasReady()).toBe(false)
    expect(solo.node.ready()).toMatchObject({
      hardState: null,
      softState: null,
      entries: [],
      persistedMessages: [],
    })
  })

  test('what comes while it is out waits for the next one (etcd#10920)', () => {
    const { solo, ready } = withReady()
    solo.node.step(message('MsgApp', { prevLogIndex: 2, entries: [entry(3, 1)] }))
    expect(solo.node.hasReady()).toBe(true)
    solo.handle(ready)

    const next = solo.node.ready()
    expect(next.entries).toEqual([entry(3, 1)])
    expect(next.persistedMessages).toHaveLength(1)
  })

  test('entries that were replaced while they were written are written anew', () => {
    const { solo, ready } = withReady()
    solo.node.step(message('MsgApp', { term: 2, from: 3, entries: [entry(2, 2)] }))
    solo.handle(ready)
    const next = solo.node.ready()
    expect(next.entries).toEqual([entry(2, 2)])
    solo.handle(next)
    expect(solo.storage.term(2)).toBe(2)
    expect(solo.finish().node.hasReady()).toBe(false)
  })

  test('hasReady() can be asked any number of times', () => {
    const solo = new Solo().elect().acknowledge()
    solo.node.propose(bytes('x'))
    expect([solo.node.hasReady(), solo.node.hasReady()]).toEqual([true, true])
    expect(solo.node.ready().messages).toHaveLength(2)
  })

  test('nothing is handed out to be applied while a snapshot waits', () => {
    const solo = new Solo()
    solo.step(message('MsgApp'))
    solo.node.step(message('MsgHeartbeat', { commit: 2 }))
    solo.node.step(message('MsgSnap', { snapshot: snapshotAt(9, 1) }))
    const ready = solo.node.ready()
    expect(ready.snapshot?.index).toBe(9)
    expect(ready.committedEntries).toEqual([])
    solo.handle(ready)
    expect(solo.node.status()).toMatchObject({ applied: 9, firstIndex: 10 })
  })
})

describe('with asynchronous writes, what is said to be written and is not', () => {
  const responses = (solo: Solo): readonly Message[] =>
    (solo.node.ready().storageAppend?.responses ?? []).filter(({ to }) => to === solo.node.id)

  test.each([
    ['entries', message('MsgApp'), /does not hold the entries up to index 2/],
    [
      'a snapshot',
      message('MsgSnap', { snapshot: snapshotAt(9, 1) }),
      /does not hold the snapshot at index 9/,
    ],
  ])('is caught: %s', (_, m, says) => {
    const solo = new Solo({ asyncStorageWrites: true })
    solo.node.step(m)
    const [response] = responses(solo)
    const before = solo.node.status()
    for (let i = 0; i < 2; i++) {
      expect(() => solo.node.step(response!)).toThrow(ReadyMisuseError)
      expect(() => solo.node.step(response!)).toThrow(says)
    }
    expect(solo.node.status()).toEqual(before)
  })

  test('does not matter any more once something else has taken its place', () => {
    const solo = new Solo({ asyncStorageWrites: true })
    solo.node.step(message('MsgApp'))
    const [response] = responses(solo)
    solo.node.step(message('MsgApp', { term: 2, from: 3, entries: [entry(2, 2)] }))
    expect(() => solo.node.step(response!)).not.toThrow()
    solo.finish()
    expect(solo.storage.term(2)).toBe(2)
  })
})

test('a single voter leads, commits and applies by its own Readys alone', () => {
  const storage = MemStorage.bootstrap({ voters: [1] })
  const node = new RawNode({ id: 1, storage })
  const applied: Entry[] = []
  const work = (): void => {
    while (node.hasReady()) {
      const ready = node.ready()
      storage.append(ready)
      applied.push(...ready.committedEntries)
      node.advance(ready)
    }
  }
  node.campaign()
  work()
  node.propose(bytes('x'))
  work()
  expect(applied).toEqual([entry(2, 1, null), entry(3, 1, 'x')])
})
