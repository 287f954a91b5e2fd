import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { append, entriesAt, requestVote } from '../support/paper-messages.ts'

test('requests to a crashed follower are sent again for as long as it takes, and complete when it is back (§5.5)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.crash(3)
  for (const command of ['a', 'b', 'c']) c.propose(1, command)
  for (let i = 0; i < 30; i++) {
    c.tick(1)
    c.stabilize()
  }

  c.restart(3)
  c.tick(1)
  c.stabilize()

  expect(c.applied(3)).toEqual(['a', 'b', 'c'])
})

test('a candidate whose requests met a crashed server asks it again in the next election (§5.5)', () => {
  const c = new PaperCluster()
  c.crash(2)
  c.crash(3)
  c.node(1).campaign()
  c.stabilize()
  expect(c.role(1)).toBe('candidate')

  c.restart(2)
  c.tick(1, 19)
  c.stabilize()

  expect([c.role(1), c.term(1)]).toEqual(['leader', 2])
})

test('a server that crashed after it had done what was asked and before it answered is asked again, and does it again (§5.5)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'x')
  c.pump(1)
  c.deliver((m) => m.to === 2)
  c.crash(2, 'after-write')
  expect(c.log(2)).toEqual(['x'])
  c.crash(3)

  c.restart(2)
  c.tick(1)
  c.stabilize()

  expect(c.log(2)).toEqual(['x'])
  expect(c.applied(1)).toEqual(['x'])
})

test('a server that crashed before it had written what was asked has said nothing, and knows nothing of it (§5.5)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.crash(3)
  c.propose(1, 'x')
  c.pump(1)
  c.deliver((m) => m.to === 2)

  c.crash(2, 'before-write')
  c.stabilize()

  expect(c.log(2)).toEqual([])
  expect(c.applied(1)).toEqual([])
  c.restart(2)
  c.tick(1)
  c.stabilize()
  expect(c.applied(1)).toEqual(['x'])
})

test('the same request twice does no harm: entries that are there are not appended again (§5.5)', () => {
  const c = new PaperCluster()
  const request = append([2, 1, 1], { entries: entriesAt(2, 1, 1) })

  c.step(request)
  c.stabilize(1)
  c.step(request)
  c.stabilize(1)

  expect(c.log(1)).toEqual(['2@1', '3@1'])
  const [first, second] = c.sentOf('MsgAppResp')
  expect(second).toEqual(first)
})

test('the same request for a vote twice does no harm: it is the same vote (§5.5)', () => {
  const c = new PaperCluster()

  c.step(requestVote([2, 1, 1]))
  c.stabilize(1)
  c.step(requestVote([2, 1, 1]))
  c.stabilize(1)

  const [first, second] = c.sentOf('MsgVoteResp')
  expect(first).toMatchObject({ reject: false })
  expect(second).toEqual(first)
})
