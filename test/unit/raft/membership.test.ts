import { type ConfChange, type ConfChangeEntry, type Message, MemStorage, type Ready } from 'quorate'
import { describe, expect, test } from 'vitest'
import { Cluster } from '../../support/cluster.ts'
import { bytes, confState, entriesOf, snapshotAt } from '../../support/entries.ts'
import { message, rejection } from '../../support/messages.ts'
import { Solo } from '../../support/solo.ts'

const v1 = (type: 'AddNode' | 'RemoveNode' | 'AddLearnerNode', nodeId: number): ConfChange => ({
  version: 1,
  type,
  nodeId,
  context: null,
})

function leader(options = {}): Solo {
  return new Solo(options).elect().acknowledge()
}

describe('on a leader, a change that is applied', () => {
  test('brings a new member the log at once', () => {
    const solo = leader()
    solo.node.proposeConfChange(v1('AddNode', 4))
    solo.finish()
    solo.takeSent()
    solo.step(message('MsgAppResp', { session: 2, match: 3 }))

    const added = solo.node.status().progress.find(({ id }) => id === 4)
    expect(added).toMatchObject({ state: 'StateProbe', match: 0, recentActive: true, isLearner: false })
    expect(solo.takeSent().some(({ to }) => to === 4)).toBe(true)
  })

  test('may commit at once what waited for a larger majority', () => {
    const solo = leader({ voters: [1, 2] })
    solo.node.proposeConfChange(v1('RemoveNode', 2))
    solo.node.propose(bytes('waits'))
    solo.finish()
    solo.step(message('MsgAppResp', { session: 2, match: 3 }))
    expect(solo.node.status().commit).toBe(4)
  })

  test('removes the leader, which steps down when enough of those who stay know (thesis §4.2.2)', () => {
    const solo = leader()
    solo.node.proposeConfChange(v1('RemoveNode', 1))
    for (const from of [2, 3]) solo.finish().step(message('MsgAppResp', { from, session: from, match: 3 }))
    // One more entry, by which they learn that the change is committed.
    expect(solo.node.status()).toMatchObject({ role: 'leader', lastIndex: 4, confState: { voters: [2, 3] } })
    solo.step(message('MsgAppResp', { from: 2, session: 2, match: 4 }))
    expect(solo.node.status().role).toBe('leader')
    solo.step(message('MsgAppResp', { from: 3, session: 3, match: 4 }))
    expect(solo.node.status()).toMatchObject({ role: 'follower', leader: null, term: 1, commit: 4 })
  })

  test('makes a learner of the leader, which steps down too', () => {
    const solo = leader()
    solo.node.proposeConfChange(v1('AddLearnerNode', 1))
    solo.finish().acknowledge(2, 3)
    expect(solo.node.status()).toMatchObject({ role: 'follower', confState: { learners: [1] } })
  })

  test('leaves a joint configuration by itself, when it is to (thesis §4.3)', () => {
    const solo = leader()
    const changes = [
      { type: 'AddNode', nodeId: 4 },
      { type: 'RemoveNode', nodeId: 3 },
    ] as const
    solo.node.proposeConfChange({ version: 2, transition: 'auto', changes, context: null })
    solo.finish()
    solo.step(message('MsgAppResp', { session: 2, match: 3 }))
    expect(solo.confState).toEqual(
      confState({ voters: [1, 2, 4], votersOutgoing: [1, 2, 3], autoLeave: true }),
    )
    expect(solo.node.status().lastIndex).toBe(4)
    solo.step(message('MsgAppResp', { session: 2, match: 4 }))
    expect(solo.confState).toEqual(confState({ voters: [1, 2, 4] }))
  })

  test('that is impossible changes nothing, and can be skipped', () => {
    const solo = new Solo()
    const leave: ConfChangeEntry = { type: 'EntryConfChangeV2', term: 1, index: 2, change: null }
    solo.node.step(message('MsgApp', { entries: [leave], commit: 2 }))
    const ready = solo.node.ready()
    solo.storage.append(ready)
    expect(() => solo.node.applyConfChange(leave)).toThrow(expect.objectContaining({ rule: 'not-joint' }))
    expect(solo.node.skipConfChange(leave)).toEqual(confState())
    solo.node.advance(ready)
    expect(solo.node.status().applied).toBe(2)
  })
})

describe('sessions: an answer from before a removal counts no more (etcd-io/raft#349)', () => {
  test('of a member that came back within the term', () => {
    const solo = leader({ voters: [1, 2, 3, 4, 5] })
    const session = solo.node.status().progress[1]!.session
    for (const change of [v1('RemoveNode', 2), v1('AddNode', 2)]) {
      solo.node.proposeConfChange(change)
      solo.finish().acknowledge(3, 4, 5)
    }
    const late: Message = message('MsgAppResp', { session, match: 3 })
    solo.step(late)
    expect(solo.node.status().progress[1]).toMatchObject({ id: 2, match: 0 })
    expect(solo.node.status().progress[1]!.session).not.toBe(session)

    solo.step({ ...late, session: solo.node.status().progress[1]!.session })
    expect(solo.node.status().progress[1]).toMatchObject({ match: 3 })
  })

  test('is returned with every answer', () => {
    const solo = new Solo()
    solo.step(message('MsgApp', { session: 7 }))
    solo.step(message('MsgApp', { session: 8, prevLogIndex: 9, entries: [] }))
    solo.step(message('MsgSnap', { session: 9 }))
    expect(solo.takeType('MsgAppResp').map(({ session }) => session)).toEqual([7, 8, 9])
  })
})

describe('a snapshot brings the membership', () => {
  const entry: ConfChangeEntry = {
    type: 'EntryConfChange',
    term: 1,
    index: 2,
    change: v1('AddNode', 9) as never,
  }

  /** A change is handed out to be applied, and before it is a snapshot arrives that goes further. */
  function overtaken(options = {}): { solo: Solo; ready: Ready } {
    const solo = new Solo(options)
    solo.node.step(message('MsgApp', { entries: [entry], commit: 2 }))
    const ready = solo.node.ready()
    solo.node.step(message('MsgSnap', { snapshot: snapshotAt(7, 1, [1, 2]) }))
    return { solo, ready }
  }

  test('and changes up to there are not made again (etcd#11510)', () => {
    const { solo, ready } = overtaken()
    solo.handle(ready)
    solo.finish()
    expect(solo.confState).toEqual(confState({ voters: [1, 2] }))
  })

  // Found by the simulator: told of the membership to come, an application stored it with a snapshot of its own from before
  // that, and made the changes in between a second time after a restart.
  test('and until it is installed the application is told of the membership as of what it applies', () => {
    const { solo, ready } = overtaken()
    solo.storage.append(ready)
    expect(solo.confState).toEqual(confState())
    expect(solo.node.applyConfChange(entry)).toEqual(confState({ voters: [1, 2, 3, 9] }))
    solo.node.advance(ready)
    expect(solo.node.status()).toMatchObject({ applied: 2, confState: confState({ voters: [1, 2, 3, 9] }) })
  })

  test('and changes that it overtakes on their way to the state machine need not be made', () => {
    const { solo, ready } = overtaken({ asyncStorageWrites: true })
    const next = solo.node.ready()
    for (const work of [ready.storageAppend!, next.storageAppend!]) {
      solo.storage.append(work)
      for (const response of work.responses) if (response.to === 1) solo.node.step(response)
    }
    expect(solo.node.applyConfChange(entry)).toEqual(confState({ voters: [1, 2] }))
    expect(solo.node.status()).toMatchObject({ applied: 7, confState: confState({ voters: [1, 2] }) })
  })
})

describe('a new member of a group that began with a snapshot', () => {
  test('gets the log though the first snapshot does not name it', () => {
    const c = new Cluster({ voters: 1, spares: 1 })
    c.elect(1)
    c.change(1, v1('AddNode', 2))
    c.settle(50)
    c.propose(1, 'both have it')
    c.settle(50)
    expect(c.log(2)).toEqual(['both have it'])
    expect(c.server(2).node.status().confState.voters).toEqual([1, 2])
  })

  test('is sent one snapshot, not one after the other', () => {
    let snapshots = 0
    const c = new Cluster({
      voters: 1,
      spares: 1,
      onTrace: ({ type }) => void (type === 'snapshotSent' && snapshots++),
    })
    c.elect(1)
    c.change(1, v1('AddNode', 2))
    c.settle(50)
    expect(snapshots).toBe(1)
  })
})

describe('a learner', () => {
  test('of a later term learns of its leader, whatever the options (§5.1)', () => {
    const c = new Cluster({ voters: 1, learners: 1, options: { preVote: false, checkQuorum: false } })
    c.elect(1)
    c.server(2).call((node) => node.step(message('MsgVoteResp', { from: 1, to: 2, term: 7, reject: true })))
    c.settle()
    for (let i = 0; i < 30; i++) c.tick()
    c.propose(c.leader()?.id ?? 1, 'x')
    c.tick(3)
    expect(c.log(2)).toEqual(['x'])
  })
})

describe('a leader that removes itself (thesis §4.2.2)', () => {
  /** Leader 1 of two has committed and applied its removal; 2 has not heard of it, and holds less log than 1. */
  function removed(): Cluster {
    const c = new Cluster({ voters: 2 })
    c.elect(1)
    c.change(1, v1('RemoveNode', 1))
    c.server(1).finish()
    for (const m of c.wire.splice(0)) c.carry(m)
    c.server(2).finish()
    const acknowledgement = c.wire.splice(0)
    c.propose(1, 'not replicated any more')
    c.server(1).finish()
    c.wire.length = 0
    for (const m of acknowledgement) c.carry(m)
    c.server(1).finish()
    c.wire.length = 0
    expect(c.server(1).node.status().confState.voters).toEqual([2])
    expect(c.server(2).node.status().confState.voters).toEqual([1, 2])
    return c
  }

  test('goes only when those who stay can do without it', () => {
    const c = removed()
    for (let i = 0; i < 100; i++) c.tick()
    expect(c.leader()?.id).toBe(2)
    expect(c.role(1)).toBe('follower')
  })

  test('waits for them even if they are cut off for longer than an election timeout', () => {
    const c = removed()
    c.partition(1)
    for (let i = 0; i < 30; i++) c.tick()
    c.heal()
    for (let i = 0; i < 100; i++) c.tick()
    expect(c.leader()?.id).toBe(2)
  })

  test('takes no proposals meanwhile', () => {
    expect(removed().propose(1, 'x')).toEqual({ dropped: 'removed' })
  })

  test('goes also if it is added again meanwhile: then it is a voter like any other', () => {
    const solo = leader()
    solo.node.proposeConfChange(v1('AddLearnerNode', 1))
    solo.finish()
    for (const from of [2, 3]) solo.step(message('MsgAppResp', { from, session: from, match: 3 }))
    // Index 4 is what the others are to learn of it by: it goes with its commit.
    expect(solo.node.proposeConfChange(v1('AddNode', 1))).toMatchObject({ index: 5 })
    solo.finish()
    solo.step(message('MsgAppResp', { from: 2, session: 2, match: 5 }))
    solo.step(message('MsgAppResp', { from: 3, session: 3, match: 5 }))
    expect(solo.confState).toEqual(confState())
    expect(solo.node.status()).toMatchObject({ role: 'follower', commit: 5 })
    expect(solo.elect().node.status()).toMatchObject({ role: 'leader', term: 2 })
  })
})

test('a member far behind is told apart from one that is gone: nothing is sent to who has not been heard from', () => {
  const storage = MemStorage.bootstrap({ voters: [1, 2, 3] })
  const solo = new Solo({ storage }).elect().acknowledge(2)
  solo.node.proposeBatch(entriesOf([1, 1]).map(({ data }) => data!))
  solo.finish().acknowledge(2)
  storage.createSnapshot(3, confState(), bytes(''))
  storage.compact(3)
  solo.takeSent()
  solo.node.tick()
  expect(solo.finish().takeType('MsgSnap')).toEqual([])
  solo.step({ ...rejection(1, { term: 0, index: 0 }), from: 3 } as Message)
  expect(solo.takeType('MsgSnap')).toMatchObject([{ to: 3, snapshot: { index: 3 } }])
})

describe('the entry of a change that is applied', () => {
  const change = {
    version: 2,
    transition: 'auto',
    context: null,
    changes: [{ type: 'AddNode', nodeId: 4 }],
  } as const

  /** A leader that has handed out one change to be applied, and its entry. */
  function handedOut(): { solo: Solo; entry: ConfChangeEntry } {
    const solo = leader()
    solo.node.proposeConfChange(change)
    const ready = solo.node.ready()
    solo.storage.append(ready)
    solo.node.advance(ready)
    for (const from of [2, 3]) solo.node.step(message('MsgAppResp', { from, session: null, match: 3 }))
    const [entry] = solo.node.ready().committedEntries
    return { solo, entry: entry as ConfChangeEntry }
  }

  test.each([
    ['another node', { changes: [{ type: 'AddNode', nodeId: 5 }] }],
    ['another type', { changes: [{ type: 'RemoveNode', nodeId: 4 }] }],
    ['another step more', { changes: [...change.changes, { type: 'RemoveNode', nodeId: 3 }] }],
    ['another transition', { transition: 'explicit' }],
  ] as const)('is as the log has it: %s is refused', (_, parts) => {
    const { solo, entry } = handedOut()
    const forged = { ...entry, change: { ...change, ...parts } } as ConfChangeEntry
    expect(() => solo.node.applyConfChange(forged)).toThrow(/as the log has it, got another change/)
    expect(() => solo.node.skipConfChange({ ...entry, change: null } as never)).toThrow(/another change/)
    expect(solo.node.applyConfChange(entry).voters).toEqual([1, 2, 3, 4])
  })

  test('may be a copy, and may have a step vetoed by the application', () => {
    const { solo, entry } = handedOut()
    const vetoed = {
      ...entry,
      change: { ...change, changes: [{ type: 'AddNode', nodeId: 0 }] },
    } as ConfChangeEntry
    expect(solo.node.applyConfChange(structuredClone(vetoed)).voters).toEqual([1, 2, 3])
  })
})
