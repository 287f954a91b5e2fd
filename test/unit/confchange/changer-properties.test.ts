import fc from 'fast-check'
import { ConfChangeError, type ConfChangeSingle, type ConfState } from 'quorate'
import { expect, test } from 'vitest'
import { enterJoint, leaveJoint, simple } from '../../../src/core/confchange/changer.ts'
import { emptyConfState, isMember } from '../../../src/core/conf-state.ts'
import { jointVote } from '../../../src/core/quorum/joint.ts'
import { confStateFlaw } from '../../../src/core/validity.ts'
import { confState } from '../../support/entries.ts'

const servers = [1, 2, 3, 4, 5, 6, 7]
const anyChange: fc.Arbitrary<ConfChangeSingle> = fc.record({
  type: fc.constantFrom(
    'AddNode' as const,
    'RemoveNode' as const,
    'AddLearnerNode' as const,
    'UpdateNode' as const,
  ),
  nodeId: fc.nat(7),
})
const anyStep = fc.record({
  kind: fc.constantFrom('simple' as const, 'simple' as const, 'enter' as const, 'leave' as const),
  changes: fc.array(anyChange, { maxLength: 4 }),
  autoLeave: fc.boolean(),
})
const anySteps = fc.array(anyStep, { maxLength: 30, size: 'max' })
const anyStart = fc.subarray(servers, { minLength: 1, maxLength: 5 }).map((voters) => confState({ voters }))

type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never

/** The next configuration, or null where the step is impossible. */
function take(config: ConfState, { kind, changes, autoLeave }: Step) {
  try {
    if (kind === 'simple') return simple(config, changes)
    return kind === 'enter' ? enterJoint(config, changes, autoLeave) : leaveJoint(config)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfChangeError)
    return null
  }
}

/** Does `voters` as a whole win an election, in both halves if there are two? */
function wins(config: ConfState, voters: readonly number[]): boolean {
  const votes = new Map(voters.map((id) => [id, true]))
  return jointVote({ incoming: config.voters, outgoing: config.votersOutgoing }, votes) === 'won'
}

/** The groups that win, and of which nobody can be spared. */
function quorums(config: ConfState): number[][] {
  const groups = Array.from({ length: 2 ** servers.length }, (_, bits) =>
    servers.filter((_id, i) => (bits >> i) & 1),
  )
  const winning = groups.filter((ids) => wins(config, ids))
  return winning.filter((ids) =>
    ids.every(
      (left) =>
        !wins(
          config,
          ids.filter((id) => id !== left),
        ),
    ),
  )
}

test('whatever is changed, a configuration stays a proper one; an impossible change leaves it as it was', () => {
  fc.assert(
    fc.property(anyStart, anySteps, (start, steps) => {
      let config = start
      for (const step of steps) {
        const before = structuredClone(config)
        const next = take(config, step)
        expect(config).toEqual(before)
        if (next === null) continue
        expect(confStateFlaw(next.config)).toBeNull()
        for (const id of next.fresh) expect(isMember(next.config, id)).toBe(true)
        for (const list of [next.config.voters, next.config.learners])
          expect(list).toEqual([...list].sort((a, b) => a - b))
        config = next.config
      }
    }),
  )
})

test('two majorities of consecutive configurations share a voter: no two leaders in one term (thesis §4.1, thesis §4.3)', () => {
  let changed = 0
  fc.assert(
    fc.property(anyStart, anySteps, (start, steps) => {
      let config = start
      for (const step of steps) {
        const next = take(config, step)?.config ?? config
        if (JSON.stringify(next) !== JSON.stringify(config)) changed++
        const after = quorums(next)
        for (const old of quorums(config))
          expect(after.every((ids) => ids.some((id) => old.includes(id)))).toBe(true)
        config = next
      }
    }),
    { numRuns: 30 },
  )
  expect(changed).toBeGreaterThan(20)
})

test('a member is fresh exactly if it was none, or was removed within the same change', () => {
  fc.assert(
    fc.property(anyStart, fc.array(anyChange, { maxLength: 4 }), (config, changes) => {
      const next = take(config, { kind: 'enter', changes, autoLeave: false })
      if (next === null) return
      for (const id of servers.filter((server) => isMember(next.config, server)))
        expect([id, next.fresh.has(id)]).toEqual([id, !isMember(config, id)])
    }),
  )
})

test('any configuration can be reached from any other through a joint one (thesis §4.3)', () => {
  fc.assert(
    fc.property(anyStart, anyStart, (from, to) => {
      const leaves = from.voters.filter((id) => !to.voters.includes(id))
      const changes = [
        ...to.voters.map((nodeId) => ({ type: 'AddNode', nodeId }) as const),
        ...leaves.map((nodeId) => ({ type: 'RemoveNode', nodeId }) as const),
      ]
      expect(leaveJoint(enterJoint(from, changes, true).config).config).toEqual(to)
    }),
  )
})

test('a group without voters can only be given its first one', () => {
  expect(simple(emptyConfState, [{ type: 'AddNode', nodeId: 1 }]).config.voters).toEqual([1])
  expect(() => simple(emptyConfState, [{ type: 'AddLearnerNode', nodeId: 1 }])).toThrow(ConfChangeError)
})
