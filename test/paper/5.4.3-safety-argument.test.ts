/** The steps of the proof by contradiction: S1 commits an entry in term T; S5, without it, leads a later term U (figure 9). */

import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { storageOf } from '../support/paper-server.ts'

const servers = [1, 2, 3, 4, 5]
const majorities = [0, 1, 2].flatMap((a) =>
  [1, 2, 3].flatMap((b) => [2, 3, 4].flatMap((c) => (a < b && b < c ? [[a + 1, b + 1, c + 1]] : []))),
)

/** S1 leads term 1 and has committed "x" with the others of `holders`; nobody else has heard of it. */
function committedOn(holders: readonly number[]): PaperCluster {
  const c = new PaperCluster({ nodes: 5 })
  c.elect(1)
  c.partition(
    holders,
    servers.filter((id) => !holders.includes(id)),
  )
  c.propose(1, 'x')
  c.stabilize()
  expect(c.applied(1)).toEqual(['x'])
  return c
}

/** Lets `candidate` stand for election three times, heard by `voters` only. Answers whether it was elected. */
function stands(c: PaperCluster, candidate: number, voters: readonly number[]): boolean {
  c.partition(voters)
  for (let i = 0; i < 3 && c.role(candidate) !== 'leader'; i++) {
    c.node(candidate).campaign()
    c.stabilize()
  }
  return c.role(candidate) === 'leader'
}

test('2: of any majority that votes, one server has accepted the entry, and it keeps a candidate without it from winning (§5.4.3)', () => {
  for (const holders of majorities.filter((ids) => ids.includes(1)))
    for (const voters of majorities)
      for (const candidate of voters.filter((id) => !holders.includes(id))) {
        const c = committedOn(holders)

        expect(stands(c, candidate, voters)).toBe(false)

        const refusing = c.sentOf('MsgVoteResp', (m) => m.reject).map(({ from }) => from)
        expect(refusing.some((id) => holders.includes(id))).toBe(true)
      }
})

test('and whoever has it is elected by any majority: the restriction stops nobody who may lead (§5.4.3)', () => {
  for (const voters of majorities)
    for (const candidate of voters.filter((id) => id <= 3)) {
      const c = committedOn([1, 2, 3])
      if (candidate === 1) c.crash(1)
      if (candidate === 1) c.restart(1)

      expect(stands(c, candidate, voters)).toBe(true)
      expect(c.applied(candidate)).toEqual(['x'])
    }
})

test('3: who has voted in term U does not accept an entry of term T any more: it must have had it before (§5.4.3)', () => {
  const c = new PaperCluster({ nodes: 5 })
  c.elect(1)
  const late = c.hold((m) => m.from === 1 && m.type === 'MsgApp')
  c.propose(1, 'x')
  c.stabilize()
  c.partition([1, 4], [2, 3, 5])
  c.elect(5)

  c.heal()
  late.release()
  c.stabilize()

  expect([2, 3, 4, 5].map((id) => c.log(id))).toEqual([[], [], ['x'], []])
  expect(c.status(1).commit).toBe(2)
})

test('4: until it votes a server keeps the entry: leaders in between have it, and only what is in conflict is removed (§5.4.3)', () => {
  const c = committedOn([1, 2, 3])
  const holders = new Set([1, 2, 3])
  const leaders = [
    [3, [3, 4, 5]],
    [4, [2, 4, 5]],
    [2, [1, 2, 5]],
    [5, [3, 4, 5]],
  ] as const

  for (const [leader, majority] of leaders) {
    expect(stands(c, leader, majority)).toBe(true)
    for (const id of majority) holders.add(id)
    c.propose(leader, `of ${leader}`)
    c.stabilize()
    // What it appends alone is in conflict with what comes, and is removed.
    c.partition([leader])
    c.propose(leader, `of ${leader} alone`)
    c.stabilize()
    for (const id of holders) expect(c.entries(id)[1]).toMatchObject({ index: 3, term: 1 })
  }

  c.heal()
  c.elect(5)
  for (const id of servers) expect(c.applied(id).slice(0, 2)).toEqual(['x', 'of 3'])
  expect(c.applied(1)).not.toContain('of 3 alone')
})

test('5 to 7: who votes for a log that ends in the same term has nothing that the candidate lacks (§5.4.3)', () => {
  const lengths = [4, 3, 2, 5, 1]
  const elected: number[] = []
  for (const candidate of servers) {
    const logs = new Map(servers.map((id) => [id, storageOf(servers, Array(lengths[id - 1]).fill(1))]))
    const c = new PaperCluster({ nodes: 5, storages: logs })
    c.drop((m) => m.type === 'MsgApp')
    const own = c.log(candidate)

    c.node(candidate).campaign()
    c.stabilize()

    for (const { from } of c.sentOf('MsgVoteResp', (m) => !m.reject))
      expect(own.slice(0, c.log(from).length)).toEqual(c.log(from))
    if (c.role(candidate) === 'leader') elected.push(candidate)
  }
  expect(elected).toEqual([1, 2, 4])
})

test('8: or the candidate’s last term is later: then its log, however short, has what leaders in between had (§5.4.3)', () => {
  // "x" of term 1, at 3, is committed; S1 has appended more that nobody has, S3 has led term 2 from a log with "x".
  const make = () => {
    const terms = [[1, 1, 1, 1, 1], [1, 1], [1, 1, 2], [1], [1]]
    const logs = new Map(
      servers.map((id) => [id, storageOf(servers, terms[id - 1]!, { term: 2, commit: 1 })]),
    )
    return new PaperCluster({ nodes: 5, storages: logs })
  }
  const early = make()
  expect(stands(early, 1, [1, 2, 3])).toBe(false)
  expect(early.sentOf('MsgVoteResp', (m) => m.reject).map(({ from }) => from)).toContain(3)

  const late = make()
  expect(stands(late, 3, [1, 3, 4])).toBe(true)
  expect(late.terms(1).slice(0, 3)).toEqual([1, 1, 2])
  expect(late.applied(4)).toEqual(['2@1', '3@1', '4@2'])
})
