/** What administrators and scripts make of single changes, and how a cluster begins. */

import { describe, expect, test } from 'vitest'

import { MemStorage } from 'quorate'
import { PaperCluster } from '../support/paper-cluster.ts'
import { v1 } from '../support/paper-server.ts'

/** Adds an empty server: first without a vote, until it has caught up. */
function addServer(c: PaperCluster, leader: number, id: number): void {
  c.join(id, leader)
  expect(c.change(leader, v1('AddNode', id))).not.toHaveProperty('refused')
  c.stabilize()
}

function removeServer(c: PaperCluster, leader: number, id: number): void {
  expect(c.change(leader, v1('RemoveNode', id))).not.toHaveProperty('refused')
  c.stabilize()
}

/** Makes each of these changes in turn to a cluster of 1, 2 and 3. */
function after(...steps: readonly ((c: PaperCluster) => void)[]): PaperCluster {
  const c = new PaperCluster()
  c.elect(1)
  for (const step of steps) step(c)
  return c
}

const add4 = (c: PaperCluster) => addServer(c, 1, 4)
const remove3 = (c: PaperCluster) => removeServer(c, 1, 3)

/** The voters whose failure is masked: without each of them alone the others go on committing. */
function maskedBy(make: () => PaperCluster): readonly number[] {
  return make()
    .status(1)
    .confState.voters.filter((failed) => {
      const c = make()
      const leader = c.status(1).confState.voters.find((id) => id !== failed)!
      c.crash(failed)
      c.node(leader).campaign()
      c.stabilize()
      c.propose(leader, 'x')
      c.stabilize()
      return c.applied(leader).includes('x')
    })
}

test('by a series of single-server steps a script changes the configuration in any way: to three quite other servers (thesis §4.4)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.propose(1, 'before')
  for (const id of [4, 5, 6]) addServer(c, 1, id)
  for (const id of [2, 3]) removeServer(c, 1, id)
  removeServer(c, 1, 1)
  for (const id of [1, 2, 3]) c.crash(id)

  c.elect(5)
  c.propose(5, 'after')
  c.stabilize()

  for (const id of [4, 5, 6]) {
    expect(c.status(id).confState.voters).toEqual([4, 5, 6])
    expect(c.applied(id)).toEqual(['before', 'after'])
  }
})

describe('a server is replaced in a cluster of three (thesis §4.4)', () => {
  test('added before the other is removed: at each step one failure is masked, whichever it is', () => {
    expect(maskedBy(() => after())).toEqual([1, 2, 3])
    expect(maskedBy(() => after(add4))).toEqual([1, 2, 3, 4])
    expect(maskedBy(() => after(add4, remove3))).toEqual([1, 2, 4])
  })

  test('removed before the other is added: in between none is, since two servers both have to be there', () => {
    expect(maskedBy(() => after(remove3))).toEqual([])
    expect(maskedBy(() => after(remove3, add4))).toEqual([1, 2, 4])
  })
})

describe('a cluster begins with one server, whose configuration is the first entry of its log (thesis §4.4)', () => {
  /** As it was when it was set up, by `MemStorage.bootstrap` or by `RawNode.bootstrap`. */
  function first(how: 'storage' | 'node'): PaperCluster {
    const storages = new Map([
      [1, how === 'storage' ? MemStorage.bootstrap({ voters: [1] }) : new MemStorage()],
    ])
    const c = new PaperCluster({ nodes: 1, storages })
    if (how === 'node') c.node(1).bootstrap([{ id: 1 }])
    c.stabilize()
    return c
  }

  test.each(['storage', 'node'] as const)(
    'it is a majority of itself, and commits alone (by the %s)',
    (how) => {
      const c = first(how)
      c.tick(1, 19)
      c.stabilize()
      c.propose(1, 'x')
      c.stabilize()

      expect(c.status(1)).toMatchObject({ role: 'leader', confState: { voters: [1] } })
      expect(c.applied(1)).toEqual(['x'])
    },
  )

  test.each(['storage', 'node'] as const)(
    'all others begin with empty logs, and learn the configuration when they are added (by the %s)',
    (how) => {
      const c = first(how)
      c.elect(1)
      c.propose(1, 'x')
      for (const id of [2, 3]) {
        c.add(id)
        expect(c.status(id)).toMatchObject({ lastIndex: 0, confState: { voters: [] } })
        expect(c.change(1, v1('AddNode', id))).not.toHaveProperty('refused')
        c.stabilize()
        expect(c.status(id).confState).toEqual(c.status(1).confState)
      }

      c.crash(1)
      c.elect(3)
      expect(c.applied(2)).toEqual(['x'])
    },
  )

  test('an empty server that nobody has added is in no configuration: however long it waits, it elects nobody', () => {
    const c = first('storage')
    c.add(2)
    c.tick(2, 500)
    c.stabilize()

    expect(c.status(2)).toMatchObject({ role: 'follower', term: 0, confState: { voters: [] } })
    expect(c.node(2).campaign()).toEqual({ refused: 'not-promotable' })
    expect(c.sent.filter(({ from }) => from === 2)).toEqual([])
  })
})
