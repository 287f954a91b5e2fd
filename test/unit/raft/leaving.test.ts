import { describe, expect, test } from 'vitest'
import { beginToLeave, maybeLeave } from '../../../src/core/raft/leaving.ts'
import { type BareOptions, bareLeader, sentBy, typesOf } from '../../support/bare.ts'
import { confState, entriesOf, entry } from '../../support/entries.ts'

/** A leader with a log up to 4, all of it committed, that has just applied its removal. */
function removed(options: BareOptions = {}) {
  const given = bareLeader({ log: entriesOf([1, 1], 2), ...options })
  const { raft, leader } = given
  raft.log.commitTo(4)
  raft.config = confState({ voters: [2, 3] })
  leader.progress.reconfigure(raft.config, new Set(), 5, true)
  given.events.length = 0
  beginToLeave(raft, leader)
  return given
}

/** Does it lead on, when it looks with this commit index? */
function leadsOn({ raft, leader }: ReturnType<typeof removed>, commit: number): boolean {
  raft.log.commitTo(commit)
  maybeLeave(raft, leader)
  return raft.role === leader
}

describe('a leader that has applied its removal (thesis §4.2.2)', () => {
  test('appends one more entry, and leads on until that is committed', () => {
    const given = removed()
    expect(given.leader.leavesAt).toBe(5)
    expect(given.raft.log.entriesFrom(5, Infinity)).toEqual([entry(5, 1, null)])
    expect(typesOf(given.events)).toEqual(['entriesAppended'])
    expect(leadsOn(given, 4)).toBe(true)
  })

  test('goes with the commit of that, in the same term, and follows nobody', () => {
    const given = removed()
    given.events.length = 0
    expect(leadsOn(given, 5)).toBe(false)
    expect(given.raft).toMatchObject({ term: 1, vote: 1, role: { name: 'follower', leader: null } })
    expect(given.events).toMatchObject([
      { type: 'steppedDown', why: 'removed' },
      { type: 'roleChanged', from: 'leader', to: 'follower' },
      { type: 'leaderChanged', leader: null },
    ])
  })

  test('appends no second one if it hears of its removal again', () => {
    const given = removed()
    beginToLeave(given.raft, given.leader)
    expect([given.leader.leavesAt, given.raft.log.lastIndex]).toEqual([5, 5])
  })

  test('goes at once in the reference, and appends nothing', () => {
    const { raft, leader, events } = removed({ referenceBehaviour: true })
    expect([leader.leavesAt, raft.log.lastIndex, sentBy(raft).now]).toEqual([null, 4, []])
    expect(raft.role).toEqual({ name: 'follower', leader: null })
    expect(events[0]).toMatchObject({ type: 'steppedDown', why: 'removed' })
  })
})

test('a leader that was not removed goes by no commit', () => {
  expect(leadsOn(bareLeader(), 2)).toBe(true)
})
