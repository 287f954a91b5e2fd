import type { Message } from 'quorate'
import { describe, expect, test } from 'vitest'
import { bytes, text } from '../../support/entries.ts'
import { message, rejection } from '../../support/messages.ts'
import { Solo, type SoloOptions } from '../../support/solo.ts'

/** A leader whose first entry, at 2, everybody holds and knows to be committed. */
function leader(options: SoloOptions = {}): Solo {
  const solo = new Solo(options).elect().acknowledge()
  solo.takeSent()
  return solo
}

/** The MsgApps to node 2: what came before, what they bring, and the commit index they tell. */
function sentTo2(solo: Solo): string[] {
  return solo.takeType('MsgApp').flatMap(({ to, prevLogIndex, entries, commit }) => {
    const data = entries.map((each) =>
      each.type === 'EntryNormal' && each.data !== null ? text(each.data) : '-',
    )
    return to === 2 ? [`${prevLogIndex}+[${data.join(' ')}] commit ${commit}`] : []
  })
}

function accept(match: number, from = 2): Message {
  return message('MsgAppResp', { from, session: null, match })
}

describe('what is proposed between two Readys', () => {
  test('leaves as one message for each follower', () => {
    const solo = leader()
    for (const command of ['a', 'b', 'c']) solo.node.propose(bytes(command))
    solo.finish()
    expect(sentTo2(solo)).toEqual(['2+[a b c] commit 2'])
  })

  test('leaves as one message for each proposal, if that is wanted', () => {
    const solo = leader({ coalesceAppends: false })
    for (const command of ['a', 'b', 'c']) solo.node.propose(bytes(command))
    solo.finish()
    expect(sentTo2(solo)).toEqual(['2+[a] commit 2', '3+[b] commit 2', '4+[c] commit 2'])
  })

  test('leaves in messages of the size that is allowed', () => {
    const solo = leader({ maxSizePerMsg: 0 })
    solo.node.proposeBatch([bytes('a'), bytes('b')])
    solo.finish()
    expect(sentTo2(solo)).toEqual(['2+[a] commit 2', '3+[b] commit 2'])
  })
})

describe('a window of unacknowledged messages', () => {
  test.each([true, false])(
    'holds the rest back until one is acknowledged (coalesced: %s)',
    (coalesceAppends) => {
      const solo = leader({ coalesceAppends, maxSizePerMsg: 0, maxInflightMsgs: 2 })
      for (const command of ['a', 'b', 'c', 'd', 'e']) solo.node.propose(bytes(command))
      solo.finish()
      expect(sentTo2(solo)).toEqual(['2+[a] commit 2', '3+[b] commit 2'])

      solo.step(accept(4))
      expect(sentTo2(solo).map((sent) => sent.replace(/ commit.*/, ''))).toEqual(
        expect.arrayContaining(['4+[c]', '5+[d]']),
      )
      expect(solo.node.status().progress[1]).toMatchObject({ match: 4, next: 7, inflight: { full: true } })
    },
  )

  test('that is used up lets one empty message through for each heartbeat that is answered (etcd#14633)', () => {
    const solo = leader({ maxSizePerMsg: 0, maxInflightMsgs: 1 })
    solo.node.proposeBatch([bytes('a'), bytes('b')])
    solo.finish()
    expect(sentTo2(solo)).toEqual(['2+[a] commit 2'])
    for (let i = 0; i < 3; i++) {
      solo.step(message('MsgHeartbeatResp'))
      expect(sentTo2(solo)).toEqual(['3+[] commit 2'])
    }
  })
})

describe('the commit index', () => {
  test('is told to those who hold more than they know to be committed, once', () => {
    const solo = leader()
    solo.node.propose(bytes('a'))
    solo.finish()
    solo.takeSent()
    solo.step(accept(3))
    expect(sentTo2(solo)).toEqual(['3+[] commit 3'])
    solo.node.tick()
    solo.step(accept(3, 3))
    expect(sentTo2(solo)).toEqual([])
  })
})

describe('a follower that is probed', () => {
  /** A new leader; 2 has not answered yet. */
  function fresh(): Solo {
    const solo = new Solo().elect()
    solo.takeSent()
    return solo
  }

  test('that turns out to lack nothing is in step from then on (etcd-io/raft#52)', () => {
    const solo = leader()
    solo.node.reportUnreachable(2)
    expect(solo.node.status().progress[1]).toMatchObject({ state: 'StateProbe', match: 2 })
    solo.step(message('MsgHeartbeatResp'))
    expect(sentTo2(solo)).toEqual(['2+[] commit 2'])
    solo.step(accept(2))
    expect(solo.node.status().progress[1]).toMatchObject({ state: 'StateReplicate', match: 2, next: 3 })
  })

  test('gets one message at a time', () => {
    const solo = fresh()
    solo.node.propose(bytes('a'))
    solo.finish()
    expect(sentTo2(solo)).toEqual([])
    solo.step(message('MsgHeartbeatResp'))
    expect(sentTo2(solo)).toEqual(['1+[- a] commit 1'])
  })

  test('gets everything at once when it has answered', () => {
    const solo = fresh()
    solo.node.propose(bytes('a'))
    solo.finish()
    solo.step(accept(2))
    expect(sentTo2(solo)[0]).toMatch(/^2\+\[a\]/)
  })

  test('is gone back with a whole term at a time (thesis §3.5)', () => {
    const solo = new Solo()
    const terms = [1, 1, 3, 3, 3, 5]
    const entries = terms.map((term, i) => ({ type: 'EntryNormal', term, index: i + 2, data: null }) as const)
    solo.step(message('MsgApp', { term: 5, entries }))
    solo.elect()
    solo.takeSent()
    // Its log ends in term 4 where ours is of term 3: that may be where they agree.
    solo.step({ ...rejection(7, { term: 4, index: 7 }, 6) })
    expect(solo.takeType('MsgApp')).toMatchObject([{ to: 2, prevLogIndex: 6, prevLogTerm: 3 }])
    // Of term 2 ours holds nothing, so term 1 is next.
    solo.step({ ...rejection(6, { term: 2, index: 6 }, 6) })
    expect(solo.takeType('MsgApp')).toMatchObject([{ to: 2, prevLogIndex: 3, prevLogTerm: 1 }])
  })
})

describe('a follower that was streamed to and turns out to lack something', () => {
  test('is probed from what it has acknowledged', () => {
    const solo = leader()
    solo.node.proposeBatch([bytes('a'), bytes('b')])
    solo.finish()
    solo.takeSent()
    solo.step(rejection(4, { term: 1, index: 3 }))
    expect(solo.node.status().progress[1]).toMatchObject({ state: 'StateProbe', match: 2 })
    expect(sentTo2(solo)).toEqual(['2+[a b] commit 2'])
  })
})
