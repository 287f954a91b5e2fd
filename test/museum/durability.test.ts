/** Mistakes that others have made about what is on disk and when, each as the schedule that brings it to light. */

import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { append, entriesAt, requestVote } from '../support/paper-messages.ts'

// Broken: term and vote are written one after the other. A crash in between leaves the new term with the vote of the old
// one: node 1, which said yes to node 3 in term 2, comes back believing that it was node 2, and says yes to that one too.
test('B05: a crash between the writes of term and vote leaves a vote in a term in which it was never given', () => {
  const c = new PaperCluster()
  c.step(requestVote([2, 1, 1]))
  c.stabilize(1)
  expect(c.storage(1).hardState()).toEqual({ term: 1, vote: 2, commit: 1 })

  c.step(requestVote([3, 1, 2]))
  c.crash(1, 'after-write')
  expect(c.storage(1).hardState()).toEqual({ term: 2, vote: 3, commit: 1 })
  c.restart(1)
  c.step(requestVote([2, 1, 2]))
  c.stabilize(1)

  expect(c.sentOf('MsgVoteResp', (m) => m.term === 2)).toMatchObject([{ to: 2, reject: true }])
})

// Broken: a leader counts itself as soon as it has appended. Node 1 has written nothing yet when node 2 acknowledges; that
// counts as two of three, and is applied. Both crash; node 1 has lost the entry, and with node 3 it goes on without it.
test('B51: a leader commits with its own entry that is not on its disk, and a power cut takes back what was answered', () => {
  const c = new PaperCluster({ asyncStorageWrites: true })
  c.elect(1)
  c.partition([1, 2], [3])
  c.stalled(1).add('appends')
  c.propose(1, 'paid')
  c.stabilize()
  expect([c.log(1), c.log(2)]).toEqual([[], ['paid']])
  const answered = [1, 2].some((id) => c.status(id).commit > 2 || c.applied(id).length > 0)

  c.crash(1)
  c.crash(2)
  c.stalled(1).clear()
  c.restart(1)
  c.partition([1, 3])
  c.elect(1)

  expect(c.log(3)).toEqual([])
  expect(answered).toBe(false)
})

test('B51: a group of one commits nothing that is not on its disk', () => {
  const c = new PaperCluster({ nodes: 1, asyncStorageWrites: true })
  c.elect(1)
  c.stalled(1).add('appends')
  c.propose(1, 'paid')
  c.stabilize()
  expect(c.status(1).commit).toBe(2)
  expect(c.applied(1)).toEqual([])

  c.stalled(1).clear()
  c.stabilize()
  expect(c.applied(1)).toEqual(['paid'])
})

// Broken: "written up to entry 2 of term 1" is believed whenever it comes, for entry 2 of term 1 is in the log. But it was
// said of the first of three writes; the second, of term 2, has yet to replace the entry on disk, and only the third puts
// it back. In between the disk holds entry 2 of term 2, and it would be applied.
test('B55: a write that is long overtaken reports an entry as durable that was overwritten and written anew', () => {
  const c = new PaperCluster({ asyncStorageWrites: true })
  c.stalled(1).add('appends')
  c.step(append([2, 1, 1], { entries: entriesAt(2, 1) }))
  c.stabilize(1)
  c.step(append([3, 1, 2], { entries: entriesAt(2, 2) }))
  c.stabilize(1)
  c.step(append([2, 1, 3], { entries: entriesAt(2, 1, 3), commit: 3 }))
  c.stabilize(1)

  c.write(1)
  expect(c.terms(1)).toEqual([1])
  c.write(1)
  expect(c.terms(1)).toEqual([2])
  c.stabilize(1)
  expect(c.applied(1)).toEqual([])

  c.stalled(1).clear()
  c.stabilize(1)
  expect(c.terms(1)).toEqual([1, 3])
  expect(c.applied(1)).toEqual(['2@1', '3@3'])
})
