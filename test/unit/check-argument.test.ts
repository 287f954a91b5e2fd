import { type ConfChange, type ConfChangeEntry, MemStorage, RaftError, UsageError } from 'quorate'
import { describe, expect, test } from 'vitest'
import {
  argumentError,
  checkBytes,
  checkId,
  checkInteger,
  checkOutcome,
  copyConfChange,
  copyPeers,
  entriesOfBatch,
  readConfChangeEntry,
} from '../../src/core/check-argument.ts'
import { RaftLog } from '../../src/core/log/raft-log.ts'
import { bytes, entriesOf } from '../support/entries.ts'
import { catchError } from '../support/refusal.ts'

/** To look at it is a mistake already. */
const unreadable = new Proxy([], {
  get: () => {
    throw new TypeError('do not look')
  },
})

const code = 'ERR_INVALID_ARGUMENT'
const said = (act: () => unknown) => catchError(act).message

describe('a value', () => {
  test('is refused with what was expected, what came, and how to mend it', () => {
    const cause = new Error('why')
    const error = argumentError('Expected this', 'Do that', 5, cause)
    expect(error).toBeInstanceOf(UsageError)
    expect(error).toMatchObject({ code, message: 'Expected this. Do that', fix: 'Do that', value: 5, cause })
  })

  test('is an id from 1 on', () => {
    for (const id of [1, Number.MAX_SAFE_INTEGER]) expect(() => checkId('id', id)).not.toThrow()
    expect(said(() => checkId('target', 0))).toMatch(/^Expected `target` to be a safe integer >= 1, got 0/)
  })

  test('is a whole number from the least on, which may be none', () => {
    const least = Number.MIN_SAFE_INTEGER
    for (const [value, min] of [
      [3, 3],
      [least, least],
    ] as const)
      expect(() => checkInteger('n', value, min)).not.toThrow()
    expect(said(() => checkInteger('n', 2, 3))).toMatch(/^Expected `n` to be a safe integer >= 3, got 2/)
    expect(said(() => checkInteger('n', 0.5, least))).toMatch(/^Expected `n` to be a safe integer, got 0.5/)
    expect(said(() => checkInteger('n', '3', 3))).toMatch(/got "3" \(string\)/)
  })

  test('is bytes', () => {
    expect(() => checkBytes('data', new Uint8Array())).not.toThrow()
    expect(said(() => checkBytes('data', 'x'))).toMatch(/^Expected `data` to be a Uint8Array.*TextEncoder/)
  })

  test('is one of two outcomes', () => {
    for (const outcome of ['finish', 'failure']) expect(() => checkOutcome(outcome)).not.toThrow()
    expect(said(() => checkOutcome('finished'))).toMatch(/"finish" or "failure", got "finished"/)
  })
})

describe('a batch of commands', () => {
  test('becomes entries, by reference', () => {
    const [a, b] = [bytes('a'), bytes('b')]
    const entries = entriesOfBatch([a, b])
    expect(entries).toEqual([
      { type: 'EntryNormal', data: a },
      { type: 'EntryNormal', data: b },
    ])
    expect(entries[0]).toHaveProperty('data', a)
  })

  test.each([
    ['no array', new Set([bytes('a')]), code, /`batch` to be an array/],
    ['nothing', [], 'ERR_EMPTY_PROPOSAL', /at least one command/],
    ['something else among it', [bytes('a'), 'b'], code, /`batch\[1\]` to be a Uint8Array/],
    ['a hole', Array(1), code, /`batch\[0\]` to be a Uint8Array, got undefined/],
    ['what cannot be read', unreadable, code, /can be read/],
  ])('is not: %s', (_, batch, refused, says) => {
    expect(catchError(() => entriesOfBatch(batch))).toMatchObject({ code: refused })
    expect(said(() => entriesOfBatch(batch))).toMatch(says)
  })
})

describe('the first members', () => {
  test('are copied, as they are now', () => {
    const given = [{ id: 1 }, { id: 2, context: bytes('c') }]
    const peers = copyPeers(given)
    given[0]!.id = 9
    expect(peers).toEqual([{ id: 1 }, { id: 2, context: bytes('c') }])
  })

  test.each([
    ['none', [], /at least one peer/],
    ['no list', { id: 1 }, /`peers` to be an array/],
    ['a hole', Array(1), /`peers\[\]\.id`/],
    ['nobody', [null], /`peers\[\]\.id`/],
    ['no id', [{ id: 0 }], /`peers\[\]\.id`/],
    ['no bytes as context', [{ id: 1, context: null }], /`peers\[\]\.context` to be a Uint8Array, got null/],
    ['one twice', [{ id: 1 }, { id: 2 }, { id: 1 }], /each peer once/],
    ['what cannot be read', unreadable, /can be read/],
  ])('are not: %s', (_, given, says) => {
    expect(catchError(() => copyPeers(given)).code).toBe(code)
    expect(said(() => copyPeers(given))).toMatch(says)
  })
})

test('bytes that cannot be looked at are a wrong argument', () => {
  class Own extends Uint8Array {
    override get length(): number {
      throw new Error('no')
    }
  }
  expect(() => checkBytes('data', new Own(1))).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
  )
})

describe('a membership change that is asked for', () => {
  test.each([
    [
      'of one node',
      { version: 1, type: 'AddNode', nodeId: 4 },
      { version: 1, type: 'AddNode', nodeId: 4, context: null },
    ],
    [
      'of several',
      { version: 2, changes: [{ type: 'AddNode', nodeId: 4 }] },
      { version: 2, transition: 'auto', changes: [{ type: 'AddNode', nodeId: 4 }], context: null },
    ],
    [
      'with everything',
      { version: 2, transition: 'explicit', changes: [], context: bytes('c') },
      { version: 2, transition: 'explicit', changes: [], context: bytes('c') },
    ],
    [
      'with what is left out in words',
      { version: 2, transition: undefined, changes: [], context: undefined },
      { version: 2, transition: 'auto', changes: [], context: null },
    ],
  ])('is copied with what may be left out: %s', (_, given, change) => {
    expect(copyConfChange(given)).toStrictEqual(change)
  })

  test('is the one of now, whatever its owner does with it', () => {
    const given = { version: 2, changes: [{ type: 'AddNode', nodeId: 4 }], context: bytes('c') }
    const copy = copyConfChange(given) as Extract<ConfChange, { version: 2 }>
    given.changes[0]!.nodeId = 9
    given.context[0] = 0
    expect(copy).toMatchObject({ changes: [{ nodeId: 4 }], context: bytes('c') })
    for (const part of [copy, copy.changes, copy.changes[0]]) expect(Object.isFrozen(part)).toBe(true)
    expect(Object.isFrozen(copyConfChange({ version: 1, type: 'AddNode', nodeId: 4 }))).toBe(true)
  })

  test.each([
    ['nothing', null, /the change is no object/],
    ['without a version', { type: 'AddNode', nodeId: 4 }, /the version is neither 1 nor 2/],
    [
      'what is misspelt',
      { version: 2, changes: [], transtion: 'explicit' },
      /without `transtion`.*transition/,
    ],
    [
      'a part of the other version',
      { version: 1, type: 'AddNode', nodeId: 4, changes: [] },
      /without `changes`/,
    ],
    [
      'a veto, which is for when it is applied',
      { version: 1, type: 'AddNode', nodeId: 0 },
      /`nodeId` .* got 0/,
    ],
    [
      'one among several',
      {
        version: 2,
        changes: [
          { type: 'AddNode', nodeId: 4 },
          { type: 'AddNode', nodeId: 0 },
        ],
      },
      /`nodeId` .* got 0/,
    ],
    ['what cannot be read', unreadable, /can be read/],
  ])('is refused: %s', (_, given, says) => {
    expect(catchError(() => copyConfChange(given)).code).toBe(code)
    expect(said(() => copyConfChange(given))).toMatch(says)
  })
})

describe('the entry of a committed change', () => {
  const single = (type: 'AddNode' | 'RemoveNode', nodeId: number) => ({ type, nodeId })
  const changes = [single('AddNode', 4), single('RemoveNode', 3)]
  const several = { version: 2, transition: 'auto', changes, context: bytes('c') } as const
  const one = { version: 1, ...single('AddNode', 4), context: null } as const
  const entries = [
    { type: 'EntryConfChange', term: 1, index: 2, change: one },
    { type: 'EntryConfChangeV2', term: 1, index: 3, change: several },
    { type: 'EntryConfChangeV2', term: 2, index: 4, change: null },
  ] as const satisfies readonly ConfChangeEntry[]
  const [first, second] = entries

  /** These entries, and two commands; all committed but the last. */
  function log(): RaftLog {
    const made = new RaftLog(MemStorage.bootstrap({ voters: [1, 2, 3] }), Infinity)
    made.append([...entries, ...entriesOf([2, 2], 5)])
    made.commitTo(5)
    return made
  }

  test.each(entries)('is taken as it is: entry %#', (entry) => {
    expect(readConfChangeEntry(entry, log())).toStrictEqual(entry)
  })

  test.each([
    ['of one', { ...first, change: { ...one, nodeId: 0 } }],
    ['of a part', { ...second, change: { ...several, changes: [changes[0], single('RemoveNode', 0)] } }],
    [
      'of all',
      { ...second, change: { ...several, changes: [single('AddNode', 0), single('RemoveNode', 0)] } },
    ],
    ['and another context', { ...second, change: { ...several, context: null } }],
  ])('is taken with a veto of the application %s', (_, entry) => {
    expect(readConfChangeEntry(entry, log())).toEqual(entry)
  })

  test.each([
    ['nothing', undefined, /it is no object/],
    ['a command', entriesOf([2], 5)[0], /it is an EntryNormal/],
    ['without an index', { ...first, index: undefined }, /a committed entry, got index undefined/],
    [
      'before the first',
      { ...first, index: 0 },
      /a committed entry, got index 0 \(number\) with 5 committed/,
    ],
    ['behind what is committed', { ...first, term: 2, index: 6 }, /a committed entry, got index 6/],
    ['of another term', { ...first, term: 2 }, /entry 2 to be of term 1, got one of 2/],
    [
      'where a command stands',
      { ...first, term: 2, index: 5 },
      /entry 5 as the log has it, got another change/,
    ],
    ['of the other form', { ...second, index: 2 }, /entry 2 as the log has it/],
    ['of another type', { ...first, change: { ...one, type: 'RemoveNode' } }, /another change/],
    ['of another node', { ...first, change: { ...one, nodeId: 5 } }, /another change/],
    [
      'by another transition',
      { ...second, change: { ...several, transition: 'implicit' } },
      /another change/,
    ],
    ['of fewer nodes', { ...second, change: { ...several, changes: changes.slice(1) } }, /another change/],
    [
      'of more nodes',
      { ...second, change: { ...several, changes: [...changes, changes[0]] } },
      /another change/,
    ],
    [
      'in another order',
      { ...second, change: { ...several, changes: [...changes].toReversed() } },
      /another change/,
    ],
    ['in place of the end of a joint configuration', { ...second, term: 2, index: 4 }, /another change/],
    ['that ends one where none ends', { ...second, change: null }, /another change/],
    ['what cannot be read', unreadable, /can be read/],
  ])('is not: %s', (_, given, says) => {
    expect(catchError(() => readConfChangeEntry(given, log()))).toMatchObject({ code, value: given })
    expect(said(() => readConfChangeEntry(given, log()))).toMatch(says)
  })

  test('is believed where the log does not know any more', () => {
    const storage = MemStorage.bootstrap({ voters: [1] })
    storage.append({
      hardState: { term: 2, vote: null, commit: 5 },
      entries: [...entries],
      snapshot: null,
      mustSync: true,
    })
    storage.createSnapshot(
      4,
      { voters: [1], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false },
      bytes(''),
    )
    storage.compact(4)
    const other = { ...first, change: { ...one, nodeId: 7 } }
    expect(readConfChangeEntry(other, new RaftLog(storage, Infinity))).toEqual(other)
  })

  test('is a copy: what is applied is what was checked', () => {
    const given = structuredClone(second)
    const own = readConfChangeEntry(given, log())
    ;(given.change.changes[0] as { nodeId: number }).nodeId = 9
    expect(own).toEqual(second)
    expect(Object.isFrozen(own.change)).toBe(true)
  })

  test('fails as storage fails, if that cannot be read', () => {
    const broken = log()
    Object.defineProperty(broken, 'term', {
      value: () => {
        throw new RaftError('ERR_STORAGE', 'Storage failed', 'Mend it')
      },
    })
    expect(catchError(() => readConfChangeEntry(first, broken)).code).toBe('ERR_STORAGE')
  })
})
