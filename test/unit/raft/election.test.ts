import fc from 'fast-check'
import { MemStorage } from 'quorate'
import { describe, expect, test } from 'vitest'
import { decideVote, isUpToDate, type VoteInput } from '../../../src/core/raft/election.ts'
import { confState, snapshotAt } from '../../support/entries.ts'
import { message } from '../../support/messages.ts'
import { Solo } from '../../support/solo.ts'

/** Candidate 2 asks for a vote in our own term 5, with a log like ours; we have neither voted nor heard of a leader. */
const plain: VoteInput = {
  preVote: false,
  term: 5,
  candidate: 2,
  candidateLast: { term: 4, index: 10 },
  candidatePriority: 0,
  transfer: false,
  ownTerm: 5,
  vote: null,
  leader: null,
  ownLast: { term: 4, index: 10 },
  ownPriority: 0,
}

describe('deciding on a vote', () => {
  test.each<[string, Partial<VoteInput>, string | null]>([
    ['is for whoever asks first (§5.2)', {}, null],
    ['is not for a second candidate of the term (§5.2)', { vote: 3 }, 'already-voted'],
    ['is for the same candidate again, whose answer may have been lost (§5.2)', { vote: 2 }, null],
    ['is for nobody while the leader of the term is known', { leader: 3 }, 'leader-known'],
    ['repeats itself even then', { leader: 2, vote: 2 }, null],
    ['is against a shorter log (§5.4.1)', { candidateLast: { term: 4, index: 9 } }, 'stale-log'],
    [
      'is against an earlier last term, however long (§5.4.1)',
      { candidateLast: { term: 3, index: 99 } },
      'stale-log',
    ],
    ['is for a later last term, however short (§5.4.1)', { candidateLast: { term: 5, index: 1 } }, null],
    [
      'is against a log that has become too short since the first vote',
      { vote: 2, candidateLast: { term: 4, index: 1 } },
      'stale-log',
    ],
    ['is against a candidate of lower priority', { ownPriority: 1 }, 'lower-priority'],
    [
      'is for one of lower priority whose log is longer',
      { ownPriority: 1, candidateLast: { term: 4, index: 11 } },
      null,
    ],
    ['is for one of equal or higher priority', { ownPriority: 1, candidatePriority: 1 }, null],
    [
      'names the log first and the priority last',
      { ownPriority: 1, candidateLast: { term: 4, index: 9 } },
      'stale-log',
    ],
  ])('%s', (_, parts, answer) => {
    expect(decideVote({ ...plain, ...parts })).toBe(answer)
  })

  test.each<[string, Partial<VoteInput>, string | null]>([
    ['of a later term is granted whoever was voted for (thesis §9.6)', { vote: 3, leader: 3, term: 6 }, null],
    ['of our own term is bound by the vote', { vote: 3 }, 'already-voted'],
    ['of our own term is pointless under a leader', { leader: 3 }, 'leader-known'],
    ['is against a shorter log too', { term: 6, candidateLast: { term: 4, index: 9 } }, 'stale-log'],
  ])('a pre-vote %s', (_, parts, answer) => {
    expect(decideVote({ ...plain, preVote: true, ...parts })).toBe(answer)
  })
})

describe('which log is more up-to-date (§5.4.1)', () => {
  const anyId = fc.record({ term: fc.nat(5), index: fc.nat(5) })

  test('is an order in which any two logs can be compared', () => {
    fc.assert(
      fc.property(anyId, anyId, anyId, (a, b, c) => {
        expect(isUpToDate(a, b) || isUpToDate(b, a)).toBe(true)
        if (isUpToDate(a, b) && isUpToDate(b, a)) expect(a).toEqual(b)
        if (isUpToDate(a, b) && isUpToDate(b, c)) expect(isUpToDate(a, c)).toBe(true)
      }),
    )
  })

  test('goes by term, then by length', () => {
    expect(isUpToDate({ term: 2, index: 1 }, { term: 1, index: 9 })).toBe(true)
    expect(isUpToDate({ term: 1, index: 9 }, { term: 2, index: 1 })).toBe(false)
    expect(isUpToDate({ term: 1, index: 9 }, { term: 1, index: 8 })).toBe(true)
  })
})

describe('answering a request', () => {
  test('a grant is given once per term, whoever asks (§5.2)', () => {
    const solo = new Solo()
    solo.step(message('MsgVote', { term: 3, lastLogTerm: 1 }))
    solo.step(message('MsgVote', { term: 3, lastLogTerm: 1, from: 3 }))
    solo.step(message('MsgVote', { term: 3, lastLogTerm: 1 }))

    expect(solo.takeType('MsgVoteResp').map(({ to, reject }) => [to, reject])).toEqual([
      [2, false],
      [3, true],
      [2, false],
    ])
    expect(solo.storage.hardState()).toEqual({ term: 3, vote: 2, commit: 1 })
  })

  test('a granted vote starts the election timeout over, a pre-vote does not (thesis §9.6)', () => {
    const solo = new Solo()
    for (let i = 0; i < 5; i++) solo.node.tick()
    solo.step(message('MsgPreVote', { term: 3 }))
    expect(solo.node.status()).toMatchObject({ electionElapsed: 5, term: 0, vote: null })

    solo.step(message('MsgVote', { term: 3 }))
    expect(solo.node.status()).toMatchObject({ electionElapsed: 0, term: 3, vote: 2 })
  })

  test('a grant of a pre-vote carries the term that was asked about, a refusal our own (thesis §9.6)', () => {
    const solo = new Solo()
    solo.step(message('MsgHeartbeat', { term: 4, from: 3 }))
    solo.takeSent()
    solo.step(message('MsgPreVote', { term: 9 }))
    solo.step(message('MsgPreVote', { term: 9, lastLogTerm: 0, lastLogIndex: 0 }))
    solo.step(message('MsgPreVote', { term: 2 }))

    expect(solo.takeType('MsgPreVoteResp').map(({ term, reject }) => [term, reject])).toEqual([
      [9, false],
      [4, true],
      [4, true],
    ])
  })

  test('in the lease of a live leader it is not even heard (thesis §4.2.3)', () => {
    const solo = new Solo({ checkQuorum: true, electionTick: 3 })
    solo.step(message('MsgHeartbeat', { term: 4, from: 3 }))
    solo.takeSent()
    solo.step(message('MsgVote', { term: 9 }))
    solo.step(message('MsgPreVote', { term: 9 }))
    expect(solo.takeSent()).toEqual([])
    expect(solo.node.status().term).toBe(4)

    solo.step(message('MsgVote', { term: 9, transfer: true }))
    expect(solo.takeType('MsgVoteResp')).toMatchObject([{ term: 9, reject: false }])
  })
})

describe('standing for election', () => {
  test.each([
    ['a learner', { voters: [2, 3], learners: [1] }],
    ['who does not belong to the group', { voters: [2, 3] }],
  ])('is not for %s', (_, members) => {
    const solo = new Solo(members)
    solo.node.campaign()
    for (let i = 0; i < 100; i++) solo.node.tick()
    expect(solo.node.status()).toMatchObject({ role: 'follower', term: 0 })
    expect(solo.finish().takeSent()).toEqual([])
  })

  test('is not for a leader', () => {
    const solo = new Solo().elect()
    solo.node.campaign()
    expect(solo.node.status()).toMatchObject({ role: 'leader', term: 1 })
  })

  test('waits for committed membership changes to be applied (etcd-io/raft#456)', () => {
    const why: unknown[] = []
    const solo = new Solo({ trace: (event) => event.type === 'electionHeldBack' && why.push(event.why) })
    const change = { version: 1, type: 'AddNode', nodeId: 4, context: null } as const
    solo.node.step(
      message('MsgApp', { entries: [{ type: 'EntryConfChange', term: 1, index: 2, change }], commit: 2 }),
    )
    solo.node.campaign()
    expect(solo.node.status().role).toBe('follower')
    expect(why).toEqual(['unapplied-conf-change'])

    solo.finish()
    solo.node.campaign()
    expect(solo.node.status().role).toBe('candidate')
  })

  test('is still possible when the application has compacted what it applied, before it says so', () => {
    const solo = new Solo({ asyncStorageWrites: true })
    solo.node.step(message('MsgApp', { commit: 2 }))
    const { storageAppend } = solo.node.ready()
    solo.storage.append({ ...storageAppend!, mustSync: true })
    for (const response of storageAppend!.responses) if (response.to === 1) solo.node.step(response)
    const { storageApply } = solo.node.ready()
    solo.storage.createSnapshot(2, solo.confState, new Uint8Array())
    solo.storage.compact(2)

    expect(() => solo.node.campaign()).not.toThrow()
    solo.node.step(storageApply!.responses[0]!)
    expect(solo.node.status().applied).toBe(2)
  })

  test('at the leader`s word does not ask around first (thesis §3.10)', () => {
    const solo = new Solo({ preVote: true })
    solo.step(message('MsgTimeoutNow'))
    expect(solo.takeSent()).toMatchObject([
      { type: 'MsgVote', term: 2, transfer: true },
      { type: 'MsgVote', term: 2, transfer: true },
    ])
  })

  test('is over when the terms are used up', () => {
    const storage = new Solo().storage
    storage.append({
      hardState: { term: Number.MAX_SAFE_INTEGER - 1, vote: null, commit: 1 },
      entries: [],
      snapshot: null,
      mustSync: true,
    })
    const solo = new Solo({ storage })
    solo.node.campaign()
    expect(solo.node.status()).toMatchObject({ role: 'follower', term: Number.MAX_SAFE_INTEGER - 1 })
  })

  test('is over when the indexes are used up: a leader would have nothing to begin with (§8)', () => {
    const index = Number.MAX_SAFE_INTEGER - 2
    const storage = new MemStorage()
    const snapshot = { ...snapshotAt(index, 1), confState: confState({ voters: [1] }) }
    const hardState = { term: 1, vote: null, commit: index }
    storage.append({ hardState, entries: [], snapshot, mustSync: true })
    const solo = new Solo({ storage })
    expect(solo.node.campaign()).toEqual({ refused: 'log-full' })
    expect(solo.node.status()).toMatchObject({ role: 'follower', term: 1 })
  })

  test('asks with its own log and priority', () => {
    const solo = new Solo({ priority: 3 })
    solo.step(message('MsgApp', { term: 2 }))
    solo.takeSent()
    solo.node.setPriority(7)
    solo.node.campaign()
    solo.finish()
    expect(solo.takeType('MsgVote')).toEqual(
      [2, 3].map((to) => ({
        type: 'MsgVote',
        from: 1,
        to,
        term: 3,
        lastLogIndex: 2,
        lastLogTerm: 1,
        transfer: false,
        priority: 7,
        committed: { index: 1, term: 1 },
      })),
    )
  })
})

describe('counting votes', () => {
  test('the first answer of a node stands: a later one takes nothing back', () => {
    const solo = new Solo({ voters: [1, 2, 3, 4, 5] })
    solo.node.campaign()
    solo.finish()
    for (const [from, reject] of [
      [2, true],
      [2, false],
      [3, false],
      [3, true],
    ] as const)
      solo.step(message('MsgVoteResp', { from, reject }))
    expect(solo.node.status()).toMatchObject({
      role: 'candidate',
      votes: [
        { id: 1, granted: true },
        { id: 2, granted: false },
        { id: 3, granted: true },
      ],
    })
  })

  test('a grant of a pre-vote is no vote, and a vote no grant of a pre-vote (thesis §9.6)', () => {
    const asking = new Solo({ preVote: true })
    asking.node.campaign()
    asking.finish()
    asking.step(message('MsgVoteResp', { term: 0 }))
    expect(asking.node.status().role).toBe('pre-candidate')

    const standing = new Solo()
    standing.node.campaign()
    standing.finish()
    standing.step(message('MsgPreVoteResp', { term: 1 }))
    expect(standing.node.status().role).toBe('candidate')
  })

  test('a grant of an earlier pre-vote does not count for the next term (thesis §9.6)', () => {
    const solo = new Solo({ preVote: true, voters: [1, 2, 3, 4, 5] })
    solo.node.campaign()
    solo.finish()
    solo.step(message('MsgHeartbeat', { term: 1, from: 5 }))
    solo.node.campaign()
    solo.finish()
    for (const from of [2, 3]) solo.step(message('MsgPreVoteResp', { from, term: 1 }))
    expect(solo.node.status()).toMatchObject({ role: 'pre-candidate', term: 1 })
  })

  test('a majority of refusals ends it, in the same term', () => {
    const solo = new Solo()
    solo.node.campaign()
    solo.finish()
    for (const from of [2, 3]) solo.step(message('MsgVoteResp', { from, reject: true }))
    expect(solo.node.status()).toMatchObject({ role: 'follower', term: 1, vote: 1, leader: null })
  })
})
