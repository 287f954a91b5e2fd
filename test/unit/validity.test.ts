import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import type { ConfState } from 'quorate'
import { describe, expect, test } from 'vitest'
import { emptyConfState } from '../../src/core/conf-state.ts'
import { changeConfig } from '../../src/core/confchange/changer.ts'
import {
  confChangeFlaw,
  confStateFlaw,
  contentFlaw,
  hardStateFlaw,
  isBytes,
  isCount,
  isNodeId,
  snapshotFlaw,
} from '../../src/core/validity.ts'
import { bytes, confState, snapshotAt } from '../support/entries.ts'

const largest = Number.MAX_SAFE_INTEGER
const noNumbers = [-1, 0.5, NaN, Infinity, largest + 1, '1', 1n, null, undefined, {}, [1], true]
const noObjects = [null, undefined, 5, 'x', true, () => 1]

describe('a number', () => {
  test('is a term or an index from 0 on, and an id from 1 on, as far as it is exact', () => {
    expect([0, 1, largest].map(isCount)).toEqual([true, true, true])
    expect([0, 1, largest].map(isNodeId)).toEqual([false, true, true])
    for (const value of noNumbers)
      expect([value, isCount(value), isNodeId(value)]).toEqual([value, false, false])
  })
})

describe('bytes', () => {
  test.each([
    ['a Uint8Array', new Uint8Array(2)],
    ['a Buffer', Buffer.from('x')],
    ['one of another realm', runInNewContext('new Uint8Array(2)')],
    ['a class of one’s own', new (class Own extends Uint8Array {})(2)],
  ])('are %s', (_, value) => {
    expect(isBytes(value)).toBe(true)
  })

  test.each([
    ['other arrays', new Uint16Array(2)],
    ['a view of them', new DataView(new ArrayBuffer(2))],
    ['what they lie in', new ArrayBuffer(2)],
    ['numbers', [1, 2]],
    ['text', 'x'],
    ['nothing', null],
    ['who says so', { [Symbol.toStringTag]: 'Uint8Array' }],
    ['who has only been told so', Object.create(Uint8Array.prototype)],
    [
      'a view of them that says so',
      Object.defineProperty(new DataView(new ArrayBuffer(2)), Symbol.toStringTag, { value: 'Uint8Array' }),
    ],
    ['of a length that is not theirs', Object.defineProperty(new Uint8Array(2), 'length', { value: 9 })],
  ])('are not %s', (_, value) => {
    expect(isBytes(value)).toBe(false)
  })
})

describe('a configuration', () => {
  test.each([
    ['is an object', 5, 'the configuration is no object'],
    ['has four lists', confState({ learners: {} as never }), 'learners is no array'],
    ['has ids in them', confState({ votersOutgoing: [0] }), 'votersOutgoing holds what is no node id'],
    ['has ids without holes', confState({ voters: Array(1) }), 'voters holds what is no node id'],
    [
      'names nobody twice in one of them',
      confState({ learnersNext: [7, 7] }),
      'learnersNext names a node twice',
    ],
    ['says whether it ends by itself', confState({ autoLeave: 0 as never }), 'autoLeave is no boolean'],
    ['has no voter that is learner', confState({ learners: [3] }), 'node 3 is both voter and learner'],
    [
      'has no outgoing voter that is learner',
      confState({ votersOutgoing: [4], learners: [4] }),
      'node 4 is both voter and learner',
    ],
    [
      'has learners to be among the outgoing voters',
      confState({ votersOutgoing: [1], learnersNext: [4] }),
      'node 4 is in learnersNext and is no outgoing voter',
    ],
    [
      'has none of them among the incoming voters',
      confState({ votersOutgoing: [1, 4], learnersNext: [1] }),
      'node 1 is in learnersNext and is an incoming voter',
    ],
    [
      'has a voter, if it has learners',
      confState({ voters: [], learners: [1] }),
      'there are learners and no voter',
    ],
    [
      'has a voter to come, if it is joint',
      confState({ voters: [], votersOutgoing: [1] }),
      'a joint configuration has no incoming voters',
    ],
    [
      'ends by itself only if it is joint',
      confState({ autoLeave: true }),
      'autoLeave is set outside of a joint configuration',
    ],
  ])('%s', (_, value, flaw) => {
    expect(confStateFlaw(value)).toBe(flaw)
  })

  test('is proper exactly if changes lead to it from nothing: all there are of three nodes', () => {
    const ids = [1, 2, 3]
    const subsets = Array.from({ length: 8 }, (_, bits) => ids.filter((id) => (bits >> (id - 1)) & 1))
    const all = subsets.flatMap((voters) =>
      subsets.flatMap((votersOutgoing) =>
        subsets.flatMap((learners) =>
          subsets.flatMap((learnersNext) =>
            [false, true].map((autoLeave): ConfState => ({
              voters,
              votersOutgoing,
              learners,
              learnersNext,
              autoLeave,
            })),
          ),
        ),
      ),
    )
    const keyOf = (config: ConfState) => JSON.stringify(config)

    const proper = all.filter((config) => confStateFlaw(config) === null).map(keyOf)
    expect(proper.length).toBeGreaterThan(100)
    expect(new Set(proper)).toEqual(new Set([...reachable(ids)].map(keyOf)))
  })

  test('is proper in whatever order its lists are', () => {
    const shuffled = fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: 1 })
    fc.assert(
      fc.property(shuffled, shuffled, (voters, votersOutgoing) => {
        expect(confStateFlaw(confState({ voters, votersOutgoing }))).toBeNull()
      }),
    )
  })
})

/** All configurations that changes of up to three nodes lead to. */
function reachable(ids: readonly number[]): Set<ConfState> {
  const found = new Map([[JSON.stringify(emptyConfState), emptyConfState]])
  const types = [null, 'AddNode', 'RemoveNode', 'AddLearnerNode'] as const
  const changes = types.flatMap((a) => types.flatMap((b) => types.map((c) => [a, b, c])))
  for (const config of found.values())
    for (const transition of ['auto', 'implicit', 'explicit'] as const)
      for (const of of changes) {
        const steps = of.flatMap((type, i) => (type === null ? [] : [{ type, nodeId: ids[i]! }]))
        try {
          const change = { version: 2, transition, changes: steps, context: null } as const
          const next = changeConfig(config, change).config
          found.set(JSON.stringify(next), next)
        } catch {
          // It is impossible from here.
        }
      }
  return new Set(found.values())
}

describe('a snapshot', () => {
  test.each([
    ['of an ordinary index', snapshotAt(5, 1), null],
    ['of nothing, in no term', { ...snapshotAt(0, 0) }, null],
    ['at the last index that something can follow', snapshotAt(largest - 1, largest), null],
    ['at the very last index', snapshotAt(largest, 1), 'the index is no safe integer below the largest'],
    ['at no index', snapshotAt(-1, 1), 'the index is no safe integer below the largest'],
    ['of no term', snapshotAt(5, 0), 'the term is no safe integer >= 1'],
    ['of a term that is none', snapshotAt(0, 0.5), 'the term is no safe integer >= 1'],
    ['without data', { ...snapshotAt(5, 1), data: null }, 'the data is no Uint8Array'],
    ['without a membership', { ...snapshotAt(5, 1), confState: null }, 'the configuration is no object'],
    ['of a membership that is none', snapshotAt(5, 1, [1, 1]), 'voters names a node twice'],
  ])('%s', (_, value, flaw) => {
    expect(snapshotFlaw(value)).toBe(flaw)
  })

  test.each(noObjects)('that is none: %s', (value) => {
    expect(snapshotFlaw(value)).toBe('the snapshot is no object')
  })
})

describe('a hard state', () => {
  const good = { term: 0, vote: null, commit: 0 }

  test.each([
    ['of the beginning', good, null],
    ['with everything', { term: largest, vote: largest, commit: largest }, null],
    ['of no term', { ...good, term: -1 }, 'the term is no safe integer'],
    ['with a vote for nobody who is', { ...good, vote: 0 }, 'the vote is neither null nor a node id'],
    ['with no word of its vote', { ...good, vote: undefined }, 'the vote is neither null nor a node id'],
    ['with a commit index that is none', { ...good, commit: '1' }, 'the commit index is no safe integer'],
  ])('%s', (_, value, flaw) => {
    expect(hardStateFlaw(value)).toBe(flaw)
  })

  test.each(noObjects)('that is none: %s', (value) => {
    expect(hardStateFlaw(value)).toBe('the hard state is no object')
  })
})

const v1 = { version: 1, type: 'AddNode', nodeId: 4, context: null }
const v2 = { version: 2, transition: 'auto', changes: [{ type: 'AddNode', nodeId: 4 }], context: null }

describe('the content of an entry', () => {
  test.each([
    ['a command', { type: 'EntryNormal', data: bytes('x') }, null],
    ['nothing', { type: 'EntryNormal', data: null }, null],
    ['text', { type: 'EntryNormal', data: 'x' }, 'its data is no Uint8Array'],
    ['no word of its data', { type: 'EntryNormal' }, 'its data is no Uint8Array'],
    ['a change of the first form', { type: 'EntryConfChange', change: v1 }, null],
    [
      'the second form in the first',
      { type: 'EntryConfChange', change: v2 },
      'the change is not of version 1',
    ],
    ['no change', { type: 'EntryConfChange', change: null }, 'the change is no object'],
    ['a change of the second form', { type: 'EntryConfChangeV2', change: v2 }, null],
    [
      'the first form in the second',
      { type: 'EntryConfChangeV2', change: v1 },
      'the change is not of version 2',
    ],
    ['the end of a joint configuration', { type: 'EntryConfChangeV2', change: null }, null],
    [
      'another type',
      { type: 'Entry' },
      'its type is none of EntryNormal, EntryConfChange, EntryConfChangeV2',
    ],
  ])('%s', (_, value, flaw) => {
    expect(contentFlaw(value)).toBe(flaw)
  })

  test.each(noObjects)('that is none: %s', (value) => {
    expect(contentFlaw(value)).toBe('it is no object')
  })
})

describe('a membership change', () => {
  const noType = 'a type is none of AddNode, RemoveNode, UpdateNode, AddLearnerNode'

  test.each([
    ['of the first form', v1, null],
    ['with a context', { ...v1, context: bytes('c') }, null],
    ['that the application has vetoed', { ...v1, nodeId: 0 }, null],
    ['of the second form', v2, null],
    ['of nothing', { ...v2, changes: [] }, null],
    ['of a version there is not', { ...v1, version: 3 }, 'the version is neither 1 nor 2'],
    ['without a context', { ...v1, context: undefined }, 'the context is neither null nor a Uint8Array'],
    ['with text as context', { ...v2, context: 'c' }, 'the context is neither null nor a Uint8Array'],
    ['of a type there is not', { ...v1, type: 'Add' }, noType],
    ['of no node', { ...v1, nodeId: -1 }, 'a nodeId is no safe integer'],
    [
      'of a transition there is not',
      { ...v2, transition: 'joint' },
      'the transition is none of auto, implicit, explicit',
    ],
    ['without a list', { ...v2, changes: {} }, 'changes is no array'],
    ['with a hole in its list', { ...v2, changes: Array(1) }, noType],
    [
      'with a flaw behind what is proper',
      { ...v2, changes: [...v2.changes, { type: 'AddNode' }] },
      'a nodeId is no safe integer',
    ],
  ])('%s', (_, value, flaw) => {
    expect(confChangeFlaw(value)).toBe(flaw)
  })

  test.each(['AddNode', 'RemoveNode', 'UpdateNode', 'AddLearnerNode'])('of type %s', (type) => {
    expect(confChangeFlaw({ ...v1, type })).toBeNull()
  })

  test.each(['auto', 'implicit', 'explicit'])('by transition %s', (transition) => {
    expect(confChangeFlaw({ ...v2, transition })).toBeNull()
  })

  test.each(noObjects)('that is none: %s', (value) => {
    expect(confChangeFlaw(value)).toBe('the change is no object')
  })

  test('of either form is one where that is asked for, and only there', () => {
    const flaws = [confChangeFlaw(v1, 1), confChangeFlaw(v1, 2), confChangeFlaw(v2, 1), confChangeFlaw(v2, 2)]
    expect(flaws.map((flaw) => flaw === null)).toEqual([true, false, false, true])
  })
})
