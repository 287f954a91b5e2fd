import { MemStorage, OptionsError, type RaftOptions, seededRandom } from 'quorate'
import { describe, expect, test } from 'vitest'
import { resolveOptions } from '../../src/core/options.ts'

const storage = new MemStorage()
const needed = { id: 1, storage } as const

/** What `options` are refused with. */
function refusal(options: unknown): OptionsError {
  try {
    resolveOptions(options as RaftOptions)
  } catch (error) {
    expect(error).toBeInstanceOf(OptionsError)
    return error as OptionsError
  }
  throw new Error('the options were taken')
}

describe('options that are left out', () => {
  test('get their documented defaults', () => {
    const { random, ...resolved } = resolveOptions(needed)
    expect(resolved).toEqual({
      id: 1,
      storage,
      applied: null,
      electionTick: 10,
      heartbeatTick: 1,
      preVote: true,
      checkQuorum: true,
      readOnly: 'safe',
      maxSizePerMsg: 1024 * 1024,
      maxCommittedSizePerReady: 16 * 1024 * 1024,
      maxUncommittedSize: Infinity,
      maxInflightMsgs: 256,
      maxInflightBytes: Infinity,
      asyncStorageWrites: false,
      requestVotesBeforePersist: false,
      disableProposalForwarding: false,
      disableConfChangeValidation: false,
      stepDownOnRemoval: true,
      coalesceAppends: true,
      referenceBehaviour: false,
      priority: 0,
      trace: null,
      invariants: false,
    })
    expect(random()).toBe(seededRandom(1)())
  })

  test('an explicit undefined is left out too', () => {
    const given = {
      ...needed,
      electionTick: undefined,
      preVote: undefined,
      random: undefined,
      trace: undefined,
    }
    expect(resolveOptions(given)).toMatchObject({ electionTick: 10, preVote: true, trace: null })
  })

  test('nodes draw differently by default', () => {
    const [one, two] = [1, 2].map((id) => resolveOptions({ id, storage }).random())
    expect(one).not.toBe(two)
  })
})

describe('options that are given', () => {
  test('are taken as they are, and cannot be changed any more', () => {
    const given = {
      ...needed,
      applied: 3,
      electionTick: 20,
      heartbeatTick: 2,
      preVote: false,
      checkQuorum: true,
      readOnly: 'lease-based',
      maxSizePerMsg: 0,
      maxCommittedSizePerReady: 1,
      maxUncommittedSize: 1,
      maxInflightMsgs: 1,
      maxInflightBytes: 1,
      asyncStorageWrites: true,
      requestVotesBeforePersist: true,
      disableProposalForwarding: true,
      disableConfChangeValidation: true,
      stepDownOnRemoval: false,
      coalesceAppends: false,
      referenceBehaviour: true,
      priority: -7,
      invariants: true,
    } as const
    const resolved = resolveOptions({ ...given, random: () => 0.5, trace: () => {} })

    expect(resolved).toMatchObject(given)
    expect(resolved.random()).toBe(0.5)
    expect(resolved.trace?.({} as never)).toBeUndefined()
    expect(Object.isFrozen(resolved)).toBe(true)
  })

  test.each([
    ['maxSizePerMsg', Infinity],
    ['maxCommittedSizePerReady', Infinity],
    ['maxInflightBytes', Infinity],
    ['priority', Number.MIN_SAFE_INTEGER],
    ['id', Number.MAX_SAFE_INTEGER],
    ['electionTick', 2],
    ['applied', 0],
  ])('%s may be %s', (name, value) => {
    expect(resolveOptions({ ...needed, [name]: value })).toMatchObject({ [name]: value })
  })
})

describe('options that are null', () => {
  const names = Object.keys(resolveOptions(needed)).filter((name) => name !== 'id' && name !== 'storage')
  test.each(names)('%s: null is not "left out"', (name) => {
    const error = refusal({ ...needed, [name]: null })
    expect(error.option).toBe(name)
    expect(error.message).toMatch(/got null.*Leave it out/)
  })
})

test('options that cannot be read are refused', () => {
  const unreadable = {
    ...needed,
    get electionTick(): number {
      throw new Error('do not look')
    },
  }
  expect(refusal(unreadable).message).toMatch(/an object that can be read/)
})

test('a node without an id is told to have one', () => {
  expect(refusal({ storage }).message).toMatch(/`id` to be .* got undefined. Give each node an id of its own/)
})

describe('options that contradict each other', () => {
  test.each([
    [{ electionTick: 5, heartbeatTick: 5 }, 'electionTick', /greater than heartbeatTick \(5\), got 5/],
    [
      { readOnly: 'lease-based', checkQuorum: false },
      'readOnly',
      /"safe" while checkQuorum is off.*Switch `checkQuorum`/,
    ],
    [
      { maxSizePerMsg: 100, maxInflightBytes: 99 },
      'maxInflightBytes',
      /at least maxSizePerMsg \(100\), got 99/,
    ],
    [
      { maxSizePerMsg: Infinity, maxInflightBytes: 99 },
      'maxInflightBytes',
      /at least maxSizePerMsg \(Infinity\)/,
    ],
    [
      { requestVotesBeforePersist: true },
      'requestVotesBeforePersist',
      /false unless asyncStorageWrites is on/,
    ],
  ])('%j', (options, option, message) => {
    const error = refusal({ ...needed, ...options })
    expect(error.option).toBe(option)
    expect(error.message).toMatch(message)
  })
})

test('a misspelt option is named, with all there are', () => {
  const error = refusal({ ...needed, electonTick: 5 })
  expect(error.option).toBe('electonTick')
  expect(error.message).toMatch(/electionTick.*mind the spelling/)
  expect(error.value).toBe(5)
})

describe('a storage', () => {
  const methods = [
    'hardState',
    'confState',
    'firstIndex',
    'lastIndex',
    'term',
    'entries',
    'snapshot',
  ] as const

  test.each(methods)('without %s() is named with what is missing', (method) => {
    const partial = Object.assign(new MemStorage(), { [method]: undefined })
    expect(refusal({ id: 1, storage: partial }).message).toMatch(
      new RegExp(`with a method ${method}\\(\\).*undefined`),
    )
  })

  test('may be any object with the methods', () => {
    const own = Object.fromEntries(methods.map((method) => [method, () => 0])) as unknown as MemStorage
    expect(resolveOptions({ id: 1, storage: own }).storage).toBe(own)
  })
})
