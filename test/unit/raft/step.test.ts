import { LogLostError, type PeerMessage } from 'quorate'
import { describe, expect, test } from 'vitest'
import { campaign } from '../../../src/core/raft/election.ts'
import { step, storageAppended, storageApplied } from '../../../src/core/raft/step.ts'
import { becomePreCandidate } from '../../../src/core/raft/transitions.ts'
import { bare, type BareOptions, bareLeader, sentBy, typesOf } from '../../support/bare.ts'
import { confState, entriesOf, entry, snapshotAt } from '../../support/entries.ts'
import { message, rejection } from '../../support/messages.ts'

/** A follower of node 3 in term 4 with a log up to 3; it has just heard from its leader. */
function follower(options: BareOptions = {}) {
  const given = bare({ log: entriesOf([1, 4], 2), electionTick: 10, ...options })
  Object.assign(given.raft, { term: 4, role: { name: 'follower', leader: 3 } })
  return given
}

const none = { now: [], later: [] }
const either = ['MsgVote', 'MsgPreVote'] as const

describe('a request for a vote is not even heard (thesis §4.2.3)', () => {
  const ignored = (parts: object, m: PeerMessage, options: BareOptions = {}) => {
    const { raft, events } = follower({ checkQuorum: true, ...options })
    Object.assign(raft, parts)
    step(raft, m)
    const why = events.some(({ type }) => type === 'voteIgnored')
    expect(why).toBe(events.length === 1 && raft.term === 4 && sentBy(raft).later.length === 0)
    return why
  }
  const ask = (type: (typeof either)[number], parts: object = {}) => message(type, { term: 5, ...parts })

  test.each(either)('%s, while the leader was heard from within the shortest election timeout', (type) => {
    expect(ignored({ electionElapsed: 9 }, ask(type))).toBe(true)
    expect(ignored({ electionElapsed: 10 }, ask(type))).toBe(false)
  })

  test.each(either)('%s, unless no leader is known', (type) => {
    expect(ignored({ role: { name: 'follower', leader: null } }, ask(type))).toBe(false)
  })

  test.each(either)('%s, unless it is about this term or an earlier one', (type) => {
    for (const term of [3, 4]) expect(ignored({}, ask(type, { term }))).toBe(false)
  })

  test.each(either)('%s, unless the leader itself has sent the candidate (thesis §3.10)', (type) => {
    expect(ignored({ promisedUntil: 9 }, ask(type, { transfer: true }))).toBe(false)
  })

  test.each(either)('%s, only with the check of the quorum', (type) => {
    expect(ignored({}, ask(type), { checkQuorum: false, preVote: true })).toBe(false)
  })

  test.each(either)('%s, while this node has promised a leader so, whatever it knows else', (type) => {
    const promised = { ticks: 8, promisedUntil: 9, role: { name: 'follower', leader: null } }
    for (const term of [3, 4, 5])
      expect(ignored(promised, ask(type, { term }), { checkQuorum: false })).toBe(true)
    expect(ignored({ ...promised, ticks: 9 }, ask(type))).toBe(false)
  })

  test('and the trace is told whose it was', () => {
    const { raft, events } = follower({ checkQuorum: true })
    for (const type of either) step(raft, ask(type))
    expect(events).toEqual(
      [false, true].map((preVote) => ({
        node: 1,
        term: 4,
        type: 'voteIgnored',
        candidate: 2,
        preVote,
        voteTerm: 5,
      })),
    )
  })

  test('also by the leader itself', () => {
    const { raft, leader } = bareLeader({ checkQuorum: true })
    step(raft, message('MsgVote', { term: 9, lastLogIndex: 9, lastLogTerm: 9 }))
    expect([raft.term, raft.role]).toEqual([1, leader])
  })
})

describe('a message of a later term (§5.1)', () => {
  test.each([
    [message('MsgApp', { term: 6 }), 2],
    [message('MsgHeartbeat', { term: 6 }), 2],
    [message('MsgSnap', { term: 6 }), 2],
    [message('MsgSnap', { term: 6, session: null }), null],
    [message('MsgVote', { term: 6 }), null],
    [message('MsgAppResp', { term: 6 }), null],
    [message('MsgHeartbeatResp', { term: 6 }), null],
    [message('MsgVoteResp', { term: 6 }), null],
    [message('MsgPreVoteResp', { term: 6, reject: true }), null],
    [message('MsgReadIndexResp', { term: 6 }), null],
    [message('MsgTransferLeader', { term: 6 }), null],
  ])('takes this node into that term, and names its leader or not %#', (m, leader) => {
    for (const { raft } of [follower({ checkQuorum: false }), bareLeader({ checkQuorum: false })]) {
      step(raft, m)
      expect(raft).toMatchObject({ term: 6, role: { name: 'follower', leader } })
    }
  })

  test.each([message('MsgPreVote', { term: 6 }), message('MsgPreVoteResp', { term: 6 })])(
    'does not if it only asks about that term, or says yes to who asked %#',
    (m) => {
      const { raft } = follower({ checkQuorum: false })
      step(raft, m)
      expect(raft).toMatchObject({ term: 4, role: { leader: 3 } })
    },
  )

  test('is handled there: a word to stand for election raises the term once more', () => {
    const { raft } = follower()
    step(raft, message('MsgTimeoutNow', { term: 6 }))
    expect(raft).toMatchObject({ term: 7, role: { name: 'candidate' } })
  })
})

describe('a message of an earlier term (§5.1)', () => {
  const answer = (options: BareOptions, m: PeerMessage) => {
    const { raft, events } = follower({ preVote: false, checkQuorum: false, ...options })
    expect(step(raft, m)).toBeNull()
    expect(raft).toMatchObject({ term: 4, vote: null, role: { leader: 3 } })
    return { ...sentBy(raft), events }
  }

  test.each(['MsgApp', 'MsgHeartbeat'] as const)('%s: its sender is told that its time is over', (type) => {
    for (const options of [{}, { preVote: true }, { checkQuorum: true }]) {
      const { now, later, events } = answer(options, message(type, { term: 3 }))
      expect([now, events]).toEqual([[], []])
      expect(later).toMatchObject([
        { type: 'MsgAppResp', to: 2, term: 4, match: 0, session: 0, reject: false },
      ])
    }
  })

  test.each([
    [{}, 0],
    [{ preVote: true }, 1],
    [{ checkQuorum: true }, 1],
  ])('in the reference only if it is needed: %j', (options, answers) => {
    const reference = { ...options, referenceBehaviour: true }
    const { later, events } = answer(reference, message('MsgApp', { term: 3 }))
    expect([later.length, events.length]).toEqual([answers, 1 - answers])
  })

  test.each([
    ['MsgVote', 'MsgVoteResp'],
    ['MsgPreVote', 'MsgPreVoteResp'],
  ] as const)('%s: it is refused, with our term', (type, response) => {
    const { later, events } = answer({}, message(type, { term: 3, lastLogIndex: 9, lastLogTerm: 3 }))
    expect(later).toMatchObject([{ type: response, from: 1, to: 2, term: 4, reject: true }])
    expect(events).toMatchObject([{ type: 'voteRefused', why: 'stale-term', preVote: type === 'MsgPreVote' }])
  })

  test('the reference answers only who asks around', () => {
    const counts = either.map(
      (type) => answer({ referenceBehaviour: true }, message(type, { term: 3 })).later.length,
    )
    expect(counts).toEqual([0, 1])
  })

  test.each([
    'MsgSnap',
    'MsgTimeoutNow',
    'MsgTransferLeader',
    'MsgAppResp',
    'MsgHeartbeatResp',
    'MsgVoteResp',
    'MsgPreVoteResp',
    'MsgReadIndexResp',
  ] as const)('%s: it is passed over, and the trace is told', (type) => {
    const { now, later, events } = answer({ checkQuorum: true, preVote: true }, message(type, { term: 3 }))
    expect([now, later]).toEqual([[], []])
    expect(events).toEqual([
      { node: 1, term: 4, type: 'messageIgnored', from: 2, message: type, why: 'stale-term' },
    ])
  })

  test('a proposal and a read are of no term', () => {
    const { raft } = follower()
    for (const type of ['MsgProp', 'MsgReadIndex'] as const) expect(step(raft, message(type))).toBeNull()
    expect(sentBy(raft).now).toMatchObject([
      { type: 'MsgProp', to: 3 },
      { type: 'MsgReadIndex', to: 3 },
    ])
  })

  test('without a term it is of the present one to the reference, and of one before any other to us', () => {
    const heard = [true, false].map((referenceBehaviour) => {
      const { raft } = follower({ referenceBehaviour })
      raft.electionElapsed = 7
      step(raft, message('MsgHeartbeat', { from: 3, term: 0 }))
      return raft.electionElapsed === 0
    })
    expect(heard).toEqual([true, false])
  })
})

describe('who stands for election or asks around', () => {
  const standing = {
    candidate: () => {
      const given = bare()
      campaign(given.raft, 'campaign')
      sentBy(given.raft)
      return given
    },
    'pre-candidate': () => {
      const given = bare()
      given.raft.term = 1
      becomePreCandidate(given.raft, 'timeout')
      return given
    },
  }

  test.each([
    ['candidate', message('MsgApp'), 2],
    ['candidate', message('MsgHeartbeat'), 2],
    ['candidate', message('MsgSnap'), 2],
    ['candidate', message('MsgSnap', { session: null }), null],
    ['pre-candidate', message('MsgApp'), 2],
    ['pre-candidate', message('MsgHeartbeat'), 2],
  ] as const)('as %s follows who leads its term, and keeps its vote (§5.2) %#', (name, m, leader) => {
    const { raft } = standing[name]()
    const { vote } = raft
    step(raft, m)
    expect(raft).toMatchObject({ term: 1, vote, role: { name: 'follower', leader } })
    const { now, later } = sentBy(raft)
    expect([...now, ...later]).toMatchObject([{ to: 2, term: 1 }])
  })

  test.each(['MsgTimeoutNow', 'MsgTransferLeader', 'MsgAppResp', 'MsgVote', 'MsgPreVote'] as const)(
    'goes on whatever else is said in its term: %s',
    (type) => {
      const { raft } = standing.candidate()
      const { role } = raft
      step(raft, message(type))
      expect(raft.role).toBe(role)
    },
  )

  test('drops what is proposed', () => {
    expect(step(standing.candidate().raft, message('MsgProp'))).toBe('no-leader')
  })
})

describe('a heartbeat that tells of a commit beyond the log', () => {
  const hears = (term: number, commit: number, make = () => follower().raft) => {
    const raft = make()
    const before = raft.term
    try {
      step(raft, message('MsgHeartbeat', { from: 3, term, commit }))
      return null
    } catch (error) {
      expect(raft.term).toBe(before)
      return error
    }
  }

  test('is the end of this node, in its term and in a later one, and before anything changes', () => {
    for (const term of [4, 5]) {
      expect(hears(term, 4)).toBeInstanceOf(LogLostError)
      expect(hears(term, 4)).toMatchObject({ commit: 4, lastIndex: 3 })
      expect(hears(term, 3)).toBeNull()
    }
  })

  test('is nothing from a term that is over, nor to the leader of the term', () => {
    expect(hears(3, 99)).toBeNull()
    expect(hears(1, 99, () => bareLeader().raft)).toBeNull()
    expect(hears(2, 99, () => bareLeader().raft)).toBeInstanceOf(LogLostError)
  })

  test('is not expected of entries, which may come in parts', () => {
    const { raft } = follower()
    step(
      raft,
      message('MsgApp', { from: 3, term: 4, prevLogIndex: 3, prevLogTerm: 4, entries: [], commit: 99 }),
    )
    expect(raft.log.committed).toBe(3)
  })
})

describe('a write that is done', () => {
  test.each([
    ['makes the entries stable', { term: 4, index: 3 }, 4, 4],
    ['of a part of them makes these stable', { term: 1, index: 2 }, 4, 3],
    ['that was asked for in another term says nothing of them', { term: 4, index: 3 }, 3, 2],
    ['of an entry that is of another term now says nothing', { term: 3, index: 3 }, 4, 2],
  ])('%s', (_, lastEntry, term, offset) => {
    const { raft } = follower()
    storageAppended(raft, { term, lastEntry, snapshot: null })
    expect(raft.log.unstable.offset).toBe(offset)
  })

  test.each([4, 2])(
    'of a snapshot holds in every term: it is applied, with its membership (asked for in %i)',
    (term) => {
      const { raft } = follower()
      const snapshot = snapshotAt(9, 1, [1, 2])
      raft.log.restore(snapshot)
      storageAppended(raft, { term, lastEntry: null, snapshot })
      expect([raft.log.unstable.snapshot, raft.log.applied]).toEqual([null, 9])
      expect([raft.appliedConfig, raft.appliedConfigIndex]).toEqual([confState({ voters: [1, 2] }), 9])
    },
  )

  test('of a snapshot that another has overtaken leaves that one pending', () => {
    const { raft } = follower()
    raft.log.restore(snapshotAt(12, 1))
    storageAppended(raft, { term: 4, lastEntry: null, snapshot: snapshotAt(9, 1) })
    expect([raft.log.unstable.snapshot?.index, raft.log.applied]).toEqual([12, 9])
  })
})

describe('what is applied', () => {
  test('is noted, and makes room for proposals', () => {
    const { raft, leader } = bareLeader({ log: [entry(2, 1, 'abc'), entry(3, 1, 'de')], commit: 3 })
    leader.uncommittedSize = 7
    storageApplied(raft, { entries: [entry(2, 1, 'abc'), entry(3, 1, 'de')] })
    expect([raft.log.applied, leader.uncommittedSize]).toEqual([3, 2])
  })

  test('may be nothing', () => {
    const { raft, events } = follower()
    storageApplied(raft, { entries: [] })
    expect([raft.log.applied, sentBy(raft), events]).toEqual([1, none, []])
  })
})

describe('what is of the present term goes to the role', () => {
  test('a leader appends what is proposed, or says why not', () => {
    const { raft, leader } = bareLeader()
    expect(step(raft, message('MsgProp'))).toBeNull()
    expect(raft.log.lastIndex).toBe(3)
    leader.transferee = 2
    expect(step(raft, message('MsgProp'))).toBe('transferring')
  })

  test('a follower passes over what answers a leader', () => {
    const { raft, events } = follower()
    step(raft, rejection(3, { term: 1, index: 2 }, 4) as PeerMessage)
    expect([sentBy(raft), typesOf(events)]).toEqual([none, []])
  })
})
