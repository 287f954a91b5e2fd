import fc from 'fast-check'
import { InvariantError } from 'quorate'
import { describe, expect, test } from 'vitest'
import type { Raft } from '../../../src/core/raft/state.ts'
import {
  becomeCandidate,
  becomeFollower,
  becomeLeader,
  becomePreCandidate,
  drawElectionTimeout,
} from '../../../src/core/raft/transitions.ts'
import { bare, bareLeader, sentBy } from '../../support/bare.ts'
import { bytes, entriesOf, text } from '../../support/entries.ts'

/** A node in term 4 that has voted for 3, and whose clocks have run for a while; it draws long timeouts from now on. */
function voted() {
  let drawn = 0
  const given = bare({ log: entriesOf([4, 4], 2), electionTick: 10, random: () => drawn })
  Object.assign(given.raft, { term: 4, vote: 3, electionElapsed: 7, heartbeatElapsed: 2 })
  drawn = 0.5
  return given
}

const clocks = ({ electionElapsed, heartbeatElapsed, randomizedElectionTimeout }: Raft) => [
  electionElapsed,
  heartbeatElapsed,
  randomizedElectionTimeout,
]

describe('following', () => {
  test('in the same term keeps the vote: to forget it would allow a second one (etcd#2461)', () => {
    const { raft, events } = voted()
    becomeFollower(raft, 4, null)
    expect(raft).toMatchObject({ term: 4, vote: 3, role: { name: 'follower', leader: null } })
    expect(clocks(raft)).toEqual([0, 0, 15])
    expect(events).toEqual([])
  })

  test('in a later term frees the vote', () => {
    const { raft, events } = voted()
    becomeFollower(raft, 6, 2)
    expect(raft).toMatchObject({ term: 6, vote: null, role: { name: 'follower', leader: 2 } })
    expect(clocks(raft)).toEqual([0, 0, 15])
    expect(events).toEqual([
      { node: 1, term: 6, type: 'termChanged', from: 4 },
      { node: 1, term: 6, type: 'leaderChanged', leader: 2 },
    ])
  })

  test('in an earlier term there is none (§5.1)', () => {
    const { raft } = voted()
    expect(() => becomeFollower(raft, 3, 2)).toThrow(InvariantError)
    expect(() => becomeFollower(raft, 3, 2)).toThrow(/does not go back from 4 to 3/)
    expect(raft).toMatchObject({ term: 4, vote: 3, electionElapsed: 7 })
  })
})

describe('asking around', () => {
  test('changes nothing that is durable, and no clock (thesis §9.6)', () => {
    const { raft, events } = voted()
    raft.role = { name: 'follower', leader: 2 }
    const before = clocks(raft)
    becomePreCandidate(raft, 'campaign')
    expect(raft).toMatchObject({ term: 4, vote: 3 })
    expect(raft.role).toEqual({ name: 'pre-candidate', votes: new Map(), reason: 'campaign' })
    expect(clocks(raft)).toEqual(before)
    expect(events).toEqual([
      { node: 1, term: 4, type: 'roleChanged', from: 'follower', to: 'pre-candidate' },
      { node: 1, term: 4, type: 'leaderChanged', leader: null },
    ])
  })

  test('a second time forgets the answers to the first', () => {
    const { raft } = voted()
    becomePreCandidate(raft, 'timeout')
    if (raft.role.name === 'pre-candidate') raft.role.votes.set(2, true)
    becomePreCandidate(raft, 'timeout')
    expect(raft.role).toMatchObject({ votes: new Map() })
  })
})

describe('standing for election', () => {
  test('is in the next term, with its own vote (§5.2)', () => {
    const { raft, events } = voted()
    becomeCandidate(raft)
    expect(raft).toMatchObject({ term: 5, vote: 1, role: { name: 'candidate', votes: new Map() } })
    expect(clocks(raft)).toEqual([0, 0, 15])
    expect(events.map(({ type }) => type)).toEqual(['termChanged', 'roleChanged'])
  })

  test('again is in yet another term, with no votes', () => {
    const { raft, events } = voted()
    becomeCandidate(raft)
    if (raft.role.name === 'candidate') raft.role.votes.set(2, true)
    events.length = 0
    becomeCandidate(raft)
    expect(raft).toMatchObject({ term: 6, vote: 1, role: { votes: new Map() } })
    expect(events.map(({ type }) => type)).toEqual(['termChanged'])
  })
})

describe('leading', () => {
  test('begins with a probe behind the own log for each of the others, and counts itself (figure 2)', () => {
    const { raft } = voted()
    becomeCandidate(raft)
    const leader = becomeLeader(raft)
    expect(raft).toMatchObject({ term: 5, vote: 1, role: leader })
    expect(
      leader.progress.all.map(({ id, match, next, state, recentActive }) => [
        id,
        match,
        next,
        state.name,
        recentActive,
      ]),
    ).toEqual([
      [1, 3, 4, 'StateReplicate', true],
      [2, 0, 4, 'StateProbe', false],
      [3, 0, 4, 'StateProbe', false],
    ])
    expect(leader.pendingConfIndex).toBe(3)
    expect(sentBy(raft)).toEqual({ now: [], later: [] })
  })

  test('numbers its followings, but not as the reference', () => {
    for (const [referenceBehaviour, sessions] of [
      [false, [1, 2, 3]],
      [true, [null, null, null]],
    ] as const) {
      const { raft } = bare({ referenceBehaviour })
      becomeCandidate(raft)
      expect(becomeLeader(raft).progress.all.map(({ session }) => session)).toEqual(sessions)
    }
  })

  test('is possible for who is not in the configuration any more', () => {
    const { raft } = bare({ voters: [2, 3] })
    becomeCandidate(raft)
    expect(becomeLeader(raft).progress.all.map(({ id }) => id)).toEqual([2, 3])
  })

  test('ends with the reads that wait: its own are reported, others’ are asked again by whoever asked', () => {
    const { raft, leader, events } = bareLeader()
    leader.reads.parked.push({ from: 1, context: bytes('parked') })
    leader.reads.add({ from: 2, context: bytes('of another') }, 2)
    leader.reads.add({ from: 1, context: bytes('waiting') }, 2)
    becomeFollower(raft, 1, null)
    expect(raft.droppedReads.map(text)).toEqual(['parked', 'waiting'])
    const dropped = events.flatMap((event) => (event.type === 'readDropped' ? [event.why] : []))
    expect(dropped).toEqual(['lost-leadership', 'lost-leadership'])
  })
})

describe('the changes of role are those of figure 4', () => {
  const roles = {
    follower: () => bare().raft,
    'pre-candidate': () => {
      const { raft } = bare()
      becomePreCandidate(raft, 'timeout')
      return raft
    },
    candidate: () => {
      const { raft } = bare()
      becomeCandidate(raft)
      return raft
    },
    leader: () => bareLeader().raft,
  } as const

  test.each([
    ['follower', true, true, false],
    ['pre-candidate', true, true, false],
    ['candidate', true, true, true],
    ['leader', false, false, false],
  ] as const)('from %s', (from, ask, stand, lead) => {
    const can = (change: (raft: Raft) => unknown) => {
      const raft = roles[from]()
      const before = { term: raft.term, vote: raft.vote, role: raft.role }
      try {
        change(raft)
        return true
      } catch (error) {
        expect(error).toBeInstanceOf(InvariantError)
        expect(raft).toMatchObject(before)
        return false
      }
    }
    expect([
      can((raft) => becomePreCandidate(raft, 'timeout')),
      can(becomeCandidate),
      can(becomeLeader),
    ]).toEqual([ask, stand, lead])
    expect(can((raft) => becomeFollower(raft, raft.term, null))).toBe(true)
  })
})

describe('an election timeout', () => {
  const draw = (random: number, electionTick = 10) => {
    const { raft } = bare({ random: () => random, electionTick })
    drawElectionTimeout(raft)
    return raft.randomizedElectionTimeout
  }

  test.each([
    [0, 10],
    [0.0999, 10],
    [0.1, 11],
    [0.999, 19],
    [1, 19],
    [77, 19],
    [-0.5, 10],
    [NaN, 10],
    [Infinity, 19],
    [-Infinity, 10],
  ])('drawn with %d is %i ticks: at least the shortest, less than twice that (§5.2)', (random, ticks) => {
    expect(draw(random)).toBe(ticks)
  })

  test('lies in between whatever is drawn, and each of the values comes up', () => {
    fc.assert(
      fc.property(fc.double(), fc.integer({ min: 2, max: 50 }), (random, electionTick) => {
        const ticks = draw(random, electionTick)
        expect(Number.isInteger(ticks)).toBe(true)
        expect(ticks).toBeGreaterThanOrEqual(electionTick)
        expect(ticks).toBeLessThan(2 * electionTick)
      }),
    )
    expect(new Set(Array.from({ length: 100 }, (_, i) => draw(i / 100))).size).toBe(10)
  })
})
