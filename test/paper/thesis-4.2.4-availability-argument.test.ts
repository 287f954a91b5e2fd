/** A majority of the old configuration is there until the change is committed, and one of the new from then on. */

import { describe, expect, test } from 'vitest'

import { type ClusterOptions, PaperCluster } from '../support/paper-cluster.ts'
import { v1 } from '../support/paper-server.ts'

type Change = ReturnType<typeof v1>

const withLearner = { nodes: 3, learners: [4] } as const

/** Node 1 leads; a learner has caught up. Timeouts differ, so that elections come to an end. */
function cluster(options: ClusterOptions): PaperCluster {
  const only = (id: number) => ({ random: () => id / 5 })
  const c = new PaperCluster({ electionTick: 10, only, ...options })
  c.elect(1)
  return c
}

/** Lets the change go its way until `steps` messages have been delivered. Answers whether there were so many. */
function advance(c: PaperCluster, members: readonly number[], change: Change, steps: number): boolean {
  c.change(1, change)
  for (let i = 0; ; i++) {
    while (members.some((id) => c.pump(id)));
    const next = c.wire[0]
    if (i === steps || next === undefined) return i === steps
    c.deliver((m) => m === next)
  }
}

describe.each([
  { name: 'a server is added', members: withLearner, change: v1('AddNode', 4), voters: [1, 2, 3, 4] },
  { name: 'a server is removed', members: { nodes: 4 }, change: v1('RemoveNode', 4), voters: [1, 2, 3] },
  { name: 'the leader is removed', members: { nodes: 3 }, change: v1('RemoveNode', 1), voters: [2, 3] },
])('$name, and the leader fails at any step of it:', ({ members, change, voters }) => {
  const others = [2, 3, 4].filter((id) => id <= members.nodes || voters.includes(id))

  /** How many steps there are; after which nobody leads and commits; after which a leader leaves the change undone. */
  function failAtEach(): { steps: number; stuck: number[]; unfinished: number[] } {
    const [stuck, unfinished]: [number[], number[]] = [[], []]
    for (let steps = 0; ; steps++) {
      const c = cluster(members)
      if (!advance(c, [1, ...others], change, steps)) return { steps, stuck, unfinished }
      c.crash(1)
      for (let i = 0; i < 60; i++) {
        for (const id of others) c.tick(id)
        c.stabilize()
      }
      const leader = others.find((id) => c.role(id) === 'leader')
      if (leader !== undefined) c.propose(leader, 'after')
      c.stabilize()
      if (leader === undefined || !c.applied(leader).includes('after')) stuck.push(steps)
      else if (c.entries(leader).some(({ type }) => type !== 'EntryNormal'))
        if (c.status(leader).confState.voters.join() !== voters.join()) unfinished.push(steps)
    }
  }

  test('another is elected, and serves requests (thesis §4.2.4)', () => {
    const { steps, stuck } = failAtEach()
    expect(steps).toBeGreaterThan(5)
    expect(stuck).toEqual([])
  })

  test('and completes the change, if it holds it (thesis §4.2.4)', () => {
    expect(failAtEach().unfinished).toEqual([])
  })
})

describe('through a series of changes under a clock, with a request in every tick (thesis §4.2.4)', () => {
  const changes = [v1('AddNode', 4), v1('RemoveNode', 2), v1('AddNode', 5), v1('RemoveNode', 4)]

  /** What was not served within its tick, and who led when. Who is removed does not hear of it, and times out. */
  function run(options: ClusterOptions) {
    const c = cluster({ nodes: 3, learners: [4, 5], ...options })
    const late: string[] = []
    const leaders = new Set<string>()
    for (let tick = 0; tick < 120; tick++) {
      const change = tick % 20 === 10 ? changes[(tick - 10) / 20] : undefined
      if (change !== undefined) {
        expect(c.change(1, change)).not.toHaveProperty('refused')
        if (change.type === 'RemoveNode') c.drop((m) => m.to === change.nodeId)
      }
      c.propose(1, `${tick}`)
      for (const id of [1, 2, 3, 4, 5]) c.tick(id)
      c.stabilize()
      if (!c.applied(1).includes(`${tick}`)) late.push(`${tick}`)
      leaders.add(`${c.status(1).leader} in ${c.term(1)}`)
    }
    return { c, late, leaders: [...leaders] }
  }

  test('the leader is maintained, since its followers ignore what removed servers ask them', () => {
    const { c, leaders } = run({ checkQuorum: true })
    expect(leaders).toEqual(['1 in 1'])
    expect(c.status(1).confState).toMatchObject({ voters: [1, 3, 5], learners: [] })
    expect([2, 4].map((id) => c.term(id) > 1)).toEqual([true, true])
    expect(run({ checkQuorum: false }).leaders.length).toBeGreaterThan(1)
  })

  test('requests are served all the time', () => {
    expect(run({ checkQuorum: true }).late).toEqual([])
  })
})
