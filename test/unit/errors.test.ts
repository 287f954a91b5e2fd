import {
  ConfChangeError,
  InvariantError,
  LogLostError,
  MessageError,
  OptionsError,
  RaftError,
  ReadyMisuseError,
  StorageError,
  UsageError,
} from 'quorate'
import { describe, expect, test } from 'vitest'
import { describeValue } from '../../src/core/errors.ts'
import { invariant, unreachable } from '../../src/core/invariant.ts'

const errors = [
  [
    new OptionsError('electionTick', 'greater than heartbeatTick (10)', 5),
    'OptionsError',
    'ERR_INVALID_OPTION',
  ],
  [new UsageError('ERR_INVALID_ARGUMENT', 'What', 'Fix', 1), 'UsageError', 'ERR_INVALID_ARGUMENT'],
  [new MessageError('ERR_LOCAL_MESSAGE', 'What', 'Fix', 1), 'MessageError', 'ERR_LOCAL_MESSAGE'],
  [new ConfChangeError('not-joint', null), 'ConfChangeError', 'ERR_CONF_CHANGE'],
  [new ReadyMisuseError('What', 'Fix'), 'ReadyMisuseError', 'ERR_READY_MISUSE'],
  [new LogLostError(9, 5), 'LogLostError', 'ERR_LOG_LOST'],
  [new StorageError('What', 3, new Error('why')), 'StorageError', 'ERR_STORAGE'],
  [new InvariantError('something holds'), 'InvariantError', 'ERR_INVARIANT'],
] as const

describe('every error', () => {
  test.each(errors.map(([error, name, code]) => [name, code, error] as const))(
    '%s is a RaftError with the code %s and a fix at the end of its message',
    (name, code, error) => {
      expect(error).toBeInstanceOf(RaftError)
      expect(error).toBeInstanceOf(Error)
      expect([error.name, error.code]).toEqual([name, code])
      expect(error.fix).not.toBe('')
      expect(error.message.endsWith(`. ${error.fix}`)).toBe(true)
      expect(String(error).startsWith(`${name}: `)).toBe(true)
    },
  )

  test('keeps its name when the class is minified', () => {
    expect(
      errors.map(([error, name]) => (error.constructor as typeof RaftError).name === name),
    ).not.toContain(false)
  })
})

describe('messages', () => {
  test('of options name the option, the rule and the value', () => {
    const { message, option, value } = new OptionsError('electionTick', 'greater than heartbeatTick (10)', 5)
    expect(message).toMatch(
      /^Expected option `electionTick` to be greater than heartbeatTick \(10\), got 5 \(number\)\. /,
    )
    expect([option, value]).toEqual(['electionTick', 5])
  })

  test('of options say how to mend it', () => {
    expect(new OptionsError('preVote', 'true or false', 1).message).toMatch(
      /Pass another `preVote` or leave it out$/,
    )
    expect(new OptionsError('preVote', 'true or false', 1, 'Do this').message).toMatch(/Do this$/)
  })

  test('of a lost log say from where to where', () => {
    const error = new LogLostError(9, 5)
    expect(error.message).toMatch(/up to 9, but its log ends at 5/)
    expect([error.commit, error.lastIndex]).toEqual([9, 5])
  })

  test.each([
    'already-joint',
    'not-joint',
    'no-voters-before',
    'no-voters-left',
    'simple-in-joint',
    'more-than-one-voter',
  ] as const)('of the membership rule %s say what and why', (rule) => {
    const error = new ConfChangeError(rule, 'x')
    expect(error.rule).toBe(rule)
    expect(error.value).toBe('x')
    expect(error.message.length).toBeGreaterThan(30)
  })

  test('keep the cause of a failure', () => {
    const cause = new Error('why')
    expect(new StorageError('What', 3, cause).cause).toBe(cause)
    expect('cause' in new StorageError('What')).toBe(false)
  })
})

test.each([
  [5, '5 (number)'],
  [NaN, 'NaN (number)'],
  [5n, '5 (bigint)'],
  ['x"y', '"x\\"y" (string)'],
  [true, 'true (boolean)'],
  [null, 'null'],
  [undefined, 'undefined'],
  [[1, 2], 'an array of 2'],
  [{ a: 1 }, 'an object'],
  [() => 1, 'a function'],
  [Symbol('s'), 'a symbol'],
  ['x'.repeat(1000), `"${'x'.repeat(60)}…" (string)`],
  [10n ** 999n, `1${'0'.repeat(59)}… (bigint)`],
])('a value is described as it reads best: %#', (value, description) => {
  expect(describeValue(value)).toBe(description)
})

test('an invariant names the property that is broken', () => {
  expect(() => invariant(1 + 1 === 3, 'one and one are three')).toThrow(
    /^Invariant broken: one and one are three/,
  )
  expect(() => invariant(1 + 1 === 2, 'one and one are two')).not.toThrow()
})

test('a case that cannot be is an invariant too', () => {
  expect(() => unreachable({ type: 'MsgUnheardOf' } as never)).toThrow(
    /unreachable case: \{"type":"MsgUnheardOf"\}/,
  )
})
