import type { ConfChange, ConfChangeType } from 'quorate'
import { describe, expect, test } from 'vitest'
import type { ProposedEntry } from '../../../src/core/messages.ts'
import { appendNoOp, Draft, proposeOnLeader } from '../../../src/core/raft/proposal.ts'
import { bareLeader, sentBy, typesOf } from '../../support/bare.ts'
import { bytes, confState, entriesOf, entry } from '../../support/entries.ts'

const command = (data: string): ProposedEntry => ({ type: 'EntryNormal', data: bytes(data) })
const v1 = (type: ConfChangeType, nodeId: number): ProposedEntry => ({
  type: 'EntryConfChange',
  change: { version: 1, type, nodeId, context: null },
})
const v2 = (change: ConfChange | null): ProposedEntry => ({
  type: 'EntryConfChangeV2',
  change: change as never,
})
const empty = (transition: 'auto' | 'explicit' = 'auto') =>
  v2({ version: 2, transition, changes: [], context: null })

const joint = confState({ voters: [1, 2, 3], votersOutgoing: [1, 2] })

describe('what a leader appends (§5.3)', () => {
  test('is given the next indexes and the present term, in order', () => {
    const { raft, leader, events } = bareLeader({ log: entriesOf([4, 4], 2) })
    const draft = proposeOnLeader(raft, leader, [command('a'), command('b')])
    if (!(draft instanceof Draft)) throw new Error('it was dropped')

    expect(draft.entries).toEqual([entry(5, 4, 'a'), entry(6, 4, 'b')])
    expect(draft.refused).toEqual([])
    expect(raft.log.entriesFrom(5, Infinity)).toEqual(draft.entries)
    expect(events).toEqual([
      { node: 1, term: 4, type: 'entriesAppended', entries: draft.entries, truncatedFrom: null },
    ])
  })

  test('is sent with the next Ready, for all that comes together until then', () => {
    const { raft, leader } = bareLeader()
    leader.appendsDue = false
    leader.selfAckDue = false
    proposeOnLeader(raft, leader, [command('a')])
    expect(sentBy(raft)).toEqual({ now: [], later: [] })
    expect([leader.appendsDue, leader.selfAckDue]).toEqual([true, true])
  })

  test('is sent at once without coalesceAppends, and acknowledged to itself after the write', () => {
    const { raft, leader } = bareLeader({ coalesceAppends: false })
    for (const id of [2, 3]) leader.progress.get(id)?.maybeUpdate(2)
    proposeOnLeader(raft, leader, [command('a')])
    const { now, later } = sentBy(raft)
    expect(now).toMatchObject([2, 3].map((to) => ({ type: 'MsgApp', to, entries: [entry(3, 1, 'a')] })))
    expect(later).toMatchObject([{ type: 'MsgAppResp', to: 1, match: 3 }])
  })

  test('begins with an entry without a command, which weighs nothing (§5.4.2)', () => {
    const { raft, leader } = bareLeader({ maxUncommittedSize: 1 })
    appendNoOp(raft, leader)
    expect(raft.log.entriesFrom(3, Infinity)).toEqual([entry(3, 1, null)])
    expect(leader.uncommittedSize).toBe(0)
  })
})

describe('a proposal is dropped', () => {
  const dropped = (
    change: (given: ReturnType<typeof bareLeader>) => void,
    proposed: readonly ProposedEntry[] = [command('0123456789')],
  ) => {
    const given = bareLeader({ maxUncommittedSize: 20 })
    change(given)
    const result = proposeOnLeader(given.raft, given.leader, proposed)
    const why = typeof result === 'string' ? result : null
    // Nothing is appended of what is dropped, and all of what is not.
    expect(given.raft.log.lastIndex).toBe(why === null ? 2 + proposed.length : 2)
    expect(given.events.flatMap((event) => (event.type === 'proposalDropped' ? [event.why] : []))).toEqual(
      why === null ? [] : [why],
    )
    return why
  }

  test('by a leader that is not a member any more', () => {
    const removed = ({ leader }: ReturnType<typeof bareLeader>) =>
      leader.progress.reconfigure(confState({ voters: [2, 3] }), new Set(), 2, true)
    expect(dropped(removed)).toBe('removed')
  })

  test('by one that hands leadership over', () => {
    expect(dropped(({ leader }) => void (leader.transferee = 2))).toBe('transferring')
  })

  test.each([
    ['would go beyond the limit', 11, ['0123456789'], 'overloaded'],
    ['reaches the limit, and no more', 10, ['0123456789'], null],
    ['goes beyond it as a whole, though its first command would fit', 10, ['01234', '012345'], 'overloaded'],
    ['weighs nothing', 1000, [''], null],
    ['is the only one, however large it is', 0, ['x'.repeat(1000)], null],
  ] as const)('by its size: one that %s', (_, before, commands, why) => {
    expect(dropped(({ leader }) => void (leader.uncommittedSize = before), commands.map(command))).toBe(why)
  })

  test('what is not dropped counts from then on', () => {
    const { raft, leader } = bareLeader()
    for (const data of ['12345', '678']) proposeOnLeader(raft, leader, [command(data)])
    expect(leader.uncommittedSize).toBe(8)
  })
})

describe('a membership change', () => {
  /** What a proposal becomes on a leader that is changed before, and why parts of it are refused. */
  function draftOf(
    proposed: readonly ProposedEntry[],
    { options = {}, config = confState(), pending = 1 } = {},
  ) {
    const { raft, leader, events } = bareLeader(options)
    raft.config = config
    leader.pendingConfIndex = pending
    const draft = proposeOnLeader(raft, leader, proposed)
    if (!(draft instanceof Draft)) throw new Error('it was dropped')
    return { types: draft.entries.map(({ type }) => type), refused: draft.refused, draft, leader, events }
  }

  test('is appended, and the next waits for it', () => {
    const { types, refused, leader } = draftOf([v1('AddNode', 4)])
    expect([types, refused, leader.pendingConfIndex]).toEqual([['EntryConfChange'], [], 3])
  })

  test.each([
    ['while one is not applied', [v1('AddNode', 4)], { pending: 2 }, 'pending-change'],
    ['in a joint configuration', [v1('AddNode', 4)], { config: joint }, 'still-joint'],
    ['that leaves none', [empty()], {}, 'not-joint'],
    ['that leaves none, as a leader proposes it', [v2(null)], {}, 'not-joint'],
    ['of nothing that would enter one', [empty('explicit')], {}, 'not-joint'],
    ['of nothing that would enter one again', [empty('explicit')], { config: joint }, 'impossible'],
    ['that leaves no voter', [v1('RemoveNode', 1)], { config: confState({ voters: [1] }) }, 'impossible'],
  ] as const)('is refused %s: its place is taken by an empty entry', (_, proposed, given, why) => {
    const { refused, draft, leader, events } = draftOf(proposed, given)
    expect(refused).toEqual([{ index: 3, why }])
    expect(draft.entries).toEqual([entry(3, 1, null)])
    expect(leader.pendingConfIndex).toBe('pending' in given ? given.pending : 1)
    expect(typesOf(events)).toEqual(['confChangeRefused', 'entriesAppended'])
  })

  test.each([
    ['to leave a joint configuration', [empty()]],
    ['to leave it, as a leader proposes it', [v2(null)]],
  ])('is possible %s', (_, proposed) => {
    expect(draftOf(proposed, { config: joint })).toMatchObject({ types: ['EntryConfChangeV2'], refused: [] })
  })

  test('is one of a proposal: a second one is refused, and commands around it are not', () => {
    const { types, refused, leader } = draftOf([
      command('a'),
      v1('AddNode', 4),
      v1('AddNode', 5),
      command('b'),
    ])
    expect(types).toEqual(['EntryNormal', 'EntryConfChange', 'EntryNormal', 'EntryNormal'])
    expect(refused).toEqual([{ index: 5, why: 'pending-change' }])
    expect(leader.pendingConfIndex).toBe(4)
  })

  test('is not looked at if the application does so itself', () => {
    const options = { disableConfChangeValidation: true }
    const { types, refused, leader } = draftOf([v1('AddNode', 4), empty()], { options, pending: 2 })
    expect([types, refused]).toEqual([['EntryConfChange', 'EntryConfChangeV2'], []])
    expect(leader.pendingConfIndex).toBe(4)
  })

  test('is as the reference has it: what turns out to be impossible is appended, and in place of a refused one stand no bytes', () => {
    const options = { referenceBehaviour: true }
    const impossible = draftOf([v1('RemoveNode', 1)], { options, config: confState({ voters: [1] }) })
    expect([impossible.types, impossible.refused]).toEqual([['EntryConfChange'], []])
    const pending = draftOf([v1('AddNode', 4)], { options, pending: 2 })
    expect(pending.draft.entries).toEqual([entry(3, 1, '')])
  })

  test('that nobody can look at fails, and leaves nothing behind', () => {
    const { raft, leader } = bareLeader()
    const wrong = v2({ version: 2, transition: 'auto', changes: [null, null] as never, context: null })
    expect(() => proposeOnLeader(raft, leader, [command('a'), wrong])).toThrow(TypeError)
    expect([raft.log.lastIndex, leader.uncommittedSize, leader.pendingConfIndex]).toEqual([2, 0, 1])
  })
})
