/** The recorder takes a history down as it happens. */

import { checkLinearizability, formatHistory, HistoryRecorder, parseHistory } from 'quorate/testing'
import { expect, test } from 'vitest'

test('operations are recorded in the order of their invocation, with what became of them', () => {
  const recorder = new HistoryRecorder()
  const write = recorder.invoke({ client: 1, key: 'x', kind: 'write', input: 'a' }, 0)
  const cas = recorder.invoke({ client: 2, key: 'x', kind: 'cas', input: { from: 'a', to: 'b' } }, 1)
  const read = recorder.invoke({ client: 3, key: 'x', kind: 'read' }, 2)
  recorder.invoke({ client: 4, key: 'list', kind: 'append', input: 1 }, 3)
  const list = recorder.invoke({ client: 5, key: 'list', kind: 'read-list' }, 4)
  list.answered(5, [1])
  read.answered(6, 'b')
  cas.answered(7, true)
  write.failed(8)
  expect(recorder.operations()).toEqual([
    { client: 1, key: 'x', kind: 'write', input: 'a', invoked: 0, returned: 8, failed: true },
    {
      client: 2,
      key: 'x',
      kind: 'cas',
      input: { from: 'a', to: 'b' },
      output: true,
      invoked: 1,
      returned: 7,
    },
    { client: 3, key: 'x', kind: 'read', output: 'b', invoked: 2, returned: 6 },
    { client: 4, key: 'list', kind: 'append', input: 1, invoked: 3, returned: null },
    { client: 5, key: 'list', kind: 'read-list', output: [1], invoked: 4, returned: 5 },
  ])
  expect(parseHistory(formatHistory(recorder.operations()))).toEqual(recorder.operations())
  // The write failed, and yet somebody could exchange what it wrote.
  expect(checkLinearizability(recorder.operations()).violations.map(({ key }) => key)).toEqual(['x'])
})

test('an operation is answered once', () => {
  const recorder = new HistoryRecorder()
  const open = recorder.invoke({ client: 1, key: 'x', kind: 'read' }, 0)
  open.answered(1, null)
  expect(() => open.answered(2, null)).toThrow(/^operation 0: the operation was answered before/)
  expect(() => open.failed(2)).toThrow(/answered before/)
})

test('what is no operation is refused when it is recorded, and changes nothing', () => {
  const recorder = new HistoryRecorder()
  const write = recorder.invoke({ client: 1, key: 'x', kind: 'write', input: 1 }, 5)
  expect(() => write.answered(4)).toThrow(/`returned` to be at least `invoked`, 5, got 4/)
  expect(() => write.answered(6, 'a')).toThrow(/`output` to be left out/)
  expect(() => recorder.invoke({ client: 1, key: 'x', kind: 'write', input: Number.NaN }, 7)).toThrow(
    /got NaN/,
  )
  expect(recorder.operations()).toHaveLength(1)
  write.answered(6)
})

test('a client that goes on without an answer is found when the history is taken', () => {
  const recorder = new HistoryRecorder()
  recorder.invoke({ client: 1, key: 'x', kind: 'read' }, 0)
  recorder.invoke({ client: 1, key: 'x', kind: 'read' }, 1)
  expect(() => recorder.operations()).toThrow(
    /^operation 1: client 1 .* while its operation of operation 0 was open/,
  )
})
