import { describe, expect, test } from 'vitest'

import type { PeerMessage } from 'quorate'
import { PaperCluster } from '../support/paper-cluster.ts'
import { append, entriesAt, heartbeat, requestPreVote, requestVote, snap } from '../support/paper-messages.ts'
import { bytes } from '../support/paper-server.ts'

const confState = { voters: [1, 2, 3], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false }
const snapshot = { index: 9, term: 1, confState, data: bytes('["from the snapshot"]') }

describe('requests are idempotent: one that is repeated has the effect of one (thesis §3.7)', () => {
  const requests: readonly PeerMessage[] = [
    append([2, 1, 1], { entries: entriesAt(2, 1, 1), commit: 3 }),
    append([2, 1, 1], { prevLogIndex: 7, entries: entriesAt(8, 1) }),
    heartbeat([2, 1, 1], { commit: 1, context: 3 }),
    requestVote([2, 1, 1]),
    requestPreVote([2, 1, 1]),
    snap([2, 1, 1], snapshot, 5),
  ]

  test.each(requests.map((m, i) => [m.type, i, m] as const))('%s (%i)', (_type, _i, request) => {
    const once = new PaperCluster()
    const twice = new PaperCluster()
    for (const [c, times] of [
      [once, 1],
      [twice, 2],
    ] as const)
      for (let i = 0; i < times; i++) {
        c.step(request)
        while (c.pump(1));
      }

    expect(twice.status(1)).toEqual(once.status(1))
    expect([twice.entries(1), twice.applied(1)]).toEqual([once.entries(1), once.applied(1)])
    const [answer] = once.wire
    expect(twice.wire).toEqual([answer, answer])
  })

  test('and so a run in which every message arrives twice ends like one in which each arrives once', () => {
    const ends = [false, true].map((doubled) => {
      const c = new PaperCluster({ nodes: 5 })
      const settle = () => {
        for (let moved = true; moved;) {
          moved = false
          for (const id of [1, 2, 3, 4, 5]) while (c.pump(id)) moved = true
          if (doubled) c.wire = c.wire.flatMap((m) => [m, m])
          moved = c.deliver() > 0 || moved
        }
      }
      c.node(1).campaign()
      settle()
      for (const command of ['a', 'b', 'c']) c.propose(1, command)
      settle()
      c.node(2).campaign()
      settle()
      c.propose(2, 'd')
      settle()
      return [1, 2, 3, 4, 5].map((id) => [c.role(id), c.term(id), c.terms(id), c.applied(id)])
    })

    expect(ends[0]?.[1]).toEqual(['leader', 2, [1, 1, 1, 1, 2, 2], ['a', 'b', 'c', 'd']])
    expect(ends[1]).toEqual(ends[0])
  })
})

test('a follower that had done what was asked and restarts gets the same request again and ignores what it has (thesis §3.7)', () => {
  const c = new PaperCluster()
  const request = append([2, 1, 1], { entries: entriesAt(2, 1, 1, 1) })
  c.step(request)
  c.crash(1, 'after-write')
  expect(c.sentOf('MsgAppResp')).toEqual([])
  const written = c.entries(1)

  c.restart(1)
  c.step(request)
  const ready = c.node(1).ready()

  expect(ready.entries).toEqual([])
  expect(ready.persistedMessages).toMatchObject([{ type: 'MsgAppResp', reject: false, match: 4 }])
  expect(c.entries(1)).toEqual(written)
})

test('a snapshot that is lost with the follower’s crash is sent again, for as long as it takes (thesis §3.7)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.crash(3)
  for (const command of ['a', 'b']) c.propose(1, command)
  c.stabilize()
  c.snapshot(1)
  for (let i = 0; i < 3; i++) {
    c.restart(3)
    c.tick(1)
    for (let step = 0; step < 20 && c.sentOf('MsgSnap').length <= i; step++) {
      for (const id of [1, 3]) while (c.pump(id));
      if (c.sentOf('MsgSnap').length <= i) c.deliver()
    }
    c.crash(3)
    c.stabilize()
    c.node(1).reportSnapshot(3, 'failure')
  }
  expect(c.sentOf('MsgSnap').length).toBe(3)

  c.restart(3)
  c.tick(1)
  c.stabilize()

  expect(c.applied(3)).toEqual(['a', 'b'])
})

test('votes that reach a candidate after its crash elect nobody: it is a follower again, and asks anew in the next term (thesis §3.7)', () => {
  const c = new PaperCluster()
  const votes = c.hold((m) => m.type === 'MsgVoteResp')
  c.node(1).campaign()
  c.stabilize()
  expect(votes.messages.length).toBe(2)

  c.crash(1)
  c.restart(1)
  votes.release()
  c.stabilize()
  expect(c.status(1)).toMatchObject({ role: 'follower', term: 1, vote: 1 })

  c.tick(1, 19)
  c.stabilize()
  expect(c.status(1)).toMatchObject({ role: 'leader', term: 2 })
})
