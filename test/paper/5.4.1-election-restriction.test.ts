import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { requestPreVote, requestVote } from '../support/paper-messages.ts'
import { storageOf } from '../support/paper-server.ts'

// The voter's log ends at index 3, and the term of its last entry is 2.
const requests = [
  { lastLogIndex: 3, lastLogTerm: 2, granted: true, why: 'the logs are equally up-to-date' },
  {
    lastLogIndex: 4,
    lastLogTerm: 2,
    granted: true,
    why: 'of two logs that end in one term the longer is later',
  },
  { lastLogIndex: 2, lastLogTerm: 2, granted: false, why: 'it is shorter' },
  { lastLogIndex: 2, lastLogTerm: 3, granted: true, why: 'it ends in a later term, though it is shorter' },
  { lastLogIndex: 9, lastLogTerm: 1, granted: false, why: 'it ends in an earlier term, though it is longer' },
  { lastLogIndex: 3, lastLogTerm: 3, granted: true, why: 'it ends in a later term' },
  { lastLogIndex: 3, lastLogTerm: 1, granted: false, why: 'it ends in an earlier term' },
]

test.each(requests)(
  'a voter whose log ends at (3, term 2) grants its vote to one at ($lastLogIndex, term $lastLogTerm): $granted, for $why (§5.4.1)',
  ({ lastLogIndex, lastLogTerm, granted }) => {
    const c = new PaperCluster({ storages: new Map([[1, storageOf([1, 2, 3], [1, 2])]]) })

    c.step(requestVote([2, 1, 5], { lastLogIndex, lastLogTerm }))
    c.step(requestPreVote([3, 1, 6], { lastLogIndex, lastLogTerm }))
    c.stabilize(1)

    expect(c.sentOf('MsgVoteResp').map(({ reject }) => reject)).toEqual([!granted])
    expect(c.sentOf('MsgPreVoteResp').map(({ reject }) => reject)).toEqual([!granted])
    expect(c.status(1)).toMatchObject({ term: 5, vote: granted ? 2 : null })
  },
)

test('a request for a vote says where the candidate’s log ends (§5.4.1)', () => {
  const storages = new Map([[1, storageOf([1, 2, 3], [1, 1, 4])]])
  const c = new PaperCluster({ storages })

  c.node(1).campaign()
  c.stabilize(1)

  for (const m of c.sentOf('MsgVote')) expect(m).toMatchObject({ term: 5, lastLogIndex: 4, lastLogTerm: 4 })
  expect(c.sentOf('MsgVote').length).toBe(2)
})

test('a candidate cannot win unless its log holds all committed entries: every majority has one that knows better (§5.4.1)', () => {
  const c = new PaperCluster({ nodes: 5 })
  c.elect(1)
  c.partition([1, 2, 3], [4, 5])
  c.propose(1, 'committed')
  c.stabilize()
  expect(c.applied(1)).toEqual(['committed'])

  c.crash(1)
  c.heal()
  for (const behind of [4, 5]) {
    c.node(behind).campaign()
    c.stabilize()
    expect(c.role(behind)).not.toBe('leader')
  }
  c.elect(3)

  expect(c.applied(3)).toEqual(['committed'])
  expect(c.applied(5)).toEqual(['committed'])
})

test('entries flow from leaders to followers only: an elected leader needs nothing from anybody to have all that is committed (§5.4.1)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'a')
  c.stabilize()
  c.crash(1)
  c.sent = []

  c.elect(2)

  expect(c.sentOf('MsgApp').every((m) => m.from === 2)).toBe(true)
  expect(c.applied(2)).toEqual(['a'])
})
