import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { accept, append, entriesAt } from '../support/paper-messages.ts'
import { commands, storageOf } from '../support/paper-server.ts'

test('a leader appends a command to its log as a new entry and sends it to all others in parallel (§5.3)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.sent = []

  c.propose(1, 'x')
  c.pump(1)

  expect(c.log(1)).toEqual(['x'])
  expect(c.entries(1).at(-1)).toMatchObject({ index: 3, term: 1 })
  expect(c.sentOf('MsgApp').map(({ to, entries }) => [to, commands(entries)])).toEqual([
    [2, ['x']],
    [3, ['x']],
  ])
})

test.each([
  { nodes: 1, acks: 0, committed: true },
  { nodes: 3, acks: 0, committed: false },
  { nodes: 3, acks: 1, committed: true },
  { nodes: 4, acks: 1, committed: false },
  { nodes: 4, acks: 2, committed: true },
  { nodes: 5, acks: 1, committed: false },
  { nodes: 5, acks: 2, committed: true },
])(
  'an entry is committed once a majority holds it, and not before: $nodes servers, $acks acknowledgements (§5.3)',
  ({ nodes, acks, committed }) => {
    const c = new PaperCluster({ nodes })
    c.elect(1)
    c.drop((m) => m.type === 'MsgAppResp' && m.from > 1 + acks)

    c.propose(1, 'x')
    c.stabilize()

    expect(c.applied(1)).toEqual(committed ? ['x'] : [])
  },
)

test('the same acknowledgement twice does not make a majority (§5.3)', () => {
  const c = new PaperCluster({ nodes: 5 })
  c.elect(1)
  c.drop((m) => m.to !== 1)
  c.propose(1, 'x')
  c.stabilize(1)

  c.step(accept([2, 1, 1], 3))
  c.step(accept([2, 1, 1], 3))
  c.stabilize(1)
  expect(c.status(1).commit).toBe(2)

  c.step(accept([3, 1, 1], 3))
  expect(c.status(1).commit).toBe(3)
})

test('to commit an entry commits all that precede it, those of earlier leaders too (§5.3)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.partition([1, 2], [3])
  const cut = c.drop((m) => m.from === 2)
  c.propose(1, 'a')
  c.propose(1, 'b')
  c.stabilize()
  cut()
  expect(c.status(1).commit).toBe(2)

  c.crash(1)
  c.heal()
  c.elect(2)

  expect(c.applied(2)).toEqual(['a', 'b'])
  expect(c.applied(3)).toEqual(['a', 'b'])
  expect(c.terms(3)).toEqual([1, 1, 1, 2])
})

test('a follower learns of a commit from the next message and then applies, in the order of the log (§5.3)', () => {
  const c = new PaperCluster()
  c.elect(1)
  const held = c.hold((m) => m.type === 'MsgApp' && m.commit >= 3)
  c.propose(1, 'a')
  c.propose(1, 'b')
  c.stabilize()
  expect([c.log(2), c.applied(2)]).toEqual([['a', 'b'], []])

  held.release()
  c.stabilize()

  expect(c.applied(2)).toEqual(['a', 'b'])
})

test('a leader sends again and again, also after it has answered the client, until all followers hold all (§5.3)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.crash(3)
  c.propose(1, 'x')
  c.stabilize()
  expect(c.applied(1)).toEqual(['x'])

  for (let i = 0; i < 50; i++) {
    c.tick(1)
    c.stabilize()
  }
  c.restart(3)
  expect(c.log(3)).toEqual([])
  c.tick(1)
  c.stabilize()

  expect(c.log(3)).toEqual(['x'])
  expect(c.applied(3)).toEqual(['x'])
})

// The follower's log: the snapshot at index 1, entry 2 of term 1, entry 3 of term 2. Committed are the first two.
test.each([
  { prevLogIndex: 2, prevLogTerm: 1, accepted: true, why: 'it is committed here' },
  { prevLogIndex: 3, prevLogTerm: 2, accepted: true, why: 'index and term are the same' },
  { prevLogIndex: 3, prevLogTerm: 1, accepted: false, why: 'the entry there is of another term' },
  { prevLogIndex: 4, prevLogTerm: 4, accepted: false, why: 'there is no entry' },
])(
  'a follower accepts entries behind ($prevLogIndex, term $prevLogTerm): $accepted, for $why (§5.3)',
  ({ prevLogIndex, prevLogTerm, accepted }) => {
    const storages = new Map([[1, storageOf([1, 2, 3], [1, 2], { commit: 2 })]])
    const c = new PaperCluster({ storages })

    c.step(append([2, 1, 4], { prevLogIndex, prevLogTerm, entries: entriesAt(prevLogIndex + 1, 4) }))
    c.stabilize(1)

    const [answer] = c.sentOf('MsgAppResp')
    expect(answer?.reject).toBe(!accepted)
    if (answer?.reject === true) expect(answer.rejected).toBe(prevLogIndex)
    expect(c.terms(1)).toEqual(accepted ? [1, 2, 4].slice(0, prevLogIndex - 1).concat(4) : [1, 2])
  },
)

// The follower's log has terms 1 and 2 behind the snapshot at index 1; nothing of it is committed.
test.each([
  { prev: [3, 2], terms: [3], log: [1, 2, 3] },
  { prev: [2, 1], terms: [3, 4], log: [1, 3, 4] },
  { prev: [1, 1], terms: [1], log: [1, 2] },
  { prev: [1, 1], terms: [3], log: [3] },
  { prev: [1, 1], terms: [1, 2], log: [1, 2] },
  { prev: [1, 1], terms: [1, 3, 3], log: [1, 3, 3] },
] as const)(
  'conflicting entries give way to the leader’s, and what does not conflict stays: $terms behind $prev give $log (§5.3)',
  ({ prev, terms, log }) => {
    const c = new PaperCluster({ storages: new Map([[1, storageOf([1, 2, 3], [1, 2])]]) })
    const [prevLogIndex, prevLogTerm] = prev

    c.step(append([2, 1, 4], { prevLogIndex, prevLogTerm, entries: entriesAt(prevLogIndex + 1, ...terms) }))
    c.stabilize(1)

    expect(c.terms(1)).toEqual(log)
    expect(c.sentOf('MsgAppResp').at(-1)).toMatchObject({
      reject: false,
      match: prevLogIndex + terms.length,
    })
  },
)

test('the same entries a second time change nothing: replication is idempotent (§5.3)', () => {
  const c = new PaperCluster()
  const first = append([2, 1, 1], { entries: entriesAt(2, 1, 1) })
  const second = append([2, 1, 1], { prevLogIndex: 3, entries: entriesAt(4, 1) })
  for (const message of [first, second]) c.step(message)
  c.stabilize(1)

  c.step(first)
  c.stabilize(1)

  expect(c.log(1)).toEqual(['2@1', '3@1', '4@1'])
})

test('a follower whose log lacks entries, has more, or both, is brought to the leader’s log (§5.3)', () => {
  const logs = [[1, 1, 2, 2, 5], [1], [1, 1, 2, 2, 5], [1, 1, 2, 3, 3, 3, 3], [1, 1, 4, 4]]
  const voters = [1, 2, 3, 4, 5]
  const storages = new Map(voters.map((id) => [id, storageOf(voters, logs[id - 1] ?? [], { term: 5 })]))
  const c = new PaperCluster({ nodes: 5, storages })

  c.elect(1)

  for (const id of voters) expect(c.terms(id)).toEqual([1, 1, 2, 2, 5, 6])
})

test('a leader looks for the place where the logs part beginning at the end of its own log (§5.3)', () => {
  const storages = new Map([[1, storageOf([1, 2, 3], [1, 1, 1])]])
  const c = new PaperCluster({ storages })

  c.elect(1)

  expect(c.sentOf('MsgApp', (m) => m.to === 2)[0]).toMatchObject({ prevLogIndex: 4, prevLogTerm: 1 })
})

test('a follower with a whole term in conflict is passed over in one round trip, not in one for each entry (§5.3)', () => {
  const conflict = Array.from({ length: 100 }, () => 2)
  const own = Array.from({ length: 100 }, () => 3)
  const storages = new Map([
    [1, storageOf([1, 2, 3], [1, ...own])],
    [2, storageOf([1, 2, 3], [1, ...conflict], { term: 3 })],
  ])
  const c = new PaperCluster({ storages })
  c.partition([1, 2])

  c.elect(1)

  expect(c.sentOf('MsgAppResp', (m) => m.from === 2 && m.reject).length).toBe(1)
  expect(c.terms(2)).toEqual([1, ...own, 4])
})

test.each([
  { rejected: 5, why: 'that place is known to match' },
  { rejected: 3, why: 'that is not what was asked last' },
  { rejected: 9, why: 'nobody was asked about it' },
])('a late rejection of $rejected does not take nextIndex back, for $why (§5.3)', ({ rejected }) => {
  const c = new PaperCluster()
  c.elect(1)
  for (const command of 'abc') c.propose(1, command)
  c.stabilize()
  c.node(1).reportUnreachable(2)
  const progress = () => c.status(1).progress.find(({ id }) => id === 2)
  expect(progress()).toMatchObject({ state: 'StateProbe', match: 5, next: 6 })

  c.step({ ...accept([2, 1, 1], 0), reject: true, rejected, hint: { index: 1, term: 1 } })

  expect(progress()).toMatchObject({ match: 5, next: 6 })
})

test('while a leader looks for the place where the logs part, only an answer to its last question moves it (§5.3)', () => {
  const c = new PaperCluster({ storages: new Map([[1, storageOf([1, 2, 3], [1, 1, 1])]]) })
  c.drop((m) => m.type === 'MsgApp')
  c.elect(1)
  const next = () => c.status(1).progress.find(({ id }) => id === 2)?.next
  expect(next()).toBe(5)

  for (const rejected of [3, 7]) {
    c.step({ ...accept([2, 1, 2], 0), reject: true, rejected, hint: { index: 1, term: 1 } })
    expect(next()).toBe(5)
  }
  c.step({ ...accept([2, 1, 2], 0), reject: true, rejected: 4, hint: { index: 1, term: 1 } })
  expect(next()).toBe(2)
})

test('a leader does not overwrite or delete entries of its own log, whatever it is sent (§5.3)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.partition([1], [2, 3])
  c.propose(1, 'mine')
  c.stabilize()

  const forged = append([2, 1, 1], { prevLogIndex: 2, entries: entriesAt(3, 1, 1) })
  expect(() => c.step(forged)).toThrow(/two leaders in one term/)
  c.stabilize(1)

  expect(c.log(1)).toEqual(['mine'])
  expect(c.role(1)).toBe('leader')
})

test('one slow follower does not slow down the rest: a majority is enough (§5.3)', () => {
  const c = new PaperCluster()
  c.elect(1)
  const held = c.hold((m) => m.to === 3)
  for (let i = 0; i < 20; i++) c.propose(1, `${i}`)
  c.stabilize()
  expect(c.applied(1).length).toBe(20)
  expect(c.applied(2).length).toBe(20)

  held.release()
  c.stabilize()

  expect(c.applied(3)).toEqual(c.applied(1))
})

test('a deposed leader discards its uncommitted entries after the partition heals (§5.3)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'committed')
  c.stabilize()

  c.partition([1], [2, 3])
  c.propose(1, 'lost')
  c.stabilize()
  c.elect(2)
  c.propose(2, 'kept')
  c.stabilize()
  c.heal()
  c.tick(2)
  c.stabilize()

  expect(c.role(1)).toBe('follower')
  for (const id of [1, 2, 3]) expect(c.log(id)).toEqual(['committed', 'kept'])
})
