import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answerStaleLeader, handleAppend } from '../../../src/core/raft/append-entries.ts'
import type { Raft } from '../../../src/core/raft/state.ts'
import { bare, sentBy } from '../../support/bare.ts'
import { entriesOf, termsOf } from '../../support/entries.ts'
import { message } from '../../support/messages.ts'

/** A follower in term 9 whose log has these terms from index 2 on. */
function follower(terms: readonly number[], commit = 1) {
  const { raft, events } = bare({ log: entriesOf(terms, 2), commit })
  raft.term = 9
  return { raft, events }
}

/** A MsgApp of node 2 that leads term 9. */
const append = (prevLogIndex: number, prevLogTerm: number, terms: readonly number[], commit = 0) =>
  message('MsgApp', {
    term: 9,
    session: 7,
    prevLogIndex,
    prevLogTerm,
    entries: entriesOf(terms, prevLogIndex + 1),
    commit,
  })

const logOf = ({ log }: Raft) => {
  const entries = log.entriesFrom(2, Infinity)
  return entries === 'compacted' ? [] : termsOf(entries)
}
const accepted = (match: number) => ({
  type: 'MsgAppResp',
  from: 1,
  to: 2,
  term: 9,
  session: 7,
  reject: false,
  match,
})

describe('a message', () => {
  test.each([
    ['behind the end adds', [1, 1], append(3, 1, [2, 2]), { log: [1, 1, 2, 2], match: 5, cut: null }],
    ['that the log has all of adds nothing', [1, 1, 2], append(2, 1, [1, 2]), { log: [1, 1, 2], match: 4 }],
    [
      'of which the log has a part adds the rest',
      [1, 2],
      append(2, 1, [2, 2]),
      { log: [1, 2, 2], match: 4, cut: null },
    ],
    [
      'behind which the log goes on cuts nothing off',
      [1, 2, 2],
      append(2, 1, [2]),
      { log: [1, 2, 2], match: 3 },
    ],
    [
      'without entries is acknowledged where it stands',
      [1, 1, 2],
      append(3, 1, []),
      { log: [1, 1, 2], match: 3 },
    ],
    [
      'in conflict from its first entry on replaces',
      [1, 2, 2],
      append(2, 1, [3]),
      { log: [1, 3], match: 3, cut: 3 },
    ],
    [
      'in conflict with the last entry replaces that',
      [1, 2],
      append(2, 1, [3]),
      { log: [1, 3], match: 3, cut: 3 },
    ],
    [
      'in conflict later replaces from there',
      [1, 2, 2, 2],
      append(2, 1, [2, 3]),
      { log: [1, 2, 3], match: 4, cut: 4 },
    ],
  ])('%s', (_, terms, m, expected) => {
    const { log, match, cut }: { log: number[]; match: number; cut?: number | null } = expected
    const { raft, events } = follower(terms)
    handleAppend(raft, m)

    expect(logOf(raft)).toEqual(log)
    expect(sentBy(raft)).toEqual({ now: [], later: [accepted(match)] })
    const told = events.flatMap((event) => (event.type === 'entriesAppended' ? [event.truncatedFrom] : []))
    expect(told).toEqual(cut === undefined ? [] : [cut])
  })

  test('tells the trace of the entries that are new, and of those only', () => {
    const { raft, events } = follower([1, 1])
    handleAppend(raft, append(2, 1, [1, 2, 2]))
    expect(events).toEqual([
      { node: 1, term: 9, type: 'entriesAppended', entries: entriesOf([2, 2], 4), truncatedFrom: null },
    ])
  })

  test('from before what is committed is not looked at: it is acknowledged with the commit index', () => {
    const { raft } = follower([1, 1, 1], 4)
    // Its previous entry is of another term here, which cannot be, and nobody would know.
    handleAppend(raft, append(3, 5, [5, 5], 9))
    expect(sentBy(raft).later).toEqual([accepted(4)])
    expect([logOf(raft), raft.log.committed]).toEqual([[1, 1, 1], 4])
  })

  test('that begins right behind what is committed is looked at', () => {
    const { raft } = follower([1, 1, 1], 3)
    handleAppend(raft, append(3, 1, [2], 4))
    expect(sentBy(raft).later).toEqual([accepted(4)])
    expect([logOf(raft), raft.log.committed]).toEqual([[1, 1, 2], 4])
  })
})

describe('the commit index', () => {
  test.each([
    ['follows what the leader has committed', 3, 3],
    ['goes no further than the message vouches for, though the log does', 9, 4],
    ['never goes back', 0, 2],
  ])('%s', (_, told, commit) => {
    const { raft } = follower([1, 1, 1, 1, 1], 2)
    handleAppend(raft, append(3, 1, [1], told))
    expect(raft.log.committed).toBe(commit)
  })
})

describe('a message that does not fit', () => {
  test.each([
    ['where the log has ended', [1, 1], append(7, 2, [2]), 7, { index: 3, term: 1 }],
    ['where the log is of another term', [1, 1, 3, 3], append(5, 2, [2]), 5, { index: 3, term: 1 }],
    ['in an earlier term than all of the log has', [4, 4], append(3, 3, [3]), 3, { index: 1, term: 1 }],
    [
      'at the end, in a term that goes back only by length',
      [1, 2, 2],
      append(9, 2, []),
      9,
      { index: 4, term: 2 },
    ],
  ] as const)('%s is rejected, with a hint how far to go back', (_, terms, m, rejected, hint) => {
    const { raft, events } = follower(terms)
    handleAppend(raft, m)

    const { match: _match, ...envelope } = accepted(0)
    expect(sentBy(raft)).toEqual({ now: [], later: [{ ...envelope, reject: true, rejected, hint }] })
    expect([logOf(raft), raft.log.committed]).toEqual([terms, 1])
    expect(events).toEqual([{ node: 1, term: 9, type: 'appendRejected', leader: 2, prevLogIndex: rejected }])
  })
})

describe('whatever a leader sends of its log', () => {
  /** A log of the leader and one of this node, which part somewhere; and where a message begins and how much it brings. */
  const anyLogs = fc.record({
    shared: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 4 }),
    leaders: fc.array(fc.constantFrom(4, 6, 8), { maxLength: 4 }),
    own: fc.array(fc.constantFrom(3, 5, 7), { maxLength: 4 }),
    from: fc.nat(8),
    count: fc.nat(8),
    committed: fc.nat(4),
    told: fc.nat(12),
  })
  const ordered = (terms: readonly number[]) => [...terms].sort((a, b) => a - b)

  test('an acknowledgement vouches for entries that are the leader’s, and nothing of what was committed is touched', () => {
    let accepting = 0
    fc.assert(
      fc.property(anyLogs, ({ shared, leaders, own, from, count, committed, told }) => {
        const common = ordered(shared)
        const log = [...common, ...ordered(own)]
        const leader = [1, ...common, ...ordered(leaders)]
        const before = 1 + Math.min(committed, common.length)
        const { raft } = follower(log, before)
        const prev = 1 + Math.min(from, leader.length - 1)
        const sent = leader.slice(prev, prev + count)

        handleAppend(raft, append(prev, leader[prev - 1]!, sent, told))

        const [answer] = sentBy(raft).later
        if (answer?.type !== 'MsgAppResp') throw new Error('it is not answered')
        const now = [1, ...logOf(raft)]
        expect(now.slice(0, before)).toEqual(leader.slice(0, before))
        if (answer.reject) {
          expect(now).toEqual([1, ...log])
          expect(raft.log.committed).toBe(before)
          // The hint is an entry of this log at or before that place, of no later term; what is the same lies before it too.
          const { index, term } = answer.hint
          expect(now[index - 1]).toBe(term)
          expect([index <= prev, term <= leader[prev - 1]!]).toEqual([true, true])
          expect(index).toBeGreaterThanOrEqual(1 + common.length)
          return
        }
        accepting++
        const last = prev < before ? before : prev + sent.length
        expect(answer.match).toBe(last)
        expect(now.slice(0, last)).toEqual(leader.slice(0, last))
        expect(raft.log.committed).toBe(prev < before ? before : Math.max(before, Math.min(told, last)))
        // Cut off only by a real conflict.
        const same = sent.every((term, i) => log[prev - 1 + i] === term || prev - 1 + i >= log.length)
        if (prev < before || same) expect(now.slice(0, 1 + log.length)).toEqual([1, ...log])
      }),
      { numRuns: 500 },
    )
    expect(accepting).toBeGreaterThan(100)
  })
})

test('a leader of an earlier term is told the present one, as an answer to no session that acknowledges nothing', () => {
  const { raft } = follower([1])
  answerStaleLeader(raft, 3)
  expect(sentBy(raft)).toEqual({ now: [], later: [{ ...accepted(0), to: 3, session: 0 }] })
})
