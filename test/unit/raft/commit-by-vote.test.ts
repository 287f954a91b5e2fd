import { describe, expect, test } from 'vitest'
import { committedEntry, learnCommitted } from '../../../src/core/raft/commit-by-vote.ts'
import { becomeCandidate } from '../../../src/core/raft/transitions.ts'
import { bare, bareLeader } from '../../support/bare.ts'
import { entriesOf } from '../../support/entries.ts'

/** Entries 2 to 4, of terms 1, 1 and 2, of which the first is committed. */
const log = entriesOf([1, 1, 2], 2)

describe('what is said', () => {
  test('is the last entry that is committed, by index and term', () => {
    expect(committedEntry(bare({ log, commit: 2 }).raft)).toEqual({ index: 2, term: 1 })
    expect(committedEntry(bare({ log, commit: 4 }).raft)).toEqual({ index: 4, term: 2 })
  })

  test('is nothing where the reference is followed', () => {
    expect(committedEntry(bare({ log, commit: 2, referenceBehaviour: true }).raft)).toBeNull()
  })
})

describe('what is learnt', () => {
  test.each([
    ['an entry that is held', { index: 4, term: 2 }, 4],
    ['one before the end', { index: 3, term: 1 }, 3],
    ['one of another term', { index: 4, term: 1 }, 2],
    ['one beyond the log', { index: 5, term: 2 }, 2],
    ['what is known', { index: 2, term: 1 }, 2],
    ['less than what is known', { index: 1, term: 1 }, 2],
    ['nothing', null, 2],
  ])('from %s', (_, committed, commit) => {
    const { raft } = bare({ log, commit: 2 })
    learnCommitted(raft, committed)
    expect(raft.log.committed).toBe(commit)
  })

  test('is told to the trace', () => {
    const { raft, events } = bare({ log, commit: 2 })
    learnCommitted(raft, { index: 4, term: 2 })
    expect(events).toMatchObject([{ type: 'committed', from: 2, to: 4 }])
  })

  test('is nothing for a leader, and nothing where the reference is followed', () => {
    const { raft: leading } = bareLeader({ log, commit: 2 })
    const { raft } = bare({ log, commit: 2, referenceBehaviour: true })
    for (const one of [leading, raft]) learnCommitted(one, { index: 4, term: 2 })
    expect([leading.log.committed, raft.log.committed]).toEqual([2, 2])
  })

  test('does not stop a candidate, unless it is a change of the membership', () => {
    const change = { type: 'EntryConfChangeV2', term: 2, index: 5, change: null } as const
    const { raft } = bare({ log: [...log, change], commit: 2 })
    raft.term = 3
    becomeCandidate(raft)
    learnCommitted(raft, { index: 4, term: 2 })
    expect(raft.role.name).toBe('candidate')
    learnCommitted(raft, { index: 5, term: 2 })
    expect([raft.role.name, raft.term, raft.vote]).toEqual(['follower', 4, 1])
  })
})
