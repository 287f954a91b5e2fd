import { MemStorage, RawNode, UsageError } from 'quorate'
import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { bytes, textOf } from '../support/paper-server.ts'

const threePeers = [{ id: 1, context: bytes('one') }, { id: 2 }, { id: 3 }]

/** Three servers without storages that begin with a snapshot. */
function bare(): PaperCluster {
  const c = new PaperCluster({ nodes: 0 })
  for (const id of [1, 2, 3]) c.add(id)
  return c
}

test('bootstrap writes the first members as membership changes of term 1, committed, with their contexts', () => {
  const c = bare()
  c.node(1).bootstrap(threePeers)

  const ready = c.node(1).ready()

  expect(ready.hardState).toEqual({ term: 1, vote: null, commit: 3 })
  expect(ready.entries.map(({ index, term }) => [index, term])).toEqual([
    [1, 1],
    [2, 1],
    [3, 1],
  ])
  expect(ready.committedEntries).toEqual(ready.entries)
  const contexts = ready.entries.map((e) => (e.type === 'EntryConfChange' ? e.change.context : null))
  expect(contexts.map((context) => context && textOf(context))).toEqual(['one', null, null])
})

test('the members are in force at once, and an election waits until their entries are applied', () => {
  const c = bare()
  c.node(1).bootstrap(threePeers)
  expect(c.status(1).confState.voters).toEqual([1, 2, 3])

  c.node(1).campaign()
  expect(c.role(1)).toBe('follower')
  c.stabilize(1)
  c.node(1).campaign()

  expect(c.role(1)).toBe('candidate')
})

test('a group whose members were all given the same peers elects and commits', () => {
  const c = bare()
  for (const id of [1, 2, 3]) c.node(id).bootstrap(threePeers)
  c.stabilize()

  c.elect(2)
  c.propose(2, 'x')
  c.stabilize()

  for (const id of [1, 2, 3]) expect(c.applied(id)).toEqual(['x'])
  expect(c.terms(1)).toEqual([1, 1, 1, 2, 2])
})

test('after a restart the same entries are applied again, and the members are the same', () => {
  const c = bare()
  for (const id of [1, 2, 3]) c.node(id).bootstrap(threePeers)
  c.stabilize()

  for (const id of [1, 2, 3]) c.crash(id)
  for (const id of [1, 2, 3]) c.restart(id)
  expect(c.status(1).confState.voters).toEqual([])
  c.stabilize()
  expect(c.status(1).confState.voters).toEqual([1, 2, 3])
  c.elect(3)

  expect(c.role(3)).toBe('leader')
})

test('a storage that is not empty is not bootstrapped: neither one with a log nor one with a snapshot', () => {
  const c = bare()
  c.node(1).bootstrap(threePeers)
  expect(() => c.node(1).bootstrap(threePeers)).toThrow(/Bootstrap only the first start/)

  const node = new RawNode({ id: 1, storage: MemStorage.bootstrap({ voters: [1] }) })
  expect(() => node.bootstrap([{ id: 1 }])).toThrow(UsageError)
  expect(node.status().confState.voters).toEqual([1])
})

test('peers are a list of different ids, and a mistake in it changes nothing', () => {
  const c = bare()

  for (const peers of [[], [{ id: 0 }], [{ id: 1 }, { id: 1 }], [{ id: 1, context: 'x' }], 5])
    expect(() => c.node(1).bootstrap(peers as never)).toThrow(UsageError)

  expect(c.status(1)).toMatchObject({ term: 0, lastIndex: 0, confState: { voters: [] } })
  expect(c.node(1).hasReady()).toBe(false)
})

test('MemStorage.bootstrap begins with a snapshot of the members, and whoever joins later is sent that', () => {
  const c = new PaperCluster({ nodes: [1, 2], learners: [3] })
  expect(c.status(1)).toMatchObject({ firstIndex: 2, lastIndex: 1, commit: 1, applied: 1 })
  expect(c.status(1).confState).toMatchObject({ voters: [1, 2], learners: [3] })
  c.elect(1)
  c.propose(1, 'x')

  c.join(9, 1)

  expect(c.sentOf('MsgSnap', (m) => m.to === 9)).toMatchObject([{ snapshot: { index: 1, term: 1 } }])
  expect(c.applied(9)).toEqual(['x'])
  expect(c.status(9).confState).toMatchObject({ voters: [1, 2], learners: [3, 9] })
})

test('MemStorage.bootstrap refuses members that cannot be', () => {
  expect(() => MemStorage.bootstrap({ voters: [] })).toThrow(UsageError)
  expect(() => MemStorage.bootstrap({ voters: [1, 1] })).toThrow(UsageError)
  expect(() => MemStorage.bootstrap({ voters: [1], learners: [1] })).toThrow(UsageError)
  expect(() => MemStorage.bootstrap({ voters: [0] })).toThrow(UsageError)
})

test('a node that waits to be added knows nobody and stands for no election', () => {
  const c = bare()

  c.tick(1, 100)
  c.node(1).campaign()

  expect(c.status(1)).toMatchObject({ role: 'follower', term: 0, confState: { voters: [] } })
  expect(c.propose(1, 'x')).toEqual({ dropped: 'no-leader' })
})
