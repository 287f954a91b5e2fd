import { describe, expect, test } from 'vitest'
import { message } from '../../support/messages.ts'
import { Solo } from '../../support/solo.ts'

function ticks(solo: Solo, count: number): Solo {
  for (let i = 0; i < count; i++) solo.node.tick()
  return solo.finish()
}

describe('a follower', () => {
  test('stands for election when its timeout is over, and not before (§5.2)', () => {
    const solo = new Solo({ random: () => 0.3 })
    expect(ticks(solo, 12).node.status().role).toBe('follower')
    expect(ticks(solo, 1).node.status()).toMatchObject({ role: 'candidate', term: 1 })
  })

  test('waits on while it hears from its leader', () => {
    const solo = new Solo({ random: () => 0 })
    for (let i = 0; i < 5; i++) {
      ticks(solo, 9)
      solo.step(message('MsgHeartbeat'))
    }
    expect(solo.node.status()).toMatchObject({ role: 'follower', term: 1, electionElapsed: 0 })
  })

  test('tries again a timeout later, in the next term', () => {
    const solo = new Solo({ random: () => 0 })
    expect(ticks(solo, 10).node.status()).toMatchObject({ role: 'candidate', term: 1 })
    expect(ticks(solo, 9).node.status().term).toBe(1)
    expect(ticks(solo, 1).node.status()).toMatchObject({ role: 'candidate', term: 2 })
  })

  test('that is held back tries again a timeout later, and not with every tick', () => {
    let held = 0
    const solo = new Solo({
      random: () => 0,
      trace: ({ type }) => void (type === 'electionHeldBack' && held++),
    })
    const change = { version: 1, type: 'AddNode', nodeId: 4, context: null } as const
    const entry = { type: 'EntryConfChange', term: 1, index: 2, change } as const
    solo.node.step(message('MsgApp', { entries: [entry], commit: 2 }))
    for (let i = 0; i < 30; i++) solo.node.tick()
    expect(held).toBe(3)
  })
})

describe('a leader', () => {
  test('sends heartbeats at its interval (§5.2)', () => {
    const solo = new Solo({ heartbeatTick: 3 }).elect()
    solo.takeSent()
    expect(ticks(solo, 2).takeType('MsgHeartbeat')).toEqual([])
    expect(ticks(solo, 1).takeType('MsgHeartbeat')).toHaveLength(2)
    expect(ticks(solo, 6).takeType('MsgHeartbeat')).toHaveLength(4)
  })

  test('tells nobody of a commit beyond what it holds (etcd#10166)', () => {
    const solo = new Solo().elect()
    solo.acknowledge(2)
    solo.takeSent()
    expect(ticks(solo, 1).takeType('MsgHeartbeat')).toMatchObject([
      { to: 2, commit: 2 },
      { to: 3, commit: 0 },
    ])
  })

  test('steps down when it has heard from no majority for an election timeout (thesis §6.2)', () => {
    const solo = new Solo({ checkQuorum: true }).elect()
    solo.acknowledge(2)
    expect(ticks(solo, 10).node.status().role).toBe('leader')
    expect(ticks(solo, 9).node.status().role).toBe('leader')
    expect(ticks(solo, 1).node.status()).toMatchObject({ role: 'follower', leader: null, term: 1 })
  })

  test('goes on as long as each timeout somebody answers', () => {
    const solo = new Solo({ checkQuorum: true }).elect()
    for (let i = 0; i < 5; i++) {
      ticks(solo, 9)
      solo.step(message('MsgHeartbeatResp', { from: 3 }))
      ticks(solo, 1)
    }
    expect(solo.node.status().role).toBe('leader')
  })

  test('goes on for ever without the check', () => {
    expect(ticks(new Solo().elect(), 100).node.status().role).toBe('leader')
  })
})

describe('forgetting the leader', () => {
  test('lets a follower vote before its timeout', () => {
    const solo = new Solo({ checkQuorum: true })
    solo.step(message('MsgHeartbeat', { from: 3 }))
    solo.node.forgetLeader()
    expect(solo.node.status()).toMatchObject({ leader: null, term: 1 })
    solo.takeSent()
    solo.step(message('MsgVote', { term: 2 }))
    expect(solo.takeType('MsgVoteResp')).toMatchObject([{ reject: false }])
  })

  test('would break the promise of a lease, so then it is without effect (thesis §6.4.1)', () => {
    const solo = new Solo({ checkQuorum: true, readOnly: 'lease-based' })
    solo.step(message('MsgHeartbeat', { from: 3 }))
    solo.node.forgetLeader()
    expect(solo.node.status().leader).toBe(3)
  })

  test('means nothing to a leader or a candidate', () => {
    const leader = new Solo().elect()
    leader.node.forgetLeader()
    expect(leader.node.status()).toMatchObject({ role: 'leader', leader: 1 })
  })
})
