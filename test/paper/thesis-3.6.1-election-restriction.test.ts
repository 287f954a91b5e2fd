import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { append, entriesAt, requestVote } from '../support/paper-messages.ts'
import { storageOf } from '../support/paper-server.ts'

const voters = [1, 2, 3]

test('logs are compared by their last entries, not by what is known to be committed: more commits do not make up for less log (thesis §3.6.1)', () => {
  const c = new PaperCluster({
    storages: new Map([
      [1, storageOf(voters, [1, 1], { commit: 1 })],
      [2, storageOf(voters, [1], { commit: 2 })],
      [3, storageOf(voters, [1, 1], { commit: 1 })],
    ]),
  })
  expect(voters.map((id) => c.status(id).commit)).toEqual([1, 2, 1])

  c.node(2).campaign()
  c.stabilize()
  expect(c.role(2)).toBe('follower')
  c.elect(1)

  expect(c.applied(2)).toEqual(['2@1', '3@1'])
})

test('an entry that is on one server only decides too: it may be on a majority, for all that its voters know (thesis §3.6.1)', () => {
  const longest = storageOf(voters, [1, 1, 1])
  const c = new PaperCluster({ storages: new Map([[1, longest], ...withLog([2, 3], [1, 1])]) })

  c.step(requestVote([2, 1, 2], { lastLogIndex: 3, lastLogTerm: 1 }))
  c.step(requestVote([2, 3, 2], { lastLogIndex: 3, lastLogTerm: 1 }))
  c.stabilize(1, 3)

  expect(c.sentOf('MsgVoteResp').map(({ from, reject }) => [from, reject])).toEqual([
    [1, true],
    [3, false],
  ])
})

test('a log that is gone behind a snapshot is compared by where the snapshot ends (thesis §3.6.1)', () => {
  const c = new PaperCluster({ storages: new Map(withLog([1, 2], [1, 3])) })
  c.elect(1)
  c.snapshot(2)
  c.crash(2)
  c.restart(2)
  expect(c.entries(2)).toEqual([])

  c.step(requestVote([3, 2, 9], { lastLogIndex: 3, lastLogTerm: 4 }))
  c.step(requestVote([1, 2, 9], { lastLogIndex: 4, lastLogTerm: 4 }))
  c.stabilize(2)

  expect(c.sentOf('MsgVoteResp', (m) => m.term === 9).map(({ to, reject }) => [to, reject])).toEqual([
    [3, true],
    [1, false],
  ])
})

test('what a voter has accepted counts before it is written: its vote waits behind the same write (thesis §3.6.1)', () => {
  const c = new PaperCluster({ asyncStorageWrites: true })
  c.stalled(1).add('appends')
  c.step(append([2, 1, 1], { entries: entriesAt(2, 1) }))
  c.pump(1)
  expect(c.log(1)).toEqual([])

  c.step(requestVote([3, 1, 2], { lastLogIndex: 1, lastLogTerm: 1 }))
  c.step(requestVote([2, 1, 2], { lastLogIndex: 2, lastLogTerm: 1 }))
  c.pump(1)
  expect(c.sentOf('MsgVoteResp')).toEqual([])
  while (c.write(1));

  expect(c.log(1)).toEqual(['2@1'])
  expect(c.sentOf('MsgVoteResp').map(({ to, reject }) => [to, reject])).toEqual([
    [3, true],
    [2, false],
  ])
})

function withLog(ids: readonly number[], terms: readonly number[]) {
  return ids.map((id) => [id, storageOf(voters, terms)] as const)
}
