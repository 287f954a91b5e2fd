import { type ConfChange, ConfChangeError, ReadyMisuseError, UsageError } from 'quorate'
import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { bytes, v1, v2 } from '../support/paper-server.ts'

function cluster(options = {}): PaperCluster {
  const c = new PaperCluster({ learners: [4, 5], ...options })
  c.elect(1)
  return c
}

test('a refused change uses up an index: an entry without a command stands there', () => {
  const c = cluster()
  c.change(1, v1('RemoveNode', 5))

  expect(c.change(1, v1('RemoveNode', 4))).toEqual({ refused: 'pending-change', index: 4, term: 1 })
  c.stabilize()

  expect(c.entries(2).at(-1)).toEqual({ type: 'EntryNormal', index: 4, term: 1, data: null })
  expect(c.status(2).confState.learners).toEqual([4])
  expect(c.trace(1)).toContainEqual({
    node: 1,
    term: 1,
    type: 'confChangeRefused',
    index: 4,
    why: 'pending-change',
  })
})

test.each([
  ['not-joint', v2('auto')],
  ['impossible', v2('auto', ['RemoveNode', 1], ['RemoveNode', 2], ['RemoveNode', 3])],
  ['impossible', v2('explicit', ['RemoveNode', 1], ['RemoveNode', 2], ['RemoveNode', 3])],
] as const)('outside of a joint configuration it is %s that %#', (why, change) => {
  const c = cluster()

  expect(c.change(1, change)).toMatchObject({ refused: why })
  c.stabilize()

  expect(c.status(1).confState).toMatchObject({ voters: [1, 2, 3], votersOutgoing: [] })
})

test('in a joint configuration nothing is possible but to leave it', () => {
  const c = cluster()
  c.change(1, v2('explicit', ['AddNode', 4]))
  c.stabilize()

  expect(c.change(1, v1('RemoveNode', 2))).toMatchObject({ refused: 'still-joint' })
  expect(c.change(1, v2('explicit', ['RemoveNode', 2]))).toMatchObject({ refused: 'still-joint' })
  expect(c.change(1, v2('auto'))).not.toHaveProperty('refused')
  c.stabilize()

  expect(c.status(1).confState).toMatchObject({ voters: [1, 2, 3, 4], votersOutgoing: [] })
})

test('a change may be proposed again as soon as the one before is applied, whatever became of it', () => {
  const c = cluster()
  c.onConfChange = (node, entry) => node.skipConfChange(entry)

  expect(c.change(1, v1('RemoveNode', 5))).not.toHaveProperty('refused')
  expect(c.change(1, v1('RemoveNode', 4))).toMatchObject({ refused: 'pending-change' })
  c.stabilize()

  expect(c.change(1, v1('RemoveNode', 4))).not.toHaveProperty('refused')
})

test('with disableConfChangeValidation all of it gets into the log, and fails where it is applied', () => {
  const c = cluster({ disableConfChangeValidation: true })
  const errors: unknown[] = []
  c.onConfChange = (node, entry) => {
    try {
      return node.applyConfChange(entry)
    } catch (error) {
      errors.push(error)
      return node.skipConfChange(entry)
    }
  }

  expect(c.change(1, v1('AddNode', 4))).toEqual({ index: 3, term: 1 })
  expect(c.change(1, v1('AddNode', 5))).toEqual({ index: 4, term: 1 })
  expect(c.change(1, v2('auto'))).toEqual({ index: 5, term: 1 })
  c.stabilize()

  expect(c.status(1).confState.voters).toEqual([1, 2, 3, 4, 5])
  expect(errors.length).toBe(5)
  for (const error of errors) expect(error).toBeInstanceOf(ConfChangeError)
  expect(errors[0]).toMatchObject({ code: 'ERR_CONF_CHANGE', rule: 'not-joint' })
})

test('an impossible change that is applied throws and changes nothing; skipConfChange gets past it', () => {
  const c = cluster({ disableConfChangeValidation: true })
  c.change(1, v2('auto'))
  const rules: unknown[] = []
  c.onConfChange = (node, entry) => {
    const before = node.status().confState
    expect(() => node.applyConfChange(entry)).toThrow(ConfChangeError)
    expect(node.status().confState).toEqual(before)
    rules.push(node.skipConfChange(entry))
  }

  c.stabilize()

  expect(rules.length).toBe(5)
})

test('a change that is neither applied nor skipped is not advanced over', () => {
  const c = cluster()
  c.change(1, v1('RemoveNode', 5))
  c.onConfChange = () => null

  expect(() => c.stabilize()).toThrow(ReadyMisuseError)
  expect(c.status(1).applied).toBe(2)
})

test('applied twice a change is made once', () => {
  const c = cluster()
  c.onConfChange = (node, entry) => [node.applyConfChange(entry), node.applyConfChange(entry)]

  c.change(1, v2('implicit', ['AddNode', 4], ['RemoveNode', 2]))
  c.stabilize()

  expect(c.status(1).confState).toMatchObject({ voters: [1, 3, 4], votersOutgoing: [] })
})

test('the application may veto steps of a change by setting their nodeId to 0, the same ones on every node', () => {
  const c = cluster()
  c.onConfChange = (node, entry) => {
    if (entry.type !== 'EntryConfChangeV2' || entry.change === null) return node.applyConfChange(entry)
    const changes = entry.change.changes.map((one) => (one.nodeId === 5 ? { ...one, nodeId: 0 } : one))
    return node.applyConfChange({ ...entry, change: { ...entry.change, changes } })
  }

  c.change(1, v2('implicit', ['AddNode', 4], ['AddNode', 5]))
  c.stabilize()

  for (const id of [1, 2, 3, 4, 5])
    expect(c.status(id).confState).toMatchObject({ voters: [1, 2, 3, 4], learners: [5] })
})

test('a context is carried through the log to whoever applies the change', () => {
  const c = cluster()
  const contexts: unknown[] = []
  c.onConfChange = (node, entry) => {
    contexts.push(entry.change?.context)
    return node.applyConfChange(entry)
  }

  c.change(1, { ...v1('UpdateNode', 2), context: bytes('a new address') })
  c.stabilize()

  expect(contexts).toEqual(Array(5).fill(bytes('a new address')))
  expect(c.status(1).confState).toMatchObject({ voters: [1, 2, 3], learners: [4, 5] })
})

test.each([
  [{ ...v1('AddNode', 0) }],
  [{ ...v1('AddNode', 1.5) }],
  [{ ...v1('AddNode', 4), type: 'AddVoter' }],
  [{ ...v1('AddNode', 4), version: 3 }],
  [{ ...v2('auto', ['AddNode', 0]) }],
  [{ ...v2('auto', ['AddNode', 4]), transition: 'sometimes' }],
  [{ ...v2('auto', ['AddNode', 4]), changes: null }],
  [{ ...v1('AddNode', 4), context: 'x' }],
  [null],
])('what is no change is refused before anything happens %#', (change) => {
  const c = cluster()

  expect(() => c.change(1, change as unknown as ConfChange)).toThrow(UsageError)
  expect(c.status(1).lastIndex).toBe(2)
})

test('only entries that are committed, and that are changes, are taken by applyConfChange', () => {
  const c = cluster()
  const entry = { type: 'EntryConfChange', term: 1, index: 9, change: v1('AddNode', 4) } as const

  expect(() => c.node(1).applyConfChange(entry)).toThrow(/Expected a committed entry/)
  expect(() =>
    c.node(1).applyConfChange({ type: 'EntryNormal', term: 1, index: 2, data: null } as never),
  ).toThrow(UsageError)
  expect(c.status(1).confState).toMatchObject({ voters: [1, 2, 3], learners: [4, 5] })
})
