/** What the calls of a RawNode take, and what may be left out. */

import { runInNewContext } from 'node:vm'
import { MemStorage, RawNode } from 'quorate'
import { describe, expect, test } from 'vitest'
import { message } from '../support/messages.ts'
import { catchError } from '../support/refusal.ts'
import { Solo } from '../support/solo.ts'

describe('standing for election', () => {
  test('begins at once', () => {
    const solo = new Solo()
    expect(solo.node.campaign()).toEqual({ started: true })
    expect(solo.node.status()).toMatchObject({ role: 'candidate', term: 1 })
  })

  test('is refused with the reason', () => {
    const change = { version: 1, type: 'AddNode', nodeId: 4, context: null } as const
    const unapplied = new Solo()
    unapplied.node.step(
      message('MsgApp', { entries: [{ type: 'EntryConfChange', term: 1, index: 2, change }], commit: 2 }),
    )
    const promised = new Solo({ checkQuorum: true, readOnly: 'lease-based' })
    promised.step(message('MsgHeartbeat', { context: 1 }))

    expect(new Solo().elect().node.campaign()).toEqual({ refused: 'already-leader' })
    expect(new Solo({ voters: [2, 3], learners: [1] }).node.campaign()).toEqual({ refused: 'not-promotable' })
    expect(unapplied.node.campaign()).toEqual({ refused: 'unapplied-conf-change' })
    expect(promised.node.campaign()).toEqual({ refused: 'promised' })
  })
})

describe('a membership change that is asked for', () => {
  test('needs neither context nor transition', () => {
    const solo = new Solo().elect().acknowledge()
    expect(
      solo.node.proposeConfChange({ version: 2, changes: [{ type: 'AddNode', nodeId: 4 }] }),
    ).toMatchObject({
      index: 3,
    })
    solo.finish().acknowledge()
    expect(solo.applied.at(-1)).toMatchObject({
      change: { version: 2, transition: 'auto', context: null, changes: [{ type: 'AddNode', nodeId: 4 }] },
    })
    solo.node.proposeConfChange({ version: 1, type: 'RemoveNode', nodeId: 4 })
    solo.finish().acknowledge(2, 3)
    expect(solo.confState.voters).toEqual([1, 2, 3])
  })
})

test('bytes of another realm are bytes', () => {
  const foreign = runInNewContext('new Uint8Array([1, 2])') as Uint8Array
  expect(foreign).not.toBeInstanceOf(Uint8Array)
  const solo = new Solo().elect().acknowledge()
  expect(solo.node.propose(foreign)).toMatchObject({ index: 3 })
  expect(solo.node.readIndex(foreign)).toEqual({ asked: 1 })
  solo.finish().acknowledge()
  expect(solo.applied.at(-1)).toMatchObject({ data: foreign })
  solo.storage.createSnapshot(3, solo.confState, foreign)
})

// Broken: of a Buffer, which most bytes are in Node, slice() is no copy, and what is logged changed with the caller's buffer.
test('a membership change and the first members are as they were when they were passed, a Buffer too', () => {
  const address = Buffer.from('10.0.0.4')
  const solo = new Solo().elect().acknowledge()
  solo.node.proposeConfChange({ version: 1, type: 'AddLearnerNode', nodeId: 4, context: address })
  const fresh = new RawNode({ id: 1, storage: new MemStorage() })
  fresh.bootstrap([{ id: 1, context: address }])
  address.fill(0)

  const changes = [...solo.node.ready().entries, ...fresh.ready().entries].map((entry) =>
    entry.type === 'EntryConfChange' ? Buffer.from(entry.change.context ?? []).toString() : entry.type,
  )
  expect(changes).toEqual(['10.0.0.4', '10.0.0.4'])
})

// Broken: they looked like bytes, of which there are none.
test('bytes that were handed to another thread are refused', () => {
  const solo = new Solo().elect().acknowledge()
  const data = new Uint8Array(4)
  structuredClone(data, { transfer: [data.buffer] })
  expect(() => solo.node.propose(data)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }))
  expect(solo.node.propose(new Uint8Array())).toMatchObject({ index: 3 })
})

test('an array is what is in it, whatever methods it has of its own', () => {
  const strange = <T>(items: readonly T[]): readonly T[] =>
    Object.assign([...items], { map: () => [], [Symbol.iterator]: () => [].values() })
  const solo = new Solo().elect().acknowledge()
  expect(solo.node.proposeBatch(strange([new Uint8Array(1)]))).toMatchObject({ index: 3 })
  expect(solo.node.status().lastIndex).toBe(3)
  const changes = strange([{ type: 'AddLearnerNode', nodeId: 4 } as const])
  solo.node.proposeConfChange({ version: 2, changes })
  solo.finish().acknowledge()
  expect(solo.confState.learners).toEqual([4])
  const fresh = new RawNode({ id: 1, storage: new MemStorage() })
  fresh.bootstrap(strange([{ id: 1 }]))
  expect(fresh.ready().entries).toHaveLength(1)
  const async = new Solo({ asyncStorageWrites: true })
  const applied = message('MsgStorageApplyResp', { entries: strange([null as never]) })
  expect(() => async.node.step(applied)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_MESSAGE' }))
})

test('whatever the source of randomness answers, a node starts', () => {
  for (const answer of [NaN, Infinity, -1, '0.5', 1n, Symbol('x'), undefined, {}])
    expect(() => new Solo({ random: () => answer as number })).not.toThrow()
})

test('whatever is thrown out of the trace, the node says so and stops', () => {
  const unreadable: unknown = new Proxy(
    {},
    { getPrototypeOf: () => expect.unreachable(), get: () => expect.unreachable() },
  )
  const foreign: unknown = runInNewContext('new Error("abroad")')
  for (const thrown of ['a word', Symbol('x'), unreadable, null, undefined, foreign]) {
    const solo = new Solo({ trace: () => toss(thrown) })
    const first = catchError(() => solo.node.campaign())
    expect([first.code, first.cause === thrown]).toEqual(['ERR_INVARIANT', true])
    expect(catchError(() => solo.node.tick())).toBe(first)
  }
})

function toss(anything: unknown): never {
  throw anything
}
