/** A file that is not a history is refused with the line, the value and the way out. */

import {
  formatHistory,
  HistoryError,
  type Operation,
  parseHistory,
  checkLinearizability,
} from 'quorate/testing'
import { expect, test } from 'vitest'

import { generate } from './generate.ts'

const good = { client: 1, key: 'x', kind: 'write', input: 'a', invoked: 0, returned: 1 }

/** The error that these lines make. */
function refusal(...lines: readonly unknown[]): HistoryError {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')
  try {
    parseHistory(text)
  } catch (error) {
    if (error instanceof HistoryError) return error
    throw error
  }
  throw new Error('it was accepted')
}

test('a history that is written down and read again is the same', () => {
  for (const type of ['register', 'list'] as const) {
    const history = generate({ type })
    expect(parseHistory(formatHistory(history))).toEqual(history)
  }
})

test('empty lines, carriage returns and a missing newline at the end do not matter', () => {
  const text = `\n${JSON.stringify(good)}\r\n\r\n${JSON.stringify({ ...good, client: 2 })}`
  expect(parseHistory(text)).toHaveLength(2)
  expect(parseHistory('')).toEqual([])
})

const wrong: readonly (readonly [string, object | string, RegExp, unknown])[] = [
  [
    'a line that is not JSON',
    '{"client":1,',
    /expected an object in JSON, got "\{\\"client\\":1,"/,
    '{"client":1,',
  ],
  ['a line that is no object', '[1]', /expected an object, got an array of 1/, [1]],
  [
    'an unknown kind',
    { ...good, kind: 'increment' },
    /`kind` to be one of read, write, cas, append, read-list, got "increment" \(string\)/,
    'increment',
  ],
  ['a kind that every object has', { ...good, kind: 'toString' }, /`kind` .* got "toString"/, 'toString'],
  ['a missing kind', { ...good, kind: undefined }, /`kind` .* got undefined/, undefined],
  ['an unknown field', { ...good, retruned: 7 }, /there is no field `retruned`/, 7],
  ['a client that is a boolean', { ...good, client: true }, /`client` .* got true \(boolean\)/, true],
  ['a key that is a number', { ...good, key: 5 }, /`key` to be a string, got 5 \(number\)/, 5],
  ['a missing key', { ...good, key: undefined }, /`key` to be a string, got undefined/, undefined],
  ['an `invoked` that is a text', { ...good, invoked: '0' }, /`invoked` to be a finite number, got "0"/, '0'],
  [
    'a missing `returned`',
    { ...good, returned: undefined },
    /`returned` .* or null, got undefined/,
    undefined,
  ],
  [
    'an answer before the question',
    { ...good, invoked: 5 },
    /`returned` to be at least `invoked`, 5, got 1/,
    1,
  ],
  ['a `failed` that is a text', { ...good, failed: 'yes' }, /`failed` to be true or false, got "yes"/, 'yes'],
  [
    'a failure without a time',
    { ...good, failed: true, returned: null },
    /since the operation failed, got null/,
    null,
  ],
  ['a write of an object', { ...good, input: {} }, /`input` to be a string, .* got an object/, {}],
  ['a write of nothing', { ...good, input: undefined }, /`input` to be .* got undefined/, undefined],
  ['a write with an output', { ...good, output: 1 }, /`output` to be left out, got 1/, 1],
  ['a read with an input', { ...good, kind: 'read' }, /`input` to be left out, got "a"/, 'a'],
  [
    'a read without an answer',
    { ...good, kind: 'read', input: undefined },
    /`output` to be .* got undefined/,
    undefined,
  ],
  [
    'an output of unknown outcome',
    { ...good, kind: 'read', input: undefined, output: 1, returned: null },
    /`output` to be left out, got 1/,
    1,
  ],
  [
    'a cas without a `to`',
    { ...good, kind: 'cas', input: { from: 1 }, output: true },
    /`input` to be an object with `from` and `to`, .* got an object/,
    { from: 1 },
  ],
  [
    'a cas that is answered by 1',
    { ...good, kind: 'cas', input: { from: 1, to: 2 }, output: 1 },
    /`output` .* got 1/,
    1,
  ],
  [
    'a list with a list in it',
    { ...good, kind: 'read-list', input: undefined, output: [[]] },
    /`output` to be an array of .* got an array of 1/,
    [[]],
  ],
]

test.each(wrong)('%s is refused with its line and its value', (_name, line, message, value) => {
  const error = refusal({ ...good, client: 'first' }, '', line)
  expect(error.message).toMatch(message)
  expect(error.message).toMatch(/^line 3: .*\. \S.*[^.]$/)
  expect(error).toMatchObject({ name: 'HistoryError', code: 'ERR_HISTORY', line: 3, value })
  expect(error.message.endsWith(error.fix)).toBe(true)
})

test('overlapping operations of one client are refused with both lines', () => {
  const error = refusal(
    { ...good, returned: 10 },
    { ...good, client: 2 },
    { ...good, invoked: 9, returned: 12 },
  )
  expect(error.message).toBe(
    'line 3: client 1 (number) invoked at 9 while its operation of line 1 was open, which was answered at 10 only. ' +
      'A client waits for its answer, and takes a new name after an operation without one',
  )
  expect(error).toMatchObject({ line: 3, index: 2, value: 1 })
})

test('they are found in any order of the lines, and if one lies within the other', () => {
  expect(refusal({ ...good, invoked: 9, returned: 12 }, { ...good, returned: 10 }).line).toBe(1)
  expect(refusal({ ...good, returned: 10 }, { ...good, invoked: 2, returned: 3 }).line).toBe(2)
  expect(refusal(good, good).line).toBe(2)
})

test('a client that goes on after an operation of unknown outcome is refused', () => {
  const error = refusal({ ...good, returned: null }, { ...good, invoked: 7, returned: 8 })
  expect(error.message).toContain(
    'line 2: client 1 (number) invoked at 7 while its operation of line 1 was open, which was never answered',
  )
})

test('a client may go on in the moment of its answer, and operations of other clients may overlap', () => {
  const text = [good, { ...good, invoked: 1, returned: 2 }, { ...good, client: '1' }].map((line) =>
    JSON.stringify(line),
  )
  expect(parseHistory(text.join('\n'))).toHaveLength(3)
})

test('a key that is a register and a list is refused, with the line that made it one', () => {
  const error = refusal(good, { ...good, client: 2, kind: 'append' })
  expect(error.message).toContain(
    'line 2: expected key "x" (string) to stay what it is, got "append" (string): write (line 1) made it a register',
  )
})

test('the checker itself refuses what is no history, by position', () => {
  const history = [good, { ...good, client: 2, kind: 'swap' }] as unknown as Operation[]
  expect(() => checkLinearizability(history)).toThrow(/^operation 1: expected `kind`/)
  expect(() => checkLinearizability([good, good] as Operation[])).toThrow(
    /^operation 1: client 1 .* of operation 0/,
  )
  const infinite = { ...good, input: Number.NaN } as Operation
  expect(() => checkLinearizability([infinite])).toThrow(/`input` .* got NaN/)
})
