import { type Entry, type LogReader, MemStorage, StorageError } from 'quorate'
import { describe, expect, test } from 'vitest'
import { CheckedReader } from '../../../src/core/log/checked-reader.ts'
import { confState, entriesOf, entry, snapshotAt } from '../../support/entries.ts'

type Method = keyof LogReader

/** A reader of a storage in which one method answers what it should not. */
function answering(method: Method, answer: unknown): CheckedReader {
  // What `entries` answers, `term` knows too.
  const entries = (Array.isArray(answer) ? answer : []) as readonly (Entry | null)[]
  const term = (index: number) => entries.find((one) => one?.index === index)?.term ?? 'unavailable'
  return new CheckedReader(Object.assign(new MemStorage(), { term, [method]: () => answer }))
}

/** Calls a method with arguments that a proper storage would have an answer for. */
function ask(reader: CheckedReader, method: Method): unknown {
  if (method === 'entries') return reader.entries(1, 3, Infinity)
  return method === 'term' ? reader.term(1) : reader[method]()
}

const methods = ['hardState', 'confState', 'firstIndex', 'lastIndex', 'term', 'entries', 'snapshot'] as const

describe('what storage answers properly', () => {
  test.each([
    ['hardState', null],
    ['hardState', { term: 0, vote: null, commit: 0 }],
    ['hardState', { term: 3, vote: 2, commit: 7 }],
    ['confState', { confState: confState(), index: 0 }],
    ['firstIndex', 1],
    ['lastIndex', 0],
    ['term', 1],
    ['term', 'compacted'],
    ['term', 'unavailable'],
    ['entries', 'compacted'],
    ['entries', 'unavailable'],
    ['entries', entriesOf([1, 2])],
    ['entries', entriesOf([1])],
    ['snapshot', 'temporarily-unavailable'],
    ['snapshot', snapshotAt(5, 2)],
  ] as const)('%s() is passed on: %j', (method, answer) => {
    expect(ask(answering(method, answer), method)).toBe(answer)
  })
})

describe('what storage cannot mean', () => {
  const wrong: readonly (readonly [Method, unknown])[] = [
    ...methods.flatMap((method) =>
      [undefined, NaN, -1, 1.5, 2 ** 53, '1', {}, true, Promise.resolve(1), Symbol('x'), () => 1].map(
        (answer) => [method, answer] as const,
      ),
    ),
    ...methods.filter((method) => method !== 'hardState').map((method) => [method, null] as const),
    ['hardState', { term: 1, vote: null }],
    ['hardState', { term: NaN, vote: null, commit: 1 }],
    ['hardState', { term: 1, vote: undefined, commit: 1 }],
    ['hardState', { term: 1, vote: 0, commit: 1 }],
    ['hardState', { term: 1, vote: '2', commit: 1 }],
    ['hardState', { term: 1, vote: null, commit: -1 }],
    ['confState', { confState: confState() }],
    ['confState', { confState: null, index: 1 }],
    ['confState', { confState: confState({ voters: [1, 1] }), index: 1 }],
    ['confState', { confState: confState(), index: NaN }],
    ['firstIndex', 0],
    ['term', 'gone'],
    ['term', 0],
    ['entries', []],
    ['entries', entriesOf([1, 1, 1])],
    ['entries', entriesOf([1], 2)],
    ['entries', [entry(1, 1), entry(3, 1)]],
    ['entries', [entry(2, 1), entry(1, 1)]],
    ['entries', [entry(1, 1), undefined]],
    ['entries', [entry(1, 1), null]],
    ['entries', [{ ...entry(1, 1), term: undefined }]],
    ['entries', [{ ...entry(1, 1), term: 0.5 }]],
    ['entries', [{ ...entry(1, 1), term: 0 }, entry(2, 1)]],
    ['entries', 'temporarily-unavailable'],
    ['snapshot', 'compacted'],
    ['snapshot', { ...snapshotAt(5, 1), term: undefined }],
    ['snapshot', { ...snapshotAt(5, 1), data: 'text' }],
    ['snapshot', { ...snapshotAt(5, 1), confState: undefined }],
  ]

  test.each(wrong.map(([method, answer], i) => [i, method, answer] as const))(
    'is a StorageError that names the call and the answer (%i: %s)',
    (_, method, answer) => {
      const act = (): unknown => ask(answering(method, answer), method)

      expect(act).toThrow(StorageError)
      expect(act).toThrow(expect.objectContaining({ code: 'ERR_STORAGE', value: answer }))
      expect(act).toThrow(new RegExp(`^Storage answered ${method}\\(.*\\)`))
    },
  )
})

describe('what storage throws', () => {
  test.each(methods)('in %s() becomes a StorageError with the cause', (method) => {
    const cause = new Error('disk on fire')
    const reader = new CheckedReader(
      Object.assign(new MemStorage(), {
        [method]: () => {
          throw cause
        },
      }),
    )

    expect(() => ask(reader, method)).toThrow(expect.objectContaining({ code: 'ERR_STORAGE', cause }))
    expect(() => ask(reader, method)).toThrow(new RegExp(`Storage failed in ${method}\\(.*disk on fire`))
  })

  test('may be no error at all', () => {
    const reader = new CheckedReader(
      Object.assign(new MemStorage(), {
        firstIndex: () => {
          // eslint-disable-next-line no-throw-literal, typescript/only-throw-error -- a caller may do so
          throw 'a string'
        },
      }),
    )
    expect(() => reader.firstIndex()).toThrow(/Storage failed in firstIndex\(\): "a string"/)
  })
})
