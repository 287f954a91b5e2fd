/** A mistake that others have made about linearizable reads, as the schedule that brings it to light. */

import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'

// Broken: the answers to heartbeats are told apart by what the client chose to call its read. It asks a second time under
// the same name; meanwhile node 2 leads and has written. Late answers to the first attempt then confirm the second read on
// the deposed leader, and it is answered without what was written before it was asked.
test('B64: the delayed answers to a first attempt confirm the repeated read of a deposed leader', () => {
  const c = new PaperCluster()
  c.elect(1)
  const late = c.hold((m) => m.type === 'MsgHeartbeatResp' && m.to === 1)
  c.read(1, 'balance')
  c.stabilize()
  expect(late.messages.length).toBe(2)

  c.partition([1], [2, 3])
  c.elect(2)
  c.propose(2, 'withdrawal')
  c.stabilize()
  expect(c.role(1)).toBe('leader')
  c.read(1, 'balance')
  c.pump(1)
  c.heal()
  for (const m of late.messages) c.step(m)
  c.pump(1)

  // The first attempt is confirmed, and rightly: nobody else led when it was asked. The second is not.
  expect(c.reads(1)).toEqual(['balance@2'])
})
