/** `coalesceAppends`: what a leader has to say to its followers waits for the next Ready, and is said in as few messages as may be. */

import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { commands } from '../support/paper-server.ts'

const sentTo = (c: PaperCluster, to: number) =>
  c.sentOf('MsgApp', (m) => m.to === to).map((m) => [commands(m.entries).join(''), m.commit])

test('what is proposed between two Readys leaves as one message to each follower', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.sent = []

  for (const command of 'abc') c.propose(1, command)
  c.pump(1)

  expect([sentTo(c, 2), sentTo(c, 3)]).toEqual([[['abc', 2]], [['abc', 2]]])
})

test('switched off each proposal leaves by itself', () => {
  const c = new PaperCluster({ coalesceAppends: false })
  c.elect(1)
  c.sent = []

  for (const command of 'abc') c.propose(1, command)
  c.pump(1)

  expect(sentTo(c, 2)).toEqual([
    ['a', 2],
    ['b', 2],
    ['c', 2],
  ])
})

test('nothing is said before ready() is called, and hasReady() knows that something will be', () => {
  const c = new PaperCluster()
  c.elect(1)
  expect(c.node(1).hasReady()).toBe(false)

  c.propose(1, 'a')

  expect(c.node(1).hasReady()).toBe(true)
  expect(c.node(1).ready().messages.length).toBe(2)
})

test('a commit and what was proposed meanwhile share a message', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'a')
  c.pump(1)
  c.deliver()
  for (const id of [2, 3]) c.pump(id)
  c.sent = []

  c.deliver()
  c.propose(1, 'b')
  c.pump(1)

  expect(sentTo(c, 2)).toEqual([['b', 3]])
})

test('a commit alone is told by an empty message, once', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'a')
  c.pump(1)
  c.sent = []

  c.stabilize()

  expect([sentTo(c, 2), sentTo(c, 3)]).toEqual([[['', 3]], [['', 3]]])
})

test('a large backlog is cut by maxSizePerMsg, and a window’s worth of it leaves at once', () => {
  const c = new PaperCluster({ maxSizePerMsg: 100, maxInflightMsgs: 3 })
  c.elect(1)
  c.sent = []

  for (let i = 0; i < 10; i++) c.propose(1, 'x'.repeat(90))
  c.pump(1)
  expect(sentTo(c, 2).length).toBe(3)

  c.stabilize()
  expect(c.applied(2).length).toBe(10)
})

test('both ways come to the same logs', () => {
  const logs = [true, false].map((coalesceAppends) => {
    const c = new PaperCluster({ coalesceAppends, nodes: 5 })
    c.elect(1)
    for (const command of 'abc') c.propose(1, command)
    c.crash(5)
    c.stabilize()
    c.elect(2)
    for (const command of 'def') c.propose(2, command)
    c.stabilize()
    c.restart(5)
    c.tick(2)
    c.stabilize()
    return [1, 2, 3, 4, 5].map((id) => [c.terms(id), c.applied(id)])
  })

  expect(logs[0]).toEqual(logs[1])
  expect(logs[0]?.[4]).toEqual([
    [1, 1, 1, 1, 2, 2, 2, 2],
    ['a', 'b', 'c', 'd', 'e', 'f'],
  ])
})

test('what was proposed and not said yet is not said in a later term', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'never said')
  c.sent = []

  c.step({ type: 'MsgHeartbeat', from: 2, to: 1, term: 5, commit: 0, context: null })
  c.stabilize(1)

  expect(c.sentOf('MsgApp')).toEqual([])
  expect(c.log(1)).toEqual(['never said'])
})
