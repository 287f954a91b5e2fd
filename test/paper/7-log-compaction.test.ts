import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { append, entriesAt, snap } from '../support/paper-messages.ts'
import { bytes, storageOf, v1 } from '../support/paper-server.ts'

const confState = { voters: [1, 2, 3], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false }

test('each server makes snapshots of its own, independently, of committed entries only (§7)', () => {
  const c = new PaperCluster()
  c.elect(1)
  for (const command of ['a', 'b']) c.propose(1, command)
  c.stabilize()

  c.snapshot(2)

  expect([1, 2, 3].map((id) => c.storage(id).firstIndex())).toEqual([2, 5, 2])
  expect(() => c.storage(2).createSnapshot(5, confState, bytes(''))).toThrow(/a stored one/)
})

test('a snapshot holds the last index and term that it replaces, and the membership as of there (§7)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.change(1, v1('RemoveNode', 3))
  c.stabilize()

  expect(c.snapshot(1)).toEqual({
    index: 3,
    term: 1,
    confState: { ...confState, voters: [1, 2] },
    data: bytes('[]'),
  })
})

test('after a snapshot the log is gone up to it, yet the entry behind it still passes the consistency check (§7)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'a')
  c.stabilize()
  c.snapshot(2)
  expect(c.entries(2)).toEqual([])

  c.propose(1, 'b')
  c.stabilize()

  expect(c.sentOf('MsgAppResp', (m) => m.from === 2 && m.reject)).toEqual([])
  expect(c.log(2)).toEqual(['b'])
  expect(c.applied(2)).toEqual(['a', 'b'])
})

test('a leader sends a snapshot when it has discarded the next entry that a follower needs, and only then (§7)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.partition([1, 2], [3])
  for (const command of ['a', 'b', 'c']) c.propose(1, command)
  c.stabilize()

  c.snapshot(1, 2)
  c.heal()
  c.tick(1)
  c.stabilize()
  expect(c.sentOf('MsgSnap')).toEqual([])
  expect(c.applied(3)).toEqual(['a', 'b', 'c'])

  c.partition([1, 2], [3])
  c.propose(1, 'd')
  c.stabilize()
  c.snapshot(1)
  c.heal()
  c.node(1).reportUnreachable(3)
  c.tick(1)
  c.stabilize()
  expect(c.sentOf('MsgSnap').map(({ to }) => to)).toEqual([3])
  expect(c.applied(3)).toEqual(['a', 'b', 'c', 'd'])
})

test('a follower discards its whole log for a snapshot with news, conflicting entries too (§7)', () => {
  const c = new PaperCluster({ storages: new Map([[2, storageOf([1, 2, 3], [1, 1, 2, 2, 2, 2, 2, 2])]]) })

  c.step(snap([1, 2, 5], { index: 5, term: 4, confState, data: bytes('["state"]') }))
  c.stabilize(2)

  expect(c.entries(2)).toEqual([])
  expect(c.applied(2)).toEqual(['state'])
  expect(c.status(2)).toMatchObject({ firstIndex: 6, lastIndex: 5, commit: 5, applied: 5 })
  expect(c.sentOf('MsgAppResp').at(-1)).toMatchObject({ reject: false, match: 5 })
})

test('a follower keeps what follows a snapshot that describes a prefix of its log (§7)', () => {
  const c = new PaperCluster({ storages: new Map([[2, storageOf([1, 2, 3], [1, 1, 2, 2, 2])]]) })

  c.step(snap([1, 2, 5], { index: 4, term: 2, confState, data: bytes('["not needed"]') }))
  c.stabilize(2)

  expect(c.terms(2)).toEqual([1, 1, 2, 2, 2])
  expect(c.applied(2)).toEqual(['2@1', '3@1', '4@2'])
  expect(c.sentOf('MsgAppResp').at(-1)).toMatchObject({ reject: false, match: 4 })
})

test('a snapshot of what is committed here already is ignored, and the follower says how far it is (§7)', () => {
  const c = new PaperCluster({ storages: new Map([[2, storageOf([1, 2, 3], [1, 1, 1], { commit: 4 })]]) })

  c.step(snap([1, 2, 5], { index: 3, term: 1, confState, data: bytes('["old"]') }))
  c.stabilize(2)

  expect(c.applied(2)).toEqual(['2@1', '3@1', '4@1'])
  expect(c.sentOf('MsgAppResp').at(-1)).toMatchObject({ reject: false, match: 4 })
})

test('a late snapshot of what this server has compacted itself does not take it back (§7)', () => {
  const c = new PaperCluster()
  c.elect(1)
  for (const command of 'abc') c.propose(1, command)
  c.stabilize()
  c.snapshot(2)

  c.step(snap([1, 2, 1], { index: 4, term: 1, confState, data: bytes('["a","b"]') }, 1))
  c.stabilize(2)

  expect(c.applied(2)).toEqual(['a', 'b', 'c'])
  expect(c.status(2)).toMatchObject({ firstIndex: 6, lastIndex: 5, commit: 5 })
})

test('a server does not stand for election while a snapshot waits to be stored (§7)', () => {
  const c = new PaperCluster()
  c.step(snap([1, 2, 5], { index: 5, term: 4, confState, data: bytes('["state"]') }))
  c.node(2).campaign()
  c.tick(2, 50)
  expect(c.status(2)).toMatchObject({ role: 'follower', term: 5 })

  c.stabilize(2)
  c.node(2).campaign()

  expect(c.status(2)).toMatchObject({ role: 'candidate', term: 6 })
})

test('a snapshot is acknowledged when it is stored, and not before (§7)', () => {
  const c = new PaperCluster()
  c.step(snap([1, 2, 5], { index: 5, term: 4, confState, data: bytes('["state"]') }))

  c.crash(2, 'before-write')
  expect(c.sentOf('MsgAppResp')).toEqual([])
  c.restart(2)

  expect(c.status(2)).toMatchObject({ term: 0, lastIndex: 1 })
})

test('a server takes on the membership of a snapshot (§7)', () => {
  const c = new PaperCluster()

  c.step(
    snap([1, 2, 5], {
      index: 5,
      term: 4,
      confState: { ...confState, voters: [1, 2], learners: [3] },
      data: bytes('[]'),
    }),
  )
  c.stabilize(2)

  expect(c.status(2).confState).toMatchObject({ voters: [1, 2], learners: [3] })
})

test('replication goes on behind an installed snapshot (§7)', () => {
  const c = new PaperCluster()
  c.step(snap([1, 2, 5], { index: 5, term: 4, confState, data: bytes('["state"]') }))

  c.step(append([1, 2, 5], { prevLogIndex: 5, prevLogTerm: 4, entries: entriesAt(6, 5), commit: 6 }))
  c.stabilize(2)

  expect(c.applied(2)).toEqual(['state', '6@5'])
})

test('a server that restarts goes on from its snapshot, and applies what follows it (§7)', () => {
  const c = new PaperCluster()
  c.elect(1)
  for (const command of ['a', 'b']) c.propose(1, command)
  c.stabilize()
  c.snapshot(2)
  c.propose(1, 'c')
  c.stabilize()

  c.crash(2)
  c.restart(2)
  expect(c.applied(2)).toEqual(['a', 'b'])
  c.stabilize()

  expect(c.applied(2)).toEqual(['a', 'b', 'c'])
})
