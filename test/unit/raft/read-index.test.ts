import { MemStorage } from 'quorate'
import { describe, expect, test } from 'vitest'
import { bytes, text } from '../../support/entries.ts'
import { message } from '../../support/messages.ts'
import { Solo } from '../../support/solo.ts'

const readsOf = (solo: Solo): string[] =>
  solo.reads.map(({ context, index }) => `${text(context)} at ${index}`)

/** A leader that has committed its first entry, at 2. */
function leader(options = {}): Solo {
  const solo = new Solo(options).elect().acknowledge()
  solo.takeSent()
  return solo
}

describe('a read of a leader (thesis §6.4)', () => {
  test('is confirmed by a round of heartbeats that began after it came in', () => {
    const solo = leader()
    solo.node.readIndex(bytes('r'))
    solo.finish()
    expect(solo.takeType('MsgHeartbeat').map(({ to, context }) => [to, context])).toEqual([
      [2, 1],
      [3, 1],
    ])
    expect(readsOf(solo)).toEqual([])
    solo.step(message('MsgHeartbeatResp', { context: 1 }))
    expect(readsOf(solo)).toEqual(['r at 2'])
  })

  test('is not confirmed by an answer to an earlier round (etcd#20418)', () => {
    const solo = leader()
    solo.node.readIndex(bytes('r'))
    solo.finish()
    solo.node.readIndex(bytes('s'))
    solo.finish()
    solo.step(message('MsgHeartbeatResp', { context: 1 }))
    expect(readsOf(solo)).toEqual(['r at 2'])
    solo.step(message('MsgHeartbeatResp', { context: 2 }))
    expect(readsOf(solo)).toEqual(['r at 2', 's at 2'])
  })

  test('is not confirmed by a heartbeat without a round, nor by a learner', () => {
    const solo = leader({ voters: [1, 2, 3], learners: [4] })
    solo.node.readIndex(bytes('r'))
    solo.finish()
    solo.step(message('MsgHeartbeatResp'))
    solo.step(message('MsgHeartbeatResp', { from: 4, context: 1 }))
    expect(readsOf(solo)).toEqual([])
  })

  test('shares a round with others that come in before the next Ready', () => {
    const solo = leader()
    for (const name of ['r', 's', 't']) solo.node.readIndex(bytes(name))
    solo.finish()
    expect(solo.takeType('MsgHeartbeat')).toHaveLength(2)
    solo.step(message('MsgHeartbeatResp', { context: 1 }))
    expect(readsOf(solo)).toHaveLength(3)
  })

  test('is told with every heartbeat, so that a lost one delays it and does not lose it (etcd#9893)', () => {
    const solo = leader()
    solo.node.readIndex(bytes('r'))
    solo.finish()
    solo.takeSent()
    solo.node.tick()
    solo.finish()
    expect(solo.takeType('MsgHeartbeat').map(({ context }) => context)).toEqual([1, 1])
  })

  test('waits until something is committed in the leader`s own term (§8)', () => {
    const solo = new Solo().elect()
    solo.step(message('MsgHeartbeat', { term: 2, from: 3 }))
    solo.elect()
    solo.takeSent()
    solo.node.readIndex(bytes('r'))
    solo.finish()
    expect(solo.takeType('MsgHeartbeat')).toEqual([])

    solo.step(message('MsgAppResp', { term: 3, session: null, match: 3 }))
    expect(solo.takeType('MsgHeartbeat').map(({ context }) => context)).toEqual([1, 1])
    solo.step(message('MsgHeartbeatResp', { term: 3, context: 1 }))
    expect(readsOf(solo)).toEqual(['r at 3'])
  })

  test('of a single voter is answered at once, when it has committed in its term', () => {
    const solo = new Solo({ voters: [1] })
    solo.node.campaign()
    solo.finish()
    solo.node.readIndex(bytes('r'))
    expect(readsOf(solo.finish())).toEqual(['r at 2'])
  })

  test('is answered when its leader becomes the only voter: nobody is left to confirm it', () => {
    const solo = leader({ voters: [1, 2] })
    solo.node.proposeConfChange({ version: 1, type: 'RemoveNode', nodeId: 2, context: null })
    solo.finish()
    solo.node.readIndex(bytes('r'))
    solo.finish()
    solo.step(message('MsgAppResp', { session: null, match: 3 }))

    expect(solo.confState.voters).toEqual([1])
    expect(readsOf(solo)).toEqual(['r at 2'])
  })
})

describe('a read of a follower', () => {
  test('is passed on, and the leader`s answer is handed out', () => {
    const solo = new Solo()
    solo.step(message('MsgHeartbeat'))
    solo.takeSent()
    solo.node.readIndex(bytes('r'))
    expect(solo.finish().takeSent()).toEqual([{ type: 'MsgReadIndex', from: 1, to: 2, context: bytes('r') }])

    solo.step(message('MsgReadIndexResp', { index: 7 }))
    expect(readsOf(solo)).toEqual(['r at 7'])
  })

  test('is answered to whoever asked first, through whomever it came', () => {
    const solo = leader()
    solo.step(message('MsgReadIndex', { from: 3 }))
    solo.step(message('MsgHeartbeatResp', { context: 1 }))
    expect(solo.takeType('MsgReadIndexResp')).toEqual([
      { type: 'MsgReadIndexResp', from: 1, to: 3, term: 1, index: 2, context: bytes('r') },
    ])
  })
})

describe('a read by lease (thesis §6.4.1)', () => {
  const lease = { readOnly: 'lease-based', checkQuorum: true, electionTick: 5 } as const

  /** A leader whose last heartbeat was answered by a majority. */
  function leased(): Solo {
    const solo = leader(lease)
    solo.node.tick()
    solo.finish()
    solo.step(message('MsgHeartbeatResp', { context: 1 }))
    solo.takeSent()
    return solo
  }

  test('is answered without a message while the lease is young', () => {
    const solo = leased()
    solo.node.readIndex(bytes('r'))
    expect(readsOf(solo.finish())).toEqual(['r at 2'])
    expect(solo.takeSent()).toEqual([])
  })

  test('asks when the answered heartbeat is as old as the followers` patience, less one tick', () => {
    const solo = leased()
    for (let i = 0; i < 3; i++) solo.node.tick()
    solo.node.readIndex(bytes('young'))
    expect(readsOf(solo.finish())).toEqual(['young at 2'])

    solo.node.tick()
    solo.node.readIndex(bytes('old'))
    expect(readsOf(solo.finish())).toEqual(['young at 2'])
  })

  test('asks as soon as somebody was told to stand for election (thesis §3.10)', () => {
    const solo = leased()
    solo.node.transferLeadership(2)
    solo.node.readIndex(bytes('r'))
    expect(readsOf(solo.finish())).toEqual([])
  })

  test('asks while no heartbeat has been answered', () => {
    const solo = leader(lease)
    solo.node.readIndex(bytes('r'))
    expect(readsOf(solo.finish())).toEqual([])
  })

  test('does not collect rounds that nobody asks for: a leader may lead for years without a read', () => {
    const solo = leased()
    for (let i = 0; i < 2000; i++) {
      solo.node.tick()
      solo.finish()
      solo.step(message('MsgHeartbeatResp', { context: solo.takeType('MsgHeartbeat')[0]?.context ?? null }))
    }
    // What was collected is thrown away by the first read.
    expect(countShifts(() => solo.node.readIndex(bytes('r')))).toBeLessThan(20)
    expect(readsOf(solo.finish())).toEqual(['r at 2'])
  })
})

/** How many elements are taken from the front of arrays meanwhile. */
function countShifts(action: () => unknown): number {
  const prototype = Array.prototype as { shift: (this: unknown[]) => unknown }
  const { shift } = prototype
  let count = 0
  prototype.shift = function counted() {
    count++
    return shift.call(this)
  }
  try {
    action()
  } finally {
    prototype.shift = shift
  }
  return count
}

test('a restarted group reads nothing that it has not committed anew (§8)', () => {
  const storage = MemStorage.bootstrap({ voters: [1] })
  const first = new Solo({ storage, voters: [1] })
  first.node.campaign()
  first.finish()
  first.node.propose(bytes('a'))
  first.finish()

  const second = new Solo({ storage, voters: [1] })
  second.node.campaign()
  second.node.readIndex(bytes('r'))
  second.finish()
  second.node.readIndex(bytes('r'))
  expect(readsOf(second.finish())).toEqual(['r at 4'])
})
