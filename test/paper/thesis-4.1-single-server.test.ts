/**
 * Differs from the thesis in one respect: a change takes effect on a server when it is applied there, not when it is
 * appended. What the thesis concludes from the overlap of majorities is tested for that form of it.
 */

import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { accept } from '../support/paper-messages.ts'
import { storageOf, v1, v2 } from '../support/paper-server.ts'

test('one server is added or removed at a time: a change of two voters at once goes through C(old,new) or not at all (thesis §4.1)', () => {
  const c = new PaperCluster({ nodes: 3, learners: [4, 5] })
  c.elect(1)

  c.change(1, v2('auto', ['AddNode', 4]))
  c.stabilize()
  expect(c.status(1).confState).toMatchObject({ voters: [1, 2, 3, 4], votersOutgoing: [] })

  c.change(1, v2('auto', ['AddNode', 5], ['RemoveNode', 2]))
  c.stabilize()
  const configs = c.trace(1).flatMap((event) => (event.type === 'configChanged' ? [event.confState] : []))
  expect(configs.map(({ voters, votersOutgoing }) => [voters, votersOutgoing])).toEqual([
    [[1, 2, 3, 4], []],
    [
      [1, 3, 4, 5],
      [1, 2, 3, 4],
    ],
    [[1, 3, 4, 5], []],
  ])
})

test('a change is an entry of the log, replicated and committed like any other (thesis §4.1)', () => {
  const c = new PaperCluster({ nodes: 3, learners: [4] })
  c.elect(1)

  const result = c.change(1, v1('AddNode', 4))
  c.stabilize()

  expect(result).toEqual({ index: 3, term: 1 })
  for (const id of [1, 2, 3, 4]) {
    expect(c.entries(id).at(-1)).toMatchObject({ type: 'EntryConfChange', index: 3 })
    expect(c.status(id).confState.voters).toEqual([1, 2, 3, 4])
  }
})

test('it takes the majority of the configuration before the change to commit it (thesis §4.1)', () => {
  const c = new PaperCluster({ nodes: 3, learners: [4] })
  c.elect(1)
  c.partition([1, 4], [2, 3])

  c.change(1, v1('AddNode', 4))
  c.stabilize()
  expect(c.status(1).confState.voters).toEqual([1, 2, 3])

  c.partition([1, 2], [3, 4])
  c.tick(1)
  c.stabilize()
  expect(c.status(1).confState.voters).toEqual([1, 2, 3, 4])
})

test('after the change its own majority counts: with four servers three (thesis §4.1)', () => {
  const c = new PaperCluster({ nodes: 3, learners: [4] })
  c.elect(1)
  c.change(1, v1('AddNode', 4))
  c.stabilize()

  c.partition([1, 2], [3, 4])
  c.propose(1, 'x')
  c.stabilize()
  expect(c.applied(1)).toEqual([])

  c.partition([1, 2, 4], [3])
  c.tick(1)
  c.stabilize()
  expect(c.applied(1)).toEqual(['x'])
})

test('majorities before and after overlap in a server, so that there is never a leader for each (thesis §4.1)', () => {
  for (const candidate of [2, 3, 4]) {
    const c = new PaperCluster({ nodes: 3, learners: [4], checkQuorum: false })
    c.elect(1)
    c.partition([1, 2], [3, 4])
    c.change(1, v1('AddNode', 4))
    c.stabilize()
    expect([1, 2, 3, 4].map((id) => c.status(id).confState.voters.length)).toEqual([4, 4, 3, 3])

    c.partition(
      [1, 2].filter((id) => id !== candidate),
      [candidate, 3, 4],
    )
    c.node(candidate).campaign()
    c.stabilize()
    c.propose(1, 'x')
    c.stabilize()

    const decides = [c.applied(1).length > 0, c.role(candidate) === 'leader']
    expect(decides).not.toEqual([true, true])
  }
})

test('the next change waits until the one before is committed and applied: before it is refused (thesis §4.1)', () => {
  const c = new PaperCluster({ nodes: 5 })
  c.elect(1)
  c.change(1, v1('RemoveNode', 5))

  expect(c.change(1, v1('RemoveNode', 4))).toEqual({ refused: 'pending-change', index: 4, term: 1 })
  c.stabilize()
  expect(c.status(1).confState.voters).toEqual([1, 2, 3, 4])

  expect(c.change(1, v1('RemoveNode', 4))).toEqual({ index: 5, term: 1 })
  c.stabilize()
  expect(c.status(1).confState.voters).toEqual([1, 2, 3])
})

test('a new leader proposes no change before it has applied what its predecessors left in its log (thesis §4.1)', () => {
  const voters = [1, 2, 3]
  const storages = new Map(voters.map((id) => [id, storageOf(voters, [1, 1])]))
  const c = new PaperCluster({ storages })
  const held = c.hold((m) => m.type === 'MsgAppResp')
  c.elect(1)

  expect(c.change(1, v1('RemoveNode', 3))).toMatchObject({ refused: 'pending-change' })

  held.release()
  c.stabilize()
  expect(c.change(1, v1('RemoveNode', 3))).not.toHaveProperty('refused')
})

test('what waited for a server is committed when the majority becomes one without it (thesis §4.1)', () => {
  const c = new PaperCluster({ nodes: 4 })
  c.elect(1)
  c.partition([1, 2, 3], [4])
  c.change(1, v1('RemoveNode', 4))
  c.propose(1, 'x')
  c.pump(1)
  c.deliver((m) => m.to === 2)
  c.pump(2)
  c.deliver((m) => m.to === 1)
  expect(c.status(1)).toMatchObject({ lastIndex: 4, commit: 2 })

  // Node 3 acknowledges the change, and not what follows it: that is on two servers, and two of three are enough.
  c.step(accept([3, 1, 1], 3))
  expect(c.status(1).commit).toBe(3)
  c.pump(1)

  expect(c.status(1)).toMatchObject({ commit: 4, confState: { voters: [1, 2, 3] } })
})

test('no cluster is left without voters (thesis §4.1)', () => {
  const c = new PaperCluster({ nodes: 1 })
  c.elect(1)

  expect(c.change(1, v1('RemoveNode', 1))).toMatchObject({ refused: 'impossible' })
  c.stabilize()

  expect(c.status(1)).toMatchObject({ role: 'leader', confState: { voters: [1] } })
})
